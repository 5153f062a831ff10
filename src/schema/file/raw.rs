//! A schema file as it is written, before anything is checked.

use serde::Deserialize;
use toml::Spanned;

use crate::schema::{Action, ClockRole, OnErase, Origin};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) format: Spanned<u32>,
    pub(super) product: RawProduct,
    #[serde(default, rename = "table")]
    pub(super) tables: Vec<RawTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProduct {
    pub(super) name: Spanned<String>,
    pub(super) display_name: String,
    pub(super) major_version: Spanned<u32>,
    pub(super) description: Spanned<String>,
    #[serde(default)]
    pub(super) notes: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) source_names: Vec<Spanned<String>>,
    pub(super) description: Spanned<String>,
    pub(super) grain: Spanned<String>,
    pub(super) key: Spanned<Vec<String>>,
    #[serde(default = "yes")]
    pub(super) key_enforced: bool,
    #[serde(default)]
    pub(super) key_origin: Origin,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) sort: Option<Spanned<Vec<String>>>,
    pub(super) activity: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) origin: Origin,
    #[serde(default)]
    pub(super) notes: Vec<Spanned<String>>,
    pub(super) shrink_percent: Option<Spanned<u8>>,
    #[serde(default, rename = "column")]
    pub(super) columns: Vec<RawColumn>,
    #[serde(default, rename = "check")]
    pub(super) checks: Vec<RawCheck>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheck {
    pub(super) name: Spanned<String>,
    pub(super) description: Spanned<String>,
    pub(super) when: Option<Spanned<String>>,
    pub(super) rule: Option<Spanned<String>>,
    pub(super) via: Option<String>,
    pub(super) unique: Option<Vec<String>>,
    pub(super) within: Option<String>,
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawColumn {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) source_names: Vec<Spanned<String>>,
    #[serde(rename = "type")]
    pub(super) kind: Spanned<String>,
    pub(super) source_type: Option<Spanned<String>>,
    #[serde(default = "yes")]
    pub(super) nullable: bool,
    pub(super) description: Spanned<String>,
    pub(super) note: Option<Spanned<String>>,
    pub(super) reference: Option<Spanned<RawReference>>,
    pub(super) copy_of: Option<Spanned<String>>,
    pub(super) clock: Option<Spanned<ClockRole>>,
    #[serde(default)]
    pub(super) change_stamp: bool,
    pub(super) values: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) values_closed: bool,
    #[serde(default)]
    pub(super) values_origin: Origin,
    pub(super) values_action: Option<Spanned<Action>>,
    pub(super) origin: Option<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReference {
    #[serde(default)]
    pub(super) to: Vec<String>,
    #[serde(default)]
    pub(super) each: bool,
    pub(super) selector: Option<String>,
    #[serde(default)]
    pub(super) cases: toml::Table,
    pub(super) join: Option<String>,
    #[serde(default)]
    pub(super) action: Action,
    #[serde(default)]
    pub(super) on_erase: OnErase,
}

fn yes() -> bool {
    true
}
