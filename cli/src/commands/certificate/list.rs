//! All certificates of an office: complete, or it says so.

use ledger::codec::decode;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{Department, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, RecordId};
use serde_json::json;

use super::super::facts::{self, as_of, as_of_json};
use super::super::whole::{self, Whole};
use super::super::{ask, beijing, number};
use crate::app::App;
use crate::args::List;
use crate::client::{Client, path};
use crate::error::CliError;
use crate::exit::Exit;
use crate::keys::KeyName;
use crate::output::table;
use crate::reason::why;

/// The office that is meant where none is named: that of the key, else the only one there is.
///
/// # Errors
/// `Choose` with the offices that may be named.
fn default(app: &App, client: &Client, key: &KeyName) -> Result<DepartmentId, CliError> {
    let all = ask::departments(app, client)?;
    let offices: Vec<&Department> = all.iter().filter(|one| !one.numbering.is_empty()).collect();
    let own = offices.iter().find(|one| one.id == key.department);
    let only = offices.first().filter(|_| offices.len() == 1);
    own.or(only).map(|office| office.id.clone()).ok_or_else(|| {
        let named = |one: &&Department| facts::named(app, &one.name_zh, &one.name_en).to_owned();
        let rows: Vec<Vec<String>> = offices.iter().map(|one| vec![one.id.to_string(), named(one)]).collect();
        CliError::Choose { what: "OFFICE", list: table(&rows).lines().map(str::to_owned).collect() }
    })
}

/// Says who issues certificates, to somebody who asked for those of somebody else.
fn no_office(app: &App, client: &Client, named: &DepartmentId, found: Option<&Department>) -> CliError {
    let all = match ask::departments(app, client) {
        Ok(all) => all,
        Err(error) => return error,
    };
    let listed = |fits: &dyn Fn(&Department) -> bool| -> String {
        let named = all.iter().filter(|one| fits(one)).map(|one| facts::department(app, one));
        named.collect::<Vec<_>>().join(&app.words.say("list-join"))
    };
    CliError::value(
        "OFFICE",
        match found {
            Some(found) => why("reason-no-office")
                .with("department", facts::department(app, found))
                .with("offices", listed(&|one| !one.numbering.is_empty())),
            None => why("reason-no-department").with("name", named).with("departments", listed(&|_| true)),
        },
    )
}

/// Lists an office's certificates, each proven, none left out.
pub(super) fn list(app: &App, args: &List) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let office = match &args.office {
        Some(office) => ask::word("OFFICE", office)?,
        None => default(app, &client, &args.key.parse()?)?,
    };
    let key = StateKey::department(&office);
    let proven = ask::read(app, &client, std::slice::from_ref(&key), args.at, None)?;
    let department: Option<Department> = proven.verified.record(&key).map_err(|source| CliError::Forged { source })?;
    let department = match department {
        Some(found) if !found.numbering.is_empty() => found,
        other => return Err(no_office(app, &client, &office, other.as_ref())),
    };
    let signer = ask::reader(app, Some(&args.key))?;
    let key = StateKey::certificates_of(&office);
    let page = |start| path::certificates_of(&office, start);
    let Whole { head, items } = whole::read(app, &client, &key, page, args.at, signer.as_ref())?;
    let unreadable = |_| ask::not_shown(key.path());
    let ids: Vec<RecordId> =
        items.iter().map(|item| decode(item, VALUE_BYTES_MAX)).collect::<Result<_, _>>().map_err(unreadable)?;
    let height = Some(head.verified.header().height.0);
    let mut records: Vec<NotarialCertificate> = Vec::new();
    for part in ids.chunks(path::RECORDS_MAX) {
        let keys: Vec<StateKey> = part.iter().map(StateKey::certificate).collect();
        let proven = ask::read(app, &client, &keys, height, signer.as_ref())?;
        for key in &keys {
            records.push(ask::record(&proven, key)?);
        }
    }
    let time = head.verified.header().time;
    let say = |key: &str| app.words.say(key);
    let mut rows = vec![vec![
        say("column-number"),
        say("column-status"),
        say("column-date"),
        say("column-item"),
        say("column-record"),
    ]];
    for record in &records {
        rows.push(vec![
            number::on_paper(record, &department).unwrap_or_else(|| "—".to_owned()),
            say(facts::certificate_status(record.status_at(time))),
            record.approved_at.map(beijing::date).unwrap_or_default(),
            record.item.code.to_string(),
            record.id.to_string(),
        ]);
    }
    let count = records.len().to_string();
    let complete = app.say("list-complete", &[("count", &count)]);
    let values: Vec<_> = records
        .iter()
        .map(|record| json!({"number": number::on_paper(record, &department), "status": record.status_at(time).word(), "certificate": facts::json(record)}))
        .collect();
    let value = json!({"as_of": as_of_json(&head), "office": office.as_str(), "complete": true, "count": records.len(), "certificates": values});
    let body = if records.is_empty() { String::new() } else { table(&rows) };
    app.out.result(&format!("{}\n{body}", app.sentences(&[&complete, &as_of(app, &head)])), &value);
    Ok(Exit::Done)
}
