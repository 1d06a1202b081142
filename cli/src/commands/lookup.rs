//! `yinxin lookup`: from the number and the code on the paper to the record.

use std::io::IsTerminal;

use identity::disclosure::LookupDisclosure;
use identity::{Disclosure, LookupCode};
use ledger::bundle::Bundle;
use ledger::error::VerifyError;
use ledger::record::{CertificateStatus, FullNumber, LookupRecord, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::RecordId;
use serde_json::json;

use super::age::Age;
use super::facts::{self, Beside, Facts, as_of_json};
use super::{ask, certificate, number};
use crate::app::App;
use crate::args::Lookup;
use crate::client::{Client, Proven};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::Tone;
use crate::reason::why;

/// A number with the code that stands beside it.
struct Asked {
    number: FullNumber,
    code: LookupCode,
}

impl Asked {
    fn key(&self) -> StateKey {
        StateKey::lookup(&number::lookup(&self.number, &self.code))
    }

    fn disclosure(&self) -> Vec<u8> {
        let (code, number) = (self.code.clone(), Some(self.number.clone()));
        Disclosure::Lookup(LookupDisclosure { code, number }).to_bytes()
    }
}

/// Looks a certificate up. Proven absence is an answer of its own.
///
/// # Errors
/// `WordUnknown` if no office of this consortium has these words; `Forged` if the record found has another number; as
/// any read.
pub(crate) fn run(app: &App, args: &Lookup) -> Result<Exit, CliError> {
    let (printed, year) = number::parse(&args.number)?;
    let code = match &args.code {
        Some(text) => text.clone(),
        None => typed(app)?,
    };
    let code = LookupCode::parse(&code).map_err(|error| CliError::value("LOOKUP-CODE", error))?;
    let client = Client::new(app)?;
    let candidates = number::candidates(&printed, year, &ask::departments(app, &client)?);
    if candidates.is_empty() {
        return Err(CliError::WordUnknown { word: printed.words().to_owned() });
    }
    let asked: Vec<Asked> = candidates.into_iter().map(|number| Asked { number, code: code.clone() }).collect();
    let mut keys: Vec<StateKey> = asked.iter().map(Asked::key).collect();
    // Beside an absence the office's own record says how its numbers are printed.
    keys.extend(asked.iter().map(|one| StateKey::department(&one.number.office)));
    keys.sort();
    keys.dedup();
    let proven = ask::read(app, &client, &keys, None, None)?;
    for one in &asked {
        let found: Option<LookupRecord> =
            proven.verified.record(&one.key()).map_err(|source| CliError::Forged { source })?;
        if let Some(found) = found {
            let height = proven.verified.header().height.0;
            return show(app, &client, one, &found.certificate, height, args);
        }
    }
    keep(args, proven.bundle.clone(), &asked, None)?;
    absent(app, &printed.to_string(), &proven, args)
}

/// Writes the answer with its proof and with what was asked for, if asked to.
fn keep(args: &Lookup, mut bundle: Bundle, asked: &[Asked], about: Option<&StateKey>) -> Result<(), CliError> {
    let Some(path) = &args.out else { return Ok(()) };
    bundle.disclosures = asked.iter().map(|one| one.disclosure().into()).collect();
    bundle.about = about.map(|key| key.path().to_owned());
    files::create(path, &bundle.encode())
}

fn typed(app: &App) -> Result<String, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::value("LOOKUP-CODE", why("reason-code-missing")));
    }
    rpassword::prompt_password(app.words.say("ask-code")).map_err(|error| CliError::value("LOOKUP-CODE", error))
}

fn show(app: &App, client: &Client, asked: &Asked, id: &RecordId, after: u64, args: &Lookup) -> Result<Exit, CliError> {
    let shown: certificate::Shown = certificate::shown(app, client, id, after, None, None)?;
    is_of(&shown.record, &asked.number)?;
    let height = shown.proven.verified.header().height.0;
    if args.out.is_some() {
        let certificate = StateKey::certificate(id);
        let department = StateKey::department(&shown.record.office);
        let item = StateKey::item_version(&shown.record.item.code, shown.record.item.version);
        let whole = ask::read_after(app, client, &[certificate.clone(), department, item, asked.key()], height, None)?;
        keep(args, whole.bundle, std::slice::from_ref(asked), Some(&certificate))?;
    }
    let age = Age::of(app, &shown.proven, Some(args.current.within));
    let time = shown.proven.verified.header().time;
    let status = shown.record.status_at(time);
    let (key, tone, exit) = match status {
        CertificateStatus::Issued if age.is_current() => ("lookup-in-force", Tone::Good, Exit::Done),
        CertificateStatus::Issued => ("lookup-was-in-force", Tone::Warn, age.exit(Exit::Done)),
        // What ended stays ended, however old the answer.
        CertificateStatus::Draft | CertificateStatus::Approved => {
            ("lookup-not-in-force", Tone::Bad, age.exit(Exit::NotInForce))
        }
        _ => ("lookup-not-in-force", Tone::Bad, Exit::NotInForce),
    };
    let said = app.say(key, &[("status", &app.words.say(facts::certificate_status(status)))]);
    let mut facts = Facts::new(app);
    let (department, item) = (Some(&shown.department), Some(&shown.item));
    let beside = Beside { department, item, grounds: &shown.grounds, texts: &[] };
    facts.certificate(&shown.record, time, &beside);
    let first = app.sentences(&[&app.out.tone(tone, &said), &age.sentence(app, &shown.proven)]);
    let replacing = replacing(app, client, &shown);
    if let Some(number) = &replacing {
        facts.row("label-superseded-by", number.as_str());
    }
    let text = format!("{first}\n{}", facts.text());
    let mut value = json!({
        "found": true, "as_of": as_of_json(&shown.proven), "number": shown.number(),
        "status": status.word(), "certificate": facts::json(&shown.record), "superseded_by_number": replacing,
    });
    age.put_into(&mut value);
    app.out.result(&text, &value);
    Ok(exit)
}

/// The number of the certificate that has replaced one, which people hold in their hands; its id stands in the record,
/// and has to do where no node shows more just now.
fn replacing(app: &App, client: &Client, replaced: &certificate::Shown) -> Option<String> {
    let other = replaced.record.superseded_by.as_ref()?;
    let height = replaced.proven.verified.header().height.0;
    let shown: certificate::Shown = certificate::shown(app, client, other, height, None, None).ok()?;
    shown.number()
}

/// A look-up proves only what its writer entered: the record itself must bear the number that was asked for.
fn is_of(record: &NotarialCertificate, asked: &FullNumber) -> Result<(), CliError> {
    if record.full_number().as_ref() == Some(asked) {
        return Ok(());
    }
    let reason = "the look-up leads to a certificate of another number";
    Err(CliError::Forged { source: VerifyError::ProofShape { reason } })
}

fn absent(app: &App, printed: &str, proven: &Proven, args: &Lookup) -> Result<Exit, CliError> {
    let age = Age::of(app, proven, Some(args.current.within));
    let said = app.say("lookup-absent", &[("number", printed)]);
    let next = app.words.say("lookup-absent-next");
    let first = app.sentences(&[&app.out.tone(Tone::Bad, &said), &age.sentence(app, proven)]);
    let text = format!("{first}\n{next}");
    let mut value = json!({"found": false, "as_of": as_of_json(proven), "number": printed});
    age.put_into(&mut value);
    app.out.result(&text, &value);
    Ok(age.exit(Exit::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::commands::tests::Desk;
    use crate::commands::verify::office::Office;

    #[test]
    fn a_record_of_another_number_is_not_what_was_asked_for() {
        let mut office = Office::new();
        let (first, second) = (office.issued("first"), office.issued("second"));
        let (first, second) = (office.certificate(&first.id), office.certificate(&second.id));
        let number = first.full_number().expect("a number");
        assert!(is_of(&first, &number).is_ok());
        let error = is_of(&second, &number).expect_err("another number");
        assert_eq!(error.exit(), Exit::Forged);
    }

    #[test]
    fn a_replaced_paper_leads_to_the_number_of_the_one_that_replaces_it() {
        let desk = Desk::new();
        let person = desk.person();
        let (old, new) = (desk.issued("old", &person).0, desk.issued("new", &person).0);
        let app = desk.app(Lang::En);
        let client = Client::new(&app).expect("a client");
        let shown = |id: &str| -> certificate::Shown {
            certificate::shown(&app, &client, &id.parse().expect("an id"), 0, None, None).expect("proven")
        };
        assert_eq!(replacing(&app, &client, &shown(&old)), None);
        let line = format!("certificate supersede {old} --by {new} --reason correction");
        desk.done(&format!("{line} --key notary/chen --with notary/zhao"), &[]);
        assert_eq!(replacing(&app, &client, &shown(&old)), shown(&new).number());
        assert!(shown(&new).number().is_some_and(|number| number.ends_with("第000002号")));
    }
}
