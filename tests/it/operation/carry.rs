//! Snapshots are exported, and come back as they were.

use std::fs;

use serde_json::Value;

use super::{edit_users, loaded};
use crate::cli::Desk;
use crate::traces::files;

#[tokio::test(flavor = "multi_thread")]
async fn exported_snapshots_come_back_as_they_were() {
    let desk = loaded();
    edit_users(&desk);
    desk.done("sync run acme");
    let backup = desk.path("backup");
    let url = format!("file://{}", backup.display());
    let first = desk.json(&format!("snapshot export acme --all --to {url}"));
    let copied = first["products"][0]["files"].as_u64().unwrap();
    assert_eq!(first["products"][0]["snapshots"], 2);
    // Broken off and begun again, only what is missing is copied.
    let folder = backup.join("acme/learnink");
    for list in fs::read_dir(folder.join("exported")).unwrap() {
        fs::remove_file(list.unwrap().path()).unwrap();
    }
    let tables = fs::read_dir(folder.join("data")).unwrap().next().unwrap();
    let users = tables.unwrap().path().join("users");
    fs::remove_dir_all(users).unwrap();
    let again = desk.json(&format!("snapshot export acme --all --to {url}"));
    assert_eq!(again["products"][0]["files"], 1);
    assert_eq!(
        again["products"][0]["present"].as_u64().unwrap() + 1,
        copied + first["products"][0]["present"].as_u64().unwrap()
    );

    // Into another installation: the same ids, times, rows and checksums.
    let other = Desk::new();
    other.done("tenant add acme --product learnink");
    let import = format!("snapshot import acme --all --from {url}");
    let imported = other.json(&import);
    assert_eq!(imported["products"][0]["snapshots"], 2);
    other.done("snapshot verify acme --all");
    let (here, there) = (
        desk.json("snapshot list acme"),
        other.json("snapshot list acme"),
    );
    for at in 0..2 {
        for key in ["snapshot", "published", "rows", "bytes", "number", "kind"] {
            let (one, two) = (&here["snapshots"][at][key], &there["snapshots"][at][key]);
            assert_eq!(one, two, "{key}");
        }
    }
    assert!(
        other
            .done("snapshot diff acme learnink 1 2")
            .contains("users")
    );
    assert_eq!(other.json(&import)["products"][0]["known"], 2);

    // What is published here is newer than the backup: readers are not taken back.
    let third = Desk::new();
    third.done("tenant add acme --product learnink");
    let export = format!("file://{}", desk.path("export").display());
    third.done(&format!("tenant source acme learnink {export}"));
    third.done("sync run acme");
    let complaint = third.fails(1, &import);
    assert!(
        complaint.contains("older than what is published"),
        "{complaint}"
    );

    // A backup that was changed is neither taken nor overwritten.
    let file = files(&folder.join("data"))
        .into_iter()
        .find(|path| path.ends_with("part-0000.parquet"));
    let file = file.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[50] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let fourth = Desk::new();
    fourth.done("tenant add acme --product learnink");
    let complaint = fourth.fails(1, &import);
    assert!(complaint.contains("is damaged"), "{complaint}");
    let complaint = desk.fails(1, &format!("snapshot export acme --all --to {url}"));
    assert!(complaint.contains("is another one"), "{complaint}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

/// Two installations that must agree on what was published when.
#[test]
fn an_import_has_every_publication_every_mark_and_what_can_be_had_of_the_rest() {
    let desk = loaded();
    edit_users(&desk);
    desk.done("sync run acme");
    desk.done("snapshot rollback acme learnink 1");
    desk.done("snapshot keep acme learnink 1 --reason audit");
    let url = format!("file://{}", desk.path("backup").display());
    desk.done(&format!("snapshot export acme --all --to {url}"));

    let other = Desk::new();
    other.done("tenant add acme --product learnink --product learnamp");
    let import = format!("snapshot import acme --all --from {url}");
    assert_eq!(other.json(&import)["products"][0]["snapshots"], 3);
    let lists = [&desk, &other].map(|desk| desk.json("snapshot list acme"));
    let [here, there] = lists
        .each_ref()
        .map(|list| list["snapshots"].as_array().unwrap());
    assert_eq!((here.len(), there.len()), (3, 3));
    for (one, two) in here.iter().zip(there) {
        for key in ["number", "snapshot", "published", "kind", "kept"] {
            assert_eq!(one[key], two[key], "{key}");
        }
    }
    assert_eq!(there[2]["kind"], "rolled_back");
    assert_eq!(there[0]["kept"], "audit");
    assert_eq!(other.json(&import)["products"][0]["known"], 3);
    // Who was let go since is not kept again by what is known already.
    other.done("snapshot let-go acme learnink 1");
    other.done(&import);
    assert_eq!(
        other.json("snapshot list acme")["snapshots"][0]["kept"],
        Value::Null
    );

    // A person was erased since: the earlier snapshots are not those any more that were exported.
    let users = fs::read_to_string(desk.path("export/users.csv")).unwrap();
    let (key, _) = users.lines().nth(3).unwrap().split_once(',').unwrap();
    let erase = format!("tenant erase acme --product learnink --request R1 --key users.id={key}");
    assert!(desk.done(&erase).contains("--yes removes it"));
    desk.done(&format!("{erase} --yes"));
    let said = desk.fails(1, &format!("snapshot export acme --all --to {url}"));
    assert!(said.contains("try: nothing is missing here"), "{said}");
    // What the erasure published is there all the same, and is brought.
    let said = other.done(&import);
    assert!(said.contains("1 snapshots"), "{said}");
    assert!(said.contains("were published here already"), "{said}");
    let said = desk.fails(1, &import);
    assert!(
        said.contains("rows were erased from it 1 times here, 0 times"),
        "{said}"
    );

    let unknown = desk.done("tenant erase acme --product learnink --request R2 --key users.id=00000000-0000-4000-8000-00000000abcd");
    assert!(unknown.contains("there is nothing to remove"), "{unknown}");
    assert!(!unknown.contains("removes it"), "{unknown}");
}

/// The first product cannot be imported; the second is.
#[test]
fn a_product_that_cannot_be_imported_keeps_no_other_back() {
    let desk = loaded();
    desk.export("learnamp", &desk.path("amp"));
    let add = |desk: &Desk| {
        let file = desk.path("data/tenants/acme.toml");
        let text = fs::read_to_string(&file).unwrap();
        let both = text.replace(
            "products = [\"learnink\"]",
            "products = [\"learnink\", \"learnamp\"]",
        );
        assert_ne!(both, text);
        fs::write(&file, both).unwrap();
    };
    add(&desk);
    // A product without a source is said, and the others are loaded.
    let said = desk.fails(1, "sync run acme");
    assert!(said.contains("learnink: published"), "{said}");
    let source = "learnamp: nothing was loaded, it has no source\n  try: syllabase tenant source acme learnamp";
    assert!(said.contains(source), "{said}");
    desk.done(&format!(
        "tenant source acme learnamp file://{}",
        desk.path("amp").display()
    ));
    desk.done("sync run acme");
    let url = format!("file://{}", desk.path("backup").display());
    desk.done(&format!("snapshot export acme --to {url}"));

    let newer = loaded();
    add(&newer);
    let output = newer.run(&format!("--json snapshot import acme --from {url}"));
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [ink, amp] = [0, 1].map(|at| &said["products"][at]);
    assert!(
        ink["errors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("older than"),
        "{said}"
    );
    assert!(ink["errors"][0]["remedy"].is_string(), "{said}");
    assert_eq!(amp["snapshots"], 1);
    newer.done("snapshot verify acme learnamp");
}
