//! The views of PostgreSQL that we answer with our own SQL over `pg_catalog`.
//!
//! Each text names its columns in the order of the real view; the analyzer casts them to the real
//! types. A view that is not listed has no rows here.

macro_rules! views {
    ($($schema:literal: $($name:literal),* $(,)?);* $(;)?) => {
        const VIEWS: &[(&str, &str, &str)] = &[
            $($(($schema, $name, include_str!(concat!("views/", $schema, "/", $name, ".sql")))),*),*
        ];
    };
}

views! {
    "pg_catalog":
        "pg_tables";
}

/// The query behind a view.
pub(super) fn text(schema: &str, name: &str) -> Option<&'static str> {
    let mut views = VIEWS.iter();
    views
        .find(|view| view.0 == schema && view.1 == name)
        .map(|view| view.2)
}
