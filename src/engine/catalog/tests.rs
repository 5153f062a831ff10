//! What a tenant's catalog says of declared products and of PostgreSQL's own relations.

mod ask;

use std::collections::HashSet;

use arrow::record_batch::RecordBatch;

use super::declared::Declarations;
use super::*;

/// A catalog of one tenant with every product we ship, all tables empty.
pub(crate) fn catalog(role: &str) -> Catalog {
    let products = crate::schema::builtin().unwrap();
    let declarations = Declarations::new(&products).unwrap();
    let part = TablePart {
        provider: None,
        rows: 7,
        bytes: 9000,
    };
    Catalog::new(Parts {
        database: Arc::from("acme"),
        role: Arc::from(role),
        started_at: 0,
        status: None,
        products: products
            .iter()
            .map(|product| ProductPart {
                declared: Arc::clone(declarations.get(&product.name).unwrap()),
                tables: vec![part.clone(); product.tables.len()],
            })
            .collect(),
    })
}

#[test]
fn every_relation_can_be_opened() {
    let catalog = catalog("reporting");
    for system in relations().iter().filter(|system| system.class.kind != 'i') {
        assert!(
            catalog.relation_by_oid(system.class.oid).is_some(),
            "{}",
            system.class.name
        );
    }
    for table in catalog.declared_tables() {
        let relation = catalog.relation_by_oid(table.class.oid).unwrap();
        assert!(matches!(relation.source, RelationSource::Table(_)));
    }
}

#[test]
fn oids_of_all_products_are_different_and_stable() {
    let catalog = catalog("reporting");
    let mut seen = HashSet::new();
    for table in catalog.declared_tables() {
        let index = table.index.iter().map(|index| index.class.oid);
        let keys = table.constraints.iter().map(|key| key.oid);
        let own = [table.class.oid, table.class.row_type, table.array_type];
        for oid in own.into_iter().chain(index).chain(keys) {
            assert!(oid.0 > OWNER.oid.0 && i32::try_from(oid.0).is_ok());
            assert!(seen.insert(oid), "{oid} twice at {}", table.class.name);
        }
    }
    assert!(seen.len() > 3 * 68);
    // A client may have stored this number: it never changes.
    let users = catalog.class(Some("learnamp"), "users", &[]).unwrap();
    assert_eq!(users.oid, Oid(369125337));
}

#[test]
fn a_collision_is_refused() {
    let text = include_str!("../../../schemas/learnink.toml");
    let product = crate::schema::Product::parse(text, "learnink").unwrap();
    let mut twin = product.clone();
    twin.name = "twin".parse().unwrap();
    twin.tables.truncate(1);
    let mut double = twin.tables[0].clone();
    double.source_names.clear();
    twin.tables.push(double);
    let products = crate::schema::Products::new([product, twin]).unwrap();
    let error = Declarations::new(&products).unwrap_err();
    assert!(
        matches!(error, declared::DeclareError::Collision { .. }),
        "{error}"
    );
}

#[test]
fn names_are_found_along_the_search_path() {
    let catalog = catalog("reporting");
    let path: Vec<_> = ["pg_catalog", "learnamp", "learnink"]
        .map(String::from)
        .into();
    let found = |schema, name| {
        catalog
            .relation(schema, name, &path)
            .map(|found| found.schema.clone())
    };
    assert_eq!(found(None, "users").as_deref(), Some("learnamp"));
    assert_eq!(
        found(Some("learnink"), "users").as_deref(),
        Some("learnink")
    );
    assert_eq!(found(None, "pg_class").as_deref(), Some("pg_catalog"));
    assert_eq!(found(None, "tables"), None);
    assert_eq!(
        found(Some("information_schema"), "tables").as_deref(),
        Some("information_schema")
    );
    assert_eq!(found(None, "users_pkey"), None, "an index has no rows");
    assert!(catalog.schema_exists("public") && !catalog.schema_exists("nowhere"));
}

#[test]
fn rows_of_a_tenant_join_those_of_postgresql() {
    let catalog = catalog("reporting");
    let tables = catalog.declared_tables().count();
    assert_eq!(tables, 68);
    let rows = |name| -> usize {
        catalog
            .tenant_rows(name)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum()
    };
    assert!(rows("pg_attribute") > 524);
    assert_eq!(rows("pg_type"), 2 * tables);
    assert_eq!(rows("pg_namespace"), 4);
    assert_eq!(rows("pg_authid"), 2);
    assert_eq!(rows("pg_index") + tables, rows("pg_class"));
    assert_eq!(rows("pg_am"), 0);
}

#[test]
fn every_row_has_what_its_relation_requires() {
    let catalog = catalog("reporting");
    for name in [
        "pg_class",
        "pg_attribute",
        "pg_type",
        "pg_constraint",
        "pg_index",
        "pg_description",
        "pg_namespace",
        "pg_database",
        "pg_authid",
    ] {
        let class = catalog.class(Some("pg_catalog"), name, &[]).unwrap();
        let own = catalog.tenant_rows(name).unwrap();
        let system = relations().by_oid(class.oid).unwrap().rows();
        for batch in own.iter().chain([system]) {
            for (column, values) in class.columns.iter().zip(batch.columns()) {
                let ours = matches!(column.name.as_str(), "oid");
                let nulls = values.null_count();
                assert!(
                    nulls == 0 || !(column.not_null || ours),
                    "{name}.{} {nulls}",
                    column.name
                );
            }
        }
    }
}

#[test]
fn privileges_are_those_of_a_reader() {
    let catalog = catalog("reporting");
    let me = catalog.role_oid("reporting").unwrap();
    let users = catalog.class(Some("learnamp"), "users", &[]).unwrap();
    let ask = |class: &Class, letter| {
        catalog.may_table(
            me,
            class,
            &[privilege::Wanted {
                letter,
                grant: false,
            }],
        )
    };
    assert!(ask(users, 'r') && !ask(users, 'a') && !ask(users, 'd'));
    let authid = catalog.class(Some("pg_catalog"), "pg_authid", &[]).unwrap();
    let class = catalog.class(Some("pg_catalog"), "pg_class", &[]).unwrap();
    assert!(ask(class, 'r') && !ask(authid, 'r') && !ask(class, 'w'));
    assert!(catalog.has_role(me, OWNER.oid) && !catalog.has_role(me, privilege::SUPERUSER));
    assert_eq!(catalog.role_oid("other"), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
fn functions_of_the_session_answer_from_the_catalog() {
    let context = ask::context(catalog("reporting"));
    let one = |text: &str| match ask::ask(text, &context) {
        Ok(lines) => lines.join("\n"),
        Err(fault) => format!("{} {}", fault.state, fault.message),
    };
    for (query, answer) in [
        (
            "select current_schemas(true)",
            "{pg_catalog,learnink,learnamp,learning360,public}",
        ),
        (
            "select current_schema(), current_database(), current_user",
            "learnink|acme|reporting",
        ),
        (
            "select 'users'::regclass, 'learnamp.users'::regclass",
            "users|learnamp.users",
        ),
        (
            "select 'nope.x'::regclass",
            "3F000 schema \"nope\" does not exist",
        ),
        (
            "select 'nope'::regclass",
            "42P01 relation \"nope\" does not exist",
        ),
        (
            "select 'a.b.c.d'::regclass",
            "42601 improper relation name (too many dotted names): a.b.c.d",
        ),
        ("select 'a b'::regclass", "42602 invalid name syntax"),
        (
            "select 'substr'::regproc",
            "42725 more than one function named \"substr\"",
        ),
        (
            "select 'substr(text,int4)'::regprocedure",
            "substr(text,integer)",
        ),
        (
            "select 'int4'::regtype, 'learnamp.users'::regtype, '_text'::regtype",
            "integer|learnamp.users|text[]",
        ),
        (
            "select to_regclass('nope.x'), to_regtype('nope')",
            "\\N|\\N",
        ),
        (
            "select '=(int4,int4)'::regoperator, '-(none,int8)'::regoperator",
            "=(integer,integer)|-(NONE,bigint)",
        ),
        (
            "select has_table_privilege('users', 'select'), has_table_privilege('users', 'insert, select')",
            "t|t",
        ),
        (
            "select has_table_privilege('users', 'update'), has_any_column_privilege('users', 'select')",
            "f|t",
        ),
        (
            "select has_table_privilege('nobody', 'users', 'select')",
            "42704 role \"nobody\" does not exist",
        ),
        (
            "select has_table_privilege('users', 'read')",
            "22023 unrecognized privilege type: \"read\"",
        ),
        (
            "select has_schema_privilege('learnink', 'usage'), has_schema_privilege('learnink', 'create')",
            "t|f",
        ),
        (
            "select has_database_privilege('acme', 'connect'), has_database_privilege('acme', 'temp')",
            "t|f",
        ),
        (
            "select has_database_privilege('other', 'connect')",
            "3D000 database \"other\" does not exist",
        ),
        (
            "select pg_has_role('syllabase', 'usage'), pg_has_role('postgres', 'usage')",
            "t|f",
        ),
        (
            "select pg_get_userbyid(10), pg_get_userbyid(9)",
            "postgres|unknown (OID=9)",
        ),
        (
            "select pg_get_function_arguments('make_interval'::regproc)",
            "years integer DEFAULT 0, months integer DEFAULT 0, weeks integer DEFAULT 0, days integer DEFAULT 0, hours integer DEFAULT 0, mins integer DEFAULT 0, secs double precision DEFAULT 0.0",
        ),
        (
            "select pg_get_function_result('pg_get_keywords'::regproc)",
            "SETOF record",
        ),
        (
            "select pg_get_function_arguments('format(text,\"any\")'::regprocedure)",
            "text, VARIADIC \"any\"",
        ),
        (
            "select (information_schema._pg_expandarray(array['a','b'])).n",
            "1\n2",
        ),
        (
            "select pg_size_pretty(pg_total_relation_size('users')), pg_relation_size('users')",
            "9000 bytes|9000",
        ),
    ] {
        assert_eq!(one(query), answer, "{query}");
    }
}

#[test]
fn every_view_answers() {
    let context = ask::context(catalog("reporting"));
    // Nothing is granted on domains or by us on functions, no role may grant another, and nobody is
    // connected.
    let empty = [
        "administrable_role_authorizations",
        "column_domain_usage",
        "column_udt_usage",
        "domain_udt_usage",
        "pg_cursors",
        "pg_locks",
        "pg_prepared_statements",
        "pg_stat_activity",
        "pg_stat_gssapi",
        "pg_stat_ssl",
        "role_routine_grants",
    ];
    let mut failed = Vec::new();
    for (schema, name) in views::names() {
        let answer = ask::ask(&format!("select * from {schema}.{name}"), &context);
        match answer {
            Ok(lines) if lines.is_empty() != empty.contains(&name) => {
                failed.push(format!("{schema}.{name} has {} rows", lines.len()));
            }
            Ok(_) => {}
            Err(fault) => failed.push(format!("{schema}.{name}: {}", fault.message)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
