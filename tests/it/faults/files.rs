//! Exports that are cut, half there or garbage.

use std::fs;
use std::io::Write as _;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Bed, Line, Reader, rounds, said};
use crate::program::Served;

/// The bytes of an export as other tools pack it.
fn packed(kind: &str, text: &str) -> Vec<u8> {
    match kind {
        "csv.gz" => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        }
        "csv.zst" => {
            let mut packed = zstd::Encoder::new(Vec::new(), 1).unwrap();
            packed.include_checksum(true).unwrap();
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        }
        "csv" => text.as_bytes().to_vec(),
        other => panic!("{other}"),
    }
}

#[test]
fn exports_that_are_cut_or_garbage_fail_that_run_only() {
    let bed = Bed::new(false);
    bed.night(1);
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let reader = Reader::start(&bed, server.port);
    let mut random = StdRng::seed_from_u64(20_261_122);
    let mut recovery = Vec::new();
    let mut generation = 1;
    let mut lines = Vec::new();
    for (fault, cut) in [
        ("export cut in the middle (gzip, zstd)", true),
        ("bytes of an export replaced by others (gzip, zstd)", false),
    ] {
        let times = rounds(6);
        for round in 0..times {
            generation += 1;
            bed.write(generation);
            let plain = bed.source().join("credits.csv");
            let text = fs::read_to_string(&plain).unwrap();
            let kind = ["csv.gz", "csv.zst"][round % 2];
            let mut bytes = packed(kind, &text);
            let from = random.random_range(0..bytes.len());
            if cut {
                bytes.truncate(from);
            } else {
                let to = (from + random.random_range(1..64)).min(bytes.len());
                for byte in &mut bytes[from..to] {
                    *byte ^= random.random_range(1..=255);
                }
            }
            fs::remove_file(&plain).unwrap();
            let path = bed.source().join(format!("credits.{kind}"));
            fs::write(&path, &bytes).unwrap();
            let output = bed.sync();
            let told = said(&output);
            let what = format!("{kind} {from}: {told}");
            let now = bed.served().unwrap();
            if output.status.success() {
                // What was hit says nothing of the rows: the time in gzip's head, for example.
                assert_eq!((cut, now), (false, generation), "{what}");
            } else {
                assert!(now < generation, "{what}");
                assert!(told.contains("credits"), "{what}");
                let status = bed.status();
                assert_eq!(status["outcome"], "failed", "{status}");
            }
            fs::remove_file(path).unwrap();
            fs::write(&plain, text).unwrap();
            let began = Instant::now();
            let output = bed.sync();
            assert!(output.status.success(), "{}", said(&output));
            recovery.push(began.elapsed());
            assert_eq!(bed.served(), Some(generation));
        }
        lines.push((fault, times, std::mem::take(&mut recovery)));
    }
    let answers = reader.stop();
    assert_eq!(server.terminate(), Some(0));
    for (fault, times, recovery) in lines {
        Line {
            fault,
            times,
            readers: &format!("the old snapshot; {answers} answers, no error"),
            recovery: &recovery,
        }
        .tell();
    }
}
