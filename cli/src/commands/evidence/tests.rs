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
use crate::commands::tests::between::between;
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
    assert_eq!(run(&node, &format!("evidence export 8 --out {out}.8")), Exit::CannotTell, "nothing proves its absence");
    assert_eq!(run(&liar, "evidence list"), Exit::Forged);

    let bytes = std::fs::read(&file).expect("written");
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x40;
        std::fs::write(path("broken"), bytes).expect("written");
        let found = run(&node, &format!("evidence verify {}", path("broken").display()));
        // A changed key is the key of nobody that the trust file knows; what does not begin as evidence is another file;
        // everything else breaks the proof.
        let expected = if at < 5 { &[Exit::Usage][..] } else { &[Exit::Forged, Exit::CannotTell] };
        assert!(expected.contains(&found), "byte {at}: {found:?}");
    }
}

/// A node repeats one double signature, and sends whoever reads on in a circle.
#[test]
fn one_double_signature_is_told_once_and_a_list_that_does_not_ascend_is_none() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("home")).expect("made");
    let chain = StandIn::found(&dir.path().join("home"), PASSPHRASE);
    let honest = serve(&chain, Manner::Honest);
    let encoded = hex::encode(encode(&chain.lock().expect("no panic").evidence("court")));
    let liar = |numbers: &[u32], next: &str| {
        let one = |number: &u32| format!("{{\"number\":{number},\"encoded\":\"{encoded}\"}}");
        let all = numbers.iter().map(one).collect::<Vec<_>>().join(",");
        let page = format!("{{\"data\":{{\"evidence\":[{all}],\"next\":{next}}}}}");
        let asks = |asked: &[u8]| {
            asked.split(|byte| *byte == b'\r').next().is_some_and(|line| line.starts_with(b"GET /v1/evidence"))
        };
        between(&honest, move |asked| asks(asked).then(|| page.clone()))
    };
    for (numbers, next) in [
        (&[1, 1, 1][..], "null"),
        (&[2, 1], "null"),
        (&[1], "\"7.1\""),
        (&[1, 2], "\"7.2\""),
        (&[1], "\"6.9\""),
        (&[], "\"0.0\""),
    ] {
        let node = liar(numbers, next);
        match run(dir.path(), &node, "evidence list") {
            Err(CliError::Answer { node: named, .. }) => {
                assert!(node.contains(&named) || named.contains(&node), "{named}")
            }
            other => panic!("{numbers:?} {next}: {other:?}"),
        }
    }
    // Under three numbers it is one lie.
    let node = liar(&[1, 2, 3], "null");
    let cli = Cli::try_parse_from([
        "yinxin",
        "evidence",
        "list",
        "--home",
        &dir.path().join("home").display().to_string(),
        "--node",
        &node,
    ]);
    let app = App::new(cli.expect("a command line").global, Words::new(Lang::En));
    let client = Client::new(&app).expect("a client");
    let trust = client.moved_trust(&app).expect("moved");
    assert_eq!(super::all(&app, &client, &trust, 0, None).expect("a list").len(), 1);
}

#[test]
fn evidence_that_a_node_does_not_hold_is_not_called_absent() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("home")).expect("made");
    let chain = StandIn::found(&dir.path().join("home"), PASSPHRASE);
    let node = serve(&chain, Manner::Honest);
    let out = dir.path().join("none").display().to_string();
    let error = run(dir.path(), &node, &format!("evidence export 8 --out {out}")).expect_err("it has none");
    assert_eq!((error.slug(), error.exit()), ("evidence-unknown", Exit::CannotTell));
    for (lang, proof, other) in [(Lang::En, "proves nothing", "other nodes"), (Lang::ZhCn, "不证明任何事", "其他节点")]
    {
        let words = Words::new(lang);
        let said = error.sentence(&words);
        assert!(said.contains("8.0") && said.contains(proof), "{said}");
        assert!(error.advice(&words, &Default::default()).is_some_and(|advice| advice.contains(other)), "{said}");
    }
    assert!(!dir.path().join("none").exists());
}

#[test]
fn another_file_is_no_forged_evidence() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = dir.path().join("home");
    std::fs::create_dir(&home).expect("made");
    let chain = StandIn::found(&home, PASSPHRASE);
    let node = serve(&chain, Manner::Honest);
    std::fs::write(home.join("person.toml"), "name = \"王小明\"\n").expect("written");
    for (name, found) in
        [("person.toml", ""), ("trust.yinxin-trust", "trust file"), ("genesis.cbor", "genesis document")]
    {
        let line = format!("evidence verify {}", home.join(name).display());
        let error = run(dir.path(), &node, &line).expect_err("no evidence");
        let said = error.sentence(&Words::new(Lang::En));
        assert_eq!((error.slug(), error.exit()), ("not-evidence", Exit::Usage), "{said}");
        assert!(said.contains(found) && said.contains("but this") != found.is_empty(), "{said}");
    }
}

#[test]
fn a_list_for_a_program_says_that_it_proves_nobody_innocent() {
    let cli = Cli::try_parse_from(["yinxin", "evidence", "list", "--home", "/nowhere/at/all"]).expect("a command line");
    let app = App::new(cli.global, Words::new(Lang::En));
    let value = super::listed(&app, &[]);
    assert_eq!((&value["evidence"], &value["notes"][0]["code"]), (&serde_json::json!([]), &"one-node".into()));
    assert!(value["notes"][0]["sentence"].as_str().is_some_and(|said| said.contains("nobody innocent")), "{value}");
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
