//! Retention: what goes when it is old, and what stays.

use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use syllabase::clock::Clock;
use syllabase::snapshot::{Policy, Store};

use super::platform::assert_same;
use super::{LARGE, Story, rows};
use crate::cli::Desk;
use crate::program::run;
use crate::traces::files;

impl Story {
    /// Part 6, retention: forty days later what the policy keeps is there, and what a person keeps.
    /// The nights of that time are made in a copy of the store, whose clock is set.
    pub(super) async fn what_is_old_goes_but_what_is_kept(&self) {
        let later = Desk::new();
        let data = self.desk.path("data");
        run(Command::new("cp")
            .arg("-r")
            .arg(data)
            .arg(later.path("data")));
        let folder = later.path("data/snapshots");
        let then = Clock::system().now() + TimeDelta::days(40);
        let clock = Clock::fixed(then.timestamp_micros());
        let store = Store::open(&folder, clock.clone()).unwrap();
        for product in &self.platform.products {
            let made = listed(&later, product.name.as_str());
            let newest = *made.last().unwrap();
            let lock = store.lock(&"acme".parse().unwrap(), &product.name).unwrap();
            for night in 0..2 {
                clock.set((then + TimeDelta::days(night)).timestamp_micros());
                store.roll_back(&lock, newest).unwrap();
            }
            let before = listed(&later, product.name.as_str());
            assert_eq!(before.len(), made.len() + 2);
            let bytes = size(&folder);
            let retired = store.retain(&lock, Policy::default()).unwrap();
            drop(lock);
            // What a person keeps stays, as number 1 and as it was published again; so does what is
            // current, which is the last of its month, too.
            let left = listed(&later, product.name.as_str());
            assert_eq!(retired.snapshots.len() + left.len(), before.len());
            assert!(left.contains(&1), "{left:?}");
            assert!(!left.contains(&2) && !left.contains(&3), "{left:?}");
            assert_eq!(left[left.len() - 3..], before[before.len() - 3..]);
            let smaller = size(&folder) + retired.bytes;
            assert!(smaller <= bytes && retired.bytes > 0, "{retired:?}");
        }
        later.done("snapshot verify acme --all");
        let server = later.serve();
        let entered = server.login("acme", "reporting", &self.password).await;
        let (there, here) = (entered.unwrap(), self.client("acme").await);
        there.batch_execute("set timezone = 'UTC'").await.unwrap();
        let kept = "select count(*) from syllabase.snapshots where kept";
        let count = LARGE.map(|(product, _)| listed(&later, product).len());
        let count = count.iter().sum::<usize>().to_string();
        assert_eq!(rows(&there, kept).await, [count]);
        for state in [
            "reset syllabase.as_of".to_owned(),
            format!("set syllabase.as_of = '{}'", self.first.1),
        ] {
            here.batch_execute(&state).await.unwrap();
            there.batch_execute(&state).await.unwrap();
            assert_same(&self.light_of(&there).await, &self.light_of(&here).await);
        }
    }
}

/// The numbers that can be read, the oldest first.
fn listed(desk: &Desk, product: &str) -> Vec<u64> {
    let list = desk.json(&format!("snapshot list acme {product}"));
    let all = list["snapshots"].as_array().unwrap().iter();
    let mut numbers: Vec<_> = all.map(|one| one["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let files = files(folder).into_iter();
    files.map(|path| fs::metadata(path).unwrap().len()).sum()
}
