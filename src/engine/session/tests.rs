//! Sessions, told what to do in SQL and held against what PostgreSQL 15 answers.

use crate::engine::session::{Session, TransactionStatus};
use crate::engine::testing::{World, run, told};

/// Runs each text and compares what is told; the expected texts are PostgreSQL 15's.
async fn script(session: &mut Session, steps: &[(&str, &str)]) {
    for (sql, expected) in steps {
        assert_eq!(told(session, sql).await, *expected, "{sql}");
    }
}

fn warnings(session: &mut Session) -> Vec<String> {
    let notices = session.take_notices().into_iter();
    notices
        .map(|notice| format!("{} {}", notice.state, notice.message))
        .collect()
}

#[tokio::test]
async fn settings_follow_their_transaction() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("show work_mem", "SHOW: 4MB"),
            ("begin; set work_mem='2MB'; set local work_mem='1MB'; show work_mem; commit; show work_mem", "BEGIN; SET; SET; SHOW: 1MB; COMMIT; SHOW: 2MB"),
            ("begin; set work_mem='3MB'; rollback; show work_mem", "BEGIN; SET; ROLLBACK; SHOW: 2MB"),
            ("begin; set work_mem='3MB'; savepoint a; set work_mem='5MB'; rollback to a; show work_mem; commit; show work_mem", "BEGIN; SET; SAVEPOINT; SET; ROLLBACK; SHOW: 3MB; COMMIT; SHOW: 3MB"),
            ("reset work_mem; show work_mem", "RESET; SHOW: 4MB"),
            ("set nope = 1", "42704 unrecognized configuration parameter \"nope\""),
            ("show data_directory", "42501 must be superuser or have privileges of pg_read_all_settings to examine \"data_directory\""),
            ("set search_path = a, \"C d\"; show search_path", "SET; SHOW: a, \"C d\""),
            ("set search_path = 'a, b'; show search_path", "SET; SHOW: \"a, b\""),
            ("set time zone -3.5; show timezone", "SET; SHOW: <-03:30>+03:30"),
            ("set time zone interval '3:00' hour to minute; show timezone", "SET; SHOW: <+03>-03"),
            ("set my.own = 'x'; show my.own; reset my.own; show my.own", "SET; SHOW: x; RESET; SHOW: "),
            ("set names 'utf8'; show client_encoding", "SET; SHOW: UTF8"),
            ("discard all; show timezone; show search_path", "DISCARD ALL; SHOW: UTC; SHOW: shop, public"),
            ("begin; discard all", "25001 DISCARD ALL cannot run inside a transaction block"),
            ("rollback", "ROLLBACK"),
            ("show transaction_read_only; show in_hot_standby; show is_superuser", "SHOW: on; SHOW: off; SHOW: off"),
            ("set transaction_read_only = off", "0A000 cannot set transaction read-write mode during recovery"),
            ("set role reporting; set role none; set session authorization default", "SET; SET; SET"),
            ("set role postgres", "42501 permission denied to set role \"postgres\""),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_function_can_set_a_setting() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("select set_config('work_mem', '9MB', false); show work_mem", "SELECT 1: 9MB; SHOW: 9MB"),
            ("begin; select set_config('work_mem', '8MB', true); show work_mem; commit; show work_mem", "BEGIN; SELECT 1: 8MB; SHOW: 8MB; COMMIT; SHOW: 9MB"),
            ("select set_config('work_mem', 'x', false)", "22023 invalid value for parameter \"work_mem\": \"x\""),
            ("select set_config('role', 'postgres', false)", "42501 permission denied to set role \"postgres\""),
        ],
    )
    .await;
}

#[tokio::test]
async fn transaction_commands_answer_as_postgresql() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("begin; begin; commit; commit; abort", "BEGIN; BEGIN; COMMIT; COMMIT; ROLLBACK"),
            ("savepoint x", "25P01 SAVEPOINT can only be used in transaction blocks"),
            ("commit and chain", "25P01 COMMIT AND CHAIN can only be used in transaction blocks"),
            ("begin isolation level repeatable read; commit and chain; show transaction_isolation; rollback; show transaction_isolation", "BEGIN; COMMIT; SHOW: repeatable read; ROLLBACK; SHOW: read committed"),
            ("begin; nonsense", "42601 syntax error at or near \"nonsense\""),
            ("begin", "BEGIN"),
            ("nonsense", "42601 syntax error at or near \"nonsense\""),
            ("show work_mem", "25P02 current transaction is aborted, commands ignored until end of transaction block"),
            ("commit", "ROLLBACK"),
            ("begin; savepoint a; release a; release a", "3B001 savepoint \"a\" does not exist"),
            ("rollback; begin; savepoint a", "ROLLBACK; BEGIN; SAVEPOINT"),
            ("nonsense", "42601 syntax error at or near \"nonsense\""),
            ("rollback to a; show work_mem; rollback", "ROLLBACK; SHOW: 4MB; ROLLBACK"),
            ("begin read write", "0A000 cannot set transaction read-write mode during recovery"),
            ("rollback", "ROLLBACK"),
            ("start transaction read only, isolation level serializable; end", "START TRANSACTION; COMMIT"),
            ("prepare transaction 'x'", "ROLLBACK"),
            ("commit prepared 'x'", "42704 prepared transaction with identifier \"x\" does not exist"),
        ],
    )
    .await;
    assert_eq!(session.status(), TransactionStatus::Idle);
    let first = warnings(&mut session);
    assert_eq!(
        first.first().map(String::as_str),
        Some("25001 there is already a transaction in progress")
    );
    assert!(first.contains(&String::from("25P01 there is no transaction in progress")));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
async fn everything_that_writes_is_refused() {
    let world = World::new();
    let mut session = world.session();
    for (sql, tag) in [
        ("insert into t values(1)", "INSERT"),
        ("update t set a=1", "UPDATE"),
        ("delete from t", "DELETE"),
        (
            "merge into t using s on true when matched then do nothing",
            "MERGE",
        ),
        ("truncate t", "TRUNCATE TABLE"),
        ("create table x(a int)", "CREATE TABLE"),
        ("create table x as select 1", "CREATE TABLE AS"),
        ("select 1 into x", "SELECT INTO"),
        ("create view x as select 1", "CREATE VIEW"),
        (
            "create materialized view x as select 1",
            "CREATE MATERIALIZED VIEW",
        ),
        ("create temp table x(a int)", "CREATE TABLE"),
        ("create user x", "CREATE ROLE"),
        (
            "create aggregate x(int)(sfunc=f, stype=int)",
            "CREATE AGGREGATE",
        ),
        ("drop table t", "DROP TABLE"),
        ("drop function f()", "DROP FUNCTION"),
        ("drop user r", "DROP ROLE"),
        ("alter table t rename a to u", "ALTER TABLE"),
        ("alter view v owner to r", "ALTER VIEW"),
        ("alter type ty add attribute b int", "ALTER TYPE"),
        ("alter role r set work_mem='1MB'", "ALTER ROLE"),
        ("comment on table t is 'x'", "COMMENT"),
        ("grant select on t to r", "GRANT"),
        ("grant r to postgres", "GRANT ROLE"),
        ("revoke r from postgres", "REVOKE ROLE"),
        ("select * from orders for update", "SELECT FOR UPDATE"),
        (
            "select * from orders for no key update",
            "SELECT FOR NO KEY UPDATE",
        ),
        (
            "select * from (select * from orders for share) x",
            "SELECT FOR SHARE",
        ),
        (
            "with x as (insert into t values(1) returning *) select * from x",
            "SELECT",
        ),
        ("explain analyze insert into t values(1)", "INSERT"),
        (
            "import foreign schema a from server b into c",
            "IMPORT FOREIGN SCHEMA",
        ),
    ] {
        let expected = format!("25006 cannot execute {tag} in a read-only transaction");
        assert_eq!(told(&mut session, sql).await, expected, "{sql}");
    }
    script(
        &mut session,
        &[
            (
                "vacuum; analyze orders; reindex table orders",
                "VACUUM; ANALYZE; REINDEX",
            ),
            ("prepare p as delete from t", "PREPARE"),
            (
                "execute p",
                "25006 cannot execute DELETE in a read-only transaction",
            ),
            ("notify x", "25006 cannot execute NOTIFY during recovery"),
            ("listen x; unlisten *", "LISTEN; UNLISTEN"),
            ("load 'x'", "42501 access to library \"x\" is not allowed"),
            (
                "alter system set work_mem='1MB'",
                "42501 permission denied to set parameter \"work_mem\"",
            ),
            (
                "do 'begin end'",
                "42704 language \"plpgsql\" does not exist",
            ),
            (
                "begin; lock table orders",
                "42501 permission denied for table orders",
            ),
            (
                "rollback; lock table orders",
                "25P01 LOCK TABLE can only be used in transaction blocks",
            ),
            (
                "begin; lock table orders in access share mode; commit",
                "BEGIN; LOCK TABLE; COMMIT",
            ),
            (
                "begin; lock table nope in access share mode",
                "42P01 relation \"nope\" does not exist",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_table_is_served_with_its_types() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("select id, customer, price, at, marks from orders where id <= 3", "SELECT 3: 1|c1|1.50|1970-01-02 00:00:00+00|{1,NULL} 2|c0|3.00|1970-01-03 00:00:00+00|{2,NULL} 3|∅|4.50|1970-01-04 00:00:00+00|{3,NULL}"),
            ("select count(*) from shop.orders", "SELECT 1: 5"),
            ("select count(*) from notes", "SELECT 1: 0"),
            ("select sum(price) from orders where customer = 'c1'", "SELECT 1: 9.00"),
            ("table nope", "42P01 relation \"nope\" does not exist"),
            ("select 1/0", "22012 division by zero"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_transaction_reads_one_snapshot_and_the_next_statement_the_newest() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[("begin; select count(*) from orders", "BEGIN; SELECT 1: 5")],
    )
    .await;
    world.publish(7);
    script(
        &mut session,
        &[
            ("select count(*) from orders", "SELECT 1: 5"),
            ("commit; select count(*) from orders", "COMMIT; SELECT 1: 7"),
        ],
    )
    .await;
}

#[tokio::test]
async fn cursors_go_where_they_are_told() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("declare c cursor for select 1", "25P01 DECLARE CURSOR can only be used in transaction blocks"),
            ("fetch nope", "34000 cursor \"nope\" does not exist"),
            ("begin; declare c cursor for select id from orders order by id; fetch c; fetch 2 from c; move 1 in c; fetch all c; fetch c; close c; commit", "BEGIN; DECLARE CURSOR; FETCH 1: 1; FETCH 2: 2 3; MOVE 1; FETCH 1: 5; FETCH 0; CLOSE CURSOR; COMMIT"),
            ("begin; declare c no scroll cursor for select id from orders order by id; fetch c; fetch prior c", "55000 cursor can only scan forward"),
            ("rollback; begin; declare c scroll cursor for select id from orders order by id", "ROLLBACK; BEGIN; DECLARE CURSOR"),
            ("fetch absolute 3 from c; fetch prior c; fetch relative 2 from c; fetch last c; fetch absolute -1 from c; fetch all c", "FETCH 1: 3; FETCH 1: 2; FETCH 1: 4; FETCH 1: 5; FETCH 1: 5; FETCH 0"),
            ("fetch backward all c; fetch absolute 0 from c; move 2 c; fetch 0 c; move all c; move backward all c", "FETCH 5: 5 4 3 2 1; FETCH 0; MOVE 2; FETCH 1: 2; MOVE 3; MOVE 5"),
            ("fetch forward 0 c; fetch first c; fetch absolute 100 c; fetch relative -1 c", "FETCH 0; FETCH 1: 1; FETCH 0; FETCH 1: 5"),
            ("declare c cursor for select 1", "42P03 cursor \"c\" already exists"),
            ("rollback; begin; declare c cursor with hold for select id from orders order by id; fetch c; commit; fetch 2 c; close c; close c", "34000 cursor \"c\" does not exist"),
            ("declare h cursor with hold for select id from orders order by id", "DECLARE CURSOR"),
            ("fetch 2 h; close all; fetch h", "34000 cursor \"h\" does not exist"),
        ],
    )
    .await;
}

#[tokio::test]
async fn statements_are_prepared_and_executed_by_name() {
    let world = World::new();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("prepare a(int, text) as select id, $2 from orders where id = $1; execute a(2, 'x'); execute a(1 + 2, 'y')", "PREPARE; SELECT 1: 2|x; SELECT 1: 3|y"),
            ("prepare a as select 1", "42P05 prepared statement \"a\" already exists"),
            ("execute a(1)", "42601 wrong number of parameters for prepared statement \"a\""),
            ("execute a('q', 'x')", "22P02 invalid input syntax for type integer: \"q\""),
            ("deallocate a; execute a(1, 'x')", "26000 prepared statement \"a\" does not exist"),
            ("prepare b as select count(*) from orders; execute b", "PREPARE; SELECT 1: 5"),
        ],
    )
    .await;
    world.publish(6);
    script(
        &mut session,
        &[("execute b; deallocate all", "SELECT 1: 6; DEALLOCATE ALL")],
    )
    .await;
}

#[tokio::test]
async fn a_plan_is_explained_without_file_names() {
    let world = World::new();
    let mut session = world.session();
    for sql in [
        "explain select * from orders",
        "explain (analyze, costs off) select * from orders",
        "explain (format json) select * from orders where id > 1",
    ] {
        let replies = run(&mut session, sql).await.unwrap();
        let text = format!("{replies:?}");
        assert!(text.contains("files=1"), "{text}");
        assert!(
            !text.contains(".parquet") && !text.contains("snapshots/"),
            "{text}"
        );
    }
    // What tools look for in the first line.
    let plan = run(&mut session, "explain select id from orders").await;
    let first = plan.unwrap()[0].rows[0][0].clone().unwrap();
    let (_, estimate) = first.split_once("  (cost=").unwrap();
    let (costs, rest) = estimate.split_once(" rows=").unwrap();
    let (startup, total) = costs.split_once("..").unwrap();
    assert!(startup.parse::<f64>().unwrap() <= total.parse::<f64>().unwrap());
    let (rows, width) = rest.split_once(" width=").unwrap();
    assert!(rows.parse::<u32>().unwrap() >= 1);
    assert!(width.strip_suffix(')').unwrap().parse::<u32>().unwrap() >= 1);
    let yaml = run(&mut session, "explain (format yaml, analyze) select 1").await;
    let text = yaml.unwrap()[0].rows[0][0].clone().unwrap();
    assert!(
        text.starts_with("- Plan:\n    Node Type: \"Result\""),
        "{text}"
    );
    assert!(text.contains("\n  Execution Time: "), "{text}");
    let xml = run(&mut session, "explain (format xml) select 1 < 2").await;
    let text = xml.unwrap()[0].rows[0][0].clone().unwrap();
    assert!(text.starts_with("<explain xmlns="), "{text}");
    assert!(
        text.ends_with("</explain>") && !text.contains("1 < 2"),
        "{text}"
    );
    let json = run(&mut session, "explain (format json) select 1")
        .await
        .unwrap();
    let text = json[0].rows[0][0].clone().unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
}

#[tokio::test]
async fn start_up_settings_are_taken() {
    let world = World::new();
    let mut session = world.session_with(&[("TimeZone", "Africa/Nairobi"), ("my.own", "1")]);
    script(&mut session, &[("show timezone", "SHOW: Africa/Nairobi")]).await;
    let reports = session.take_reports();
    assert!(reports.contains(&(String::from("TimeZone"), String::from("Africa/Nairobi"))));
    assert!(session.take_reports().is_empty());
    told(&mut session, "set timezone = 'UTC'").await;
    assert_eq!(
        session.take_reports(),
        [(String::from("TimeZone"), String::from("UTC"))]
    );
}

#[tokio::test]
async fn a_statement_is_cancelled_and_timed_out() {
    let world = World::new();
    let mut session = world.session();
    let endless = "select count(*) from generate_series(1, 300000) a, generate_series(1, 300000) b where a * b < 0";
    script(&mut session, &[("set statement_timeout = '300ms'", "SET")]).await;
    script(
        &mut session,
        &[
            (
                endless,
                "57014 canceling statement due to statement timeout",
            ),
            ("reset statement_timeout", "RESET"),
        ],
    )
    .await;
    let handle = session.cancel_handle();
    let (told, ()) = tokio::join!(told(&mut session, endless), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        handle.cancel();
    });
    assert_eq!(told, "57014 canceling statement due to user request");
    script(&mut session, &[("select 1", "SELECT 1: 1")]).await;
}

const COUNT: &str = "select count(*) from orders";

/// Three nights with 5, 7 and 9 orders, from 2001-09-09 01:46:40 UTC on.
fn three_nights() -> World {
    let world = World::new();
    for orders in [7, 9] {
        world.pass(1);
        world.publish(orders);
    }
    world.pass(1);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_travels_in_time() {
    let world = three_nights();
    let mut session = world.session();
    script(
        &mut session,
        &[
            (COUNT, "SELECT 1: 9"),
            ("show syllabase.as_of", "SHOW: "),
            ("set syllabase.as_of = '2001-09-10'", "SET"),
            (COUNT, "SELECT 1: 7"),
            ("show syllabase.as_of", "SHOW: 2001-09-10"),
            (
                "select setting, vartype, context from pg_settings where name = 'syllabase.as_of'",
                "SELECT 1: 2001-09-10|string|user",
            ),
            (
                "select reltuples from pg_class where oid = 'orders'::regclass",
                "SELECT 1: 7",
            ),
            ("set syllabase.as_of = '2001-09-09 01:46:40+00'", "SET"),
            (COUNT, "SELECT 1: 5"),
            // The snapshot of the 11th is of the 10th's end in Honolulu.
            (
                "set timezone = 'Pacific/Honolulu'; set syllabase.as_of = '2001-09-10'",
                "SET; SET",
            ),
            (COUNT, "SELECT 1: 9"),
            ("reset timezone", "RESET"),
            (COUNT, "SELECT 1: 7"),
            (
                "set syllabase.as_of = '2001-09-08'",
                "22023 nothing had been published by 2001-09-08T23:59:59.999999Z",
            ),
            (
                "set syllabase.as_of = 'yesterday'",
                "22023 invalid value for parameter \"syllabase.as_of\": \"yesterday\"",
            ),
            (COUNT, "SELECT 1: 7"),
            ("reset syllabase.as_of", "RESET"),
            (COUNT, "SELECT 1: 9"),
            (
                "set syllabase.as_of = '2001-09-10'; set syllabase.as_of = ''",
                "SET; SET",
            ),
            (COUNT, "SELECT 1: 9"),
            ("set syllabase.as_of = '2999-01-01'", "SET"),
            (COUNT, "SELECT 1: 9"),
            ("set syllabase.as_of to default", "SET"),
            (
                "select set_config('syllabase.as_of', '2001-09-09', false)",
                "SELECT 1: 2001-09-09",
            ),
            (COUNT, "SELECT 1: 5"),
            ("discard all", "DISCARD ALL"),
            (COUNT, "SELECT 1: 9"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_stays_at_its_time() {
    let world = three_nights();
    let mut session = world.session();
    script(
        &mut session,
        &[
            ("begin", "BEGIN"),
            ("set local syllabase.as_of = '2001-09-09'", "SET"),
            (COUNT, "SELECT 1: 5"),
            ("set local syllabase.as_of = '2001-09-10'", "25001 syllabase.as_of must be set before any query of the transaction"),
            ("rollback", "ROLLBACK"),
            (COUNT, "SELECT 1: 9"),
            ("begin; set local syllabase.as_of = '2001-09-10'; select count(*) from orders; commit; select count(*) from orders", "BEGIN; SET; SELECT 1: 7; COMMIT; SELECT 1: 9"),
            ("begin; savepoint a; set local syllabase.as_of = '2001-09-10'; rollback to a; select count(*) from orders; commit", "BEGIN; SAVEPOINT; SET; ROLLBACK; SELECT 1: 9; COMMIT"),
            ("begin; set syllabase.as_of = '2001-09-10'; rollback", "BEGIN; SET; ROLLBACK"),
            (COUNT, "SELECT 1: 9"),
            ("prepare p as select count(*) from orders; execute p", "PREPARE; SELECT 1: 9"),
            ("set syllabase.as_of = '2001-09-10'", "SET"),
            ("execute p", "SELECT 1: 7"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_leaves_alone_what_a_session_reads() {
    let world = three_nights();
    let mut session = world.session_with(&[("syllabase.as_of", "2001-09-09")]);
    assert_eq!(told(&mut session, COUNT).await, "SELECT 1: 5");
    let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
    let lock = world.store.lock(&tenant, &product).unwrap();
    let policy = crate::snapshot::Policy {
        days: 0,
        at_least: 1,
        month_ends: 0,
    };
    let retired = world.store.retain(&lock, policy).unwrap();
    assert_eq!((retired.snapshots.len(), retired.pinned), (1, 1));
    assert_eq!(told(&mut session, COUNT).await, "SELECT 1: 5");
    let fault = run(&mut session, "set syllabase.as_of = '2001-09-10'")
        .await
        .unwrap_err();
    assert_eq!(fault.state.0, "22023");
    assert_eq!(
        fault.detail.unwrap(),
        "The oldest snapshot that is kept was published at 2001-09-09T01:46:40.000000Z, the first \
         after the requested time at 2001-09-11T01:46:40.000000Z."
    );
    assert_eq!(
        told(&mut session, &format!("set syllabase.as_of = ''; {COUNT}")).await,
        "SET; SELECT 1: 9"
    );
    let retired = world.store.retain(&lock, policy).unwrap();
    assert_eq!((retired.snapshots.len(), retired.pinned), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_can_be_named_with_its_time() {
    let world = three_nights();
    let mut session = world.session_at("2001-09-10").unwrap();
    session.arrive().await.unwrap();
    script(
        &mut session,
        &[
            (COUNT, "SELECT 1: 7"),
            (
                "select current_database(), current_catalog, datname from pg_database",
                "SELECT 1: acme@2001-09-10|acme@2001-09-10|acme@2001-09-10",
            ),
            (
                "select distinct table_catalog from information_schema.tables",
                "SELECT 1: acme@2001-09-10",
            ),
            ("show syllabase.as_of", "SHOW: 2001-09-10"),
            (
                "set syllabase.as_of = '2001-09-09'",
                "55P02 parameter \"syllabase.as_of\" cannot be changed",
            ),
            (
                "select set_config('syllabase.as_of', '', false)",
                "55P02 parameter \"syllabase.as_of\" cannot be changed",
            ),
            ("reset all; discard all", "RESET; DISCARD ALL"),
            (COUNT, "SELECT 1: 7"),
        ],
    )
    .await;
    for name in ["", "garbage", "2001-09-10'"] {
        assert_eq!(
            world.session_at(name).unwrap_err().state.0,
            "22023",
            "{name}"
        );
    }
    let mut early = world.session_at("2001-01-01").unwrap();
    assert_eq!(early.arrive().await.unwrap_err().state.0, "22023");
}
