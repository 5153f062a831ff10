//! All tenants in memory, kept as their files say.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::Error;
use super::allow::NetworkSet;
use super::credential::NoRandom;
use super::files::{Files, id_of};
use super::record::{Role, Tenant};
use crate::clock::Clock;
use crate::config::Folders;
use crate::ident::TenantId;
use crate::telemetry;

/// How often the folder is looked at: a change is seen within two seconds.
const PACE: Duration = Duration::from_secs(1);

/// Files asked about at each look. With more tenants a file that is edited in place is noticed a
/// little later; one that is put in place, as `syllabase tenant` does it, changes the folder too.
const FILES_PER_LOOK: usize = 1_000;

/// Files in the folder; more are ignored, and said so.
const MOST_TENANTS: usize = 50_000;

/// How the door of one server works.
#[derive(Debug, Clone)]
pub struct Door {
    /// Whether connections without TLS are refused.
    pub require_encryption: bool,
}

/// All tenants, as their files say, kept fresh while the server runs.
#[derive(Debug)]
pub struct Directory {
    files: Files,
    clock: Clock,
    door: Door,
    key: hmac::Key,
    known: RwLock<Arc<Known>>,
    looked: Mutex<Looked>,
    changed: watch::Sender<u64>,
}

/// What the files said when they were last looked at.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) tenants: HashMap<TenantId, Arc<Entry>>,
    /// Every address on any list.
    pub(crate) everybody: NetworkSet,
    /// Stands in for an unknown tenant: nobody is on its list.
    pub(crate) nobody: Arc<Entry>,
    broken: BTreeMap<TenantId, String>,
    marks: HashMap<PathBuf, Mark>,
    /// When the next password stops working.
    next_expiry: Option<DateTime<Utc>>,
}

/// What the last look saw.
#[derive(Debug, Default)]
struct Looked {
    folder: Option<Mark>,
    /// Whether the folder was the same at the look before: two changes may leave one mark when they
    /// come within the same moment of the file system's clock.
    sure: bool,
    /// The first file to be asked about next.
    next: usize,
}

/// One tenant and its list, ready to be asked.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) networks: NetworkSet,
}

impl Entry {
    fn new(tenant: Tenant) -> Arc<Self> {
        Arc::new(Self {
            networks: NetworkSet::new(tenant.allow.iter().map(|entry| entry.network)),
            tenant: Arc::new(tenant),
        })
    }
}

/// What changes when a file does.
type Mark = (i64, i64, u64, u64, i64);

fn mark(path: &Path) -> io::Result<Mark> {
    let meta = fs::metadata(path)?;
    Ok((
        meta.mtime(),
        meta.mtime_nsec(),
        meta.size(),
        meta.ino(),
        meta.ctime_nsec(),
    ))
}

impl Directory {
    /// Loads every tenant. A broken file is reported and leaves its tenant out; the rest is served.
    ///
    /// # Errors
    /// When the folder of tenants or the server's key cannot be read.
    pub fn open(folders: &Folders, door: Door, clock: &Clock) -> Result<Self, Error> {
        let key = server_key(&folders.state).map_err(|source| Error::Folder {
            action: "keep the server's key in",
            path: folders.state.clone(),
            source,
        })?;
        let nobody = Entry::new(Tenant::new(
            "nobody".parse().map_err(|_| NoRandom)?,
            Vec::new(),
        ));
        let directory = Self {
            files: Files::new(&folders.tenants),
            clock: clock.clone(),
            door,
            key,
            known: RwLock::new(Arc::new(Known {
                tenants: HashMap::new(),
                everybody: NetworkSet::default(),
                nobody,
                broken: BTreeMap::new(),
                marks: HashMap::new(),
                next_expiry: None,
            })),
            looked: Mutex::default(),
            changed: watch::Sender::new(0),
        };
        directory.refresh()?;
        Ok(directory)
    }

    /// One tenant.
    pub fn tenant(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        let known = self.known();
        known.tenants.get(id).map(|entry| Arc::clone(&entry.tenant))
    }

    /// All tenants, sorted by name.
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        let known = self.known();
        let mut all: Vec<_> = known
            .tenants
            .values()
            .map(|entry| Arc::clone(&entry.tenant))
            .collect();
        all.sort_by(|left, right| left.id.cmp(&right.id));
        all
    }

    /// Tenants whose file is wrong, and why; their last good version still counts.
    pub fn broken(&self) -> BTreeMap<TenantId, String> {
        self.known().broken.clone()
    }

    /// Counts changes: whoever holds a session asks [`Directory::still_admitted`] after each.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks at the folder each second until `stop`.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(PACE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let directory = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || directory.look()).await;
            match looked {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => warn!(
                    error = telemetry::chain(&error),
                    "the tenants' folder cannot be read; what is known stays in force"
                ),
                Err(error) => error!(%error, "looking at the tenants' folder failed"),
            }
        }
    }

    /// Reads what changed if the folder did, or one of the files that are asked about this time.
    fn look(&self) -> Result<bool, Error> {
        let known = self.known();
        let folder = mark(self.files.folder()).ok();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let same = looked.folder == folder;
        let sure = same && looked.sure;
        (looked.folder, looked.sure) = (folder, same);
        let files = known.marks.iter().cycle().skip(looked.next);
        let mut files = files.take(known.marks.len().min(FILES_PER_LOOK));
        looked.next = (looked.next + FILES_PER_LOOK) % known.marks.len().max(1);
        let expired = known.next_expiry.is_some_and(|at| at <= self.clock.now());
        if sure && !expired && files.all(|(path, known)| mark(path).is_ok_and(|now| now == *known))
        {
            return Ok(false);
        }
        drop(looked);
        self.refresh()
    }

    /// Reads what changed in the folder; says whether anything did.
    pub fn refresh(&self) -> Result<bool, Error> {
        let before = self.known();
        let mut marks = HashMap::new();
        let mut paths = self.files.paths()?;
        if paths.len() > MOST_TENANTS {
            error!(
                files = paths.len(),
                "too many tenant files; some are ignored"
            );
            paths.sort();
            paths.truncate(MOST_TENANTS);
        }
        for path in paths {
            // A file that vanished between listing and looking is gone.
            if let Ok(mark) = mark(&path) {
                marks.insert(path, mark);
            }
        }
        let now = self.clock.now();
        let expired = before.next_expiry.is_some_and(|at| at <= now);
        if marks == before.marks && !expired {
            return Ok(false);
        }
        let after = self.reread(&before, marks, now);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        self.changed.send_modify(|count| *count += 1);
        Ok(true)
    }

    fn reread(&self, before: &Known, marks: HashMap<PathBuf, Mark>, now: DateTime<Utc>) -> Known {
        let mut tenants = HashMap::with_capacity(marks.len());
        let mut broken = BTreeMap::new();
        for (path, mark) in &marks {
            let Some(id) = id_of(path) else { continue };
            let last = before.tenants.get(&id);
            if before.marks.get(path) == Some(mark) {
                if let Some(reason) = before.broken.get(&id) {
                    broken.insert(id.clone(), reason.clone());
                }
                if let Some(entry) = last {
                    tenants.insert(id, Arc::clone(entry));
                }
                continue;
            }
            match self.files.read(&id) {
                Ok(tenant) => {
                    info!(tenant = %id, "tenant loaded");
                    tenants.insert(id, Entry::new(tenant));
                }
                Err(error) => {
                    let reason = telemetry::chain(&error);
                    let kept = last.is_some();
                    error!(tenant = %id, reason, kept, "a tenant's file is broken");
                    if let Some(entry) = last {
                        tenants.insert(id.clone(), Arc::clone(entry));
                    }
                    broken.insert(id, reason);
                }
            }
        }
        for id in before.tenants.keys().filter(|id| !tenants.contains_key(id)) {
            info!(tenant = %id, "tenant removed");
        }
        let all = || tenants.values().map(|entry| &entry.tenant);
        let nets = all().flat_map(|tenant| tenant.allow.iter().map(|entry| entry.network));
        let expiries = all().flat_map(|tenant| tenant.roles.iter().filter_map(|role| role.expires));
        Known {
            everybody: NetworkSet::new(nets),
            nobody: Arc::clone(&before.nobody),
            next_expiry: expiries.filter(|at| *at > now).min(),
            tenants,
            broken,
            marks,
        }
    }

    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn requires_encryption(&self) -> bool {
        self.door.require_encryption
    }

    pub(crate) fn key(&self) -> &hmac::Key {
        &self.key
    }

    pub(crate) fn expired(&self, role: &Role) -> bool {
        role.expires.is_some_and(|at| at <= self.clock.now())
    }
}

/// The server's own key, made at the first start and kept for ever.
fn server_key(state: &Path) -> io::Result<hmac::Key> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state)?;
    let path = state.join("door.key");
    let mut key = Vec::with_capacity(32);
    match OpenOptions::new().read(true).open(&path) {
        Ok(file) => {
            file.take(64).read_to_end(&mut key)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            key.resize(32, 0);
            SystemRandom::new()
                .fill(&mut key)
                .map_err(|_| io::Error::other("no random bytes"))?;
            let aside = state.join(".door.key.new");
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&aside)?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&aside, &path)?;
            fs::File::open(state)?.sync_all()?;
        }
        Err(error) => return Err(error),
    }
    if key.len() != 32 {
        return Err(io::Error::other("door.key is not 32 bytes long"));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::config::Secret;
    use crate::tenant::{Admission, Allowed, Audit, Screened, Verifier, parse_network};

    struct World {
        folders: Folders,
        clock: Clock,
        _kept: tempfile::TempDir,
    }

    impl World {
        fn new() -> Self {
            let kept = tempfile::tempdir().unwrap();
            let at = |name| kept.path().join(name);
            Self {
                folders: Folders {
                    tenants: at("tenants"),
                    snapshots: at("snapshots"),
                    state: at("state"),
                    spill: at("spill"),
                },
                clock: Clock::fixed(1_000_000_000_000_000),
                _kept: kept,
            }
        }

        fn open(&self, require_encryption: bool) -> Directory {
            Directory::open(&self.folders, Door { require_encryption }, &self.clock).unwrap()
        }

        fn put(&self, tenant: &Tenant) {
            let writer = Files::new(&self.folders.tenants).writer().unwrap();
            writer.put(tenant).unwrap();
        }
    }

    fn tenant(id: &str, nets: &[&str]) -> Tenant {
        let mut tenant = Tenant::new(id.parse().unwrap(), vec!["learnink".parse().unwrap()]);
        tenant.allow = nets
            .iter()
            .map(|net| Allowed {
                network: parse_network(net).unwrap(),
                note: String::new(),
            })
            .collect();
        tenant.roles.push(Role {
            name: "reporting".parse().unwrap(),
            verifier: Verifier::of(&Secret::new("a password".to_owned())).unwrap(),
            created: DateTime::UNIX_EPOCH,
            expires: None,
            connections: None,
            allow: Vec::new(),
        });
        tenant
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn login(directory: &Directory, peer: &str, database: &str, role: &str) -> Option<Admission> {
        let candidate = directory.admit(ip(peer), database, role, true).ok()?;
        candidate.proved()
    }

    #[test]
    fn listed_addresses_come_in_and_others_do_not() {
        let world = World::new();
        world.put(&tenant("acme", &["192.0.2.0/24", "2001:db8::/32"]));
        world.put(&tenant("empty", &[]));
        let directory = world.open(false);
        for (peer, database, admitted) in [
            ("192.0.2.7", "acme", true),
            ("::ffff:192.0.2.7", "acme", true),
            ("2001:db8::9", "acme", true),
            ("192.0.3.7", "acme", false),
            ("192.0.2.7", "empty", false),
            ("192.0.2.7", "ghost", false),
            ("192.0.2.7", "../acme", false),
        ] {
            let got = login(&directory, peer, database, "reporting");
            assert_eq!(got.is_some(), admitted, "{peer} {database}");
        }
        assert_eq!(directory.screen(ip("::ffff:192.0.2.7")), Screened::Known);
        assert_eq!(directory.screen(ip("192.0.3.7")), Screened::Stranger);
    }

    #[test]
    fn an_unknown_database_reads_like_a_refused_address() {
        let world = World::new();
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        let directory = world.open(false);
        let unknown = directory.admit(ip("192.0.3.7"), "ghost", "reporting", false);
        let refused = directory.admit(ip("192.0.3.7"), "acme", "reporting", false);
        assert_eq!(unknown.unwrap_err(), refused.unwrap_err());
    }

    #[test]
    fn an_unknown_role_gets_a_stable_doomed_verifier() {
        let world = World::new();
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        let first = world.open(false);
        let salt = |directory: &Directory, role: &str| {
            let candidate = directory
                .admit(ip("192.0.2.1"), "acme", role, true)
                .unwrap();
            candidate.verifier().salt.clone()
        };
        let ghost = salt(&first, "ghost");
        assert_ne!(ghost, salt(&first, "spectre"));
        assert_eq!(ghost.len(), salt(&first, "reporting").len());
        assert!(login(&first, "192.0.2.1", "acme", "ghost").is_none());
        drop(first);
        assert_eq!(
            salt(&world.open(false), "ghost"),
            ghost,
            "also after a restart"
        );
    }

    #[test]
    fn plain_text_is_refused_where_tls_is_required() {
        let world = World::new();
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        let directory = world.open(true);
        let fault = directory
            .admit(ip("192.0.2.1"), "acme", "reporting", false)
            .unwrap_err();
        assert_eq!(fault.state.0, "28000");
        assert!(
            directory
                .admit(ip("192.0.2.1"), "acme", "reporting", true)
                .is_ok()
        );
    }

    #[test]
    fn removed_addresses_roles_and_passwords_end_sessions() {
        let world = World::new();
        let mut acme = tenant("acme", &["192.0.2.0/24"]);
        world.put(&acme);
        let directory = world.open(false);
        let mut changes = directory.changed();
        let admission = login(&directory, "192.0.2.1", "acme", "reporting").unwrap();
        assert!(directory.still_admitted(&admission, ip("192.0.2.1")));
        assert!(!directory.refresh().unwrap(), "nothing changed");

        let password = acme.roles[0].verifier.clone();
        acme.roles[0].verifier = Verifier::of(&Secret::new("another".to_owned())).unwrap();
        world.put(&acme);
        assert!(directory.refresh().unwrap());
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        assert!(!directory.still_admitted(&admission, ip("192.0.2.1")));

        acme.roles[0].verifier = password;
        acme.roles[0].expires = DateTime::from_timestamp_micros(world.clock.micros() + 5_000_000);
        world.put(&acme);
        directory.refresh().unwrap();
        assert!(directory.still_admitted(&admission, ip("192.0.2.1")));
        world.clock.set(world.clock.micros() + 5_000_000);
        assert!(directory.refresh().unwrap(), "an expiry is a change");
        assert!(!directory.still_admitted(&admission, ip("192.0.2.1")));
        assert!(login(&directory, "192.0.2.1", "acme", "reporting").is_none());

        acme.roles[0].expires = None;
        acme.allow.clear();
        world.put(&acme);
        directory.refresh().unwrap();
        assert!(!directory.still_admitted(&admission, ip("192.0.2.1")));
    }

    #[test]
    fn a_look_sees_files_put_in_place_edited_and_removed() {
        let world = World::new();
        let names = |directory: &Directory| {
            let tenants = directory.tenants().into_iter();
            let names = tenants.map(|tenant| format!("{}{}", tenant.id, tenant.allow.len()));
            names.collect::<Vec<_>>().join(" ")
        };
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        let directory = world.open(false);
        // The folder is read until it was the same twice; then a look finds nothing to read.
        let quiet = || (0..5).filter(|_| directory.look().unwrap()).count();
        assert_eq!(quiet(), 0);
        assert!(directory.looked.lock().unwrap().sure);
        world.put(&tenant("beta", &[]));
        assert!(directory.look().unwrap());
        assert_eq!(names(&directory), "acme1 beta0");
        assert_eq!(quiet(), 0);
        let path = world.folders.tenants.join("beta.toml");
        let text = fs::read_to_string(&path).unwrap();
        let allow = "[[allow]]\nnetwork = \"192.0.2.1/32\"\n";
        fs::write(&path, format!("{text}{allow}")).unwrap();
        assert!(directory.look().unwrap());
        assert_eq!(names(&directory), "acme1 beta1");
        assert_eq!(quiet(), 0);
        fs::remove_file(path).unwrap();
        assert!(directory.look().unwrap());
        assert_eq!(names(&directory), "acme1");
    }

    #[test]
    fn a_confined_role_fails_as_a_wrong_password_elsewhere() {
        let world = World::new();
        let mut acme = tenant("acme", &["192.0.2.0/24"]);
        acme.roles[0]
            .allow
            .push(parse_network("192.0.2.8/32").unwrap());
        world.put(&acme);
        let directory = world.open(false);
        assert!(login(&directory, "192.0.2.8", "acme", "reporting").is_some());
        assert!(login(&directory, "192.0.2.9", "acme", "reporting").is_none());
    }

    #[test]
    fn a_broken_file_keeps_its_last_good_version() {
        let world = World::new();
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        let directory = world.open(false);
        let path = world.folders.tenants.join("acme.toml");
        fs::write(&path, "format = 1\nproducts = [\n").unwrap();
        assert!(directory.refresh().unwrap());
        assert!(login(&directory, "192.0.2.1", "acme", "reporting").is_some());
        let broken = directory.broken();
        let reason = &broken[&"acme".parse().unwrap()];
        assert!(reason.contains("acme.toml:"), "{reason}");
        assert!(!directory.refresh().unwrap(), "a broken file is read once");
        fs::remove_file(&path).unwrap();
        assert!(directory.refresh().unwrap());
        assert!(directory.tenants().is_empty() && directory.broken().is_empty());
    }

    #[test]
    fn every_change_leaves_one_line() {
        let world = World::new();
        let audit = Audit::new(&world.folders.state, &world.clock);
        let acme = "acme".parse().unwrap();
        audit
            .add(&acme, "allow", "192.0.2.0/24\n\"quoted\"")
            .unwrap();
        audit.add(&acme, "deny", "192.0.2.0/24").unwrap();
        let text = fs::read_to_string(world.folders.state.join("audit.ndjson")).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.starts_with("{\"at\":\"2001-09-09T01:46:40.000Z\""),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_running_server_sees_a_change_within_two_seconds() {
        let world = World::new();
        let directory = Arc::new(world.open(false));
        let stop = CancellationToken::new();
        let watching = telemetry::spawn("watch", Arc::clone(&directory).watch(stop.clone()));
        let mut changes = directory.changed();
        world.put(&tenant("acme", &["192.0.2.0/24"]));
        tokio::time::timeout(Duration::from_secs(2), changes.changed())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(directory.tenants().len(), 1);
        stop.cancel();
        watching.await.unwrap();
    }
}
