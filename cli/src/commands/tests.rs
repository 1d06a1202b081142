//! Days at the offices, command by command, against a node that is a chain in memory.

pub(super) mod between;
mod bundles;
mod governance;
mod keys;
mod places;
mod refusals;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::Parser;
use identity::Disclosure;
use ledger::bundle::Bundle;

use super::run;
use crate::app::App;
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::client::standin::{Manner, StandIn, serve};
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::{Given, Next};

const PASSPHRASE: &str = "correct horse";

/// A desk with every key of the sample, two nodes, and a directory of papers.
pub(super) struct Desk {
    dir: tempfile::TempDir,
    /// The nodes' addresses.
    pub(super) node: String,
    /// The chain behind the node.
    pub(super) chain: Arc<Mutex<StandIn>>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("passphrase"), PASSPHRASE).expect("written");
        std::fs::create_dir(dir.path().join("home")).expect("made");
        let chain = StandIn::found(&dir.path().join("home"), PASSPHRASE);
        // One node of four may lie: two refuse alike before a refusal is believed.
        let node = format!("{},{}", serve(&chain, Manner::Honest), serve(&chain, Manner::Honest));
        Self { dir, node, chain }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("written");
        self.path(name).display().to_string()
    }

    /// Runs a command line; what has blanks in it is given in `more`.
    fn run(&self, line: &str, more: &[&str]) -> Result<Exit, CliError> {
        self.run_in(Lang::En, line, more)
    }

    fn run_in(&self, lang: Lang, line: &str, more: &[&str]) -> Result<Exit, CliError> {
        let cli = self.parsed(("home", &self.node), line, more);
        run(&App::new(cli.global, Words::new(lang)), cli.command)
    }

    /// A run of somebody at this desk who speaks a language.
    pub(super) fn app(&self, lang: Lang) -> App {
        App::new(self.parsed(("home", &self.node), "validators", &[]).global, Words::new(lang))
    }

    /// A command line of somebody with this home, who knows this node.
    pub(super) fn parsed(&self, (home, node): (&str, &str), line: &str, more: &[&str]) -> Cli {
        let mut words = vec!["yinxin".to_owned()];
        words.extend(line.split_whitespace().map(str::to_owned));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let shown = |name: &str| self.path(name).display().to_string();
        words.extend(["--home".to_owned(), shown(home), "--node".to_owned(), node.to_owned()]);
        words.extend(["--passphrase-file".to_owned(), shown("passphrase"), "--output".to_owned(), "json".to_owned()]);
        Cli::try_parse_from(words).expect("a command line")
    }

    pub(super) fn done(&self, line: &str, more: &[&str]) {
        assert_eq!(self.run(line, more).unwrap_or_else(|error| panic!("{line}: {error:?}")), Exit::Done, "{line}");
    }

    fn refused(&self, line: &str, more: &[&str]) -> String {
        match self.run(line, more) {
            Err(CliError::Refused { slug, .. }) => slug,
            Err(error) => error.slug().to_owned(),
            Ok(exit) => panic!("{line}: {exit:?}"),
        }
    }

    /// Ids of the secrets kept here, which are those of the records made here.
    fn records(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("home/secrets")).into_iter().flatten();
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
        names.filter_map(|name| name.strip_suffix(".secret").map(str::to_owned)).collect()
    }

    /// The record that a command makes.
    fn made(&self, line: &str, more: &[&str]) -> String {
        let before = self.records();
        self.done(line, more);
        self.records().into_iter().find(|record| !before.contains(record)).expect("a new record")
    }

    pub(super) fn person(&self) -> String {
        let attributes = self.write("person.toml", "name = \"王小明\"\n");
        let line = "identity register --item identity.natural --key police/sun --level 2 --holder";
        self.done("key new police/wang --purpose holder --work-factor 2", &[]);
        let made = self.made(line, &["police/wang", &attributes]);
        std::fs::remove_file(self.path("home/keys/police/wang.toml")).expect("there");
        std::fs::remove_file(self.path("home/keys/police/wang.key.age")).expect("there");
        made
    }

    /// A certificate that is approved, and the file that is to be issued.
    pub(super) fn approved(&self, name: &str, person: &str) -> String {
        let matter = self.write("matter.txt", "application");
        self.write(&format!("{name}.pdf"), &format!("%PDF-1.7 {name} {person} %%EOF"));
        let id = self
            .made(&format!("certificate draft --item notarial.birth --key notary/chen --subject {person}"), &[&matter]);
        self.done(&format!("certificate approve {id} --key notary/zhao"), &[]);
        id
    }

    pub(super) fn issued(&self, name: &str, person: &str) -> (String, PathBuf) {
        let (id, file) = (self.approved(name, person), self.path(&format!("{name}.pdf")).display().to_string());
        let bundle = self.path(&format!("{name}.yinxin"));
        let out = bundle.display().to_string();
        self.done(&format!("certificate issue {id} --key notary/chen --with notary/seal"), &[&file, "--out", &out]);
        (id, bundle)
    }

    pub(super) fn verify(&self, file: &Path) -> Exit {
        self.run("verify", &[&file.display().to_string()]).expect("a verdict")
    }
}

/// The look-up code that a bundle discloses.
fn code(bundle: &Path) -> String {
    let bundle = Bundle::decode(&std::fs::read(bundle).expect("readable")).expect("a bundle");
    let all = bundle.disclosures.iter().map(|one| Disclosure::from_bytes(one).expect("readable"));
    let mut codes = all.filter_map(|one| match one {
        Disclosure::Lookup(lookup) => Some(lookup.code.to_string()),
        _ => None,
    });
    codes.next().expect("a code")
}

#[test]
fn a_certificate_from_draft_to_annulment() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, bundle) = desk.issued("birth", &person);
    assert_eq!(desk.verify(&desk.path("birth.pdf")), Exit::Done);
    assert_eq!(desk.verify(&bundle), Exit::Done);
    assert_eq!(desk.verify(&PathBuf::from(desk.write("birth.pdf", "%PDF-1.7 other %%EOF"))), Exit::OtherContent);

    let number = format!("({})粤佛禅城证字第000001号", ledger::action::notarial::beijing_year(crate::app::now()));
    let code = code(&bundle);
    assert_eq!(desk.run("lookup", &[&number, &code]).expect("found"), Exit::Done);
    let other = number.replace("000001", "2");
    let absence = desk.path("absence.yinxin").display().to_string();
    assert_eq!(desk.run("lookup", &[&other, &code, "--out", &absence]).expect("proven"), Exit::NotFound);
    assert_eq!(desk.run("verify", &[&absence]).expect("a verdict"), Exit::NotFound);
    let presence = desk.path("presence.yinxin").display().to_string();
    desk.done("lookup", &[&number, &code, "--out", &presence]);
    desk.done("verify", &[&presence]);
    // An answer that is not as fresh as was asked for is shown, and not called current.
    let old = "--current-within 0";
    assert_eq!(desk.run(&format!("lookup {old}"), &[&number, &code]).expect("found"), Exit::CannotTell);
    assert_eq!(desk.run(&format!("lookup {old}"), &[&other, &code]).expect("proven"), Exit::CannotTell);
    for show in [format!("certificate show {id}"), format!("identity show {person}")] {
        assert_eq!(desk.run(&format!("{show} {old}"), &[]).expect("found"), Exit::CannotTell);
        desk.done(&show, &[]);
    }
    assert_eq!(desk.refused("lookup", &[&number.replace("粤佛禅城证字", "京公证字"), &code]), "word-unknown");
    assert_eq!(
        desk.refused("lookup", &[&number, &code.replace(&code[..1], if code.starts_with('0') { "1" } else { "0" })]),
        "value"
    );

    let paper = desk.write("mend.pdf", "%PDF-1.7 mended %%EOF");
    let reason = desk.write("reason.txt", "姓名有误\n");
    let amend = format!(
        "certificate amend {id} --reason clerical-error --key notary/chen --with notary/zhao --reason-file {reason}"
    );
    desk.done(&amend, &[&paper]);
    let fresh = desk.path("fresh.yinxin").display().to_string();
    desk.done(&format!("certificate export {id} --out {fresh}"), &[]);
    assert_eq!(desk.run(&format!("verify --bundle {fresh}"), &[&paper]).expect("a verdict"), Exit::Done);

    assert_eq!(
        desk.refused(&format!("certificate annul {id} --reason wrong-fact --key notary/chen"), &[]),
        "second-signer-missing"
    );
    desk.done(&format!("certificate annul {id} --reason wrong-fact --key notary/chen --with notary/zhao"), &[]);
    assert_eq!(desk.run("lookup", &[&number, &code]).expect("found"), Exit::NotInForce);
    // What a look-up writes opens no document: beside any file it says nothing of that file.
    let ended = desk.path("ended.yinxin").display().to_string();
    assert_eq!(desk.run("lookup", &[&number, &code, "--out", &ended]).expect("found"), Exit::NotInForce);
    let unrelated = desk.write("unrelated.pdf", "%PDF-1.7 unrelated %%EOF");
    assert_eq!(desk.run("verify", &[&unrelated, "--bundle", &ended]).expect("a verdict"), Exit::CannotTell);
    assert_eq!(desk.run("verify", &[&ended]).expect("a verdict"), Exit::NotInForce);
    let last = desk.path("last.yinxin");
    desk.done(&format!("certificate export {id} --with-subjects --from {fresh} --out {}", last.display()), &[]);
    assert_eq!(desk.verify(&last), Exit::NotInForce);
    desk.done(&format!("certificate show {id}"), &[]);
    desk.done("inspect", &[&last.display().to_string()]);
    // Two facts of the office stay with the office: the application file and the reasons it did not hand out.
    let bytes = std::fs::read(&last).expect("readable");
    assert!(
        Bundle::decode(&bytes).expect("a bundle").disclosures.len() == 5,
        "document, mending, its reason, code, person"
    );
}

#[test]
fn what_is_not_fit_for_a_certificate_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    let id = "00112233445566778899aabbccddeeff";
    let issue = format!("certificate issue {id} --key notary/chen --with notary/seal");
    assert_eq!(desk.refused(&issue, &[&desk.write("a.txt", "no PDF")]), "not-a-pdf");
    let large = desk.path("large.pdf");
    std::fs::File::create(&large).and_then(|file| file.set_len(101 * 1024 * 1024)).expect("sparse");
    assert_eq!(desk.refused(&issue, &[&large.display().to_string()]), "file-too-big");
    let fine = desk.write("a.pdf", "%PDF-1.7 fine as it is %%EOF");
    assert_eq!(desk.refused(&issue, &[&fine]), "not-found");
    assert_eq!(desk.refused("certificate draft --item notarial.none --key notary/chen", &[&fine]), "not-found");
    assert_eq!(desk.refused("certificate draft --item notarial.birth --key police/sun", &[&fine]), "title-missing");
    let person = desk.write("person.toml", "id-number = \"440604199001010010\"\n");
    let register = "identity register --item identity.natural --key police/sun";
    assert_eq!(desk.refused(register, &[&person]), "value");
    assert!(matches!(desk.run("verify", &[&fine]), Err(CliError::BundleMissing { .. })));
    // A file picked by mistake is no bundle; what begins as one and goes on otherwise is a broken one.
    for other in [&fine, &desk.write("empty", ""), &desk.path("home/trust.yinxin-trust").display().to_string()] {
        let error = desk.run("verify", &[&fine, "--bundle", other]).expect_err("no bundle");
        assert!(matches!(error, CliError::NotBundle { .. }), "{error:?}");
        assert_eq!(error.exit(), Exit::Usage);
    }
    // So is another file of ours, and what it is can be told, however much it begins like one.
    let evidence = ledger::codec::encode(&desk.chain.lock().expect("no panic").evidence("court"));
    std::fs::write(desk.path("court.yinxin-evidence"), evidence).expect("written");
    for (name, found) in [("home/genesis.cbor", "genesis document"), ("court.yinxin-evidence", "signed twice")] {
        let error = desk.run("verify", &[&fine, "--bundle", &desk.path(name).display().to_string()]).expect_err(name);
        let said = error.sentence(&Words::new(Lang::En));
        assert_eq!((error.slug(), error.exit()), ("not-a-bundle", Exit::Usage), "{said}");
        assert!(said.contains(found), "{said}");
    }
    std::fs::write(desk.path("cut.yinxin"), [0xa7, 1, 1, 2]).expect("written");
    assert_eq!(desk.verify(&desk.path("cut.yinxin")), Exit::Forged);
}

#[test]
fn a_key_is_registered_by_the_administration_keys_that_are_in_the_ring() {
    let desk = Desk::new();
    let ring = desk.path("home/keys/notary");
    for end in ["toml", "key.age"] {
        std::fs::rename(ring.join(format!("admin-1.{end}")), ring.join(format!("chief.{end}"))).expect("renamed");
        std::fs::remove_file(ring.join(format!("admin-2.{end}"))).expect("there");
    }
    desk.done("key new notary/newcomer --title notary --work-factor 2", &[]);
    let paper = desk.write("matter.txt", "application");
    let follow = || match desk.run("certificate draft --item notarial.birth --key notary/newcomer", &[&paper]) {
        Err(CliError::Refused { follow: Some(next), .. }) => *next,
        other => panic!("{other:?}"),
    };
    let line = "yinxin key register notary/newcomer --key notary/admin-3 --with notary/chief";
    assert_eq!(follow(), Next::Whole(line.to_owned()));
    std::fs::remove_file(ring.join("admin-3.toml")).expect("there");
    let line = "yinxin key register notary/newcomer --key notary/chief --with KEY";
    assert_eq!(follow(), Next::Blanks(line.to_owned()));
}

#[test]
fn one_is_replaced_and_the_list_is_complete() {
    let desk = Desk::new();
    let person = desk.person();
    let made: Vec<(String, PathBuf)> = ["one", "two", "three"].iter().map(|name| desk.issued(name, &person)).collect();
    let supersede = format!("certificate supersede {} --by {} --reason correction", made[0].0, made[1].0);
    desk.done(&format!("{supersede} --key notary/chen --with notary/zhao"), &[]);
    let export =
        |id: &str, name: &str| desk.done(&format!("certificate export {id} --out {}", desk.path(name).display()), &[]);
    export(&made[0].0, "old.yinxin");
    export(&made[1].0, "new.yinxin");
    assert_eq!(desk.verify(&desk.path("old.yinxin")), Exit::NotInForce);
    assert_eq!(
        desk.verify(&desk.path("new.yinxin")),
        Exit::Done,
        "both certificates are shown, and the right one is judged"
    );
    let status = desk.path("status.yinxin");
    desk.done(&format!("certificate export {} --status --out {}", made[1].0, status.display()), &[]);
    assert_eq!(desk.verify(&status), Exit::Done);
    desk.done("certificate list notary --key notary/chen", &[]);
    // The only office there is, whoever asks.
    desk.done("certificate list --key notary/chen", &[]);
    desk.done("certificate list --key court/zhou", &[]);
    assert_eq!(
        desk.run("certificate list court --key notary/chen", &[]).map_err(|error| error.exit()),
        Err(Exit::Usage)
    );
    assert_eq!(
        desk.run("certificate list nobody --key notary/chen", &[]).map_err(|error| error.exit()),
        Err(Exit::Usage)
    );
}

#[test]
fn an_attestation_is_suspended_resumed_and_revoked() {
    let desk = Desk::new();
    let person = desk.person();
    let change = |act: &str| desk.run(&format!("identity {act} {person} --reason on-request --key police/sun"), &[]);
    for act in ["suspend", "resume", "revoke"] {
        assert_eq!(change(act).expect(act), Exit::Done);
    }
    assert!(matches!(change("resume"), Err(CliError::Refused { slug, .. }) if slug == "wrong-status"));
    desk.done(&format!("identity show {person}"), &[]);
    let secret = desk.path(&format!("home/secrets/{person}.secret")).display().to_string();
    desk.done("inspect", &[&secret]);
}

#[test]
fn a_case_is_opened_gets_entries_and_is_closed() {
    let desk = Desk::new();
    let person = desk.person();
    let decision = desk.write("decision.pdf", "any deciding document");
    let open =
        format!("correction open --item correction.case --variant probation --subject {person} --key court/zhou");
    let case = desk.made(&open, &[&decision]);
    let content = desk.write("report.txt", "came in person");
    for kind in ["admission", "report", "visit", "report", "education"] {
        desk.done(&format!("correction record {case} {kind} --key justice/wang"), &[&content]);
    }
    assert_eq!(
        desk.refused(&format!("correction record {case} report --key court/zhou"), &[&content]),
        "power-missing"
    );
    assert_eq!(
        desk.refused(&format!("correction record {case} nonsense --key justice/wang"), &[&content]),
        "act-unknown"
    );
    let early = "--occurred-at 2099-01-01T00:00";
    assert_eq!(
        desk.refused(&format!("correction record {case} report --key justice/wang {early}"), &[&content]),
        "claimed-time-ahead"
    );
    desk.done(&format!("correction show {case} --key justice/wang"), &[]);
    assert_eq!(desk.refused(&format!("correction show {case}"), &[]), "value");
    desk.done(&format!("correction close {case} --reason expired --key justice/wang"), &[]);
    assert_eq!(
        desk.refused(&format!("correction close {case} --reason expired --key justice/wang"), &[]),
        "wrong-status"
    );
}

/// The literals of a source file.
fn literals(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn sources(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("sources").flatten() {
        let path = entry.path();
        match path.is_dir() {
            _ if path.ends_with("tests") || path.ends_with("tests.rs") => {}
            true => sources(&path, found),
            false => found.extend(literals(&std::fs::read_to_string(&path).unwrap_or_default())),
        }
    }
}

#[test]
fn every_word_of_a_report_is_there_in_both_languages() {
    let heads = [
        "absent-",
        "advice-",
        "check-",
        "column-",
        "format-",
        "label-",
        "outcome-",
        "person-",
        "place-",
        "placed-",
        "proposal-status-",
        "proven-",
        "reason-",
        "here-",
        "key-",
        "report-",
        "span-",
        "status-",
        "unproven-",
        "validators-",
        "verdict-",
        "word-",
    ];
    let mut found = Vec::new();
    sources(&PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("src/commands"), &mut found);
    let plain = |text: &String| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let keys: Vec<&String> = found
        .iter()
        .filter(|text| plain(text) && heads.iter().any(|head| text.len() > head.len() && text.starts_with(head)))
        .collect();
    assert!(keys.len() > 100, "{}", keys.len());
    for lang in [Lang::ZhCn, Lang::En] {
        let words = Words::new(lang);
        for key in &keys {
            assert!(words.find(key, &[]).is_some(), "{key} is not in the catalogue");
        }
    }
}
