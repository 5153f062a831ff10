//! Joins through a list: `value = ANY (list)` as an equality with the list's elements.
//!
//! A join by such a test compares every value with every list. Here the lists become rows, one for
//! each of their distinct elements, and the test an equality by which a join can hash. Rows that a
//! join may repeat or leave out are unnested where they are: a row has an element once, so a pair
//! still comes once, and a row without elements would match nothing. Rows that a join has to keep as
//! they are stay so: the other side gets beside each of its rows the lists it is in, as
//! [`fingerprint`]s, and the join is by these.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, FixedSizeBinaryBuilder};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::alias::AliasGenerator;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, NullHandling, Result, UnnestOptions};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator,
    Projection, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use sha2::{Digest, Sha256};

use super::apply::{has_subquery, may_fail, repeatable};
use super::joins::{inner, input_of};
use crate::engine::functions::Membership;

/// What names of new columns begin with; columns that the analyzer made are named otherwise.
const ELEMENT: &str = "element";

/// Makes equalities of the tests that joins find.
#[derive(Debug)]
pub(super) struct Members;

impl OptimizerRule for Members {
    fn name(&self) -> &'static str {
        "members"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let names = config.alias_generator();
        let changed = match &plan {
            LogicalPlan::Filter(Filter {
                predicate, input, ..
            }) if inner(input).is_some() => of_inner(input, predicate, names)?,
            LogicalPlan::Join(join) => match (&join.filter, join.join_type) {
                (None, _) | (_, JoinType::Full) => None,
                (Some(filter), JoinType::Inner) => {
                    let bare = LogicalPlan::Join(Join {
                        filter: None,
                        ..join.clone()
                    });
                    of_inner(&bare, filter, names)?
                }
                (Some(filter), _) => of_kept(join, filter, names)?,
            },
            _ => None,
        };
        Ok(match changed {
            Some(changed) => Transformed::yes(with_columns_of(changed, &plan)?),
            None => Transformed::no(plan),
        })
    }
}

/// Inner joins standing on each other, below a condition: each list where it comes from.
fn of_inner(
    tree: &LogicalPlan,
    condition: &Expr,
    names: &AliasGenerator,
) -> Result<Option<LogicalPlan>> {
    let mut conditions: Vec<Expr> = conjuncts(condition);
    let mut joined = None;
    for at in 0..conditions.len() {
        let tree = joined.as_ref().unwrap_or(tree);
        let member = conditions.get(at).and_then(Membership::of);
        let Some(member) = member.filter(|member| joins_inputs(member, tree, &conditions)) else {
            continue;
        };
        let name = names.next(ELEMENT);
        let columns: Vec<Column> = member.list.column_refs().into_iter().cloned().collect();
        let unnest = |input| with_elements(input, &member, &name);
        joined = Some(with_last(tree.clone(), &columns, unnest)?);
        let equal = member.key()?.eq(Expr::Column(Column::from_name(name)));
        if let Some(condition) = conditions.get_mut(at) {
            *condition = equal;
        }
    }
    match (joined, conjunction(conditions)) {
        (Some(tree), Some(condition)) => Filter::try_new(condition, Arc::new(tree))
            .map(LogicalPlan::Filter)
            .map(Some),
        _ => Ok(None),
    }
}

/// Whether a test joins one input of a tree with others, and can be an equality beside the rest.
fn joins_inputs(member: &Membership, tree: &LogicalPlan, conditions: &[Expr]) -> bool {
    let LogicalPlan::Join(top) = tree else {
        return false;
    };
    let alone = conditions.len() == 1
        && top.on.is_empty()
        && inner(&top.left).is_none()
        && inner(&top.right).is_none();
    let mut list = member.list.column_refs().into_iter();
    let mut value = member.value.column_refs().into_iter().peekable();
    let Some(of_list) = list.next().and_then(|column| input_of(column, tree)) else {
        return false;
    };
    let of_value = value.peek().and_then(|column| input_of(column, tree));
    let apart = value
        .all(|column| input_of(column, tree).is_some_and(|input| !std::ptr::eq(input, of_list)));
    let linked = |(one, other): (&Expr, &Expr)| {
        is_element(one, of_list)
            && of_value.is_some_and(|input| {
                let mut columns = other.column_refs().into_iter();
                columns.all(|column| input.schema().has_column(column))
            })
    };
    let equalities = conditions.iter().filter_map(sides);
    let mut equalities = equalities.chain(top.on.iter().map(|(one, other)| (one, other)));
    of_value.is_some()
        && apart
        && list.all(|column| of_list.schema().has_column(column))
        && can_be_equality(member, alone)
        && !equalities.any(|(one, other)| linked((one, other)) || linked((other, one)))
}

/// A join that keeps all rows of one side.
fn of_kept(join: &Join, filter: &Expr, names: &AliasGenerator) -> Result<Option<LogicalPlan>> {
    if join.null_aware {
        return Ok(None);
    }
    let mut join = match join.join_type {
        JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => {
            swapped(join.clone())?
        }
        _ => join.clone(),
    };
    let linked =
        |(one, other): &(Expr, Expr)| is_element(one, &join.left) || is_element(other, &join.right);
    if join.on.iter().any(linked) {
        return Ok(None);
    }
    let mut conditions = conjuncts(filter);
    let alone = conditions.len() == 1 && join.on.is_empty();
    let found = conditions.iter().enumerate().find_map(|(at, condition)| {
        let member = Membership::of(condition)?;
        let (value, list) = (&member.value, &member.list);
        let right = reads(value, &join.left) && reads(list, &join.right);
        let left = reads(value, &join.right) && reads(list, &join.left);
        ((left || right) && can_be_equality(&member, alone)).then_some((at, member, right))
    });
    let Some((at, member, right)) = found else {
        return Ok(None);
    };
    let element = names.next(ELEMENT);
    let key = Expr::Column(Column::from_name(&element));
    if right {
        let unnested = with_elements(Arc::unwrap_or_clone(join.right), &member, &element)?;
        join.right = Arc::new(unnested);
        join.on.push((member.key()?, key));
    } else if repeatable(&join.left)? {
        let (list, lists) = (names.next(ELEMENT), join.left.as_ref().clone());
        let lists = keyed_elements(lists, &member, &list, &element)?;
        let right = LogicalPlanBuilder::from(join.right).join_on(
            lists,
            JoinType::Inner,
            [member.key()?.eq(key)],
        )?;
        join.right = Arc::new(right.build()?);
        let list = Expr::Column(Column::from_name(list));
        join.on.push((fingerprint(member.list), list));
    } else {
        return Ok(None);
    }
    conditions.remove(at);
    join.filter = conjunction(conditions);
    rebuilt(join).map(Some)
}

fn conjuncts(condition: &Expr) -> Vec<Expr> {
    split_conjunction(condition).into_iter().cloned().collect()
}

/// The sides of an equality.
fn sides(condition: &Expr) -> Option<(&Expr, &Expr)> {
    match condition {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) => Some((left, right)),
        _ => None,
    }
}

/// Whether an expression is a column that was made here: rows are unnested for a join once only, as
/// twice they would come once for each pair of elements.
fn is_element(expr: &Expr, plan: &LogicalPlan) -> bool {
    matches!(expr, Expr::Column(column)
        if column.name.starts_with(ELEMENT) && plan.schema().has_column(column))
}

/// Whether an expression reads columns of this plan and no others.
fn reads(expr: &Expr, plan: &LogicalPlan) -> bool {
    let columns = expr.column_refs();
    let mut all = columns.iter();
    !columns.is_empty() && all.all(|column| plan.schema().has_column(column))
}

/// Whether value and list can be computed for their own rows: what can fail only where no other
/// condition might have left the row out.
fn can_be_equality(member: &Membership, alone: bool) -> bool {
    let parts = [&member.value, &member.list];
    !parts
        .iter()
        .any(|part| part.is_volatile() || has_subquery(part) || part.contains_outer())
        && (alone || !fails(member))
}

/// Whether computing a test apart from its pairs can fail.
pub(super) fn fails(member: &Membership) -> bool {
    let fails = |part: &Expr| part.exists(|part| Ok(may_fail(part))).unwrap_or(true);
    !member.total() || fails(&member.value) || fails(&member.list)
}

/// The rows of a plan, each once for every element of its list.
pub(super) fn with_elements(
    plan: LogicalPlan,
    member: &Membership,
    name: &str,
) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().map(Expr::Column);
    let columns: Vec<Expr> = columns.chain([member.elements().alias(name)]).collect();
    unnested(LogicalPlanBuilder::from(plan).project(columns)?, name)
}

/// The elements of all different lists of a plan: for each its list's fingerprint, and itself.
pub(super) fn keyed_elements(
    plan: LogicalPlan,
    member: &Membership,
    list: &str,
    element: &str,
) -> Result<LogicalPlan> {
    let all = format!("{list}_all");
    let own = member.of_list(Expr::Column(Column::from_name(&all)));
    let columns = vec![
        fingerprint(own.list.clone()).alias(list),
        own.elements().alias(element),
    ];
    let lists = LogicalPlanBuilder::from(plan)
        .aggregate(vec![member.list.clone().alias(&all)], Vec::<Expr>::new())?
        .project(columns)?;
    unnested(lists, element)
}

fn unnested(plan: LogicalPlanBuilder, name: &str) -> Result<LogicalPlan> {
    let options = UnnestOptions {
        null_handling: NullHandling::Drop,
        recursions: Vec::new(),
    };
    plan.unnest_columns_with_options(vec![Column::new_unqualified(name)], options)?
        .build()
}

/// The same inner joins with one input changed, the one that has these columns. It comes last: what
/// a join keeps in memory are the rows before it, and they are not repeated.
fn with_last(
    plan: LogicalPlan,
    columns: &[Column],
    change: impl FnOnce(LogicalPlan) -> Result<LogicalPlan>,
) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            let left = join.left.schema();
            let mut join = if columns.iter().all(|column| left.has_column(column)) {
                swapped(join)?
            } else {
                join
            };
            let last = Arc::unwrap_or_clone(join.right);
            join.right = Arc::new(with_last(last, columns, change)?);
            rebuilt(join)
        }
        input => change(input),
    }
}

/// The join with its sides exchanged.
fn swapped(join: Join) -> Result<Join> {
    let on = join.on.into_iter().map(|(left, right)| (right, left));
    Join::try_new(
        join.right,
        join.left,
        on.collect(),
        join.filter,
        join.join_type.swap(),
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )
}

/// The join after a change of its inputs.
fn rebuilt(join: Join) -> Result<LogicalPlan> {
    Join::try_new(
        join.left,
        join.right,
        join.on,
        join.filter,
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )
    .map(LogicalPlan::Join)
}

/// A plan with the columns that another has.
fn with_columns_of(plan: LogicalPlan, other: &LogicalPlan) -> Result<LogicalPlan> {
    let columns = other.schema().columns();
    if plan.schema().columns() == columns {
        return Ok(plan);
    }
    let columns = columns.into_iter().map(Expr::Column).collect();
    Projection::try_new(columns, Arc::new(plan)).map(LogicalPlan::Projection)
}

/// Bytes that are the same for the same lists only, NULL among them; never NULL themselves. They are
/// few however long the list is, as they are repeated for each of its elements.
pub(super) fn fingerprint(list: Expr) -> Expr {
    ScalarUDF::new_from_impl(Fingerprint::default()).call(vec![list])
}

#[derive(Debug)]
struct Fingerprint(Signature);

/// The bytes of a fingerprint, which are those of SHA-256.
const FINGERPRINT_BYTES: i32 = 32;

impl Default for Fingerprint {
    fn default() -> Self {
        Self(Signature::any(1, Volatility::Immutable))
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Fingerprint {}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for Fingerprint {
    fn name(&self) -> &'static str {
        "fingerprint"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::FixedSizeBinary(FINGERPRINT_BYTES))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let lists = ColumnarValue::values_to_arrays(&arguments.args)?;
        let fields = lists.iter().map(|list| list.data_type().clone());
        let converter = RowConverter::new(fields.map(SortField::new).collect())?;
        let rows = converter.convert_columns(&lists)?;
        let mut builder = FixedSizeBinaryBuilder::with_capacity(rows.num_rows(), FINGERPRINT_BYTES);
        for row in &rows {
            builder.append_value(Sha256::digest(row.data()))?;
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::{World, run, told};

    /// Joins of `orders` with themselves through `marks`, which are `{id,NULL}` for each but the
    /// fifth order.
    const JOINS: [&str; 13] = [
        "select a.id, b.id from orders a join orders b on a.id = any (b.marks)",
        "select b.*, a.price from orders b join orders a on a.id = any (b.marks)",
        "select a.id, b.id from orders a, orders b where a.id = any (b.marks) and a.price > 1",
        "select a.id, c.id from orders a, orders c, orders b where a.id = any (b.marks) and c.id = b.id",
        "select a.id, b.id from orders a left join orders b on a.id = any (b.marks)",
        "select a.id, b.id from orders a left join orders b on b.id = any (a.marks) and b.price > 1",
        "select a.id, b.id from orders a right join orders b on a.id = any (b.marks)",
        "select a.id, b.id from orders a right join orders b on b.id = any (a.marks)",
        "select id from orders a where exists (select from orders b where b.id = any (a.marks))",
        "select id from orders a where not exists (select from orders b where a.id = any (b.marks))",
        "select id, exists (select from orders b where b.id = any (a.marks)) from orders a",
        "select id, (select sum(b.price) from orders b where b.id = any (a.marks)) from orders a",
        "select id, (select sum(b.price) from orders b where a.id = any (b.marks)) from orders a",
    ];

    #[tokio::test]
    async fn joins_through_a_list_are_hash_joins() {
        let world = World::new();
        let mut session = world.session();
        for sql in JOINS {
            let plan = run(&mut session, &format!("explain {sql}")).await.unwrap();
            let plan = format!("{:#?}", plan[0].rows);
            assert!(plan.contains("Hash Join"), "{sql}\n{plan}");
            let pairwise = ["Nested Loop", "SubPlan", "filter=any"];
            assert!(
                !pairwise.iter().any(|all| plan.contains(all)),
                "{sql}\n{plan}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_equality_of_two_sides_stays_a_condition() {
        let world = World::new();
        let mut session = world.session();
        for sql in [
            "select a.id from orders a join orders b on a.id <> any (b.marks)",
            "select a.id from orders a join orders b on a.id = all (b.marks)",
            "select a.id from orders a join orders b on a.id = any (a.marks || b.marks)",
            "select a.id from orders a join orders b on a.id = any (b.marks) or b.id = 1",
            "select a.id from orders a left join (select marks from orders order by price limit 2) b on true left join orders c on c.id = any (b.marks)",
        ] {
            let plan = run(&mut session, &format!("explain {sql}")).await.unwrap();
            let plan = format!("{:#?}", plan[0].rows);
            assert!(plan.contains("Nested Loop"), "{sql}\n{plan}");
            assert!(!plan.contains("ProjectSet"), "{sql}\n{plan}");
        }
    }

    #[tokio::test]
    async fn two_tests_of_one_pair_unnest_its_lists_once() {
        let world = World::new();
        let mut session = world.session();
        let sql = "explain select a.id from orders a join orders b on a.id = any (b.marks) and a.id + 0 = any (b.marks)";
        let plan = run(&mut session, sql).await.unwrap();
        let plan = format!("{:#?}", plan[0].rows);
        assert_eq!(plan.matches("ProjectSet").count(), 1, "{plan}");
    }

    #[tokio::test]
    async fn a_pair_is_found_once() {
        let world = World::new();
        world.publish(3_000);
        let mut session = world.session();
        let twice = "(select id, marks || id || array[id, id - 1] marks from orders)";
        for (counted, rows) in [
            ("from orders a join orders b on a.id = any (b.marks)", 2_999),
            (
                "from orders a left join orders b on b.id = any (a.marks)",
                3_000,
            ),
            ("from orders a join twice b on a.id = any (b.marks)", 5_999),
            (
                "from twice a left join orders b on b.id = any (a.marks)",
                5_999,
            ),
            (
                "from orders a left join twice b on a.id = any (b.marks)",
                5_999,
            ),
        ] {
            let sql = format!("select count(*) {}", counted.replace("twice", twice));
            assert_eq!(
                told(&mut session, &sql).await,
                format!("SELECT 1: {rows}"),
                "{sql}"
            );
        }
    }
}
