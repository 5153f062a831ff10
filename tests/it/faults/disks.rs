//! Disks that are full, read-only or broken, and kills, at every call of a run that changes a file.
//!
//! strace makes one system call of the real program fail with the kernel's own error, or the
//! process die in it; which one is counted up through the whole run. That needs no mount, no quota
//! and no right but to trace one's own child, so it works in containers too, and it reaches every
//! call, which a small file system filled by chance does not. A real full file system is tried
//! besides where one may be mounted.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Bed, Line, Reader, rounds, said, served, some};
use crate::program::Served;

/// The calls that change files. `openat` is apart: most of its calls only read.
const CHANGING: &str = "write,pwrite64,writev,fsync,fdatasync,mkdir,rename,link,linkat,unlink,\
                        unlinkat,rmdir,ftruncate";

/// What the traced call does instead of what it was asked for.
#[derive(Debug, Clone, Copy)]
struct Way {
    name: &'static str,
    inject: &'static str,
    /// What the program has to say of it; none when it is killed.
    says: Option<&'static str>,
    /// Points tried of each kind of call.
    usual: usize,
}

const WAYS: [Way; 4] = [
    Way {
        name: "disk full (ENOSPC) at one call of a run",
        inject: "error=ENOSPC",
        says: Some("No space left on device"),
        usual: 10,
    },
    Way {
        name: "disk turned read-only (EROFS) at one call of a run",
        inject: "error=EROFS",
        says: Some("Read-only file system"),
        usual: 6,
    },
    Way {
        name: "disk broken (EIO) at one call of a run",
        inject: "error=EIO",
        says: Some("Input/output error"),
        usual: 6,
    },
    Way {
        name: "kill -9 at one call of a run (every step's boundary)",
        inject: "signal=KILL",
        says: None,
        usual: 12,
    },
];

/// One run under strace.
fn traced(bed: &Bed, log: &Path, options: &[String]) -> std::process::Output {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-qq", "-s", "400", "-o"]).arg(log);
    strace.args(options);
    // What it logs is no file of its; a full disk does not close its standard error either.
    strace.env("RUST_LOG", "off");
    strace.args(bed.words(&["sync", "run", "acme"]));
    strace.stdin(Stdio::null()).output().unwrap()
}

/// A call of the log: of which thread, its name, and whether it is one that a disk can refuse.
fn call<'a>(line: &'a str, data: &str) -> Option<(&'a str, &'a str, bool)> {
    let (thread, rest) = line.split_once(' ')?;
    let (name, arguments) = rest.trim_start().split_once('(')?;
    let ours = arguments.contains(data);
    Some((
        thread,
        name,
        ours && (name != "openat" || arguments.contains("O_CREAT")),
    ))
}

/// The points of a run that can fail: which call of those traced, counted in each thread.
fn points(bed: &Bed, set: &str) -> Vec<usize> {
    let log = bed.path("calls");
    let output = traced(bed, &log, &["-e".to_owned(), format!("trace={set}")]);
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(&log).unwrap();
    let data = bed
        .path("data")
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    let mut counts = std::collections::HashMap::new();
    let mut points = std::collections::BTreeSet::new();
    for line in text.lines() {
        // The second half of a call that another thread interrupted.
        if line.contains("<... ") {
            continue;
        }
        if let Some((thread, _, ours)) = call(line, &data) {
            let count = counts.entry(thread.to_owned()).or_insert(0);
            *count += 1;
            if ours {
                points.insert(*count);
            }
        }
    }
    points.into_iter().collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn every_call_that_changes_a_file_may_fail() {
    let bed = Bed::new(false);
    let mut generation = 1;
    bed.night(generation);
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let data = bed
        .path("data")
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    for way in WAYS {
        let reader = Reader::start(&bed, server.port);
        let (mut times, mut recovery) = (0, Vec::new());
        for set in [CHANGING, "openat"] {
            generation += 1;
            bed.write(generation);
            let all = points(&bed, set);
            assert!(all.len() > 4, "{all:?}");
            for point in some(all, rounds(way.usual)) {
                generation += 1;
                bed.write(generation);
                let before = bed.served().unwrap();
                let log = bed.path("calls");
                let when = format!("inject={set}:{}:when={point}", way.inject);
                let options = ["-e", &format!("trace={set}"), "-e", &when].map(str::to_owned);
                let output = traced(&bed, &log, &options);
                let text = fs::read_to_string(&log).unwrap();
                let hit: Vec<&str> = text
                    .lines()
                    .filter(|line| line.contains("INJECTED"))
                    .collect();
                let killed = text.contains("+++ killed by SIGKILL +++");
                // Threads are counted each by itself, so another one's call may have failed too: of the
                // console, or of what wakes threads, which no disk refuses.
                let ours = |line: &str| call(line, &data).is_some_and(|(_, _, ours)| ours);
                let other = |line: &str| !ours(line);
                let wakes = hit.iter().any(|line| line.contains("eventfd"));
                if wakes || !(killed || hit.iter().any(|line| ours(line))) {
                    continue;
                }
                let alone = !hit.iter().any(|line| other(line));
                times += 1;
                let after = bed.served().unwrap();
                assert!(
                    after == before || after == generation,
                    "{before} {after} {generation}"
                );
                let told = said(&output);
                if let Some(says) = way.says.filter(|_| alone) {
                    if output.status.success() {
                        assert_eq!(after, generation, "{told} {hit:?}");
                    } else {
                        assert!(told.contains(says), "{hit:?}: {told}");
                        let status = bed.status();
                        let detail = status["what_to_know"].as_str().unwrap();
                        // A call that failed may have been the writing down of the run: each kind of
                        // call is counted by itself, so several may have.
                        let unwritten = hit.iter().any(|line| line.contains("runs"));
                        let told = detail.contains(says) || unwritten;
                        assert!(told, "{hit:?}: {status}");
                    }
                }
                // There is room again.
                let began = Instant::now();
                let output = bed.sync();
                assert!(output.status.success(), "{hit:?}: {}", said(&output));
                recovery.push(began.elapsed());
                assert_eq!(bed.served(), Some(generation));
            }
        }
        bed.verify();
        let answers = reader.stop();
        assert!(
            times > way.usual / 2,
            "{} was reached {times} times",
            way.name
        );
        Line {
            fault: way.name,
            times,
            readers: &format!(
                "the old snapshot or the new one, whole; {answers} answers, no error"
            ),
            recovery: &recovery,
        }
        .tell();
    }
    assert_eq!(server.terminate(), Some(0));
}

/// A file system of so many kilobytes, full to the brim by something else, in which a night is
/// made; then the something goes and the night is made again. `unshare` gives a user a mount table
/// of its own, where the kernel lets it.
const FULL: &str = r#"
set -eu
mount -t tmpfs -o size="$3"k,nr_inodes=4000 none "$1/mount"
cp -a "$1/data/." "$1/mount/"
set +e
head -c 100000000 /dev/zero > "$1/mount/other" 2>/dev/null
truncate -s "-$4" "$1/mount/other"
"$2" --config "$1/full.toml" sync run acme > "$1/first" 2>&1; echo "$?" >> "$1/first"
"$2" --config "$1/full.toml" sync status acme > "$1/status" 2>&1
"$2" --config "$1/full.toml" snapshot verify acme --all > "$1/verified" 2>&1 || exit 3
rm -rf "$1/after"; cp -a "$1/mount/snapshots" "$1/after"
rm "$1/mount/other"
"$2" --config "$1/full.toml" sync run acme > "$1/second" 2>&1 || exit 4
"$2" --config "$1/full.toml" snapshot verify acme --all > "$1/verified" 2>&1 || exit 5
rm -rf "$1/again"; cp -a "$1/mount/snapshots" "$1/again"
"#;

#[test]
fn a_full_file_system_says_so() {
    let bed = Bed::new(false);
    bed.night(1);
    bed.night(2);
    fs::create_dir(bed.path("mount")).unwrap();
    fs::write(
        bed.path("full.toml"),
        "data = \"mount\"\nschemas = \"schemas\"\n",
    )
    .unwrap();
    let mut probe = Command::new("unshare");
    probe.args(["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"]);
    let allowed = probe.output().is_ok_and(|output| output.status.success());
    bed.write(3);
    let (mut times, mut failed, mut recovery) = (0, 0, Vec::new());
    // So many bytes are free when the night begins: none at all, then some pages.
    let tried = if allowed { rounds(4) } else { 0 };
    for round in 0..tried {
        let free = (round * 9 * 4096 % 160_000).to_string();
        let mut script = Command::new("unshare");
        script
            .args(["-Urm", "sh", "-c", FULL, "sh"])
            .arg(bed.path(""));
        script.args([crate::program::SYLLABASE, "2048", &free]);
        let began = Instant::now();
        let output = script.output().unwrap();
        let read = |name: &str| fs::read_to_string(bed.path(name)).unwrap_or_default();
        let (first, status) = (read("first"), read("status"));
        assert!(
            output.status.success(),
            "{} {first} {}",
            said(&output),
            read("second")
        );
        recovery.push(began.elapsed());
        let after = served(&bed.path("after"), "acme").unwrap();
        if first.trim_end().ends_with('0') {
            assert_eq!(after, 3, "{first}");
        } else {
            failed += 1;
            assert!(first.contains("No space left on device"), "{first}");
            // What was kept free for it is enough to say so.
            assert!(status.contains("No space left on device"), "{status}");
        }
        assert!([2, 3].contains(&after));
        assert_eq!(served(&bed.path("again"), "acme"), Some(3));
        times += 1;
    }
    if allowed {
        assert!(failed > 0, "the file system was never full");
        Line {
            fault: "file system really full but for 0 to 39 pages when a run begins",
            times,
            readers: "the old snapshot or the new one, whole",
            recovery: &recovery,
        }
        .tell();
    }
}

/// Nobody but root may write where it has no right, so the program runs as somebody who is not:
/// `nobody` when the tests run as root.
#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn a_disk_that_may_not_be_written_to_keeps_serving() {
    let bed = Bed::new(false);
    bed.night(1);
    let root = rustix::process::getuid().is_root();
    let give = |path: &Path| {
        if root {
            chown(path, Some(65_534), Some(65_534)).unwrap();
        }
    };
    let mode = |path: &Path, folder: u32, file: u32| {
        let mut left = vec![path.to_owned()];
        while let Some(path) = left.pop() {
            let mode = if path.is_dir() {
                left.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
                folder
            } else {
                file
            };
            give(&path);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    // The program's own file may lie where nobody else may look.
    let program = bed.path("syllabase");
    fs::copy(crate::program::SYLLABASE, &program).unwrap();
    mode(bed.folder.path(), 0o700, 0o700);
    let somebody = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(&bed.words(words)[1..]).stdin(Stdio::null());
        if root {
            command.uid(65_534).gid(65_534);
        }
        command
    };
    let server = Served::begin(&mut somebody(&["serve", "--listen", "127.0.0.1:0"]));
    let reader = Reader::start(&bed, server.port);
    let (mut times, mut recovery) = (0, Vec::new());
    let product = bed.path("data/snapshots/acme/ledger");
    for round in 0..rounds(2) as u64 {
        let generation = round + 2;
        bed.write(generation);
        // All of it, and each folder of it by itself.
        let mut places = vec![product.clone()];
        places.extend(["data", "published", "runs"].map(|name| product.join(name)));
        for place in places {
            mode(&place, 0o500, 0o400);
            let output = somebody(&["sync", "run", "acme"]).output().unwrap();
            let told = said(&output);
            mode(&place, 0o700, 0o600);
            let now = bed.served().unwrap();
            if output.status.success() {
                // Only how it went could not be written down.
                assert_eq!(now, generation, "{told}");
                assert!(place.ends_with("runs"), "{told}");
            } else {
                assert!(told.contains("Permission denied"), "{told}");
                assert_eq!(now, generation - 1, "{told}");
            }
            times += 1;
        }
        let began = Instant::now();
        run_done(&mut somebody(&["sync", "run", "acme"]));
        recovery.push(began.elapsed());
        assert_eq!(bed.served(), Some(generation));
    }
    run_done(&mut somebody(&["snapshot", "verify", "acme", "--all"]));
    let answers = reader.stop();
    assert_eq!(server.terminate(), Some(0));
    Line {
        fault: "disk that may not be written to (whole folder, data, log, history)",
        times,
        readers: &format!("the old snapshot; {answers} answers, no error"),
        recovery: &recovery,
    }
    .tell();
}

fn run_done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
