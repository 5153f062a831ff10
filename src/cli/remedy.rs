//! What to do about an error, where a command, a file or a place can be named.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;

use crate::app::Error as App;
use crate::config::Error as Config;
use crate::schema::Error as Schema;
use crate::snapshot::Error as Snapshot;
use crate::sync::Error as Sync;
use crate::tenant::Error as Tenant;

fn some(words: &str) -> Option<String> {
    Some(words.to_owned())
}

/// What a disk that refuses needs.
fn disk(error: &io::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::PermissionDenied => some("run it as the user the server runs as"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            some("make room; syllabase snapshot list TENANT says what each snapshot would free")
        }
        ErrorKind::ReadOnlyFilesystem => some("look at the disk, then: syllabase doctor"),
        _ => None,
    }
}

pub(super) fn config(error: &Config) -> Option<String> {
    match error {
        Config::Read { source, .. } if source.kind() == ErrorKind::NotFound => some(
            "name a file that is there with --config or SYLLABASE_CONFIG; config/syllabase.toml is \
             an example",
        ),
        Config::Read { source, .. } => disk(source),
        Config::Invalid { .. } => some("correct that line; config/ holds commented examples"),
    }
}

pub(super) fn tenant(error: &Tenant) -> Option<String> {
    match error {
        Tenant::File(error) => config(error),
        Tenant::Unknown(id) => Some(format!(
            "syllabase tenant list, or syllabase tenant add {id} --product NAME"
        )),
        Tenant::Busy(_) => some("wait until it has ended"),
        Tenant::Folder { source, .. } if source.kind() == ErrorKind::AlreadyExists => {
            some("name a file that is not there yet, or remove that one")
        }
        Tenant::Folder { source, .. } if source.kind() == ErrorKind::NotFound => {
            some("make the folder it is to be in")
        }
        Tenant::Folder { source, .. } => disk(source),
        Tenant::Unwritable(_) | Tenant::NoRandom(_) => None,
    }
}

pub(super) fn schema(error: &Schema) -> Option<String> {
    match error {
        Schema::Read { source, .. } => match source.kind() {
            ErrorKind::NotFound => some("correct schemas = … in the server file"),
            _ => disk(source),
        },
        _ => some("correct that file; schemas/FORMAT.md says what it may hold"),
    }
}

pub(super) fn snapshot(error: &Snapshot) -> Option<String> {
    match error {
        Snapshot::Disk { source, .. } if source.kind() == ErrorKind::NotFound => some(DAMAGED),
        Snapshot::Disk { source, .. } => disk(source),
        Snapshot::Document { .. } | Snapshot::Damaged { .. } | Snapshot::Rows { .. } => {
            some(DAMAGED)
        }
        Snapshot::Format { .. } => {
            some("use the version of syllabase that wrote it, or a newer one")
        }
        Snapshot::Superseded { .. } => some(
            "what was made or held goes with an earlier state: syllabase sync run makes it anew",
        ),
        Snapshot::Busy { .. } => some("wait until it has ended; syllabase sync status tells"),
        Snapshot::TooOld { .. } | Snapshot::Expired(_) | Snapshot::NoSuchNumber(_) => {
            some("syllabase snapshot list TENANT names those that can be read")
        }
        Snapshot::Carry { .. } => {
            some("look at the address and the credentials; what was carried is not carried again")
        }
        Snapshot::Different(_) => some(
            "syllabase snapshot verify TENANT --all tells whether ours is whole; if it is, the \
             other one is damaged: export to a new place",
        ),
        Snapshot::Amended { here, there, .. } if here > there => some(
            "nothing is missing here: a person was erased since the export; export again to a new \
             place, and remove the old copy, which still holds the person",
        ),
        Snapshot::Amended { .. } => some(
            "a person was erased where it was exported: repeat the request here, syllabase tenant \
             erase",
        ),
        Snapshot::Older(_) => some("import it into a data folder of its own (--data)"),
        Snapshot::NoKey(_) => some("syllabase schema show PRODUCT.TABLE names its key"),
        Snapshot::OtherKey(_) => some("choose another --request"),
        Snapshot::Unfollowed(_) => some(
            "declare the reference by the key alone in the product's schema; schemas/FORMAT.md",
        ),
        Snapshot::Write { .. } | Snapshot::Twice(_) | Snapshot::TooMany(_) => None,
    }
}

/// Where the way out of damage is told.
const DAMAGED: &str = "syllabase doctor; docs/operating.md, \"Damaged files\", has the way out";

pub(super) fn app(error: &App) -> Option<String> {
    match error {
        App::Schema(error) => schema(error),
        App::Tenant(error) => tenant(error),
        App::Snapshot(error) => snapshot(error),
        App::Listen { source, .. } => match source.kind() {
            ErrorKind::AddrInUse => some("stop what listens there, or name another port: --listen"),
            ErrorKind::AddrNotAvailable => some("name an address of this machine: --listen"),
            ErrorKind::PermissionDenied => some("ports below 1024 need the right to bind them"),
            _ => None,
        },
        App::Spill(source) => disk(source),
        App::Log(_) => some("correct log.filter in the server file, such as \"info\""),
        App::Tls(_) => some("correct [tls] in the server file, or renew the certificate"),
        App::Unsafe(_) | App::Engine(_) | App::Runtime(_) => None,
    }
}

pub(super) fn sync(error: &Sync) -> Option<String> {
    match error {
        Sync::Store(error) => snapshot(error),
        Sync::Secret(_) => some("put it there; it is read at every run"),
        Sync::Open { .. } => some("look at the address and the credentials"),
        Sync::Prepare { source, .. } => {
            let first: &dyn Error = source.as_ref();
            let mut causes = iter::successors(Some(first), |one| Error::source(*one));
            let failed = causes.find_map(|one| one.downcast_ref::<io::Error>())?;
            match failed.kind() {
                ErrorKind::FileTooLarge => some("raise limits.sync.spill_bytes in the server file"),
                _ => disk(failed),
            }
        }
        _ => None,
    }
}
