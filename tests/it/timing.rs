//! Refusals tell nothing by their bytes and nothing by the clock.
//!
//! Two situations that have to look alike are tried in turn, a thousand times each, at the program
//! itself with the log it writes for operators. The delays of failed logins are switched off: what
//! they would hide has to be equal already.

use std::cmp::Ordering;
use std::fs;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::program::{Served, run, syllabase};
use crate::wire::raw::{Raw, message, startup};

/// Tries of each situation.
const TRIES: usize = 1_000;
/// How often it is measured before a difference is believed: a machine that is busy with something
/// else is not so at the same moments again.
const ROUNDS: usize = 3;
/// By how much the middle halves of the times may differ in the mean.
const RATIO: f64 = 0.05;
/// How often somebody who bets on the slower of two answers may be right, beyond one half. A
/// thousand tries know this to 0.013.
const EDGE: f64 = 0.05;

/// A database and a role of equally long names.
type Login = (&'static str, &'static str);

/// What one login was told, and how long each answer took.
struct Refused {
    told: Vec<String>,
    took: Vec<Duration>,
}

/// Tries to log in, with a well-formed proof that is wrong, up to the refusal.
fn refused(port: u16, (database, role): Login) -> Refused {
    let proof = STANDARD.encode([7; 32]);
    let mut raw = Raw::connect(port);
    let (mut told, mut took) = (Vec::new(), Vec::new());
    let mut next = startup(&[("user", role), ("database", database)]);
    loop {
        let asked = Instant::now();
        raw.send(&next);
        let answer = raw.read().expect("an answer");
        took.push(asked.elapsed());
        // Nonce and salt are random, the role's name is the client's own; the rest is compared.
        let text = String::from_utf8_lossy(&answer.body).replace(role, "ROLE");
        let challenge = text.find("r=").map(|at| text[at..].to_owned());
        let head = &text[..text.len() - challenge.as_ref().map_or(0, String::len)];
        told.push(format!("{} {} {head}", char::from(answer.kind), text.len()));
        next = match (answer.kind, challenge) {
            (b'E', _) => break,
            (_, None) => {
                let first = "n,,n=,r=abcdefghijklmnop";
                let length = u32::try_from(first.len()).unwrap().to_be_bytes();
                message(
                    b'p',
                    &[b"SCRAM-SHA-256\0", &length[..], first.as_bytes()].concat(),
                )
            }
            (_, Some(challenge)) => {
                let (nonce, rest) = challenge.split_once(',').unwrap();
                told.push(rest.split_once(',').unwrap().1.to_owned());
                message(b'p', format!("c=biws,{nonce},p={proof}").as_bytes())
            }
        };
    }
    assert_eq!(raw.read(), None, "a refusal ends the connection");
    Refused { told, took }
}

/// The mean of the middle half, in microseconds.
fn middle(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let half = &sorted[times.len() / 4..times.len() * 3 / 4];
    half.iter().sum::<Duration>().as_secs_f64() * 1e6 / half.len() as f64
}

/// How often a time of `left` is longer than one of `right` (Mann and Whitney), equal ones by half.
fn longer(left: &[Duration], right: &[Duration]) -> f64 {
    let wins = left.iter().flat_map(|one| {
        right.iter().map(move |other| match one.cmp(other) {
            Ordering::Greater => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Less => 0.0,
        })
    });
    wins.sum::<f64>() / (left.len() * right.len()) as f64
}

/// Measures two logins in turn; what the clock tells of them, if it does.
fn difference(port: u16, pair: [Login; 2], random: &mut StdRng) -> Option<String> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TRIES {
        let first = random.random_range(0..2);
        let answers = [first, 1 - first].map(|which| (which, refused(port, pair[which])));
        assert_eq!(answers[0].1.told, answers[1].1.told, "{pair:?}");
        for (which, refused) in answers {
            times[which].push(refused.took);
        }
    }
    let answers = times[0][0].len();
    let found = (0..answers).filter_map(|answer| {
        let column = |which: usize| times[which].iter().map(|took| took[answer]).collect();
        let (left, right): (Vec<_>, Vec<_>) = (column(0), column(1));
        let (means, edge) = ([middle(&left), middle(&right)], longer(&left, &right) - 0.5);
        let ratio = means[0] / means[1];
        ((ratio - 1.0).abs() > RATIO || edge.abs() > EDGE)
            .then(|| format!("answer {answer}: means {means:.1?} µs, edge {edge:.3}"))
    });
    let found: Vec<_> = found.collect();
    (!found.is_empty()).then(|| found.join("; "))
}

#[test]
fn refusals_that_look_alike_take_as_long() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = folder.path().join("s.toml");
    let limits = "[limits.login]\nfailure_delay = \"0s\"\nfailure_wait_max = \"0s\"\n";
    fs::write(&settings, limits).unwrap();
    let program = |words: &str| run(syllabase(&data).args(words.split(' ')));
    for (tenant, network) in [
        ("acme", "127.0.0.1/32"),
        ("open", "127.0.0.1/32"),
        ("shut", "192.0.2.7/32"),
    ] {
        program(&format!("tenant add {tenant} --product learnink"));
        program(&format!("tenant allow {tenant} {network}"));
        let role = if tenant == "open" {
            "elsewhere"
        } else {
            "reporting"
        };
        let sheet = folder.path().join(tenant);
        let handover = format!("--handover file:{}", sheet.display());
        program(&format!(
            "tenant credentials add {tenant} {role} {handover}"
        ));
    }
    let mut command = syllabase(&data);
    command.arg("--config").arg(&settings);
    let served = Served::begin(command.args(["serve", "--listen", "127.0.0.1:0"]));
    let mut random = StdRng::seed_from_u64(3);
    let mut differing = Vec::new();
    for pair in [
        // A wrong password; an unknown role; a role of another tenant.
        [("acme", "reporting"), ("acme", "nobodyxyz")],
        [("acme", "nobodyxyz"), ("acme", "elsewhere")],
        // A tenant whose list lacks this address; an unknown one.
        [("shut", "reporting"), ("none", "reporting")],
        [("shut", "reporting"), ("shut", "nobodyxyz")],
    ] {
        let rounds = (0..ROUNDS).map(|_| difference(served.port, pair, &mut random));
        let found: Vec<_> = rounds.take_while(Option::is_some).flatten().collect();
        if found.len() == ROUNDS {
            differing.push(format!("{pair:?}: {}", found.join("\n  ")));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
