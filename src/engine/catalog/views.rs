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
        "pg_available_extension_versions", "pg_available_extensions", "pg_cursors", "pg_group", "pg_indexes", "pg_locks",
        "pg_prepared_statements", "pg_roles", "pg_rules", "pg_settings", "pg_stat_activity",
        "pg_stat_all_indexes", "pg_stat_all_tables", "pg_stat_database", "pg_stat_gssapi",
        "pg_stat_ssl", "pg_stat_sys_indexes",
        "pg_stat_archiver", "pg_stat_bgwriter", "pg_stat_wal",
        "pg_stat_sys_tables", "pg_stat_user_indexes", "pg_stat_user_tables",
        "pg_statio_all_indexes", "pg_statio_all_tables", "pg_statio_sys_indexes",
        "pg_statio_sys_tables", "pg_statio_user_indexes", "pg_statio_user_tables", "pg_tables",
        "pg_timezone_abbrevs", "pg_timezone_names", "pg_user", "pg_views";
    "information_schema":
        "administrable_role_authorizations", "applicable_roles", "character_sets",
        "check_constraints", "collation_character_set_applicability", "collations",
        "column_domain_usage", "column_privileges", "column_udt_usage", "columns",
        "constraint_column_usage", "constraint_table_usage", "domain_constraints",
        "domain_udt_usage", "domains", "element_types", "enabled_roles",
        "information_schema_catalog_name", "key_column_usage", "parameters", "referential_constraints",
        "role_column_grants", "role_routine_grants", "role_table_grants", "routine_privileges",
        "routines", "schemata", "table_constraints", "table_privileges", "tables", "views";
}

/// The query behind a view.
pub(super) fn text(schema: &str, name: &str) -> Option<&'static str> {
    let mut views = VIEWS.iter();
    views
        .find(|view| view.0 == schema && view.1 == name)
        .map(|view| view.2)
}

/// Schema and name of each.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    VIEWS.iter().map(|view| (view.0, view.1))
}
