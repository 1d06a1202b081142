//! Issue 出具: the finished file is anchored, and its holder gets number, look-up code and bundle.

use std::path::{Path, PathBuf};

use identity::{Disclosure, DocumentSecret, LookupCode, disclosure::LookupDisclosure};
use ledger::action::Action;
use ledger::action::notarial;
use ledger::record::FullNumber;
use ledger::rejection::Rejection;
use rand_core::OsRng;

use super::super::ask::{self, Sending};
use super::super::{beijing, document, facts, number};
use super::export::{Parts, bundle};
use super::{Extra, Shown, done, next, shown, subjects};
use crate::app::App;
use crate::args::Issue;
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::given::Next;

/// The notary in charge issues, with the office's seal.
pub(super) fn issue(app: &App, args: &Issue) -> Result<Exit, CliError> {
    let file = document::pdf(&args.file)?;
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let before: Shown = shown(app, &client, &id, 0, None, None)?;
    let (full, printed) = numbered(app, args, &before)?;
    let out = args.out.clone().unwrap_or_else(|| beside(&args.file, &printed));
    let reserved = files::reserve(&out)?;

    let subjects = subjects(app, &before.record, &args.subjects)?;
    if subjects.is_none() && !before.record.subjects.is_empty() {
        return Err(CliError::rejected(Rejection::SubjectsNotNamed, app.language()));
    }
    let secret = DocumentSecret::new(file, document::name(&args.file), &mut OsRng);
    let code = LookupCode::random(&mut OsRng);
    let action = Action::Issue(notarial::Issue {
        certificate: id,
        document: secret.commitment(),
        lookup: number::commitment(&full, &code),
        subjects,
    });
    let secrets =
        [Disclosure::Document(secret), Disclosure::Lookup(LookupDisclosure { code: code.clone(), number: None })];
    let signers = ask::signers(app, &args.sign)?;
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &secrets, files: &[] }, &args.sign, &signers)?;

    let parts = Parts { subjects: args.with_subjects, ..Parts::default() };
    let (code, path) = (code.to_string(), out.display().to_string());
    let kept = bundle(app, &client, &id, committed.height(), &parts, &[])
        .and_then(|made| reserved.fill(&made.bundle.encode()))
        .and_then(|()| shown(app, &client, &id, committed.height(), None, None));
    // The number is used and the code is kept here: the bundle can be written later.
    let follow = app.given.command(&["certificate", "export", &id.to_string(), "--out", &path]);
    // The paper needs its code whatever has become of the bundle: on the ledger there is only its commitment.
    let said = || vec![app.say("extra-code", &[("value", &code)])];
    let shown = committed.or_follow(kept, follow).map_err(|error| error.about(said()))?;
    let extra = [
        Extra { name: "code", key: "extra-code", value: &code },
        Extra { name: "bundle", key: "extra-bundle", value: &path },
    ];
    done(app, "certificate-issued", &committed, &shown, &extra);
    Ok(Exit::Done)
}

/// The number of a certificate that can be issued, and how it is printed.
///
/// # Errors
/// What the rules would refuse anyway, before a salt and a code are made.
fn numbered(app: &App, args: &Issue, before: &Shown) -> Result<(FullNumber, String), CliError> {
    let refused = |rejection| CliError::rejected(rejection, app.language());
    let (record, id) = (&before.record, before.record.id.to_string());
    if let Some(issued_at) = record.issued_at {
        // A second issue would only be refused; what people want then is the bundle.
        let out = args.out.clone().unwrap_or_else(|| PathBuf::from(number::file_name(&id)));
        let export = ["certificate", "export", &id, "--out", &out.display().to_string()];
        let said = app.say("here-issued", &[("time", &beijing::shown(issued_at))]);
        return Err(refused(Rejection::WrongStatus).about(vec![said]).follow(Next::Whole(app.given.command(&export))));
    }
    let unfit = || {
        let status = app.words.say(facts::certificate_status(record.status_at(app.now())));
        // A draft is approved first; whatever else it is, is to be looked at.
        let show = || Next::Whole(app.given.command(&["certificate", "show", &id]));
        refused(Rejection::WrongStatus)
            .about(vec![app.say("here-status", &[("status", &status)])])
            .follow(next(app, record, &before.item).unwrap_or_else(show))
    };
    let full = record.full_number().ok_or_else(unfit)?;
    let printed = before.number().ok_or_else(|| refused(Rejection::NumberWordUnknown))?;
    Ok((full, printed))
}

/// The bundle's place: beside the file, named by the number.
fn beside(file: &Path, printed: &str) -> PathBuf {
    file.with_file_name(number::file_name(printed))
}
