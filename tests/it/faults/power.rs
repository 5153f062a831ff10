//! Power cuts: what was not synced is lost.
//!
//! strace writes down every system call by which a real `syllabase` changes files, with the bytes it
//! wrote. A model of a disk takes them in order and knows what would survive: of a file what was
//! there when it was last synced, of a folder the entries it had when *it* was last synced, and
//! nothing else. After every call the power is cut, in three ways, and what survives is written to a
//! folder on which the real program has to go on:
//!
//! - nothing that was not synced is there;
//! - all names are there, but of the contents only what was synced (as journals of metadata do it);
//! - each folder by chance with or without what was not synced, and files cut somewhere.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Bed, Line, copy, rounds, said, served, some};

const CALLS: &str = "openat,creat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,\
                     link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,truncate,fallocate,\
                     copy_file_range,sendfile";

type Id = usize;

#[derive(Debug, Clone)]
enum Node {
    File {
        now: Vec<u8>,
        /// None: never synced.
        safe: Option<Vec<u8>>,
    },
    Folder {
        now: BTreeMap<String, Id>,
        safe: BTreeMap<String, Id>,
    },
}

/// A disk below one folder.
#[derive(Debug, Clone)]
struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
}

/// How the power is cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Nothing,
    Names,
    Chance(u64),
}

impl Disk {
    /// A disk as it is, all of it synced.
    fn of(root: &Path) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            nodes: Vec::new(),
        };
        disk.take(root);
        disk
    }

    fn take(&mut self, path: &Path) -> Id {
        let id = self.nodes.len();
        if path.is_dir() {
            let empty = BTreeMap::new();
            self.nodes.push(Node::Folder {
                now: empty.clone(),
                safe: empty,
            });
            let mut entries = BTreeMap::new();
            for entry in fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                entries.insert(name, self.take(&entry.path()));
            }
            self.nodes[id] = Node::Folder {
                now: entries.clone(),
                safe: entries,
            };
        } else {
            let now = fs::read(path).unwrap();
            let safe = Some(now.clone());
            self.nodes.push(Node::File { now, safe });
        }
        id
    }

    /// The node of a path; None when it is elsewhere or not there.
    fn find(&self, path: &Path) -> Option<Id> {
        let mut id = 0;
        for part in path.strip_prefix(&self.root).ok()?.components() {
            let Component::Normal(name) = part else {
                return None;
            };
            let Node::Folder { now, .. } = &self.nodes[id] else {
                return None;
            };
            id = *now.get(name.to_str()?)?;
        }
        Some(id)
    }

    /// The entries of the folder that a path is in, and its name there.
    fn entry(&mut self, path: &Path) -> Option<(&mut BTreeMap<String, Id>, String)> {
        let folder = self.find(path.parent()?)?;
        let name = path.file_name()?.to_str()?.to_owned();
        match &mut self.nodes[folder] {
            Node::Folder { now, .. } => Some((now, name)),
            Node::File { .. } => None,
        }
    }

    fn insert(&mut self, path: &Path, id: Id) {
        if let Some((entries, name)) = self.entry(path) {
            entries.insert(name, id);
        }
    }

    fn remove(&mut self, path: &Path) -> Option<Id> {
        let (entries, name) = self.entry(path)?;
        entries.remove(&name)
    }

    fn file(&mut self, path: &Path) -> Option<&mut Vec<u8>> {
        let id = self.find(path)?;
        match &mut self.nodes[id] {
            Node::File { now, .. } => Some(now),
            Node::Folder { .. } => None,
        }
    }

    /// Takes one call; says whether it changed something here.
    fn apply(&mut self, call: &Call) -> bool {
        let inside = |path: &Path| path.starts_with(&self.root);
        if !call.paths.iter().any(|path| inside(path)) {
            return false;
        }
        let first = call.paths[0].clone();
        match call.name.as_str() {
            "openat" | "creat" => {
                let created = call.flags.contains("O_CREAT") || call.name == "creat";
                if created && self.find(&first).is_none() {
                    let id = self.nodes.len();
                    let (now, safe) = (Vec::new(), None);
                    self.nodes.push(Node::File { now, safe });
                    self.insert(&first, id);
                    return true;
                }
                if call.flags.contains("O_TRUNC") {
                    let file = self.file(&first).expect("a file that was opened");
                    let changed = !file.is_empty();
                    file.clear();
                    return changed;
                }
                false
            }
            // Files are written from their beginning to their end, once.
            "write" => {
                let bytes = &call.bytes[..call.returned];
                self.file(&first)
                    .expect("a file that is written")
                    .extend(bytes);
                true
            }
            "fsync" | "fdatasync" => {
                let id = self.find(&first).expect("what is synced");
                match &mut self.nodes[id] {
                    Node::File { now, safe } => *safe = Some(now.clone()),
                    Node::Folder { now, safe } => safe.clone_from(now),
                }
                true
            }
            "rename" | "renameat" | "renameat2" => {
                let id = self.remove(&first).expect("what is renamed");
                self.insert(&call.paths[1], id);
                true
            }
            "link" | "linkat" => {
                let id = self.find(&first).expect("what is linked");
                self.insert(&call.paths[1], id);
                true
            }
            "unlink" | "unlinkat" | "rmdir" => self.remove(&first).is_some(),
            "mkdir" | "mkdirat" => {
                let id = self.nodes.len();
                let (now, safe) = (BTreeMap::new(), BTreeMap::new());
                self.nodes.push(Node::Folder { now, safe });
                self.insert(&first, id);
                true
            }
            other => panic!("the model does not know {other} of {}", first.display()),
        }
    }

    /// What is there after a power cut: each file's path and bytes, and each folder's.
    fn survives(&self, cut: Cut) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut random = match cut {
            Cut::Chance(seed) => StdRng::seed_from_u64(seed),
            Cut::Nothing | Cut::Names => StdRng::seed_from_u64(0),
        };
        let mut found = BTreeMap::new();
        let mut left = vec![(PathBuf::new(), 0)];
        while let Some((path, id)) = left.pop() {
            match &self.nodes[id] {
                Node::Folder { now, safe } => {
                    let entries = match cut {
                        Cut::Nothing => safe,
                        Cut::Names => now,
                        Cut::Chance(_) if random.random() => safe,
                        Cut::Chance(_) => now,
                    };
                    left.extend(entries.iter().map(|(name, id)| (path.join(name), *id)));
                    found.insert(path, None);
                }
                Node::File { now, safe } => {
                    let synced = safe.clone().unwrap_or_default();
                    let bytes = match cut {
                        Cut::Chance(_) if safe.as_ref() != Some(now) && random.random() => {
                            // As if it had been written without being synced, in part.
                            now[..random.random_range(0..=now.len())].to_vec()
                        }
                        _ => synced,
                    };
                    found.insert(path, Some(bytes));
                }
            }
        }
        found
    }
}

/// A system call that succeeded.
#[derive(Debug)]
struct Call {
    name: String,
    paths: Vec<PathBuf>,
    flags: String,
    bytes: Vec<u8>,
    returned: usize,
}

/// Every text between two marks, given as `\x2f\x74…`.
fn texts(line: &str, from: char, to: char) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((_, after)) = rest.split_once(from) {
        let Some((text, after)) = after.split_once(to) else {
            break;
        };
        rest = after;
        let digits: Option<Vec<u8>> = text
            .split("\\x")
            .skip(1)
            .map(|pair| u8::from_str_radix(pair, 16).ok())
            .collect();
        // What is not written so is no text of the program's: `<unfinished ...>`.
        found.extend(digits.filter(|bytes| !bytes.is_empty() || text.is_empty()));
    }
    found
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

impl Call {
    /// A line of strace's, both halves of it.
    fn read(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ")?;
        let digits: String = result.chars().take_while(char::is_ascii_digit).collect();
        let returned = digits.parse().ok()?;
        let quoted = texts(arguments, '"', '"');
        let descriptors = texts(arguments, '<', '>');
        let opened = texts(result, '<', '>');
        let below = |name: &[u8]| {
            // Relative to a folder that was opened.
            let folder = descriptors
                .first()
                .map(|folder| path(folder))
                .unwrap_or_default();
            folder.join(path(name))
        };
        let paths: Vec<PathBuf> = match name {
            "openat" | "creat" => opened.iter().map(|one| path(one)).collect(),
            "write" | "fsync" | "fdatasync" | "ftruncate" | "pwrite64" | "writev" | "fallocate"
            | "copy_file_range" | "sendfile" => descriptors.iter().map(|one| path(one)).collect(),
            _ => quoted.iter().map(|one| below(one)).collect(),
        };
        if paths.is_empty() {
            return None;
        }
        let bytes = match name {
            "write" => quoted.into_iter().next().unwrap_or_default(),
            _ => Vec::new(),
        };
        Some(Self {
            name: name.to_owned(),
            paths,
            flags: arguments.to_owned(),
            bytes,
            returned,
        })
    }
}

/// What strace wrote down, in the order in which calls ended.
fn calls(log: &str) -> Vec<Call> {
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let mut found = Vec::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, first.to_owned());
        } else if let Some(second) = rest.strip_prefix("<... ") {
            let first = begun.remove(thread).unwrap_or_default();
            let second = second.split_once(" resumed>").map_or("", |(_, rest)| rest);
            found.extend(Call::read(&(first + second)));
        } else {
            found.extend(Call::read(rest));
        }
    }
    found
}

/// Runs a command of the program on the installation's snapshots and writes down what it does.
fn recorded(bed: &Bed, words: &[&str]) -> (Disk, Vec<Call>) {
    let root = bed.snapshots().canonicalize().unwrap();
    let disk = Disk::of(&root);
    let log = bed.path("calls");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-qq", "-s", "100000000"]);
    strace
        .args(["-e", &format!("trace={CALLS}"), "-o"])
        .arg(&log);
    let output = strace
        .args(bed.words(words))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let calls = calls(&fs::read_to_string(log).unwrap());
    // The model says the same as the disk.
    let mut after = disk.clone();
    for call in &calls {
        after.apply(call);
    }
    let truth = Disk::of(&root).survives(Cut::Names);
    for node in &mut after.nodes {
        if let Node::File { now, safe } = node {
            *safe = Some(now.clone());
        }
    }
    assert_eq!(
        after.survives(Cut::Names),
        truth,
        "the model is another disk"
    );
    (disk, calls)
}

fn write(tree: &BTreeMap<PathBuf, Option<Vec<u8>>>, to: &Path) {
    for (path, bytes) in tree {
        let path = to.join(path);
        match bytes {
            None => fs::create_dir_all(path).unwrap(),
            Some(bytes) => fs::write(path, bytes).unwrap(),
        }
    }
}

#[test]
fn whatever_survives_a_power_cut_is_the_old_snapshot_or_the_new_one() {
    let bed = Bed::new(true);
    fs::create_dir_all(bed.snapshots()).unwrap();
    let file = bed.path("data/tenants/acme.toml");
    let text = fs::read_to_string(&file).unwrap();
    // Every night removes what is older than the two before it.
    let keep = "\n[retention]\ndays = 1\nat_least = 2\nmonth_ends = 0\n";
    fs::write(&file, text + keep).unwrap();
    let (mut states, mut calls_cut, mut recovery) = (0, 0, Vec::new());
    for generation in 1..=4_u64 {
        bed.write(generation);
        let before = bed.served();
        let (mut disk, calls) = recorded(&bed, &["sync", "run", "acme"]);
        let mut seen = HashSet::new();
        let mut cuts = Vec::new();
        for (number, call) in calls.iter().enumerate() {
            if !disk.apply(call) {
                continue;
            }
            calls_cut += 1;
            let chance = (0..3).map(|turn| Cut::Chance((number * 3 + turn) as u64));
            for cut in [Cut::Nothing, Cut::Names].into_iter().chain(chance) {
                let tree = disk.survives(cut);
                let mut hasher = DefaultHasher::new();
                tree.hash(&mut hasher);
                if seen.insert(hasher.finish()) {
                    cuts.push((number, cut, tree));
                }
            }
        }
        // All of them are looked at; on some the program goes on.
        let goes_on = some((0..cuts.len()).collect(), rounds(4));
        for (at, (number, cut, tree)) in cuts.iter().enumerate() {
            if at % 8 != 0 && !goes_on.contains(&at) && rounds(1) == 1 {
                continue;
            }
            let other = tempfile::tempdir().unwrap();
            let snapshots = other.path().join("snapshots");
            write(tree, &snapshots);
            let what = || {
                format!(
                    "generation {generation}, cut {cut:?} after {:?}",
                    calls[*number]
                )
            };
            let now = served(&snapshots, "acme");
            assert!(
                now == before || now == Some(generation),
                "{now:?}: {}",
                what()
            );
            states += 1;
            if goes_on.contains(&at) {
                let again = go_on(&bed, &snapshots, other.path(), generation + 1);
                recovery.push(again.unwrap_or_else(|told| panic!("{told}: {}", what())));
            }
        }
        bed.write(generation);
        assert_eq!(bed.served(), Some(generation));
    }
    assert!(calls_cut > 150, "{calls_cut} calls");
    Line {
        fault: &format!(
            "power cut after each of {calls_cut} calls of four nights, unsynced writes lost in five ways"
        ),
        times: states,
        readers: "the old snapshot or the new one, whole",
        recovery: &recovery,
    }
    .tell();
}

/// The program goes on on what is left: what is there is as it was published, and the next night
/// is made.
fn go_on(
    bed: &Bed,
    snapshots: &Path,
    folder: &Path,
    generation: u64,
) -> Result<std::time::Duration, String> {
    let data = folder.join("data");
    copy(&bed.path("data/tenants"), &data.join("tenants"));
    copy(&bed.path("data/state"), &data.join("state"));
    fs::rename(snapshots, data.join("snapshots")).unwrap();
    bed.write(generation);
    let began = Instant::now();
    for words in [
        &["sync", "run", "acme"][..],
        &["snapshot", "verify", "acme", "--all"],
    ] {
        let all = bed.words(words);
        let mut command = Command::new(&all[0]);
        command
            .args(&all[1..3])
            .arg("--data")
            .arg(&data)
            .args(words);
        let output = command.stdin(Stdio::null()).output().unwrap();
        if !output.status.success() {
            return Err(said(&output));
        }
    }
    let took = began.elapsed();
    match served(&data.join("snapshots"), "acme") {
        Some(now) if now == generation => Ok(took),
        other => Err(format!("{other:?} is served")),
    }
}
