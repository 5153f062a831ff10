//! What files still say of somebody.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// How often a file says one of some words; Parquet is read as rows.
pub(crate) fn traces(path: &Path, words: &[&str]) -> usize {
    let mut text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    if path.extension().is_some_and(|kind| kind == "parquet") {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
        for batch in reader.unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for column in batch.columns() {
                for row in 0..batch.num_rows() {
                    text.push('\n');
                    text.push_str(&array_value_to_string(column, row).unwrap());
                }
            }
        }
    }
    words.iter().map(|word| text.matches(word).count()).sum()
}

/// The files that say some of the words, and how often, by path in the folder.
pub(crate) fn traced(data: &Path, words: &[&str]) -> BTreeMap<String, usize> {
    let named = files(data).into_iter().map(|path| {
        let name = path.strip_prefix(data).unwrap().display().to_string();
        (name, traces(&path, words))
    });
    named.filter(|(_, count)| *count > 0).collect()
}
