//! Messages that no client would send: whatever comes, the server answers, refuses or closes, and
//! serves the next one.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::program::{Served, enter, password, run, syllabase};
use crate::wire::raw::{Raw, message, packet, startup};
use crate::wire::script;

/// Conversations before login, and after it.
const STRANGERS: u64 = 400;
const GUESTS: u64 = 250;
/// No longer than this in all, however busy the machine is.
const ENOUGH: Duration = Duration::from_secs(25);

/// What a client says before login.
fn opening(random: &mut StdRng) -> Vec<u8> {
    let hello = startup(&[("user", "reporting"), ("database", "acme")]);
    let first = b"SCRAM-SHA-256\0\0\0\0\x18n,,n=,r=abcdefghijklmnop";
    let choices = [
        hello.clone(),
        startup(&[
            ("user", "reporting"),
            ("options", "-c search_path=learnink -c DateStyle=German"),
            ("_pq_.x", "1"),
        ]),
        packet((1234 << 16) | 5679, b""),
        packet((1234 << 16) | 5680, b""),
        packet((1234 << 16) | 5678, b"\0\0\0\x01\0\0\0\x02"),
        [
            hello,
            message(b'p', first),
            message(b'p', b"c=biws,r=x,p=eA=="),
        ]
        .concat(),
    ];
    choices[random.random_range(0..choices.len())].clone()
}

/// What a client says after login.
fn talk(random: &mut StdRng) -> Vec<u8> {
    let lines = [
        "Q select 1",
        "Q select 'é', $1",
        "Q begin; select name from learnink.courses; commit",
        "Q copy (select 1, 'x') to stdout (format binary)",
        "Q declare c cursor for select 1; fetch all from c",
        "P s | select $1::int4 + 1, $2::text | 23 25",
        "P | select $1::numeric, $2::jsonb, $3::timestamptz, $4::int4[]",
        "B p | s | 0 0 | 1 x | 1",
        "B | s | 1 0 | 0x00000007 \\N |",
        "B | | 1 | 0x00010000 {} 0x00 0x0000 | 1",
        "DS s",
        "DP p",
        "E p 1",
        "E 0",
        "CS s",
        "CP p",
        "H",
        "S",
        "raw 46 00000010 00000001 0000 0000 0000",
        "raw 64 00000008 61626364",
        "raw 70 00000009 6162636400",
    ];
    let mut said = Vec::new();
    for _ in 0..random.random_range(1..6) {
        said.extend(script::encode(lines[random.random_range(0..lines.len())]));
    }
    said
}

/// Bytes flipped, cut out, doubled, put in, and numbers at the edges of what they can be.
fn mutate(mut bytes: Vec<u8>, random: &mut StdRng) -> Vec<u8> {
    for _ in 0..random.random_range(0..5) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        let end = (at + random.random_range(1..9)).min(bytes.len());
        match random.random_range(0..6) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.extend_from_within(at..end),
            4 => drop(bytes.splice(at..at, (at..end).map(|_| random.random()))),
            _ => {
                let edges = [0_u32, 3, 4, 5, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX];
                let edge = edges[random.random_range(0..edges.len())].to_be_bytes();
                let count = (end - at).min(edge.len());
                bytes[at..at + count].copy_from_slice(&edge[..count]);
            }
        }
    }
    bytes
}

/// Says it all, hangs up the speaking half and listens to the end, which has to come.
fn converse(mut raw: Raw, said: &[u8]) {
    raw.send(said);
    raw.finish();
    while raw.read_any() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_refused_or_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, settings) = (folder.path().join("data"), folder.path().join("s.toml"));
    let limits = "[limits.login]\nfailure_delay = \"0s\"\nfailure_wait_max = \"0s\"\n\
                  [limits.statement]\ntimeout = \"2s\"\n";
    std::fs::write(&settings, limits).unwrap();
    run(syllabase(&data).args(["demo", "--no-serve", "--people", "20"]));
    let sheet = std::fs::read_to_string(data.join("acme-reporting.txt")).unwrap();
    let password = password(&sheet);
    let mut command = syllabase(&data);
    command.arg("--config").arg(&settings);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let log = folder.path().join("log");
    let served = Served::logging(&mut command, &log);
    let begun = Instant::now();
    let (mut strangers, mut guests) = (0, 0);
    for seed in 0..STRANGERS.max(GUESTS) {
        let mut random = StdRng::seed_from_u64(seed);
        if begun.elapsed() > ENOUGH {
            break;
        }
        if seed < STRANGERS {
            let said = mutate(opening(&mut random), &mut random);
            converse(Raw::connect(served.port), &said);
            strangers += 1;
        }
        if seed < GUESTS {
            let said = mutate(talk(&mut random), &mut random);
            let raw = Raw::log_in(served.port, "acme", "reporting", &password);
            converse(raw, &said);
            guests += 1;
        }
    }
    assert!(strangers > 50 && guests > 50, "{strangers} and {guests}");
    let client = enter(served.port, "acme", "reporting", &password).await;
    client.unwrap().query_one("select 1", &[]).await.unwrap();
    assert_eq!(served.terminate(), Some(0));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("logged in"), "the log is empty");
    for word in ["panicked", "XX000", "overflow"] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
}
