//! A case with all its entries, for the departments that are its parties.

use ledger::codec::decode;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{CorrectionCase, CorrectionEntry, Department, Item};
use ledger::state::StateKey;
use serde_json::json;

use super::super::age::Age;
use super::super::ask;
use super::super::facts::{self, Beside, Facts, as_of_json};
use super::super::secrets::Secrets;
use super::super::whole::{self, Whole};
use crate::app::App;
use crate::args::Show;
use crate::client::{Client, path};
use crate::error::CliError;
use crate::exit::Exit;
use crate::reason::why;

/// Shows a case; the request is signed, since cases are read by their parties alone.
pub(super) fn show(app: &App, args: &Show) -> Result<Exit, CliError> {
    let name = args.key.as_deref().ok_or_else(|| CliError::value("--key", why("reason-case-key")))?;
    let client = Client::new(app)?;
    let signer = app.signer(name)?;
    let id = ask::id("RECORD", &args.record)?;
    let key = StateKey::correction(&id);
    let Whole { head, items } =
        whole::read(app, &client, &key, |start| path::case(&id, start), args.at, Some(&signer))?;
    let record: CorrectionCase = ask::record(&head, &key)?;
    let entries: Vec<CorrectionEntry> = items
        .iter()
        .map(|item| decode(item, VALUE_BYTES_MAX))
        .collect::<Result<_, _>>()
        .map_err(|_| ask::not_shown(key.path()))?;
    let height = head.verified.header().height.0;
    let keys =
        [StateKey::item_version(&record.item.code, record.item.version), StateKey::department(&record.department)];
    let beside = ask::read(app, &client, &keys, Some(height), Some(&signer))?;
    let item: Item = ask::record(&beside, &keys[0])?;
    let department: Option<Department> = beside.verified.record(&keys[1]).ok().flatten();

    let texts = Secrets::of(app).of_record(&id)?;
    let mut facts = Facts::new(app);
    facts.case(&record, &Beside { department: department.as_ref(), item: Some(&item), grounds: &[], texts: &texts });
    let placed: Vec<(u64, CorrectionEntry)> = (0..).zip(entries).collect();
    let listed = if placed.is_empty() { String::new() } else { facts.entries(&placed, Some(&item)) };
    let complete = app.say("entries-complete", &[("count", &placed.len().to_string())]);
    let values: Vec<_> = placed.iter().map(|(_, entry)| facts::json(entry)).collect();
    let mut value = json!({
        "as_of": as_of_json(&head), "status": record.status.word(), "case": facts::json(&record),
        "complete": true, "entries": values,
    });
    let age = Age::of(app, &head, args.within());
    age.put_into(&mut value);
    app.out.result(&format!("{}\n{}{complete}\n{listed}", age.sentence(app, &head), facts.text()), &value);
    Ok(age.exit(Exit::Done))
}
