//! CASE as a table: one value that is compared with many constants, each of which has its answer.
//!
//! `CASE x WHEN 1 THEN 'a' WHEN 2 THEN 'b' … END` is a node of the plan for every branch and each of
//! its parts, and every pass of planning visits, copies and compares them all. Where what is
//! compared with and what is answered are constants, the branches become one table behind one call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::expr::{BinaryExpr, Case, InList};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::pg::Fault;

/// Constants up to which branches stay apart: so few cost planning nothing.
const APART_MOST: usize = 16;

/// A CASE of these branches, in the order they are judged.
pub(crate) fn case(whens: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    if let Some((value, branches)) = branches(&whens, &otherwise) {
        let branches = Arc::new(branches);
        let ask = |question| Lookup::function(question, &branches).call(vec![value.clone()]);
        if matches!(otherwise, Expr::Literal(..)) {
            return ask(Question::Answer);
        }
        // What is no constant is computed for the rows that need it, and for no others.
        let found = vec![(ask(Question::Found), ask(Question::Answer))];
        return apart(found, otherwise);
    }
    apart(whens, otherwise)
}

fn apart(whens: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let whens = whens
        .into_iter()
        .map(|(when, then)| (Box::new(when), Box::new(then)));
    Expr::Case(Case::new(None, whens.collect(), Some(Box::new(otherwise))))
}

/// Whether a function is the table of a CASE, which gives a value for whatever it is given.
pub(super) fn is_lookup(function: &ScalarUDF) -> bool {
    function.inner().is::<Lookup>()
}

/// The value that all branches compare, and what they answer; `None` where they do not all compare
/// one value with constants, or where they are few.
fn branches<'e>(whens: &'e [(Expr, Expr)], otherwise: &Expr) -> Option<(&'e Expr, Branches)> {
    let (first, _) = whens.first()?;
    let (value, _) = compared(first)?;
    let (mut keys, mut answers) = (Vec::new(), Vec::with_capacity(whens.len() + 1));
    for (when, then) in whens {
        let (Expr::Literal(answer, _), Some((same, constants))) = (then, compared(when)) else {
            return None;
        };
        if same != value {
            return None;
        }
        for constant in constants {
            let Expr::Literal(constant, _) = constant else {
                return None;
            };
            // Nothing equals NULL: it leads to no branch.
            if !constant.is_null() {
                keys.push((constant, answers.len()));
            }
        }
        answers.push(answer);
    }
    if keys.len() <= APART_MOST || value.is_volatile() || reads_a_query(value) {
        return None;
    }
    let last = match otherwise {
        Expr::Literal(value, _) => value.clone(),
        _ => ScalarValue::try_new_null(&answers.first()?.data_type()).ok()?,
    };
    Some((value, Branches::of(&keys, answers, last)?))
}

fn reads_a_query(expr: &Expr) -> bool {
    let reads = |part: &Expr| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    };
    expr.exists(reads).unwrap_or(true)
}

/// The two sides of a test for equality with a constant, or with one of several.
fn compared(test: &Expr) -> Option<(&Expr, &[Expr])> {
    match test {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) => match (left.as_ref(), right.as_ref()) {
            (value, Expr::Literal(..)) => {
                Some((narrow(value), std::slice::from_ref(right.as_ref())))
            }
            (Expr::Literal(..), value) => {
                Some((narrow(value), std::slice::from_ref(left.as_ref())))
            }
            _ => None,
        },
        Expr::InList(InList {
            expr,
            list,
            negated: false,
        }) => Some((narrow(expr), list)),
        _ => None,
    }
}

/// A column without the cast that makes it as wide as the constant it is compared with: of branches
/// with constants of several widths all compare one value.
fn narrow(value: &Expr) -> &Expr {
    let Expr::Cast(cast) = value else {
        return value;
    };
    let whole = matches!(cast.field.data_type(), DataType::Int32 | DataType::Int64);
    match cast.expr.as_ref() {
        inner @ (Expr::Column(_) | Expr::OuterReferenceColumn(..)) if whole => inner,
        _ => value,
    }
}

/// What the branches of a CASE answer, by the constants they compare with.
#[derive(Debug)]
struct Branches {
    places: Places,
    /// What the branches answer, and last what is answered where none is taken.
    answers: ArrayRef,
    digest: u64,
}

/// The first branch that each constant leads to, in a form that is one for all widths of numbers.
#[derive(Debug, PartialEq, Eq)]
enum Places {
    Numbers(HashMap<i64, u32>),
    Bytes(HashMap<Box<[u8]>, u32>),
}

/// A constant whose equality is that of its stored form.
enum Key<'v> {
    Number(i64),
    Bytes(&'v [u8]),
}

impl Key<'_> {
    /// `None` for NULL, and for types whose values are equal otherwise: floats have two zeros.
    fn of(value: &ScalarValue) -> Option<Key<'_>> {
        Some(match value {
            ScalarValue::Boolean(Some(value)) => Key::Number((*value).into()),
            ScalarValue::Int16(Some(value)) => Key::Number((*value).into()),
            ScalarValue::Int32(Some(value)) | ScalarValue::Date32(Some(value)) => {
                Key::Number((*value).into())
            }
            ScalarValue::UInt32(Some(value)) => Key::Number((*value).into()),
            ScalarValue::Int64(Some(value))
            | ScalarValue::Time64Microsecond(Some(value))
            | ScalarValue::TimestampMicrosecond(Some(value), _) => Key::Number(*value),
            ScalarValue::Utf8View(Some(text)) => Key::Bytes(text.as_bytes()),
            ScalarValue::BinaryView(Some(bytes)) | ScalarValue::FixedSizeBinary(_, Some(bytes)) => {
                Key::Bytes(bytes)
            }
            _ => return None,
        })
    }
}

impl Branches {
    fn of(
        keys: &[(&ScalarValue, usize)],
        answers: Vec<&ScalarValue>,
        last: ScalarValue,
    ) -> Option<Self> {
        let (mut numbers, mut bytes) = (HashMap::new(), HashMap::new());
        let mut digest = DefaultHasher::new();
        for (value, place) in keys {
            let place = u32::try_from(*place).ok()?;
            // The first branch of a constant is the one that is taken.
            match Key::of(value)? {
                Key::Number(number) => first(numbers.entry(number), place),
                Key::Bytes(key) => first(bytes.entry(Box::from(key)), place),
            }
            (value, place).hash(&mut digest);
        }
        // Constants of different types may have one hash.
        (&answers, &last, last.data_type()).hash(&mut digest);
        let places = match (numbers.is_empty(), bytes.is_empty()) {
            (false, true) => Places::Numbers(numbers),
            (true, false) => Places::Bytes(bytes),
            _ => return None,
        };
        let answers = answers.into_iter().cloned().chain([last]);
        Some(Self {
            places,
            answers: ScalarValue::iter_to_array(answers).ok()?,
            digest: digest.finish(),
        })
    }

    /// Where the answers to values are.
    fn places(&self, values: &ArrayRef) -> PlanResult<UInt32Array> {
        let last = self.answers.len().saturating_sub(1);
        let last = u32::try_from(last).map_err(|_| broken("has too many branches"))?;
        Ok(match &self.places {
            Places::Numbers(places) => {
                let values = cast(values, &DataType::Int64)?;
                let values = values.as_primitive::<Int64Type>().iter();
                let place = |value: Option<i64>| places.get(&value?).copied();
                values.map(|value| place(value).unwrap_or(last)).collect()
            }
            Places::Bytes(places) => {
                let place = |value: Option<&[u8]>| places.get(value?).copied();
                let values = cast(values, &DataType::BinaryView)?;
                let values = values.as_binary_view().iter();
                values.map(|value| place(value).unwrap_or(last)).collect()
            }
        })
    }
}

fn first(entry: Entry<'_, impl Eq + Hash, u32>, place: u32) {
    entry.or_insert(place);
}

fn broken(what: &str) -> DataFusionError {
    DataFusionError::External(Box::new(Fault::internal(format!(
        "a CASE as a table {what}"
    ))))
}

/// What is asked of branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Question {
    /// What they answer.
    Answer,
    /// Whether one of them is taken.
    Found,
}

/// Branches as a function of the value they compare.
#[derive(Debug)]
struct Lookup {
    question: Question,
    /// Different for different branches: plans tell calls apart by their names.
    name: String,
    signature: Signature,
    branches: Arc<Branches>,
}

impl Lookup {
    fn function(question: Question, branches: &Arc<Branches>) -> ScalarUDF {
        let name = match question {
            Question::Answer => "case",
            Question::Found => "in_case",
        };
        ScalarUDF::new_from_impl(Self {
            question,
            name: format!("{name}_{:016x}", branches.digest),
            signature: Signature::any(1, Volatility::Immutable),
            branches: Arc::clone(branches),
        })
    }

    fn answers(&self, values: &ArrayRef) -> PlanResult<ArrayRef> {
        let places = self.branches.places(values)?;
        let answers = &self.branches.answers;
        Ok(match self.question {
            Question::Answer => take(answers, &places, None)?,
            Question::Found => {
                let last = answers.len().saturating_sub(1);
                let taken = |place: &u32| usize::try_from(*place).is_ok_and(|place| place < last);
                let taken = places.values().iter().map(taken).map(Some);
                Arc::new(taken.collect::<BooleanArray>())
            }
        })
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.branches, &other.branches);
        self.question == other.question
            && (Arc::ptr_eq(one, two)
                || one.digest == two.digest
                    && one.places == two.places
                    && *one.answers == *two.answers)
    }
}

impl Eq for Lookup {}

impl Hash for Lookup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.question.hash(state);
        self.branches.digest.hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(match self.question {
            Question::Answer => self.branches.answers.data_type().clone(),
            Question::Found => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Array(values)) => self.answers(values).map(ColumnarValue::Array),
            Some(ColumnarValue::Scalar(value)) => {
                let answer = self.answers(&value.to_array()?)?;
                ScalarValue::try_from_array(&answer, 0).map(ColumnarValue::Scalar)
            }
            None => Err(broken("is asked nothing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;
    use crate::engine::testing::{World, told};

    fn whens(keys: impl Iterator<Item = i32>) -> Vec<(Expr, Expr)> {
        keys.map(|key| (col("x").eq(lit(key)), lit(i64::from(key) * 10)))
            .collect()
    }

    fn is_case(expr: &Expr) -> bool {
        matches!(expr, Expr::Case(_))
    }

    #[test]
    fn many_constants_become_one_call_and_few_do_not() {
        assert!(!is_case(&case(whens(1..=17), lit(0_i64))));
        assert!(is_case(&case(whens(1..=16), lit(0_i64))));
    }

    #[test]
    fn equal_branches_are_equal_calls_and_others_are_not() {
        let one = case(whens(1..=17), lit(0_i64));
        assert_eq!(one, case(whens(1..=17), lit(0_i64)));
        assert_ne!(one, case(whens(1..=17), lit(1_i64)));
        assert_ne!(one, case(whens((1..=17).rev()), lit(1_i64)));
        let swapped = whens(1..=17)
            .into_iter()
            .map(|(when, _)| (when, lit(1_i64)));
        assert_ne!(one, case(swapped.collect(), lit(0_i64)));
    }

    #[test]
    fn an_else_that_is_computed_stays_a_branch_of_its_own() {
        let Expr::Case(case) = case(whens(1..=17), col("y")) else {
            panic!("no CASE");
        };
        assert_eq!(case.when_then_expr.len(), 1);
        assert_eq!(case.else_expr, Some(Box::new(col("y"))));
    }

    #[test]
    fn another_value_or_another_test_keeps_the_branches() {
        for other in [
            col("y").eq(lit(1)),
            col("x").gt(lit(1)),
            col("x").eq(col("y")),
            col("x").in_list(vec![lit(1)], true),
        ] {
            let mut branches = whens(1..=17);
            branches.push((other, lit(0_i64)));
            assert!(is_case(&case(branches, lit(0_i64))));
        }
        let mut branches = whens(1..=17);
        branches.push((col("x").eq(lit(99)), col("y")));
        assert!(is_case(&case(branches, lit(0_i64))));
        let floats = (1..=17).map(|key| (col("x").eq(lit(f64::from(key))), lit(0)));
        assert!(is_case(&case(floats.collect(), lit(0))));
    }

    /// Whether branches that compare a value with so many constants are planned as one call.
    async fn planned(value: &str, constant: &str, from: &str) -> bool {
        let keys = (10..=40).map(|key: u32| constant.replace('#', &key.to_string()));
        let whens: String = keys
            .map(|key| format!("when {value} = {key} then 'a' "))
            .collect();
        let world = World::new();
        let query = format!("explain select case {whens} end from {from}");
        let told = told(&mut world.session(), &query).await;
        assert_ne!(told.contains("case_"), told.contains("WHEN"), "{told}");
        told.contains("case_")
    }

    #[tokio::test]
    async fn constants_of_many_types_make_a_table() {
        for (value, constant, from) in [
            ("id", "#", "shop.orders"),
            ("id", "99999999#", "shop.orders"),
            ("id", "9999999999#", "shop.orders"),
            ("id::int2", "#", "shop.orders"),
            ("customer", "'c#'", "shop.orders"),
            ("customer::char(4)", "'c#'", "shop.orders"),
            ("price", "#", "shop.orders"),
            ("at", "'2020-01-01 00:00:#+00'", "shop.orders"),
            ("at - at", "'# days'", "shop.orders"),
            ("oid", "#", "pg_class"),
            ("oid", "42949670#", "pg_class"),
            ("relname", "'r#'", "pg_class"),
        ] {
            assert!(planned(value, constant, from).await, "{value} = {constant}");
        }
    }

    #[tokio::test]
    async fn floats_and_what_is_computed_keep_the_branches() {
        for constant in ["#::float8", "(# + 0)"] {
            assert!(!planned("id", constant, "shop.orders").await, "{constant}");
        }
    }
}
