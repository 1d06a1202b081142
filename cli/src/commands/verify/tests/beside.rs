//! Which bundle beside a file counts, and what is said of the others.

use std::path::{Path, PathBuf};

use clap::Parser;
use identity::Disclosure;
use ledger::action::Action;
use ledger::action::notarial::Issue;
use ledger::bundle::Bundle;
use ledger::trust::TrustFile;

use super::super::beside::{Chosen, Scales, freshest};
use super::office::{Issued, Office};
use super::{AGE_MAX, annul, submitted};
use crate::app::App;
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::error::CliError;

/// A directory with the file of a certificate.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(issued: &Issued) -> Self {
        let folder = Self(tempfile::tempdir().expect("a directory"));
        std::fs::write(folder.path("birth.pdf"), &issued.file).expect("written");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bundle: &Bundle) {
        std::fs::write(self.path(name), bundle.encode()).expect("written");
    }

    fn chosen(&self, office: &Office, trust: &TrustFile, lang: Lang) -> Result<Chosen, CliError> {
        let line = ["yinxin", "verify", "birth.pdf", "--home", "/nowhere/at/all"];
        let app = App::new(Cli::parse_from(line).global, Words::new(lang));
        let file = self.path("birth.pdf");
        let submitted = submitted(&std::fs::read(&file).expect("there"));
        freshest(&app, &file, &submitted, &Scales { trust, now: office.time(), age_ms_max: AGE_MAX })
    }

    /// The name that was chosen, and the names that were passed over, in either language.
    fn told(&self, office: &Office) -> (String, Vec<String>) {
        let mut told = [Lang::En, Lang::ZhCn].map(|lang| {
            let Chosen { path, notes } = self.chosen(office, &office.trust(), lang).expect("chosen");
            let names = std::fs::read_dir(self.0.path()).expect("there").flatten();
            let mut named: Vec<String> = names
                .map(|entry| entry.file_name().into_string().expect("UTF-8"))
                .filter(|name| name.ends_with(".yinxin"))
                .filter(|name| notes.iter().any(|note| note.contains(&format!("/{name}"))))
                .collect();
            named.sort();
            (name(&path), named)
        });
        let [en, zh] = &mut told;
        assert_eq!(en, zh);
        std::mem::take(en)
    }
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

fn forged(bundle: &Bundle) -> Bundle {
    let mut bundle = bundle.clone();
    bundle.head.header.height.0 += 1_000_000;
    bundle
}

#[test]
fn the_newest_proven_view_counts_and_what_does_not_verify_is_named() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (folder, first) = (Folder::of(&issued), office.bundle_of(&issued));
    folder.put("birth.yinxin", &first);
    assert_eq!(folder.told(&office), ("birth.yinxin".to_owned(), vec![]), "nothing to say of one alone");
    folder.put("zzz.yinxin", &forged(&first));
    assert_eq!(folder.told(&office), ("birth.yinxin".to_owned(), vec!["zzz.yinxin".to_owned()]));
    office.act("notary", &["chen", "zhao"], annul(issued.id));
    folder.put("late.yinxin", &office.bundle_of(&issued));
    let named = vec!["late.yinxin".to_owned(), "zzz.yinxin".to_owned()];
    assert_eq!(folder.told(&office), ("late.yinxin".to_owned(), named));
    // Under the file's own name a forged one hides nothing either.
    folder.put("birth.yinxin", &forged(&first));
    let (chosen, named) = folder.told(&office);
    assert_eq!((chosen.as_str(), named), ("late.yinxin", vec!["birth.yinxin".to_owned(), "zzz.yinxin".to_owned()]));
}

#[test]
fn a_newer_view_that_does_not_open_the_file_is_named() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (folder, first) = (Folder::of(&issued), office.bundle_of(&issued));
    folder.put("birth.yinxin", &first);
    let status = |office: &Office| Bundle { disclosures: Vec::new(), ..office.bundle_of(&issued) };
    folder.put("status.yinxin", &status(&office));
    assert_eq!(folder.told(&office).1, Vec::<String>::new(), "of the same height: nothing newer");
    office.act("notary", &["chen", "zhao"], annul(issued.id));
    folder.put("status.yinxin", &status(&office));
    assert_eq!(folder.told(&office), ("birth.yinxin".to_owned(), vec!["status.yinxin".to_owned()]));
}

#[test]
fn no_disclosure_of_the_file_makes_a_bundle_of_another_record_a_view_of_it() {
    let mut office = Office::new();
    let (issued, other) = (office.issued("birth"), office.issued("other"));
    let folder = Folder::of(&issued);
    folder.put("birth.yinxin", &office.bundle_of(&issued));
    office.act("notary", &["chen", "zhao"], annul(other.id));
    let mut posing = office.bundle_of(&other);
    posing.disclosures = vec![Disclosure::Document(issued.secret.clone()).to_bytes().into()];
    folder.put("posing.yinxin", &posing);
    assert_eq!(folder.told(&office), ("birth.yinxin".to_owned(), vec!["posing.yinxin".to_owned()]));
}

#[test]
fn where_none_verifies_the_file_s_own_is_judged_and_two_strangers_are_left_to_the_person() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (folder, first) = (Folder::of(&issued), office.bundle_of(&issued));
    let missing = |folder: &Folder| match folder.chosen(&office, &office.trust(), Lang::En) {
        Err(CliError::BundleMissing { found, .. }) => found.len(),
        other => panic!("{:?}", other.map(|chosen| chosen.path)),
    };
    assert_eq!(missing(&folder), 0);
    folder.put("one.yinxin", &forged(&first));
    assert_eq!(folder.told(&office).0, "one.yinxin");
    folder.put("two.yinxin", &forged(&first));
    assert_eq!(missing(&folder), 2);
    folder.put("birth.yinxin", &forged(&first));
    assert_eq!(folder.told(&office).0, "birth.yinxin");
}

/// One file, certified in two records: neither is taken for the other, and the file's own name decides.
#[test]
fn views_of_two_records_are_told_apart() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let twin = office.approved(issued.person);
    let lookup = ledger::crypto::Hash::sha256(b"a look-up of its own");
    let issue =
        Issue { certificate: twin, document: issued.secret.commitment(), lookup, subjects: Some(vec![issued.person]) };
    office.act("notary", &["chen", "seal"], Action::Issue(issue));
    let folder = Folder::of(&issued);
    let mut second = office.bundle(&[ledger::state::StateKey::certificate(&twin)]);
    second.disclosures = vec![Disclosure::Document(issued.secret.clone()).to_bytes().into()];
    folder.put("one.yinxin", &office.bundle_of(&issued));
    folder.put("two.yinxin", &second);
    match folder.chosen(&office, &office.trust(), Lang::En) {
        Err(CliError::BundleMissing { found, .. }) => assert_eq!(found.len(), 2),
        other => panic!("{:?}", other.map(|chosen| chosen.path)),
    }
    for own in ["one.yinxin", "two.yinxin"] {
        std::fs::copy(folder.path(own), folder.path("birth.yinxin")).expect("copied");
        assert_eq!(folder.told(&office).0, "birth.yinxin", "at the height of its copy its own name comes first");
    }
}
