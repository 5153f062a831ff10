//! Every refusal with its severity and SQLSTATE, in one table.

use std::time::Duration;

use syllabase::clock::Clock;
use syllabase::config::Limits;

use crate::wire::raw::{Raw, message, query, startup};
use crate::wire::server::{House, PASSWORD, ROLE, Server, acme, put};

/// More rows than anybody waits for.
const ENDLESS: &str = "select a from generate_series(1, 100000) a, generate_series(1, 100000) b";

/// One refusal: what it is about, the bounds it needs, how it is brought about, and what is told.
struct Row {
    what: &'static str,
    bounds: fn(&mut Limits),
    ask: fn(&Server) -> String,
    told: &'static str,
}

const USUAL: fn(&mut Limits) = |_| {};

const REFUSALS: &[Row] = &[
    Row {
        what: "an address that is not on the list",
        bounds: USUAL,
        ask: |server| {
            let mut closed = acme();
            closed.id = "closed".parse().unwrap();
            closed.allow[0].network = "192.0.2.0/24".parse().unwrap();
            put(&server.folders, &closed);
            login(server, "closed", ROLE, PASSWORD)
        },
        told: "E FATAL 28000 connection from address \"127.0.0.1\" is not allowed",
    },
    Row {
        what: "an unknown database, just the same",
        bounds: USUAL,
        ask: |server| login(server, "ghost", ROLE, PASSWORD),
        told: "E FATAL 28000 connection from address \"127.0.0.1\" is not allowed",
    },
    Row {
        what: "a wrong password",
        bounds: USUAL,
        ask: |server| login(server, "acme", ROLE, "wrong"),
        told: "E FATAL 28P01 password authentication failed for user \"reporting\"",
    },
    Row {
        what: "an unknown role",
        bounds: USUAL,
        ask: |server| login(server, "acme", "ghost", PASSWORD),
        told: "E FATAL 28P01 password authentication failed for user \"ghost\"",
    },
    Row {
        what: "an expired password",
        bounds: USUAL,
        ask: |server| {
            let mut tenant = acme();
            tenant.roles[0].expires = Some(Clock::system().now());
            put(&server.folders, &tenant);
            eventually_refused(server)
        },
        told: "E FATAL 28P01 password authentication failed for user \"reporting\"",
    },
    Row {
        what: "a role confined to other addresses",
        bounds: USUAL,
        ask: |server| {
            let mut tenant = acme();
            tenant.roles[0].allow = vec!["192.0.2.0/24".parse().unwrap()];
            put(&server.folders, &tenant);
            eventually_refused(server)
        },
        told: "E FATAL 28P01 password authentication failed for user \"reporting\"",
    },
    Row {
        what: "too many connections in all",
        bounds: |limits| limits.connections.total = 1,
        ask: one_too_many,
        told: "E FATAL 53300 sorry, too many clients already",
    },
    Row {
        what: "too many connections of an address",
        bounds: |limits| limits.connections.per_ip = 1,
        ask: one_too_many,
        told: "E FATAL 53300 too many connections from this address",
    },
    Row {
        what: "too many connections to a database",
        bounds: |limits| limits.connections.per_tenant = 1,
        ask: one_too_many,
        told: "E FATAL 53300 too many connections for database \"acme\"",
    },
    Row {
        what: "too many connections of a role",
        bounds: |limits| limits.connections.per_role = 1,
        ask: one_too_many,
        told: "E FATAL 53300 too many connections for role \"reporting\"",
    },
    Row {
        what: "a newcomer to a server that is going",
        bounds: USUAL,
        ask: |server| {
            let busy = endless(server);
            server.drain.cancel();
            // The listener notices at its own time.
            let mut told = String::new();
            assert!(server.wait_for(Duration::from_secs(5), || {
                let mut raw = Raw::connect(server.port());
                told = raw.read().map_or("closed".to_owned(), |told| told.render());
                told.starts_with("E FATAL")
            }));
            drop(busy);
            told
        },
        told: "E FATAL 57P03 the database system is shutting down",
    },
    Row {
        what: "an idle session of a server that is going",
        bounds: USUAL,
        ask: |server| {
            let mut idle = server.log_in();
            server.drain.cancel();
            idle.until_ready().remove(0)
        },
        told: "E FATAL 57P01 terminating connection due to administrator command",
    },
    Row {
        what: "a session whose password was taken back",
        bounds: USUAL,
        ask: |server| {
            let mut open = server.log_in();
            let mut tenant = acme();
            tenant.roles.clear();
            put(&server.folders, &tenant);
            open.until_ready().remove(0)
        },
        told: "E FATAL 57P01 terminating connection due to administrator command",
    },
    Row {
        what: "a session that says nothing for too long",
        bounds: |limits| limits.session.idle = Duration::from_millis(300),
        ask: |server| server.log_in().until_ready().remove(0),
        told: "E FATAL 57P05 terminating connection due to idle-session timeout",
    },
    Row {
        what: "a transaction that does nothing for too long",
        bounds: |limits| limits.session.idle_in_transaction = Duration::from_millis(300),
        ask: |server| {
            let mut open = server.log_in();
            open.query("begin");
            open.until_ready().remove(0)
        },
        told: "E FATAL 25P03 terminating connection due to idle-in-transaction timeout",
    },
    Row {
        what: "a message of no known kind",
        bounds: USUAL,
        ask: |server| {
            let mut raw = server.log_in();
            raw.send(&message(b'y', b""));
            raw.until_ready().remove(0)
        },
        told: "E FATAL 08P01 invalid frontend message type 121",
    },
    Row {
        what: "a statement that runs too long",
        bounds: |limits| limits.statement.timeout = Duration::from_millis(200),
        ask: |server| last(&mut server.log_in(), ENDLESS),
        told: "E ERROR 57014 canceling statement due to statement timeout",
    },
    Row {
        what: "a statement that waits too long for others",
        bounds: |limits| {
            limits.concurrency.running_per_tenant = 1;
            limits.concurrency.wait = Duration::from_millis(100);
        },
        ask: |server| {
            // It computes without an end, so its turn is never lent to somebody else.
            let mut busy = server.log_in();
            let table = "select 1 from learnink.users";
            let sql = format!("select count(*) from ({ENDLESS} union all {table}) rows");
            busy.send(&query(&sql));
            let mut told = String::new();
            assert!(server.wait_for(Duration::from_secs(20), || {
                told = last(&mut server.log_in(), table);
                told.starts_with("E ERROR")
            }));
            told
        },
        told: "E ERROR 53400 statement waited too long for others to finish",
    },
    Row {
        what: "more memory than a statement may have",
        bounds: |limits| limits.memory.per_query_bytes = 1 << 20,
        ask: |server| {
            let sql = "select array_agg(a) from generate_series(1, 900000) a";
            last(&mut server.log_in(), sql)
        },
        told: "E ERROR 53200",
    },
    Row {
        what: "more spill than a statement may have",
        bounds: |limits| {
            limits.memory.per_query_bytes = 16 << 20;
            limits.memory.spill_per_query_bytes = 64 << 10;
        },
        ask: |server| {
            let sql = "select a from generate_series(1, 900000) a order by md5(a::text)";
            last(&mut server.log_in(), sql)
        },
        told: "E ERROR 53100",
    },
    Row {
        what: "a write",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "delete from learnink.users"),
        told: "E ERROR 25006 cannot execute DELETE in a read-only transaction",
    },
    Row {
        what: "a writable transaction",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "set transaction_read_only = off"),
        told: "E ERROR 0A000 cannot set transaction read-write mode during recovery",
    },
    Row {
        what: "a relation that is the superuser's",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "select * from pg_authid"),
        told: "E ERROR 42501 permission denied for table pg_authid",
    },
    Row {
        what: "a function that is the superuser's",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "select pg_read_file('/etc/passwd')"),
        told: "E ERROR 42501 permission denied for function pg_read_file",
    },
    Row {
        what: "another tenant's table",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "select * from other.learnink.users"),
        told: "E ERROR 0A000 cross-database references are not implemented",
    },
    Row {
        what: "COPY FROM STDIN",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "copy learnink.users from stdin"),
        told: "E ERROR 42501",
    },
    Row {
        what: "a function call outside SQL",
        bounds: USUAL,
        ask: |server| {
            let mut raw = server.log_in();
            raw.send(&message(b'F', b"\0\0\0\0"));
            raw.until_ready().remove(0)
        },
        told: "E ERROR 0A000",
    },
    Row {
        what: "a statement that is too deep",
        bounds: USUAL,
        ask: |server| {
            let sql = format!("select {}1{}", "(1 + ".repeat(500), ")".repeat(500));
            last(&mut server.log_in(), &sql)
        },
        told: "E ERROR 54001",
    },
    Row {
        what: "a statement of too many parts",
        bounds: |limits| limits.statement.tree_nodes = 1_000,
        ask: |server| {
            let sql = format!("select 1 where 1 in (1{})", ", 1".repeat(2_000));
            last(&mut server.log_in(), &sql)
        },
        told: "E ERROR 54001",
    },
    Row {
        what: "a text that is too long",
        bounds: |limits| limits.statement.text_bytes = 1_000,
        ask: |server| {
            let sql = format!("select '{}'", "x".repeat(2_000));
            last(&mut server.log_in(), &sql)
        },
        told: "E ERROR 54000 message is too long",
    },
    Row {
        what: "a value that is too long",
        bounds: USUAL,
        ask: |server| last(&mut server.log_in(), "select repeat('x', 100000000)"),
        told: "E ERROR 54000",
    },
    Row {
        what: "too many prepared statements",
        bounds: |limits| limits.session.prepared = 2,
        ask: |server| {
            let mut raw = server.log_in();
            raw.query("prepare a as select 1");
            raw.query("prepare b as select 1");
            last(&mut raw, "prepare c as select 1")
        },
        told: "E ERROR 53400 too many prepared statements",
    },
];

fn login(server: &Server, database: &str, user: &str, password: &str) -> String {
    let mut raw = Raw::connect(server.port());
    raw.send(&startup(&[("user", user), ("database", database)]));
    let told = raw.authenticate(password);
    told.unwrap_or_else(|| raw.until_ready().remove(0))
}

/// The directory looks once a second.
fn eventually_refused(server: &Server) -> String {
    let mut told = String::new();
    assert!(server.wait_for(Duration::from_secs(5), || {
        told = login(server, "acme", ROLE, PASSWORD);
        // A login in the moment of the change ends as a session would.
        told.starts_with("E FATAL 28")
    }));
    told
}

fn one_too_many(server: &Server) -> String {
    let held = server.log_in();
    let told = login(server, "acme", ROLE, PASSWORD);
    drop(held);
    told
}

/// A session in the middle of a statement without an end.
fn endless(server: &Server) -> Raw {
    let mut busy = server.log_in();
    busy.send(&query(ENDLESS));
    while busy.read().unwrap().kind != b'D' {}
    busy
}

/// What comes after the rows.
fn last(raw: &mut Raw, sql: &str) -> String {
    raw.send(&query(sql));
    loop {
        let told = raw.read().expect("an answer");
        if matches!(told.kind, b'E' | b'C') {
            return told.render();
        }
    }
}

#[test]
fn every_refusal_has_its_sqlstate() {
    let mut wrong = Vec::new();
    for row in REFUSALS {
        let mut limits = Limits::default();
        limits.login.failure_delay = Duration::ZERO;
        (row.bounds)(&mut limits);
        let server = Server::start(House {
            limits,
            grace: Duration::from_secs(1),
            ..House::default()
        });
        let told = (row.ask)(&server);
        if !told.starts_with(row.told) {
            wrong.push(format!("{}: {told}, not {}", row.what, row.told));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn plain_text_is_refused_where_there_is_tls() {
    let server = Server::start(House {
        tls: true,
        ..House::default()
    });
    let told = login(&server, "acme", ROLE, PASSWORD);
    assert_eq!(
        told,
        "E FATAL 28000 connections without TLS are not allowed"
    );
}

#[test]
fn guessing_slows_down_and_locks_nobody_out() {
    let mut limits = Limits::default();
    limits.login.failure_delay = Duration::ZERO;
    limits.login.failures = 2;
    limits.login.failure_interval = Duration::from_mins(1);
    limits.login.failure_wait_max = Duration::from_millis(400);
    let server = Server::start(House {
        limits,
        ..House::default()
    });
    let timed = |user: &str, password: &str| {
        let since = std::time::Instant::now();
        login(&server, "acme", user, password);
        since.elapsed()
    };
    let slow = Duration::from_millis(400);
    for user in [ROLE, "ghost"] {
        timed(user, "wrong");
        assert!(user == ROLE || timed(user, "wrong") >= slow);
    }
    assert!(timed(ROLE, "wrong") >= slow);
    // Who knows the password does not wait.
    let since = std::time::Instant::now();
    server.log_in();
    assert!(since.elapsed() < slow);
}
