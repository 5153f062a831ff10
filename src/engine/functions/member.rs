//! `value = ANY (list)` as an equality of keys, for joins.
//!
//! The call itself answers one pair of value and list, so a join by it compares every value with
//! every list. Where the comparison is an equality that a join can hash, the call also says what is
//! compared: a key of the value, and the keys of the list's elements, each once and none of them
//! NULL. Whoever puts the elements in rows joins by these keys and finds the pairs that the call
//! finds true, each once.

use std::hash::{Hash, Hasher};

use arrow::datatypes::{DataType, Field, Schema};
use arrow::row::{RowConverter, SortField};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result as PlanResult};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::utils::can_hash;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

use super::lift::distinct;
use super::registry::{PgFunction, may_fail};
use crate::ident::Oid;
use crate::pg::Type;

/// A test that a value is among the elements of a list.
#[derive(Debug, Clone)]
pub(crate) struct Membership {
    /// The value.
    pub(crate) value: Expr,
    /// The list.
    pub(crate) list: Expr,
    call: ScalarUDF,
}

impl Membership {
    /// The test that an expression is, if it is one; as a condition, `x IS TRUE` is `x`.
    pub(crate) fn of(test: &Expr) -> Option<Self> {
        let test = match test {
            Expr::IsTrue(inner) => inner.as_ref(),
            other => other,
        };
        let Expr::ScalarFunction(call) = test else {
            return None;
        };
        member(&call.func)?;
        let [value, list] = call.args.as_slice() else {
            return None;
        };
        Some(Self {
            value: value.clone(),
            list: list.clone(),
            call: call.func.as_ref().clone(),
        })
    }

    /// The same test of another list.
    pub(crate) fn of_list(&self, list: Expr) -> Self {
        Self {
            list,
            ..self.clone()
        }
    }

    /// What of the value is compared.
    pub(crate) fn key(&self) -> PlanResult<Expr> {
        let Some(member) = member(&self.call) else {
            return Ok(self.value.clone());
        };
        let key = member.value.clone().transform(|part| {
            Ok(match part {
                Expr::Column(_) => Transformed::yes(self.value.clone()),
                other => Transformed::no(other),
            })
        });
        key.data()
    }

    /// A list of what the value's key is compared with.
    pub(crate) fn elements(&self) -> Expr {
        match member(&self.call) {
            Some(member) => member.elements.call(vec![self.list.clone()]),
            None => self.list.clone(),
        }
    }

    /// Whether making the keys cannot fail, given the value and the list.
    pub(crate) fn total(&self) -> bool {
        is_total(&self.call)
    }
}

/// Whether a function is such a test that answers whatever it is given.
pub(super) fn is_total(function: &ScalarUDF) -> bool {
    member(function).is_some_and(|member| member.total)
}

fn member(function: &ScalarUDF) -> Option<&Member> {
    function.inner().downcast_ref()
}

/// The call of `value = ANY (list)`, whose `test` compares columns `value` and `element`: with what
/// joins need, where it is an equality that they can hash.
pub(crate) fn with_keys(
    call: Expr,
    test: &Expr,
    value: DataType,
    element: DataType,
    list: Type,
) -> Expr {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = call else {
        return call;
    };
    let func = match Member::new(&func, test, value, element, list) {
        Some(member) => ScalarUDF::new_from_impl(member).into(),
        None => func,
    };
    Expr::ScalarFunction(ScalarFunction { func, args })
}

/// The function of such a call.
#[derive(Debug)]
struct Member {
    call: ScalarUDF,
    /// The key of the value, over the only column there is.
    value: Expr,
    /// Makes a list of the keys of the elements.
    elements: ScalarUDF,
    total: bool,
}

impl Member {
    fn new(
        call: &ScalarUDF,
        test: &Expr,
        value: DataType,
        element: DataType,
        list: Type,
    ) -> Option<Self> {
        let Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) = test
        else {
            return None;
        };
        let reads = |side: &Expr, name: &str| {
            let columns = side.column_refs();
            columns.len() == 1 && columns.iter().all(|column| column.name == name)
        };
        if !reads(left, "value") || !reads(right, "element") || test.is_volatile() {
            return None;
        }
        let fields = vec![
            Field::new("value", value, true),
            Field::new("element", element.clone(), true),
        ];
        let schema = DFSchema::try_from(Schema::new(fields)).ok()?;
        let key = right.get_type(&schema).ok()?;
        let comparable = RowConverter::supports_fields(&[SortField::new(key.clone())]);
        if left.get_type(&schema).ok()? != key || !can_hash(&key) || !comparable {
            return None;
        }
        let elements = PgFunction::wrap(
            Oid::INVALID,
            &format!("elements_{}", call.name()),
            Volatility::Stable,
            vec![list],
            list,
            DataType::new_list(key, true),
            distinct(right, element),
            false,
        );
        Some(Self {
            call: call.clone(),
            value: left.as_ref().clone(),
            elements,
            total: always(left) && always(right),
        })
    }
}

/// Whether a side of the comparison has a value for whatever it is given: widening a number does.
fn always(side: &Expr) -> bool {
    let fails = side.exists(|part| {
        Ok(match part {
            Expr::Column(_) => false,
            Expr::Cast(cast) => !cast.field.data_type().is_numeric(),
            Expr::ScalarFunction(call) => may_fail(&call.func),
            _ => true,
        })
    });
    !fails.unwrap_or(true)
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.call == other.call
    }
}

impl Eq for Member {}

impl Hash for Member {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.call.hash(state);
    }
}

impl ScalarUDFImpl for Member {
    fn name(&self) -> &str {
        self.call.name()
    }

    fn signature(&self) -> &Signature {
        self.call.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> PlanResult<DataType> {
        self.call.return_type(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        self.call.invoke_with_args(arguments)
    }
}
