//! `yinxin evidence`: who signed twice, in a file that anybody verifies without a node.

use ledger::codec::encode;
use ledger::error::VerifyError;
use ledger::evidence::{Evidence, EvidenceError, Guilty};
use ledger::limits::EVIDENCE_BYTES_MAX;
use serde_json::{Value, json};

use super::ask;
use crate::app::App;
use crate::args::{EvidenceCommand, EvidenceExport, EvidenceList, EvidenceVerify};
use crate::client::{Client, read_trust};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::table;
use crate::reason::Reason;

/// Pages that are read of one node: more records than any quarrel needs.
const PAGES_MAX: usize = 100;

/// Runs an `evidence` command.
///
/// # Errors
/// `Forged` for evidence that proves nothing, `CannotTell` where the trust file does not know the key.
pub(crate) fn run(app: &App, command: EvidenceCommand) -> Result<Exit, CliError> {
    match command {
        EvidenceCommand::List(args) => list(app, &args),
        EvidenceCommand::Export(args) => export(app, &args),
        EvidenceCommand::Verify(args) => verify(app, &args),
    }
}

fn list(app: &App, args: &EvidenceList) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let (mut found, mut next) = (Vec::new(), Some((args.from, 0)));
    for _ in 0..PAGES_MAX {
        let Some(place) = next else { break };
        let page = client.evidence(app, place, signer.as_ref())?;
        found.extend(page.found);
        next = page.next;
    }
    let say = |key: &str| app.words.say(key);
    let columns = ["column-height", "column-place", "column-round", "column-step", "column-department", "column-key"];
    let mut rows = vec![columns.map(say).to_vec()];
    for one in &found {
        rows.push(vec![
            one.evidence.height.to_string(),
            one.number.to_string(),
            one.evidence.round.to_string(),
            say(step(&one.evidence)),
            one.guilty.department.to_string(),
            one.guilty.key.to_string(),
        ]);
    }
    let count = app.say("evidence-count", &[("count", &found.len().to_string())]);
    let body = if found.is_empty() { String::new() } else { format!("\n{}", table(&rows)) };
    let mut values = Vec::new();
    for one in &found {
        let mut value = shown(&one.evidence, &one.guilty);
        value["number"] = json!(one.number);
        values.push(value);
    }
    app.out.result(&format!("{count}{body}"), &json!({"evidence": values}));
    app.out.note(&say("evidence-of-one-node"));
    Ok(Exit::Done)
}

fn export(app: &App, args: &EvidenceExport) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let found = client.evidence(app, (args.height, args.number), signer.as_ref())?.found;
    let wanted = |number: u32, evidence: &Evidence| evidence.height.0 == args.height && number == args.number;
    let one = found.into_iter().find(|one| wanted(one.number, &one.evidence));
    let missing = || CliError::NotFound { what: format!("evidence/{}.{}", args.height, args.number) };
    let one = one.ok_or_else(missing)?;
    let bytes = encode(&one.evidence);
    files::create(&args.out, &bytes)?;
    let (path, size) = (args.out.display().to_string(), bytes.len().to_string());
    let written = app.say("bundle-written", &[("path", &path), ("size", &size)]);
    let mut value = shown(&one.evidence, &one.guilty);
    value["file"] = json!(path);
    value["size_bytes"] = json!(bytes.len());
    app.out.result(&format!("{written}\n{}", sentence(app, &one.evidence, &one.guilty)), &value);
    Ok(Exit::Done)
}

fn verify(app: &App, args: &EvidenceVerify) -> Result<Exit, CliError> {
    let trust = read_trust(&app.trust_path())?;
    let bytes = files::read(&args.file, EVIDENCE_BYTES_MAX as u64)?;
    let broken = |source| CliError::Forged { source: VerifyError::Codec { what: "evidence", source } };
    let evidence = Evidence::decode(&bytes).map_err(broken)?;
    let guilty = evidence.verify(&trust.context(), &trust.validators).map_err(|error| match error {
        EvidenceError::Refuted(source) => CliError::Forged { source },
        EvidenceError::UnknownKey { .. } => CliError::CannotTell { reason: Reason::from(&error) },
    })?;
    app.out.result(&sentence(app, &evidence, &guilty), &shown(&evidence, &guilty));
    Ok(Exit::Done)
}

fn sentence(app: &App, evidence: &Evidence, guilty: &Guilty) -> String {
    let (height, round) = (evidence.height.to_string(), evidence.round.to_string());
    let (key, step) = (guilty.key.to_string(), app.words.say(step(evidence)));
    let values = [
        ("department", guilty.department.as_str()),
        ("height", height.as_str()),
        ("round", round.as_str()),
        ("step", step.as_str()),
        ("key", key.as_str()),
    ];
    let lines = [app.say("evidence-guilty", &values), app.words.say("evidence-limits")];
    lines.join("\n")
}

fn step(evidence: &Evidence) -> &'static str {
    match evidence.step.word() {
        "prevote" => "step-prevote",
        "precommit" => "step-precommit",
        _ => "step-proposal",
    }
}

fn shown(evidence: &Evidence, guilty: &Guilty) -> Value {
    json!({
        "proven": true,
        "chain": evidence.chain.as_str(),
        "department": guilty.department.as_str(),
        "key": guilty.key.to_string(),
        "height": evidence.height.0,
        "round": evidence.round.0,
        "step": evidence.step.word(),
    })
}

#[cfg(test)]
mod tests;
