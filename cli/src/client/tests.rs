//! A node that is away, lies or talks nonsense is met with the right word.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use clap::Parser;
use ledger::action::Action;
use ledger::action::key::SuspendKey;
use ledger::bundle::BUNDLE_MEDIA_TYPE;
use ledger::crypto::KeyId;
use ledger::record::{KeyRecord, KeyStatus};
use ledger::state::StateKey;
use ledger::types::TimeMs;

use super::http::{Http, Request};
use super::standin::{Manner, StandIn, serve};
use super::{Client, Committed};
use crate::app::App;
use crate::catalogue::Lang;
use crate::error::CliError;
use crate::exit::Exit;

/// A node that gives each caller the same bytes; answers its address.
fn node(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(answer);
        }
    });
    format!("http://{address}")
}

/// An address at which nobody listens.
fn away() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("bound"))
}

fn ask(nodes: Vec<String>) -> Result<Option<Vec<u8>>, CliError> {
    let http = Http::new(nodes, None, Lang::En, 1)?;
    let request =
        Request { path: "/v1/network", body: None, accept: BUNDLE_MEDIA_TYPE, wait: 0, signer: None, now: TimeMs(0) };
    http.send_until(&request, &mut Vec::new(), |answer| Ok(Some(answer.body)))
}

const GOOD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nconnection: close\r\n\r\ngood";
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\n\
connection: close\r\n\r\n{\"title\":\"no\",\"detail\":\"\\u001b[2J\\ngone\",\"code\":9999,\"slug\":\"new-rule\",\"x\":1}";

#[test]
fn a_node_that_is_away_or_busy_is_passed_over() {
    assert_eq!(ask(vec![away(), node(BUSY), node(GOOD)]).expect("the third answers"), Some(b"good".to_vec()));
    let error = ask(vec![away(), away()]).expect_err("nobody is there");
    assert!(matches!(error, CliError::Unreachable { .. }));
    assert_eq!(error.exit(), Exit::Network);
}

#[test]
fn a_refusal_is_harmless_on_a_terminal_and_says_whose_word_it_is() {
    let liar = node(REFUSED);
    let error = ask(vec![away(), liar.clone()]).expect_err("refused");
    let CliError::Refused { status: 403, slug, code: 9999, detail, nodes, doubtful: true, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((slug.as_str(), detail.as_str()), ("new-rule", "no (·[2J⏎gone)"));
    assert_eq!(nodes, std::slice::from_ref(&liar));
    assert!(error.sentence(&crate::catalogue::Words::new(Lang::En)).contains(&liar));
    assert_eq!(error.exit(), Exit::NotAuthorised);
}

#[test]
fn a_refusal_of_a_read_is_believed_from_two_nodes() {
    assert_eq!(ask(vec![node(REFUSED), away(), node(GOOD)]).expect("the third answers"), Some(b"good".to_vec()));
    let error = ask(vec![node(REFUSED), node(REFUSED), node(GOOD)]).expect_err("two refuse alike");
    assert!(matches!(error, CliError::Refused { status: 403, .. }), "{error:?}");
    let error = ask(vec![node(REFUSED), node(BUSY), away()]).expect_err("nobody else says anything");
    assert!(matches!(error, CliError::Refused { status: 403, .. }), "{error:?}");
}

#[test]
fn a_submission_is_refused_by_more_nodes_than_may_lie() {
    let body: Option<(&[u8], _)> = Some((b"statement", "application/cose"));
    let request = Request { path: "/v1/transactions", body, accept: "*/*", wait: 0, signer: None, now: TimeMs(0) };
    let submit = |nodes: Vec<String>, faults: usize| {
        let http = Http::new(nodes, None, Lang::En, faults).expect("addresses");
        http.send_until(&request, &mut Vec::new(), |answer| Ok(Some(answer.body)))
    };
    assert_eq!(submit(vec![node(REFUSED), node(GOOD)], 1).expect("the second takes it"), Some(b"good".to_vec()));
    let refused = |nodes: Vec<String>, faults: usize| match submit(nodes, faults) {
        Err(CliError::Refused { nodes, doubtful, .. }) => (nodes.len(), doubtful),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(vec![node(REFUSED), node(REFUSED), node(GOOD)], 1), (2, false));
    assert_eq!(refused(vec![node(REFUSED), away(), node(BUSY)], 1), (1, true));
    // What another rule refuses is another word.
    assert_eq!(refused(vec![node(FROZEN), node(REFUSED), node(REFUSED)], 1), (2, false));
    assert_eq!(refused(vec![node(REFUSED), node(REFUSED), node(FROZEN)], 2), (2, true));
    assert_eq!(refused(vec![node(REFUSED)], 0), (1, false));
}

const FROZEN: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\r\n\
{\"detail\":\"all is well\",\"code\":204}";

#[test]
fn a_rejection_of_the_rules_speaks_our_words_not_the_nodes() {
    let error = ask(vec![node(FROZEN)]).expect_err("refused");
    let CliError::Refused { slug, detail, .. } = &error else { panic!("{error:?}") };
    assert_eq!(slug, "key-frozen");
    assert!(detail.contains("the freeze ends by itself after 72 hours"), "{detail}");
    assert_eq!(error.exit(), Exit::NotAuthorised);
}

#[test]
fn an_endless_answer_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut head = [0; 4096];
        let _ = stream.read(&mut head);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(&[0x5a; 65_536]).is_ok() {}
    });
    assert!(matches!(ask(vec![format!("http://{address}")]), Err(CliError::Unreachable { .. })));
}

#[test]
fn only_plain_addresses_are_taken() {
    for bad in ["", "127.0.1.1:27002", "ftp://x", "http://x/path", "http://x?y", "http://", "file:///etc/passwd"] {
        assert!(matches!(ask(vec![bad.to_owned()]), Err(CliError::Value { .. })), "{bad}");
    }
    assert!(matches!(ask(Vec::new()), Err(CliError::NodesMissing)));
}

#[test]
fn without_a_trust_file_nothing_is_asked() {
    let home = tempfile::tempdir().expect("a directory");
    let home_path = home.path().to_str().expect("UTF-8");
    let cli =
        crate::args::Cli::parse_from(["yinxin", "--home", home_path, "--node", "http://127.0.0.1:1", "key", "list"]);
    let app = crate::app::App::new(cli.global, crate::catalogue::Words::new(Lang::En));
    assert!(matches!(super::Client::new(&app), Err(CliError::TrustMissing { .. })));
}

const PASSPHRASE: &str = "correct horse";

/// A person whose home is a freshly founded consortium, which these stand-ins serve in this order.
struct Person {
    _dir: tempfile::TempDir,
    app: App,
    chain: Arc<Mutex<StandIn>>,
}

fn person(manners: &[Manner]) -> Person {
    let dir = tempfile::tempdir().expect("a directory");
    let passphrase = dir.path().join("passphrase");
    std::fs::write(&passphrase, PASSPHRASE).expect("written");
    let home = dir.path().join("home");
    let app = |nodes: &[String]| {
        let mut line = vec!["yinxin".to_owned(), "--home".to_owned(), home.display().to_string()];
        line.extend(["--passphrase-file".to_owned(), passphrase.display().to_string()]);
        line.extend(nodes.iter().flat_map(|node| ["--node".to_owned(), node.clone()]));
        line.extend(["key".to_owned(), "list".to_owned()]);
        let cli = crate::args::Cli::parse_from(line);
        App::new(cli.global, crate::catalogue::Words::new(Lang::En))
    };
    std::fs::create_dir_all(&home).expect("made");
    let chain = StandIn::found(&home, PASSPHRASE);
    let nodes: Vec<String> = manners.iter().map(|manner| serve(&chain, *manner)).collect();
    Person { app: app(&nodes), chain, _dir: dir }
}

fn suspension(person: &Person) -> (KeyId, Action) {
    let key = person.app.home.ring().id_of("notary/chen").expect("in the ring");
    (key, Action::SuspendKey(SuspendKey { key, reason: "lost".parse().expect("a code") }))
}

/// Submits a statement by the notary and waits for its proof.
fn act(person: &Person, client: &Client, action: Action) -> Result<Committed, CliError> {
    let signers = person.app.signers(std::iter::once("notary/chen"))?;
    let statement = client.statement(&person.app, action, &signers)?;
    client.submit(&person.app, &statement, &signers, 5)
}

fn record(person: &Person, client: &Client, key: &KeyId) -> Result<Option<KeyRecord>, CliError> {
    let key = StateKey::key(key);
    let proven = client.read(&person.app, &super::path::records(std::slice::from_ref(&key)), None, None)?;
    proven.verified.record(&key).map_err(|source| CliError::Forged { source })
}

#[test]
fn a_statement_goes_to_the_ledger_and_its_effect_is_proven() {
    let person = person(&[Manner::Honest]);
    let client = Client::new(&person.app).expect("a client");
    let (key, action) = suspension(&person);
    let committed = act(&person, &client, action.clone()).expect("committed");
    assert_eq!(committed.height(), 2);
    let found = record(&person, &client, &key).expect("proven").expect("present");
    assert_eq!(found.status, KeyStatus::Suspended);

    let again = act(&person, &client, action).err().expect("a suspended key signs nothing");
    let CliError::Refused { slug, .. } = &again else { panic!("{again:?}") };
    assert_eq!(slug, "key-suspended");
    assert_eq!(again.exit(), Exit::NotAuthorised);
}

#[test]
fn a_node_that_denies_what_it_took_is_found_out() {
    for liar in [Manner::Denies, Manner::Delays] {
        // The second node knows it already, and has the proof.
        let person = person(&[liar, Manner::Honest]);
        let client = Client::new(&person.app).expect("a client");
        let (_, action) = suspension(&person);
        assert_eq!(act(&person, &client, action).expect("committed").height(), 2, "{liar:?}");
    }
}

#[test]
fn a_refusal_by_one_node_alone_is_told_as_such() {
    let person = person(&[Manner::Honest]);
    let client = Client::new(&person.app).expect("a client");
    let (key, _) = suspension(&person);
    let resume = Action::ResumeKey(ledger::action::key::ResumeKey { key });
    let error = act(&person, &client, resume).err().expect("it is not suspended");
    assert!(matches!(error, CliError::Refused { doubtful: true, .. }), "{error:?}");
    let words = crate::catalogue::Words::new(Lang::En);
    let advice = error.advice(&words, &person.app.given).expect("advice");
    assert!(advice.contains("may still take effect") && advice.contains("yinxin transaction show "), "{advice}");
}

#[test]
fn absence_is_proven_too() {
    let person = person(&[Manner::Honest]);
    let client = Client::new(&person.app).expect("a client");
    let nobody = KeyId(ledger::crypto::Hash([7; 32]));
    assert_eq!(record(&person, &client, &nobody).expect("proven"), None);
}

#[test]
fn a_forged_answer_is_passed_over_and_called_so_where_no_other_node_answers() {
    for (manners, found) in
        [(vec![Manner::Forges, Manner::Honest], true), (vec![Manner::Forges, Manner::Forges], false)]
    {
        let person = person(&manners);
        let client = Client::new(&person.app).expect("a client");
        let (key, _) = suspension(&person);
        match record(&person, &client, &key) {
            Ok(record) => assert!(found && record.is_some()),
            Err(error) => {
                assert!(!found && matches!(error, CliError::Forged { .. }), "{error:?}");
                assert_eq!(error.exit(), Exit::Forged);
            }
        }
    }
}

#[test]
fn a_node_of_another_consortium_is_no_forger() {
    let (own, other) = (person(&[Manner::Honest]), person(&[Manner::Honest]));
    let trust = Client::new(&own.app).expect("a client").trust;
    let strayed = Client::with(Http::new(other.app.nodes.clone(), None, Lang::En, 1).expect("an address"), trust);
    let error = record(&own, &strayed, &suspension(&own).0).expect_err("not the ledger that is trusted");
    assert!(matches!(&error, CliError::OtherLedger { expected, actual } if expected != actual), "{error:?}");
    assert_eq!((error.slug(), error.exit()), ("other-ledger", Exit::Forged));
}

#[test]
fn nodes_of_another_ledger_are_accused_of_nothing() {
    let (own, other) = (person(&[Manner::Honest]), person(&[Manner::Honest, Manner::Honest]));
    let trust = Client::new(&own.app).expect("a client").trust;
    let strayed = Client::with(Http::new(other.app.nodes.clone(), None, Lang::En, 1).expect("addresses"), trust);
    let path = super::path::records(&[StateKey::parameters()]);
    let request = Request { path: &path, body: None, accept: BUNDLE_MEDIA_TYPE, wait: 0, signer: None, now: TimeMs(0) };
    let mut passed = Vec::new();
    let error = strayed.http.send_until(&request, &mut passed, |answer| strayed.proven(&answer).map(Some)).err();
    assert!(passed.len() == 2 && matches!(error, Some(CliError::OtherLedger { .. })), "{error:?}");
    // The error says it once.
    assert_eq!(super::passed_over(&own.app, &passed, error.as_ref()), Vec::<String>::new());
    let sentence = error.expect("another ledger").sentence(&own.app.words);
    assert!(sentence.contains("trust file is of another ledger"), "{sentence}");
    // Where another node answers, it is said of each, and nobody is to be told.
    let notes = super::passed_over(&own.app, &passed, None);
    assert!(notes.len() == 2 && notes.iter().all(|note| note.contains("keeps another ledger")), "{notes:?}");
    assert!(notes.iter().all(|note| !note.contains("does not hold") && !note.contains("Tell")), "{notes:?}");
    passed[0].other_ledger = None;
    assert!(super::passed_over(&own.app, &passed, None)[0].contains("does not hold"));
}

#[test]
fn an_answer_of_another_height_than_the_one_asked_for_is_not_taken() {
    let person = person(&[Manner::Honest]);
    let client = Client::new(&person.app).expect("a client");
    let path = super::path::records(&[StateKey::parameters()]);
    // The stand-in has height 1 alone, and shows it whatever it is asked for.
    assert!(client.read(&person.app, &path, Some(1), None).is_ok());
    let error = client.read(&person.app, &path, Some(9), None).err().expect("not of height 9");
    assert!(matches!(error, CliError::Answer { .. }), "{error:?}");
}

#[test]
fn a_node_that_is_behind_what_this_run_has_proven_is_passed_over() {
    let person = person(&[Manner::Honest]);
    let mut client = Client::new(&person.app).expect("a client");
    let (key, action) = suspension(&person);
    act(&person, &client, action).expect("committed");
    let (stuck, honest) = (serve(&person.chain, Manner::Stuck(1)), person.app.nodes[0].clone());
    client.http = Http::new(vec![stuck.clone(), honest], None, Lang::En, 1).expect("addresses");
    let found = record(&person, &client, &key).expect("the second node's").expect("present");
    assert_eq!(found.status, KeyStatus::Suspended);
    client.http = Http::new(vec![stuck, away()], None, Lang::En, 1).expect("addresses");
    let error = record(&person, &client, &key).expect_err("nobody has come to height 2");
    assert!(matches!(error, CliError::Behind { height: 2, found: 1 }), "{error:?}");
    assert_eq!(error.exit(), Exit::CannotTell);
    // What is asked of the past is answered.
    let path = super::path::records(&[StateKey::key(&key)]);
    assert!(client.read(&person.app, &path, Some(1), None).is_ok());
}

#[test]
fn a_link_that_breaks_after_the_statement_was_taken_does_not_lose_it() {
    let person = person(&[Manner::Silent, Manner::Honest]);
    let client = Client::new(&person.app).expect("a client");
    let (key, action) = suspension(&person);
    // The second node knows the statement already, says so, and has the proof.
    assert_eq!(act(&person, &client, action).expect("committed").height(), 2);
    let found = record(&person, &Client::new(&person.app).expect("a client"), &key);
    assert_eq!(found.expect("proven").expect("present").status, KeyStatus::Suspended);
    assert_eq!(person.chain.lock().expect("idle").height().0, 2, "it took effect once");
}

#[test]
fn the_trust_file_of_the_home_moves_forward_and_a_named_one_stays() {
    let person = person(&[Manner::Honest]);
    let path = person.app.home.trust_path();
    assert!(super::read_trust(&path).expect("founded").checkpoint.is_none());
    let (key, _) = suspension(&person);
    record(&person, &Client::new(&person.app).expect("a client"), &key).expect("proven");
    let moved = super::read_trust(&path).expect("still one").checkpoint.expect("moved");
    assert_eq!(moved.height.0, 1);
}

#[test]
fn a_run_that_began_earlier_does_not_move_the_trust_file_back() {
    let person = person(&[Manner::Honest]);
    let path = person.app.home.trust_path();
    let founded = super::read_trust(&path).expect("founded");
    let earlier = Client::new(&person.app).expect("a client");
    let parameters = super::path::records(&[StateKey::parameters()]);
    let proven = earlier.read(&person.app, &parameters, None, None).expect("proven");
    let (_, action) = suspension(&person);
    act(&person, &Client::new(&person.app).expect("a client"), action).expect("committed");
    let height = || super::read_trust(&path).expect("still one").checkpoint.expect("moved").height.0;
    assert_eq!(height(), 2);
    // The earlier run still holds what it read in the beginning, and comes to the end with height 1.
    super::trust::ratchet(&person.app, &founded, &proven.verified).expect("nothing to write");
    assert_eq!(height(), 2);
}

#[test]
fn another_file_in_place_of_the_trust_file_is_told_as_that() {
    let person = person(&[Manner::Honest]);
    let path = person.app.home.trust_path();
    let whole = std::fs::read(&path).expect("founded");
    let network = std::fs::read(person.app.home.root().join("network.toml")).expect("founded");
    for bytes in [&network[..], &whole[..whole.len() / 2], &[]] {
        std::fs::write(&path, bytes).expect("written");
        assert_eq!(super::read_trust(&path).expect_err("no trust file").slug(), "not-a-trust-file");
    }
}
