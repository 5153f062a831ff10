//! The settings a session has, as `SHOW`, `SET` and `pg_settings` know them.

use crate::pg::text::Style;

/// The settings of one session at one moment.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What decides the text of values.
    pub style: Style,
    /// `search_path` with `$user` resolved and missing schemas dropped, without the implicit `pg_catalog`.
    pub search_path: Vec<String>,
}
