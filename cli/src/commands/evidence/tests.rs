//! From a node's list to a file that names the guilty, and files that name nobody.

use std::path::{Path, PathBuf};

use clap::Parser;
use ledger::codec::encode;
use ledger::evidence::{Evidence, EvidenceError};
use ledger::trust::TrustFile;

use crate::app::App;
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::client::Client;
use crate::client::standin::{Manner, StandIn, serve};
use crate::error::CliError;
use crate::exit::Exit;

const PASSPHRASE: &str = "correct horse";

fn run(dir: &Path, node: &str, line: &str) -> Result<Exit, CliError> {
    let home = dir.join("home").display().to_string();
    let words = format!("yinxin {line} --home {home} --node {node} --output json");
    let cli = Cli::try_parse_from(words.split_whitespace()).expect("a command line");
    crate::commands::run(&App::new(cli.global, Words::new(Lang::En)), cli.command)
}

fn exit(outcome: Result<Exit, CliError>) -> Exit {
    outcome.unwrap_or_else(|error| error.exit())
}

#[test]
fn what_a_node_has_becomes_a_file_that_names_the_guilty() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("home")).expect("made");
    let chain = StandIn::found(&dir.path().join("home"), PASSPHRASE);
    let (node, liar) = (serve(&chain, Manner::Honest), serve(&chain, Manner::Forges));
    let path = |name: &str| -> PathBuf { dir.path().join(name) };
    let run = |node: &str, line: &str| exit(run(dir.path(), node, line));
    assert_eq!(run(&node, "evidence list"), Exit::Done);
    let file = path("court.yinxin-evidence");
    let out = file.display().to_string();
    assert_eq!(run(&node, &format!("evidence export 7 --number 1 --out {out}")), Exit::Done);
    let written = Evidence::decode(&std::fs::read(&file).expect("written")).expect("evidence");
    assert_eq!(written, chain.lock().expect("no panic").evidence("court"));
    assert_eq!(run(&node, &format!("evidence verify {out}")), Exit::Done);
    assert_eq!(run(&node, &format!("inspect {out}")), Exit::Done);
    assert_eq!(run(&node, &format!("evidence export 7 --number 1 --out {out}")), Exit::Usage, "nothing is overwritten");
    assert_eq!(run(&node, &format!("evidence export 8 --out {out}.8")), Exit::NotFound);
    assert_eq!(run(&liar, "evidence list"), Exit::Forged);

    let bytes = std::fs::read(&file).expect("written");
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x40;
        std::fs::write(path("broken"), bytes).expect("written");
        let found = run(&node, &format!("evidence verify {}", path("broken").display()));
        // A changed key is the key of nobody that the trust file knows; everything else breaks the proof.
        assert!(matches!(found, Exit::Forged | Exit::CannotTell), "byte {at}: {found:?}");
    }
}

#[test]
fn what_cannot_be_judged_is_listed_and_written_and_accuses_nobody() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = dir.path().join("home");
    std::fs::create_dir(&home).expect("made");
    let chain = StandIn::found(&home, PASSPHRASE);
    let node = serve(&chain, Manner::Honest);
    // A trust file of today knows nothing of height 7, at which the keys may have been others'.
    let path = home.join("trust.yinxin-trust");
    let founding = TrustFile::decode(&std::fs::read(&path).expect("founded")).expect("a trust file");
    let of_today = TrustFile { checkpoint: Some(chain.lock().expect("no panic").pass(8)), ..founding };
    std::fs::write(&path, encode(&of_today)).expect("written");
    let out = dir.path().join("court.yinxin-evidence").display().to_string();
    let run = |line: &str| exit(run(dir.path(), &node, line));
    assert_eq!(run("evidence list"), Exit::Done);
    assert_eq!(run(&format!("evidence export 7 --number 1 --out {out}")), Exit::CannotTell);
    let written = Evidence::decode(&std::fs::read(&out).expect("written all the same")).expect("evidence");
    assert_eq!(run(&format!("evidence verify {out}")), Exit::CannotTell);

    let cli =
        Cli::try_parse_from(["yinxin", "evidence", "list", "--home", &home.display().to_string(), "--node", &node]);
    let app = App::new(cli.expect("a command line").global, Words::new(Lang::En));
    let client = Client::new(&app).expect("a client");
    let trust = client.moved_trust(&app).expect("moved");
    let listed = client.evidence(&app, &trust, (7, 1), None).expect("a page").found;
    let [one] = listed.as_slice() else { panic!("{} listed", listed.len()) };
    assert_eq!((&one.evidence, &one.judged), (&written, &Err(EvidenceError::HeightUnknown { height: written.height })));
    let value = super::shown(&app, &one.evidence, &one.judged);
    assert!(value["proven"].is_null() && value["department"].is_null() && value["cannot_tell"].is_string());
}
