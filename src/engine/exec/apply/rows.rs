//! What a subquery computes from the outer row alone, for all outer rows at once.
//!
//! `unnest(outer.list)` reads no table, so there is nothing to join on. Instead it is computed for
//! every distinct row of what it reads; that row's [`Identity`] is the key, and holds the values.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, AsArray as _, new_null_array};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, Projection, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::pull::{Pulled, Puller, has_subquery};

impl Puller<'_> {
    /// A projection of one row that reads the outer row.
    pub(super) fn of_outer_row(&mut self, projection: &Projection) -> Result<Option<Pulled>> {
        let one_row = matches!(
            projection.input.as_ref(),
            LogicalPlan::EmptyRelation(empty) if empty.produce_one_row
        );
        let again = projection.expr.iter().any(Expr::is_volatile);
        if !one_row || again || !self.outer().repeatable || projection.expr.iter().any(has_subquery)
        {
            return Ok(None);
        }
        let outer = self.outer();
        let Some(read) = read_columns(&projection.expr, outer.parameters)? else {
            return Ok(None);
        };
        let key = self.fresh();
        let (values, types): (Vec<Expr>, Vec<DataType>) = read.into_iter().unzip();
        let identity = ScalarUDF::new_from_impl(Identity::default());
        let keys = vec![identity.call(values).alias(&key)];
        let key = Column::from_name(key);
        let own = columns_read(&projection.expr)?;
        let types: Arc<[DataType]> = types.into();
        let names = NamePreserver::new_for_projection();
        let computed = projection.expr.iter().map(|expr| {
            let name = names.save(expr);
            let over = over_key(expr.clone(), &own, &types, &key)?;
            Ok(name.restore(over))
        });
        let computed = computed.chain([Ok(Expr::Column(key.clone()))]);
        let plan = LogicalPlanBuilder::from(outer.source.clone())
            .project(keys)?
            .distinct()?
            .project(computed.collect::<Result<Vec<_>>>()?)?
            .build()?;
        self.reads_no_table = true;
        Ok(Some(Pulled {
            plan,
            tests: vec![identity.call(own).eq(Expr::Column(key))],
            single: true,
            without: None,
        }))
    }
}

/// The outer columns that some expressions read, each once.
fn columns_read(exprs: &[Expr]) -> Result<Vec<Expr>> {
    let mut read: Vec<Expr> = Vec::new();
    for expr in exprs {
        expr.apply(|part| {
            if matches!(part, Expr::OuterReferenceColumn(..)) && !read.contains(part) {
                read.push(part.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(read)
}

/// What those columns are in the outer plan, and how they are stored; `None` where one is of a row
/// further out.
fn read_columns(
    exprs: &[Expr],
    parameters: &[(String, Expr)],
) -> Result<Option<Vec<(Expr, DataType)>>> {
    let read = columns_read(exprs)?;
    let found = read.iter().map(|part| {
        let Expr::OuterReferenceColumn(field, column) = part else {
            return None;
        };
        let storage = field.data_type().clone();
        let (_, value) = parameters.iter().find(|(name, _)| *name == column.name)?;
        let comparable = RowConverter::supports_fields(&[SortField::new(storage.clone())]);
        comparable.then(|| (value.clone(), storage))
    });
    Ok(found.collect())
}

/// The same expression with outer columns read from the key that was made of them.
fn over_key(expr: Expr, read: &[Expr], types: &Arc<[DataType]>, key: &Column) -> Result<Expr> {
    let replaced = expr.transform(|part| {
        let Some(at) = read.iter().position(|read| *read == part) else {
            return Ok(Transformed::no(part));
        };
        let value = ScalarUDF::new_from_impl(Identified {
            types: Arc::clone(types),
            at,
            // Volatile: a condition on what is computed from it stays where it is, as for other
            // outer rows it might fail.
            signature: Signature::any(1, Volatility::Volatile),
        });
        Ok(Transformed::yes(
            value.call(vec![Expr::Column(key.clone())]),
        ))
    });
    replaced.data()
}

fn converter<'a>(types: impl Iterator<Item = &'a DataType>) -> Result<RowConverter> {
    let fields = types.map(|storage| SortField::new(storage.clone()));
    Ok(RowConverter::new(fields.collect())?)
}

/// Bytes that are the same for the same values only, NULL among them; never NULL themselves.
#[derive(Debug)]
struct Identity(Signature);

impl Default for Identity {
    fn default() -> Self {
        Self(Signature::variadic_any(Volatility::Immutable))
    }
}

impl PartialEq for Identity {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let converter = converter(columns.iter().map(Array::data_type))?;
        let rows = converter.convert_columns(&columns)?;
        Ok(ColumnarValue::Array(Arc::new(rows.try_into_binary()?)))
    }
}

/// One of the values that an [`Identity`] was made of.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Identified {
    types: Arc<[DataType]>,
    at: usize,
    signature: Signature,
}

impl ScalarUDFImpl for Identified {
    fn name(&self) -> &'static str {
        "identified"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        let lost = || DataFusionError::Internal(String::from("a key lacks one of its values"));
        self.types.get(self.at).cloned().ok_or_else(lost)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let lost = || DataFusionError::Internal(String::from("a key is not bytes"));
        let keys = ColumnarValue::values_to_arrays(&arguments.args)?;
        let keys = keys.first().and_then(|keys| keys.as_binary_opt::<i32>());
        let keys = keys.ok_or_else(lost)?;
        // The optimiser asks what a condition would be if a key were NULL, which none is.
        if keys.null_count() > 0 {
            let storage = self.return_type(&[])?;
            return Ok(ColumnarValue::Array(new_null_array(&storage, keys.len())));
        }
        let converter = converter(self.types.iter())?;
        let parser = converter.parser();
        let values = converter.convert_rows(keys.iter().flatten().map(|key| parser.parse(key)))?;
        let value = values.into_iter().nth(self.at).ok_or_else(lost)?;
        Ok(ColumnarValue::Array(value))
    }
}
