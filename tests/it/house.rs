//! The house rules that a compiler does not check: arrows between crates, rooms of the node, sizes, words.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use yinxin_tests::root;

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

/// All names of functions in the sources, tests among them.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["ledger/src", "identity/src", "node/src", "cli/src", "tests"] {
        for (_, text) in sources(folder) {
            names.extend(
                text.split("fn ").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned()),
            );
        }
    }
    names
}

/// The tests that a page names in the last cell of its tables' rows: words of three parts or more, in backticks.
fn named_in_last_cells(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_suffix(" |")?.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").last());
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let is_name =
        |word: &&str| word.matches('_').count() > 1 && word.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
    words.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn tests_that_the_documents_name_are_there() {
    let functions = functions();
    for page in ["docs/threats.md", "docs/RELIABILITY.md"] {
        let named = named_in_last_cells(page);
        assert!(named.len() >= 10, "{page} names {} tests", named.len());
        let missing: Vec<_> = named.difference(&functions).collect();
        assert!(missing.is_empty(), "{page} names tests that are not there: {missing:?}");
    }
}

#[test]
fn every_threat_and_every_target_has_its_row() {
    for (page, letter, count) in [("docs/threats.md", 'T', 36), ("docs/RELIABILITY.md", 'R', 22)] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for number in 1..=count {
            let rows = text.lines().filter(|line| line.starts_with(&format!("| {letter}{number} | "))).count();
            assert_eq!(rows, 1, "rows of {letter}{number} in {page}");
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
