//! The house rules that a compiler does not check: arrows between crates, rooms of the node, sizes, words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Names of all packages that `package` links, by `cargo tree`, without dev-dependencies.
fn linked_by(package: &str) -> BTreeSet<String> {
    linked_with(package, "")
}

/// The same with these features on top of the default ones.
fn linked_with(package: &str, features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "-p",
            package,
            "--features",
            features,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn arrows_between_crates_hold() {
    let links = |package: &str, other: &str| linked_by(package).contains(other);
    assert!(links("identity", "ledger") && links("yinxin-cli", "identity") && links("yinxin-node", "ledger"));
    assert!(!links("yinxin-node", "identity"), "the node has no type that can hold a name");
    for forbidden in ["yinxin-node", "rocksdb", "librocksdb-sys", "libp2p", "arc-malachitebft-app-channel"] {
        assert!(!links("yinxin-cli", forbidden), "the command line links {forbidden}");
    }
    for forbidden in ["tokio", "rayon", "reqwest", "ureq", "rocksdb", "libp2p", "identity", "chrono", "jiff"] {
        assert!(!links("ledger", forbidden), "the ledger links {forbidden}");
    }
}

#[test]
fn the_product_links_nothing_that_lies() {
    let lies = "arc-malachitebft-engine-byzantine";
    assert!(linked_with("yinxin-node", "byzantine").contains(lies), "the search finds what is there");
    for package in ["yinxin-node", "yinxin-cli"] {
        assert!(!linked_by(package).contains(lies), "{package} links {lies}");
    }
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn each_library_stays_in_its_room() {
    let rooms = [("malachitebft", "consensus"), ("rocksdb::", "storage"), ("axum::", "api")];
    for (path, text) in sources("node/src") {
        for (library, room) in rooms {
            let inside = path.starts_with(format!("node/src/{room}"));
            let names = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(library));
            assert!(inside || !names, "{} names {library}, which belongs in node/src/{room}", path.display());
        }
    }
}

#[test]
fn files_stay_readable() {
    for folder in ["ledger/src", "identity/src", "node/src", "cli/src", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 450, "{} has {lines} lines: split it by noun", path.display());
        }
    }
}

#[test]
fn nothing_is_left_open() {
    let open = ["todo!(", "unimplemented!(", concat!("TO", "DO"), concat!("FIX", "ME"), "#[ignore"];
    for folder in ["ledger/src", "identity/src", "node/src", "cli/src"] {
        for (path, text) in sources(folder) {
            for mark in open {
                assert!(!text.contains(mark), "{} holds {mark}", path.display());
            }
        }
    }
}
