//! The door: each refusal with its SQLSTATE, and nothing else told.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syllabase::config::{Limits, Secret};
use syllabase::tenant::Verifier;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

use crate::postgres::Postgres;
use crate::wire::raw::{Raw, packet, startup};
use crate::wire::server::{House, PASSWORD, ROLE, Server, acme, put};

const SSL: u32 = (1234 << 16) | 5679;
const GSS: u32 = (1234 << 16) | 5680;

fn first_answer(server: &Server, bytes: &[u8]) -> String {
    let mut raw = Raw::connect(server.port());
    raw.send(bytes);
    let told = raw.read().map_or("closed".to_owned(), |told| told.render());
    assert_eq!(raw.read(), None, "a refusal ends the connection: {told}");
    told
}

fn login(server: &Server, database: &str, user: &str, password: &str) -> Option<String> {
    let mut raw = Raw::connect(server.port());
    raw.send(&startup(&[("user", user), ("database", database)]));
    raw.authenticate(password)
}

/// A server whose second tenant lists another address than this machine's.
fn with_a_closed_tenant(house: House) -> Server {
    let server = Server::start(house);
    let mut closed = acme();
    closed.id = "closed".parse().unwrap();
    closed.allow[0].network = "192.0.2.0/24".parse().unwrap();
    put(&server.folders, &closed);
    // The directory looks once a second.
    assert!(server.wait_for(Duration::from_secs(5), || {
        login(&server, "closed", ROLE, PASSWORD).is_some()
    }));
    server
}

#[test]
fn start_up_packets_are_refused_with_their_sqlstate() {
    let server = Server::start(House::default());
    let who = ("user", ROLE);
    for (bytes, expected) in [
        (
            packet(2 << 16, b"user\0x\0\0"),
            "E FATAL 0A000 unsupported frontend protocol 2.0",
        ),
        (
            startup(&[("database", "acme")]),
            "E FATAL 28000 no PostgreSQL user name specified",
        ),
        (
            startup(&[who, ("replication", "true")]),
            "E FATAL 0A000 replication is not supported",
        ),
        (
            startup(&[who, ("replication", "database")]),
            "E FATAL 0A000",
        ),
        (startup(&[who, ("options", "-c=")]), "E FATAL 42601"),
        (startup(&[who, ("options", "--=1")]), "E FATAL 42601"),
        (
            packet(3 << 16, b"user\0x"),
            "E FATAL 08P01 invalid startup packet layout",
        ),
        (
            7_u32.to_be_bytes().to_vec(),
            "E FATAL 08P01 invalid length of startup packet",
        ),
        (0_u32.to_be_bytes().to_vec(), "E FATAL 08P01"),
        (10_001_u32.to_be_bytes().to_vec(), "E FATAL 08P01"),
        (0x7fff_ffff_u32.to_be_bytes().to_vec(), "E FATAL 08P01"),
        (0xffff_ffff_u32.to_be_bytes().to_vec(), "E FATAL 08P01"),
    ] {
        let told = first_answer(&server, &bytes);
        assert!(told.starts_with(expected), "{told}, not {expected}");
    }
}

#[test]
fn encryption_is_asked_for_once_and_answered_with_one_byte() {
    let server = Server::start(House::default());
    let mut raw = Raw::connect(server.port());
    raw.send(&packet(GSS, b""));
    assert_eq!(raw.byte(), Some(b'N'));
    raw.send(&packet(SSL, b""));
    assert_eq!(raw.byte(), Some(b'N'));
    raw.send(&packet(SSL, b""));
    let told = raw.read().unwrap().render();
    assert!(told.starts_with("E FATAL 08P01"), "{told}");
}

#[test]
fn nobody_learns_which_tenants_and_roles_exist() {
    let server = with_a_closed_tenant(House::default());
    let address = "E FATAL 28000 connection from address \"127.0.0.1\" is not allowed";
    for (database, user, password) in [
        ("closed", ROLE, PASSWORD),
        ("closed", "ghost", PASSWORD),
        ("ghost", ROLE, PASSWORD),
        ("../acme", ROLE, PASSWORD),
        ("closed@2026-11-20", ROLE, PASSWORD),
        ("ghost@2026-11-20", "ghost", PASSWORD),
        ("closed@", ROLE, PASSWORD),
        ("", "nobody", PASSWORD),
    ] {
        assert_eq!(
            login(&server, database, user, password).as_deref(),
            Some(address),
            "{database} {user}"
        );
    }
    for (user, password) in [(ROLE, "wrong"), ("ghost", PASSWORD), (ROLE, ""), ("", "")] {
        let told = login(&server, "acme", user, password).unwrap();
        let expected = match user {
            "" => "E FATAL 28000 no PostgreSQL user name specified in startup packet".to_owned(),
            user => format!("E FATAL 28P01 password authentication failed for user \"{user}\""),
        };
        assert_eq!(told, expected);
    }
    assert_eq!(login(&server, "acme", ROLE, PASSWORD), None);
    // The salt of who is unknown is the same at every time, as that of who is known is.
    let salt = |database: &str, user: &str| {
        let mut raw = Raw::connect(server.port());
        raw.send(&startup(&[("user", user), ("database", database)]));
        raw.salt()
    };
    for user in [ROLE, "ghost"] {
        assert_eq!(salt("acme", user), salt("acme@2026-11-20", user), "{user}");
    }
}

#[test]
fn a_failed_login_waits_for_its_answer() {
    let mut limits = Limits::default();
    limits.login.failure_delay = Duration::from_millis(200);
    let server = Server::start(House {
        limits,
        ..House::default()
    });
    for user in [ROLE, "ghost"] {
        let since = Instant::now();
        assert!(login(&server, "acme", user, "wrong").is_some());
        assert!(since.elapsed() >= Duration::from_millis(200), "{user}");
    }
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let mut limits = Limits::default();
    limits.login.deadline = Duration::from_millis(300);
    let server = Server::start(House {
        limits,
        ..House::default()
    });
    let mut silent = Raw::connect(server.port());
    let mut slow = Raw::connect(server.port());
    slow.send(&startup(&[("user", ROLE), ("database", "acme")])[..9]);
    let since = Instant::now();
    assert_eq!(silent.read(), None);
    assert_eq!(slow.read(), None);
    assert!(since.elapsed() < Duration::from_secs(10));
}

#[test]
fn connections_are_counted() {
    let mut limits = Limits::default();
    limits.connections.per_role = 2;
    limits.connections.unauthenticated_per_ip = 3;
    let server = Server::start(House {
        limits,
        ..House::default()
    });
    let held = [server.log_in(), server.log_in()];
    assert_eq!(
        login(&server, "acme", ROLE, PASSWORD).unwrap(),
        format!("E FATAL 53300 too many connections for role \"{ROLE}\"")
    );
    drop(held);
    assert!(server.wait_for(Duration::from_secs(5), || {
        let mut raw = Raw::connect(server.port());
        raw.send(&startup(&[("user", ROLE), ("database", "acme")]));
        raw.authenticate(PASSWORD).is_none() && raw.until_ready().last().unwrap() == "Z I"
    }));
    // Connections that say nothing crowd out only their own address.
    let silent: Vec<_> = (0..3).map(|_| Raw::connect(server.port())).collect();
    assert!(server.wait_for(Duration::from_secs(5), || {
        let mut raw = Raw::connect(server.port());
        raw.send(&startup(&[("user", ROLE), ("database", "acme")]));
        raw.read().is_some_and(|told| {
            told.render() == "E FATAL 53300 too many connections from this address"
        })
    }));
    drop(silent);
}

#[test]
fn newer_protocols_are_negotiated() {
    let server = Server::start(House::default());
    let body = format!("user\0{ROLE}\0database\0acme\0_pq_.magic\0yes\0\0");
    for (version, told, key) in [
        (0x0003_0000_u32, "v 3.0 _pq_.magic", 8),
        (0x0003_0002, "v 3.2 _pq_.magic", 36),
        (0x0003_270f, "v 3.2 _pq_.magic", 36),
    ] {
        let mut raw = Raw::connect(server.port());
        raw.send(&packet(version, body.as_bytes()));
        assert_eq!(raw.read().unwrap().render(), told);
        assert_eq!(raw.authenticate(PASSWORD), None);
        let data = std::iter::from_fn(|| raw.read()).find(|told| told.kind == b'K');
        assert_eq!(data.unwrap().body.len(), key, "{version:x}");
    }
}

#[test]
fn start_up_tells_what_postgresql_tells() {
    let server = Server::start(House::default());
    let mut raw = Raw::connect(server.port());
    raw.send(&startup(&[
        ("user", ROLE),
        ("database", "acme"),
        ("application_name", "a test"),
        ("options", "-c DateStyle=German"),
    ]));
    assert_eq!(raw.authenticate(PASSWORD), None);
    let told = raw.until_ready();
    for expected in [
        "S server_encoding=UTF8",
        "S client_encoding=UTF8",
        "S application_name=a test",
        "S default_transaction_read_only=on",
        "S in_hot_standby=off",
        "S is_superuser=off",
        "S session_authorization=reporting",
        "S DateStyle=German, DMY",
        "S IntervalStyle=postgres",
        "S TimeZone=UTC",
        "S integer_datetimes=on",
        "S standard_conforming_strings=on",
        "Z I",
    ] {
        assert!(
            told.iter().any(|line| line == expected),
            "{expected} in {told:#?}"
        );
    }
    assert!(
        told.iter()
            .any(|line| line.starts_with("S server_version=15."))
    );
}

#[test]
fn wishes_at_start_up_are_granted_or_refused_as_by_postgresql() {
    let server = Server::start(House::default());
    let postgres = Postgres::start();
    for (name, value) in [
        ("nope", "1"),
        ("options", "-c nope=1"),
        ("options", "--no-pe=1"),
        ("a b", "1"),
        ("1a.b", "1"),
        ("TimeZone", "nope"),
        ("work_mem", "1"),
        ("client_min_messages", "loud"),
        ("client_encoding", "nope"),
        ("port", "1"),
        ("server_version", "1"),
        ("options", "-N 3"),
        ("options", "-F"),
        ("options", "-c work_mem"),
        ("options", "-c"),
        ("options", "-x"),
        ("options", "words"),
    ] {
        let refusal = |port: u16, database: &str, user: &str, password: &str| {
            let mut raw = Raw::connect(port);
            raw.send(&startup(&[
                ("user", user),
                ("database", database),
                (name, value),
            ]));
            let refused = raw.authenticate(password);
            refused.unwrap_or_else(|| raw.until_ready().swap_remove(0))
        };
        let ours = refusal(server.port(), "acme", ROLE, PASSWORD);
        let theirs = refusal(postgres.port(), "postgres", "postgres", "");
        assert!(theirs.starts_with("E FATAL"), "{name}={value}: {theirs}");
        assert_eq!(ours, theirs, "{name}={value}");
    }
    for (name, value, expected) in [
        ("client_encoding", "'latin1'", "S client_encoding=LATIN1"),
        (
            "options",
            "-c client_encoding=win",
            "S client_encoding=WIN1251",
        ),
        ("options", "-e", "S DateStyle=ISO, DMY"),
        ("ignore_system_indexes", "on", "Z I"),
        ("my.own", "1", "Z I"),
    ] {
        for (port, database, user, password) in [
            (server.port(), "acme", ROLE, PASSWORD),
            (postgres.port(), "postgres", "postgres", ""),
        ] {
            let mut raw = Raw::connect(port);
            raw.send(&startup(&[
                ("user", user),
                ("database", database),
                (name, value),
            ]));
            assert_eq!(raw.authenticate(password), None);
            let told = raw.until_ready();
            assert!(told.iter().any(|line| line == expected), "{told:?}");
        }
    }
}

#[test]
fn a_removed_address_and_a_changed_password_end_open_sessions() {
    let server = Server::start(House::default());
    let farewell = "E FATAL 57P01 terminating connection due to administrator command";
    let mut open = server.log_in();
    let mut tenant = acme();
    tenant.roles[0].verifier = Verifier::of(&Secret::new("another".to_owned())).unwrap();
    put(&server.folders, &tenant);
    let since = Instant::now();
    assert_eq!(open.until_ready(), [farewell, "closed"]);
    assert!(since.elapsed() < Duration::from_secs(5));

    let mut open = Raw::log_in(server.port(), "acme", ROLE, "another");
    tenant.allow.clear();
    put(&server.folders, &tenant);
    assert_eq!(open.until_ready(), [farewell, "closed"]);
}

#[test]
fn with_tls_nothing_goes_in_plain_text() {
    let server = Server::start(House {
        tls: true,
        ..House::default()
    });
    let told = login(&server, "acme", ROLE, PASSWORD).unwrap();
    assert_eq!(
        told,
        "E FATAL 28000 connections without TLS are not allowed"
    );
    // The same for whoever asks for what.
    assert_eq!(login(&server, "ghost", "ghost", "").unwrap(), told);

    // Bytes that follow the SSLRequest before TLS began are not read as if they were inside.
    let mut raw = Raw::connect(server.port());
    let injected = [packet(SSL, b""), startup(&[("user", "admin")])].concat();
    raw.send(&injected);
    assert_eq!(
        raw.read().unwrap().render(),
        "E FATAL 08P01 received unencrypted data after SSL request"
    );
}

#[test]
fn psql_comes_in_through_tls_and_binds_the_channel() {
    let server = Server::start(House {
        tls: true,
        ..House::default()
    });
    let root = server.folder().join("server.crt");
    for (options, comes_in) in [
        ("sslmode=require channel_binding=require", true),
        ("sslmode=require channel_binding=disable", true),
        ("sslmode=verify-full", true),
        ("sslmode=prefer", true),
        ("sslmode=disable", false),
    ] {
        let target = format!(
            "{} host=localhost hostaddr=127.0.0.1 sslrootcert={} {options}",
            server.connection_string().replace("host=127.0.0.1 ", ""),
            root.display(),
        );
        let output = Command::new("psql")
            .args(["-XAt", "-c", "show server_encoding", "-d", &target])
            .output()
            .unwrap();
        assert_eq!(output.status.success(), comes_in, "{options}: {output:?}");
        let told = String::from_utf8_lossy(if comes_in {
            &output.stdout
        } else {
            &output.stderr
        });
        let expected = if comes_in {
            "UTF8"
        } else {
            "connections without TLS are not allowed"
        };
        assert!(told.contains(expected), "{options}: {told}");
    }
}

/// TLS from the first byte, naming these protocols.
fn direct(server: &Server, alpn: &[&[u8]]) -> StreamOwned<ClientConnection, TcpStream> {
    let pem = fs::read(server.folder().join("server.crt")).unwrap();
    let chain: Vec<CertificateDer<'static>> = rustls_pemfile::certs(&mut &*pem)
        .collect::<Result<_, _>>()
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TcpStream::connect(server.address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(config), name).unwrap(),
        socket,
    )
}

#[test]
fn direct_tls_needs_the_name_of_the_protocol() {
    let server = Server::start(House {
        tls: true,
        ..House::default()
    });
    let hello = startup(&[("user", ROLE), ("database", "acme")]);
    let mut client = direct(&server, &[b"postgresql"]);
    client.write_all(&hello).unwrap();
    let mut asked = [0; 43];
    client.read_exact(&mut asked).unwrap();
    assert_eq!(&asked[9..], b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");

    for alpn in [&[][..], &[&b"http/1.1"[..]]] {
        let mut client = direct(&server, alpn);
        drop(client.write_all(&hello));
        let mut nothing = Vec::new();
        drop(client.read_to_end(&mut nothing));
        assert!(nothing.is_empty(), "{alpn:?}: {nothing:?}");
    }
}

#[test]
fn a_new_certificate_is_taken_without_dropping_sessions() {
    let server = Server::start(House {
        tls: true,
        ..House::default()
    });
    let hello = startup(&[("user", ROLE), ("database", "acme")]);
    let mut old = direct(&server, &[b"postgresql"]);
    old.write_all(&hello).unwrap();
    old.read_exact(&mut [0; 9]).unwrap();
    let before = fs::read(server.folder().join("server.crt")).unwrap();
    crate::wire::server::certify(server.folder());
    assert_ne!(
        before,
        fs::read(server.folder().join("server.crt")).unwrap()
    );
    // The new root is what the client trusts now, so the handshake tells which one is served.
    assert!(server.wait_for(Duration::from_secs(10), || {
        let mut client = direct(&server, &[b"postgresql"]);
        client.write_all(&hello).is_ok() && client.read_exact(&mut [0; 9]).is_ok()
    }));
    assert!(
        old.read_exact(&mut [0; 10]).is_ok(),
        "the old connection goes on"
    );
}
