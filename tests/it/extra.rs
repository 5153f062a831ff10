//! Columns that no product declares, served to a tenant that wants them: what a client sees of them
//! tonight, in earlier nights, after an erasure and in another installation.

use std::fs;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::cli::Desk;

/// A tenant whose source a test writes, with a login.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    fs::create_dir(desk.path("source")).unwrap();
    write(&desk, "content", "type_with_id,name\nitem-1,Thing\n");
    write(&desk, "activities", "id,user_id\n1,1\n2,2\n");
    let url = format!("file://{}", desk.path("source").display());
    desk.done("tenant add acme --product learnamp");
    desk.done(&format!("tenant source acme learnamp {url}"));
    desk.done("tenant allow acme 127.0.0.1/32");
    desk.done("tenant credentials add acme reporting --handover file:sheet.txt");
    let password = desk.password("sheet.txt");
    (desk, password)
}

fn write(desk: &Desk, table: &str, rows: &str) {
    fs::write(desk.path("source").join(format!("{table}.csv")), rows).unwrap();
}

/// The first rows of an answer, each with `|` between its values; NULL is `-`.
async fn lines(client: &Client, sql: &str) -> Vec<String> {
    let answer = client.simple_query(sql).await;
    let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = |row: &tokio_postgres::SimpleQueryRow| {
        let values = (0..row.len()).map(|at| row.get(at).unwrap_or("-"));
        values.collect::<Vec<_>>().join("|")
    };
    rows.map(row).collect()
}

const PLACES: &str = "select a.attname, a.attnum - (select count(*) from pg_attribute d \
    where d.attrelid = a.attrelid and d.attnum > 0 and col_description(d.attrelid, d.attnum) not like 'Not declared%'), \
    format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(a.attrelid, a.attnum) \
    from pg_attribute a where a.attrelid = 'learnamp.users'::regclass and a.attnum > 0 \
    and col_description(a.attrelid, a.attnum) like 'Not declared%' order by a.attnum";

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
fn undeclared_columns_are_served_where_they_are_wanted() {
    let (desk, password) = desk();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    write(
        &desk,
        "users",
        "id,first_name,Cost Center,a.b,\"qu\"\"ote\"\n1,Ann,10,x,\n2,Bob,20,,y\n",
    );
    desk.done("sync run acme");
    let served = desk.serve();
    let client = runtime
        .block_on(served.login("acme", "reporting", &password))
        .unwrap();
    let told = |sql: &str| runtime.block_on(lines(&client, sql));
    assert_eq!(told(PLACES), Vec::<String>::new());

    // Wanted from now on; the source is as it was.
    let url = format!("file://{}", desk.path("source").display());
    let said = desk.done(&format!(
        "tenant source acme learnamp {url} --extra-columns keep"
    ));
    assert!(said.contains("columns it does not declare"), "{said}");
    desk.done("sync run acme");
    let text = "text|f|Not declared: as the source delivers it, in text.";
    assert_eq!(
        told(PLACES),
        [
            format!("cost center|1|{text}"),
            format!("a.b|2|{text}"),
            format!("qu\"ote|3|{text}")
        ]
    );
    let all = "select id, \"cost center\"::int + 1, \"a.b\", \"qu\"\"ote\" from learnamp.users order by 1";
    assert_eq!(told(all), ["1|11|x|-", "2|21|-|y"]);
    for (sql, expected) in [
        ("select id from learnamp.users where \"a.b\" = 'x'", "1"),
        ("select id from learnamp.users where \"a.b\" is null", "2"),
        ("select max(\"cost center\") from learnamp.users", "20"),
        (
            "select count(*) from information_schema.columns where table_name = 'users' and column_name in ('cost center', 'a.b', 'qu\"ote') and is_nullable = 'YES' and data_type = 'text'",
            "3",
        ),
        (
            "select c.relnatts = (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) from pg_class c where c.oid = 'learnamp.users'::regclass",
            "t",
        ),
        (
            "select (u).\"cost center\" from learnamp.users u where id = 1",
            "10",
        ),
    ] {
        assert_eq!(told(sql), [expected], "{sql}");
    }
    let night = "select to_char(max(published_at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from syllabase.snapshots";
    let then = told(night).remove(0);

    // One is gone, one is new: the others keep their numbers.
    write(
        &desk,
        "users",
        "id,zone,first_name,COST CENTER,\"qu\"\"ote\"\n1,east,Ann,11,\n2,west,Bob,20,y\n",
    );
    desk.done("sync run acme");
    assert_eq!(told(PLACES)[3], format!("zone|4|{text}"));
    assert_eq!(told(all), ["1|12|-|-", "2|21|-|y"]);
    assert_eq!(
        told("select zone from learnamp.users order by zone"),
        ["east", "west"]
    );
    assert_eq!(
        told(
            "select number, column_name, change from syllabase.schema_changes where table_name = 'users' and (change like 'extra%' or column_name = 'a.b') order by 1, 2, 3"
        ),
        [
            "1|Cost Center|extra",
            "1|a.b|extra",
            "1|qu\"ote|extra",
            "2|Cost Center|extra gone",
            "2|a.b|extra gone",
            "2|a.b|extra served",
            "2|cost center|extra served",
            "2|qu\"ote|extra gone",
            "2|qu\"ote|extra served",
            "3|a.b|missing",
            "3|zone|extra served",
        ]
    );
    assert!(
        desk.done("snapshot diff acme learnamp 2 3")
            .contains("users")
    );

    // An earlier night has the columns it had.
    told(&format!("set syllabase.as_of = '{then}'"));
    assert_eq!(told(PLACES).len(), 3);
    assert_eq!(told(all), ["1|11|x|-", "2|21|-|y"]);
    let unknown = runtime.block_on(client.simple_query("select zone from learnamp.users"));
    let code = unknown.unwrap_err().code().unwrap().code().to_owned();
    assert_eq!(code, "42703");
    told("reset syllabase.as_of");

    // A person goes with what was undeclared about them, from all nights.
    desk.done("tenant erase acme --product learnamp --key users.id=2 --request R1 --yes");
    assert_eq!(told(all), ["1|12|-|-"]);
    assert_eq!(told("select zone from learnamp.users"), ["east"]);
    told(&format!("set syllabase.as_of = '{then}'"));
    assert_eq!(told(all), ["1|11|x|-"]);
    told("reset syllabase.as_of");
    desk.done("sync run acme");
    assert_eq!(told(all), ["1|12|-|-"]);
    desk.done("snapshot verify acme --all");

    // Another installation serves the same of a backup.
    let backup = format!("file://{}", desk.path("backup").display());
    desk.done(&format!("snapshot export acme --all --to {backup}"));
    let other = Desk::new();
    other.done("tenant add acme --product learnamp");
    other.done("tenant allow acme 127.0.0.1/32");
    other.done("tenant credentials add acme reporting --handover file:sheet.txt");
    other.done(&format!("snapshot import acme --all --from {backup}"));
    let copy = other.serve();
    let password = other.password("sheet.txt");
    let visitor = runtime.block_on(copy.login("acme", "reporting", &password));
    let visitor = visitor.unwrap();
    assert_eq!(runtime.block_on(lines(&visitor, all)), ["1|12|-|-"]);
    assert_eq!(runtime.block_on(lines(&visitor, PLACES)), told(PLACES));

    // Not wanted any more.
    desk.done(&format!(
        "tenant source acme learnamp {url} --extra-columns count"
    ));
    desk.done("sync run acme");
    assert_eq!(told(PLACES), Vec::<String>::new());
    told(&format!("set syllabase.as_of = '{then}'"));
    assert_eq!(told(PLACES).len(), 3);
    drop(client);
    assert_eq!(served.terminate(), Some(0));
}
