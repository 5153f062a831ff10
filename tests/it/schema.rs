//! What is derived from schema files, held against a real PostgreSQL.

use syllabase::pg::Type;
use syllabase::pg::typename::{format_type, parse_type_name};
use syllabase::pg::types;

use crate::postgres::Postgres;

#[tokio::test]
async fn type_names_are_postgresqls() {
    let postgres = Postgres::start();
    let client = postgres.connect().await;
    let rows = client
        .query(
            "select oid, typmod, format_type(oid, typmod) \
             from pg_type, unnest(array[-1, 7, 42, 917510, 198658]) typmod \
             where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'p') \
               and (typmod = -1 or oid in (1042, 1043, 1700, 1015, 1231)) \
             order by 1, 2",
            &[],
        )
        .await
        .unwrap();
    let mut compared = 0;
    for row in rows {
        let of = Type {
            oid: syllabase::ident::Oid(row.get(0)),
            modifier: row.get(1),
        };
        let printed = format_type(of);
        if printed != "???" && !printed.starts_with("???") {
            let theirs: String = row.get(2);
            assert_eq!(printed, theirs, "{of:?}");
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} types were compared");
    assert_eq!(parse_type_name("int8"), Some(types::INT8.into()));
}
