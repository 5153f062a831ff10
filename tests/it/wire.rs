//! The protocol: scripts held against a real PostgreSQL, and what a script cannot say.

pub(crate) mod raw;
pub(crate) mod script;
pub(crate) mod server;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use raw::{Raw, message, query, startup};
use server::{House, PASSWORD, ROLE, Server};

use crate::postgres::Postgres;

/// More rows than anybody waits for.
const ENDLESS: &str = "select a from generate_series(1, 100000) a, generate_series(1, 100000) b";

/// Every script: name and text.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut scripts: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty());
    scripts
}

#[test]
fn scripts_are_what_postgresql_answers() {
    let postgres = Postgres::start();
    for (name, text) in scripts() {
        if text.starts_with("# ours only") {
            continue;
        }
        let mut client = Raw::log_in(postgres.port(), "postgres", "postgres", "");
        script::replay(&name, &text, &mut client);
    }
}

#[test]
fn scripts_are_what_we_answer() {
    let server = Server::start(House::default());
    for (name, text) in scripts() {
        script::replay(&name, &text, &mut server.log_in());
    }
}

#[test]
fn every_message_in_every_state_is_answered_or_refused() {
    let server = Server::start(House::default());
    // Before login only a start-up packet, and then only SASL messages, are taken.
    for kind in 0..=u8::MAX {
        let mut raw = Raw::connect(server.port());
        raw.send(&message(kind, b"\0\0\0\0"));
        raw.finish();
        let told = raw.until_ready();
        let refused = told.first().is_some_and(|line| {
            line == "closed"
                || line.starts_with("E FATAL 08P01")
                || line.starts_with("E FATAL 0A000")
        });
        assert!(refused, "{kind} before start-up: {told:?}");
    }
    for kind in (0..=u8::MAX).filter(|kind| *kind != b'p') {
        let mut raw = Raw::connect(server.port());
        raw.send(&startup(&[("user", ROLE), ("database", "acme")]));
        assert_eq!(raw.read().unwrap().kind, b'R');
        raw.send(&message(kind, b"select 1\0"));
        let told = raw.read().unwrap().render();
        let expected = format!("E FATAL 08P01 expected SASL response, got message type {kind}");
        assert_eq!(told, expected);
        assert_eq!(raw.read(), None);
        if kind > b'z' {
            break;
        }
    }
    // A second start-up packet is none of the messages that may come then.
    let mut raw = Raw::connect(server.port());
    raw.send(&startup(&[("user", ROLE), ("database", "acme")]));
    raw.read();
    raw.send(&startup(&[("user", "admin"), ("database", "other")]));
    assert!(raw.read().unwrap().render().starts_with("E FATAL 08P01"));
    // After login the known kinds are answered and the others end the session.
    for kind in 0..=u8::MAX {
        let mut raw = server.log_in();
        let mut said = [message(kind, b""), query("select 7")].concat();
        if matches!(kind, b'P' | b'B' | b'D' | b'E' | b'C') {
            said.extend(message(b'S', b""));
        }
        raw.send(&said);
        let told = raw.until_ready();
        match kind {
            b'c' | b'd' | b'f' | b'H' => assert_eq!(told[1], "D 7", "{kind}: {told:?}"),
            b'S' => assert_eq!(told, ["Z I"]),
            b'X' => assert_eq!(told, ["closed"]),
            b'Q' => assert_eq!(told[0], "E ERROR 08P01 invalid string in message"),
            b'F' => assert!(told[0].starts_with("E ERROR 0A000"), "{told:?}"),
            b'P' | b'B' | b'D' | b'E' | b'C' => {
                assert!(told[0].starts_with("E ERROR 08P01"), "{kind}: {told:?}");
                assert_eq!(told[1..], ["Z I"], "all is skipped until Sync");
            }
            _ => {
                let text = format!("E FATAL 08P01 invalid frontend message type {kind}");
                assert_eq!(told, [text.as_str(), "closed"]);
            }
        }
    }
}

#[test]
fn lengths_are_claims_until_the_bytes_are_there() {
    let server = Server::start(House::default());
    for length in [0_u32, 3, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
        let mut raw = server.log_in();
        raw.send(&[&b"Q"[..], &length.to_be_bytes()].concat());
        assert_eq!(
            raw.until_ready(),
            ["E FATAL 08P01 invalid message length", "closed"],
            "{length}"
        );
    }
    // Over the bound but honest: thrown away, and the session goes on.
    let mut raw = server.log_in();
    let long = format!("select '{}'", "x".repeat(5 << 20));
    let told = raw.query(&long);
    assert_eq!(told, ["E ERROR 54000 message is too long", "Z I"]);
    assert_eq!(raw.query("select 1")[1], "D 1");
}

#[test]
fn a_statement_is_cancelled_in_the_middle_of_its_rows() {
    let server = Server::start(House::default());
    let mut raw = Raw::connect(server.port());
    raw.send(&startup(&[("user", ROLE), ("database", "acme")]));
    assert_eq!(raw.authenticate(PASSWORD), None);
    let key = loop {
        let told = raw.read().unwrap();
        match told.kind {
            b'K' => break told.body,
            _ => assert_ne!(told.kind, b'Z', "no BackendKeyData came"),
        }
    };
    assert_eq!(key.len(), 8, "protocol 3.0 has a short key");
    raw.until_ready();
    let cancel = |key: &[u8]| {
        let mut other = Raw::connect(server.port());
        other.send(&raw::packet((1234 << 16) | 5678, key));
        assert_eq!(other.read(), None, "a cancel request is never answered");
    };

    raw.send(&query(ENDLESS));
    while raw.read().unwrap().kind != b'D' {}
    let mut wrong = key.clone();
    wrong[7] ^= 1;
    cancel(&wrong);
    for _ in 0..1_000 {
        assert_eq!(
            raw.read().unwrap().kind,
            b'D',
            "a wrong key cancels nothing"
        );
    }
    let since = Instant::now();
    cancel(&key);
    let last = loop {
        let told = raw.read().unwrap();
        if told.kind != b'D' {
            break told.render();
        }
    };
    assert_eq!(
        last,
        "E ERROR 57014 canceling statement due to user request"
    );
    assert!(since.elapsed() < Duration::from_secs(10));
    raw.until_ready();
    // A cancel while idle is forgotten.
    cancel(&key);
    assert_eq!(raw.query("select 1")[1], "D 1");
}

#[test]
fn a_draining_server_ends_idle_sessions_at_once_and_busy_ones_after_the_grace() {
    let server = Server::start(House {
        grace: Duration::from_secs(2),
        ..House::default()
    });
    let mut idle = server.log_in();
    let mut busy = server.log_in();
    busy.send(&query(ENDLESS));
    while busy.read().unwrap().kind != b'D' {}
    server.drain.cancel();
    let farewell = "E FATAL 57P01 terminating connection due to administrator command";
    assert_eq!(idle.until_ready(), [farewell, "closed"]);
    assert!(!server.ended.is_cancelled());
    let last = loop {
        let told = busy.read().unwrap();
        if told.kind != b'D' {
            break told.render();
        }
    };
    assert_eq!(last, farewell);
    assert!(server.wait_for(Duration::from_secs(10), || server.ended.is_cancelled()));
}
