//! The platforms whose data is served: one database with the tables of all three products, which
//! changes by day, and is read by night itself or through what it exports to a bucket.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use syllabase::clock::Clock;
use syllabase::schema::{self, Product};
use syllabase::sync::source::demo::{Flavour, Options, write_for_copy};
use tokio_postgres::Client;

use super::LARGE;
use crate::buckets::{Buckets, reach};
use crate::postgres::{Postgres, qualified};

/// The lines of every table, `product.table`, sorted.
pub(super) type Dump = BTreeMap<String, Vec<String>>;

/// How much is dumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    All,
    /// Of the large tables only how many rows they have: most of the rows are theirs.
    Light,
}

/// How the data leaves the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Its database is the source.
    Database,
    /// Its database is exported to a bucket every evening; the bucket is the source.
    Bucket,
}

pub(super) struct Platform {
    pub(super) way: Way,
    pub(super) products: Vec<Arc<Product>>,
    pub(super) client: Client,
    postgres: Postgres,
    s3: Buckets,
    folder: PathBuf,
    /// What was exported last, by object.
    exported: BTreeMap<String, Vec<u8>>,
}

impl Platform {
    /// Starts a database with demo data, a small customer's, exported today.
    pub(super) async fn start(way: Way, folder: &Path) -> Self {
        let postgres = Postgres::start();
        let products: Vec<_> = schema::builtin().unwrap().iter().cloned().collect();
        let options = Options {
            seed: 5,
            people: 40,
            today: Clock::system().now().date_naive(),
            flavour: Flavour::Usual,
        };
        for product in &products {
            let demo = folder.join("demo").join(product.name.as_str());
            write_for_copy(product, &demo, &options).unwrap();
            // The server's account reads the files.
            postgres.fill(product, &demo);
        }
        Self {
            way,
            products,
            client: postgres.connect().await,
            postgres,
            s3: Buckets::s3(),
            folder: folder.to_owned(),
            exported: BTreeMap::new(),
        }
    }

    /// What `tenant source` is told.
    pub(super) fn source(&self, product: &str) -> String {
        let port = self.postgres.port();
        match self.way {
            Way::Database => format!(
                "postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable --schema {product}"
            ),
            Way::Bucket => self.bucket(&format!("nightly/{product}")),
        }
    }

    /// A prefix of the bucket and how to reach it.
    pub(super) fn bucket(&self, prefix: &str) -> String {
        format!("s3://acme/{prefix} {}", reach(self.s3.port, &self.folder))
    }

    /// A day at the platform. In the evening what is not as it was is exported.
    pub(super) async fn day(&mut self, script: &str) {
        let done = self.client.batch_execute(script).await;
        done.unwrap_or_else(|error| panic!("{script}: {error:?}"));
        if self.way == Way::Bucket {
            self.export().await;
        }
    }

    /// A table is not there any more.
    pub(super) async fn lose(&mut self, product: &str, table: &str) {
        match self.way {
            Way::Database => {
                self.day(&format!("alter table {product}.{table} rename to gone"))
                    .await;
            }
            Way::Bucket => {
                let key = format!("nightly/{product}/{table}.csv");
                self.s3.delete(&key);
                self.exported.remove(&key);
            }
        }
    }

    /// It is found again.
    pub(super) async fn find(&mut self, product: &str, table: &str) {
        match self.way {
            Way::Database => {
                self.day(&format!("alter table {product}.gone rename to {table}"))
                    .await;
            }
            Way::Bucket => self.export().await,
        }
    }

    async fn export(&mut self) {
        for product in &self.products {
            for table in &product.tables {
                let from = qualified(product, table.name.as_str());
                let statement = format!("copy {from} to stdout with (format csv, header)");
                let text = copied(&self.client, &statement).await;
                let key = format!("nightly/{}/{}.csv", product.name, table.name);
                if self.exported.get(&key) == Some(&text) {
                    continue;
                }
                let file = self.folder.join("export.csv");
                fs::write(&file, &text).unwrap();
                self.s3.put(&key, &file);
                self.exported.insert(key, text);
            }
        }
    }

    /// The one value a statement answers, as text.
    pub(super) async fn told(&self, statement: &str) -> String {
        let rows = crate::program::rows(&self.client, statement).await;
        assert_eq!(rows.len(), 1, "{statement}: {rows:?}");
        rows[0].clone()
    }

    /// All tables as the platform has them.
    pub(super) async fn dump(&self) -> Dump {
        dump(&self.client, &self.products, Of::All).await
    }

    /// The same, of the large tables only how many rows they have.
    pub(super) async fn light(&self) -> Dump {
        dump(&self.client, &self.products, Of::Light).await
    }
}

/// All tables of some products as a server has them, declared columns only.
pub(super) async fn dump(client: &Client, products: &[Arc<Product>], of: Of) -> Dump {
    let mut dump = Dump::new();
    for product in products {
        for table in &product.tables {
            let name = format!("{}.{}", product.name, table.name);
            if of == Of::Light && is_large(&name) {
                let count = format!("select count(*) from {name}");
                dump.insert(name, crate::program::rows(client, &count).await);
                continue;
            }
            let columns = table.columns.iter();
            let columns: Vec<_> = columns.map(|one| format!("\"{}\"", one.name)).collect();
            let from = qualified(product, table.name.as_str());
            let statement = format!("copy {from} ({}) to stdout", columns.join(", "));
            let text = String::from_utf8(copied(client, &statement).await).unwrap();
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            dump.insert(name, lines);
        }
    }
    dump
}

/// A dump with no more of the large tables than how many rows they have.
pub(super) fn lightened(dump: &Dump) -> Dump {
    let light = |(name, lines): (&String, &Vec<String>)| {
        let lines = if is_large(name) {
            vec![lines.len().to_string()]
        } else {
            lines.clone()
        };
        (name.clone(), lines)
    };
    dump.iter().map(light).collect()
}

fn is_large(name: &str) -> bool {
    let mut large = LARGE.iter();
    large.any(|(product, table)| name.split_once('.') == Some((product, table)))
}

async fn copied(client: &Client, statement: &str) -> Vec<u8> {
    let stream = client.copy_out(statement).await;
    let stream = stream.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    let parts = stream.try_fold(Vec::new(), |mut all, part| async move {
        all.extend_from_slice(&part);
        Ok(all)
    });
    parts.await.unwrap()
}

/// Asserts that two dumps are equal; says how many rows there are.
pub(super) fn assert_same(ours: &Dump, theirs: &Dump) -> usize {
    assert_eq!(ours.len(), theirs.len());
    for (table, rows) in theirs {
        let own = &ours[table];
        let (more, fewer) = (missing(own, rows), missing(rows, own));
        assert!(
            more.is_empty() && fewer.is_empty(),
            "{table}: {} rows of ours are not there, such as {:?}; {} are not ours, such as {:?}",
            more.len(),
            more.first(),
            fewer.len(),
            fewer.first()
        );
    }
    theirs.values().map(Vec::len).sum()
}

/// The lines of one that another does not have; both are sorted.
pub(super) fn missing<'a>(of: &'a [String], among: &[String]) -> Vec<&'a String> {
    let mut left: BTreeMap<&String, usize> = BTreeMap::new();
    for line in among {
        *left.entry(line).or_default() += 1;
    }
    let gone = of.iter().filter(|line| match left.get_mut(line) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    });
    gone.collect()
}
