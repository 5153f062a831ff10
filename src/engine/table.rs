//! A table of a pinned snapshot, as DataFusion scans it.
//!
//! Files hold what other tools read; rows leave here in the storage types of [`crate::pg::types`]:
//! text is read as views, declared decimals become `numeric` values, lists become arrays.

mod stored;

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result as PlanResult, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use object_store::ObjectMeta;
use object_store::path::Path;

use crate::pg::{ClientFault, types};
use crate::schema::{Origin, Table};
use crate::snapshot::{Pin, Store};

/// The address of the one object store that plans can reach.
pub(crate) const STORE: &str = "snapshot://files";

/// One table of one product at one snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotTable {
    name: String,
    /// What leaves the table.
    schema: SchemaRef,
    /// What is read from the files.
    files: SchemaRef,
    store: Store,
    pin: Pin,
}

impl SnapshotTable {
    /// The table of that name in a pinned snapshot; `None` when the snapshot has none.
    pub(crate) fn new(table: &Table, store: &Store, pin: &Pin) -> Option<Self> {
        let entry = pin.published().table(table.name.as_str())?;
        let served = |column: &crate::schema::Column| {
            Field::new(&column.name, types::storage(column.kind.oid), true)
        };
        let read = table.arrow_schema();
        let read = read.fields().iter().zip(&table.columns);
        let read = read.map(|(field, column)| {
            let field = viewed(field);
            // A name that was not declared then says nothing about the column that has it now.
            let other = column.origin != Origin::Delivered && entry.extra.contains(&column.name);
            let absent = || format!("\u{1}{}", column.name);
            if other {
                field.with_name(absent())
            } else {
                field
            }
        });
        Some(Self {
            name: table.name.to_string(),
            schema: Arc::new(Schema::new(
                table.columns.iter().map(served).collect::<Vec<_>>(),
            )),
            files: Arc::new(Schema::new(read.collect::<Vec<_>>())),
            store: store.clone(),
            pin: pin.clone(),
        })
    }

    fn partitioned_files(&self) -> PlanResult<Vec<PartitionedFile>> {
        let published = self.pin.published();
        let entries = published
            .table(&self.name)
            .map(|entry| entry.files.as_slice());
        let paths: Vec<PathBuf> = published.files(&self.name);
        let columns = self.files.fields().len();
        entries
            .unwrap_or_default()
            .iter()
            .zip(paths)
            .map(|(entry, path)| {
                let location = Path::from_absolute_path(&path)
                    .map_err(|error| DataFusionError::External(Box::new(error)))?;
                let meta = ObjectMeta {
                    location,
                    last_modified: published.published_at,
                    size: entry.bytes,
                    e_tag: None,
                    version: None,
                };
                let file = PartitionedFile::new_from_meta(meta);
                let dead = self.store.dead_rows(published, entry);
                let dead = dead
                    .map_err(|error| DataFusionError::External(Box::new(error.client_fault())))?;
                let rows = entry.rows - dead.as_ref().map_or(0, |dead| dead.len());
                let file = file.with_statistics(Arc::new(statistics(rows, columns)));
                Ok(match dead {
                    Some(dead) => {
                        file.with_extension(ParquetRowSelection::new(dead.others(entry.rows)))
                    }
                    None => file,
                })
            })
            .collect()
    }
}

fn statistics(rows: u64, columns: usize) -> Statistics {
    let schema = Schema::new(
        (0..columns)
            .map(|_| Field::new("", DataType::Null, true))
            .collect::<Vec<_>>(),
    );
    let rows = usize::try_from(rows).map_or(Precision::Absent, Precision::Exact);
    Statistics::new_unknown(&schema).with_num_rows(rows)
}

/// The type a file's column is read as: text and bytes as views.
fn viewed(field: &Field) -> Field {
    Field::new(field.name(), viewed_type(field.data_type()), true)
}

fn viewed_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => {
            let item = Field::new("item", viewed_type(item.data_type()), true);
            DataType::List(Arc::new(item))
        }
        other => other.clone(),
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        let rows = self.pin.published().table(&self.name)?.rows;
        Some(statistics(rows, self.schema.fields().len()))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let verified = self.store.verified(self.pin.published(), &self.name).await;
        verified.map_err(|error| DataFusionError::External(Box::new(error.client_fault())))?;
        let runtime = state.runtime_env();
        let url = ObjectStoreUrl::parse(STORE)?;
        let reader = CachedParquetFileReaderFactory::new(
            Arc::new(self.store.files()),
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let source = ParquetSource::new(Arc::clone(&self.files))
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(reader));
        let mut builder = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?;
        for file in self.partitioned_files()? {
            builder = builder.with_file(file);
        }
        let scan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(builder.build());
        served(scan, &self.schema, projection)
    }
}

/// Brings what the files hold to the storage types of PostgreSQL's.
fn served(
    scan: Arc<dyn ExecutionPlan>,
    schema: &SchemaRef,
    projection: Option<&Vec<usize>>,
) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let wanted: Vec<FieldRef> = match projection {
        Some(indices) => schema
            .project(indices)?
            .fields()
            .iter()
            .map(Arc::clone)
            .collect(),
        None => schema.fields().iter().map(Arc::clone).collect(),
    };
    let read = scan.schema();
    if read
        .fields()
        .iter()
        .zip(&wanted)
        .all(|(read, wanted)| read.data_type() == wanted.data_type())
    {
        return Ok(scan);
    }
    let columns = read
        .fields()
        .iter()
        .zip(&wanted)
        .enumerate()
        .map(|(at, (read, wanted))| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(read.name(), at));
            let expr = if read.data_type() == wanted.data_type() {
                column
            } else {
                stored::as_stored(column, read.data_type(), wanted)
            };
            ProjectionExpr {
                expr,
                alias: wanted.name().clone(),
            }
        });
    Ok(Arc::new(ProjectionExec::try_new(
        columns.collect::<Vec<_>>(),
        scan,
    )?))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::{World, run};

    /// Files of 10 rows a group: whole groups die, and groups in part.
    #[tokio::test(flavor = "multi_thread")]
    async fn dead_rows_are_never_served() {
        let world = World::new();
        world.publish(95);
        let mut session = world.session();
        let dead: Vec<u32> = (20..30).chain([0, 5, 47, 94]).collect();
        world.patch(&dead, 96..=100);
        for (sql, expected) in [
            ("select count(*) from orders", "86"),
            ("select sum(id) from orders", "4645"),
            ("select min(id) from orders", "2"),
            ("select max(id) from orders where id < 96", "94"),
            (
                "select count(*) from orders where id between 21 and 31",
                "1",
            ),
            ("select count(*) from orders where id = 1", "0"),
            (
                "select count(*) from (select * from orders limit 60) t",
                "60",
            ),
            ("select id from orders order by id limit 1 offset 19", "32"),
            (
                "select count(distinct id) from orders where price is not null",
                "85",
            ),
        ] {
            let replies = run(&mut session, sql).await.unwrap();
            assert_eq!(replies[0].rows[0][0].as_deref(), Some(expected), "{sql}");
        }
    }
}
