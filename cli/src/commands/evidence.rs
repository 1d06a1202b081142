//! `yinxin evidence`: who signed twice, in a file that anybody verifies without a node.

use ledger::codec::encode;
use ledger::error::VerifyError;
use ledger::evidence::{Evidence, EvidenceError, Guilty, NamedBy};
use ledger::trust::TrustFile;
use serde_json::{Value, json};

use super::{ask, inspect};
use crate::app::{App, Signer};
use crate::args::{EvidenceCommand, EvidenceExport, EvidenceList, EvidenceVerify};
use crate::client::{Accusation, Client, read_trust};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::table;
use crate::reason::Reason;

/// Pages that are read of one node: more records than any quarrel needs.
const PAGES_MAX: usize = 100;
/// Bytes of a consortium's name at most (docs/spec/block.md); the id of its chain is longer.
const NAME_BYTES_MAX: usize = 24;
/// What a list says of itself.
const CAVEAT: &str = "evidence-of-one-node";

/// Runs an `evidence` command.
///
/// # Errors
/// `Forged` for evidence that proves nothing, `CannotTell` where the trust file does not know whose the key was;
/// `EvidenceUnknown` where the node has none, `NotEvidence` for another file.
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
    let trust = client.moved_trust(app)?;
    let found = all(app, &client, &trust, args.from, signer.as_ref())?;
    let say = |key: &str| app.words.say(key);
    let columns = ["column-height", "column-place", "column-round", "column-step", "column-department", "column-key"];
    let mut rows = vec![columns.map(say).to_vec()];
    for one in &found {
        rows.push(vec![
            one.evidence.height.to_string(),
            one.number.to_string(),
            one.evidence.round.to_string(),
            say(step(&one.evidence)),
            match &one.judged {
                Ok((guilty, _)) => guilty.department.to_string(),
                Err(_) => say("evidence-unjudged"),
            },
            one.evidence.key.to_string(),
        ]);
    }
    let unjudged: Vec<String> = found.iter().filter_map(|one| Some(why_not(app, one.judged.as_ref().err()?))).collect();
    let count = app.say("evidence-count", &[("count", &(found.len() - unjudged.len()).to_string())]);
    let body = if found.is_empty() { String::new() } else { format!("\n{}", table(&rows)) };
    let lines = [vec![format!("{count}{body}")], unjudged].concat();
    app.out.result(&lines.join("\n"), &listed(app, &found));
    app.out.note(&say(CAVEAT));
    Ok(Exit::Done)
}

/// A list for a program; that it is one node's stands in it.
fn listed(app: &App, found: &[Accusation]) -> Value {
    let values = found.iter().map(|one| {
        let mut value = shown(app, &one.evidence, &one.judged);
        value["number"] = json!(one.number);
        value
    });
    let notes = json!([{"code": "one-node", "sentence": app.words.say(CAVEAT)}]);
    json!({"evidence": values.collect::<Vec<_>>(), "notes": notes})
}

/// Every double signature that a node has from a height on, each once.
fn all(
    app: &App,
    client: &Client,
    trust: &TrustFile,
    from: u64,
    signer: Option<&Signer>,
) -> Result<Vec<Accusation>, CliError> {
    let (mut found, mut next): (Vec<Accusation>, _) = (Vec::new(), Some((from, 0)));
    for _ in 0..PAGES_MAX {
        let Some(place) = next else { break };
        let page = client.evidence(app, trust, place, signer)?;
        for one in page.found {
            // Under another number, or from another node, it is the same lie.
            if !found.iter().any(|known| known.evidence.is_of_same_lie(&one.evidence)) {
                found.push(one);
            }
        }
        next = page.next;
    }
    Ok(found)
}

fn export(app: &App, args: &EvidenceExport) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let trust = client.moved_trust(app)?;
    let found = client.evidence(app, &trust, (args.height, args.number), signer.as_ref())?.found;
    let wanted = |number: u32, evidence: &Evidence| evidence.height.0 == args.height && number == args.number;
    let one = found.into_iter().find(|one| wanted(one.number, &one.evidence));
    let one = one.ok_or(CliError::EvidenceUnknown { height: args.height, number: args.number })?;
    let bytes = encode(&one.evidence);
    files::create(&args.out, &bytes)?;
    let (path, size) = (args.out.display().to_string(), bytes.len().to_string());
    let written = app.say("bundle-written", &[("path", &path), ("size", &size)]);
    let mut value = shown(app, &one.evidence, &one.judged);
    value["file"] = json!(path);
    value["size_bytes"] = json!(bytes.len());
    // What cannot be judged here can be elsewhere: the file is written all the same.
    let (said, exit) = match &one.judged {
        Ok((guilty, by)) => (sentence(app, &one.evidence, guilty, *by), Exit::Done),
        Err(error) => (why_not(app, error), Exit::CannotTell),
    };
    app.out.result(&format!("{written}\n{said}"), &value);
    Ok(exit)
}

fn verify(app: &App, args: &EvidenceVerify) -> Result<Exit, CliError> {
    let trust = read_trust(&app.trust_path())?;
    let bytes = files::read(&args.file, inspect::FILE_BYTES_MAX)?;
    if !begins_as_evidence(&bytes) {
        // Another file was picked: that says nothing of any evidence, least of all that it is forged.
        return Err(CliError::NotEvidence { path: args.file.clone(), found: inspect::format(&bytes) });
    }
    let broken = |source| CliError::Forged { source: VerifyError::Codec { what: "evidence", source } };
    let evidence = Evidence::decode(&bytes).map_err(broken)?;
    let (guilty, by) = evidence.judge(&trust).map_err(|error| match error {
        EvidenceError::Refuted(source) => CliError::Forged { source },
        _ => CliError::CannotTell { reason: Reason::from(&error) },
    })?;
    let value = shown(app, &evidence, &Ok((guilty.clone(), by)));
    app.out.result(&sentence(app, &evidence, &guilty, by), &value);
    Ok(Exit::Done)
}

/// Whether bytes begin as evidence does: a map of nine fields, its version, and the id of a chain, which is longer than
/// the name that stands in the same place of a genesis document.
fn begins_as_evidence(bytes: &[u8]) -> bool {
    matches!(bytes, [0xa9, 0x01, 0x00..=0x17, 0x02, 0x78, length, ..] if usize::from(*length) > NAME_BYTES_MAX)
}

/// Why evidence cannot be judged here.
fn why_not(app: &App, error: &EvidenceError) -> String {
    app.say("evidence-why-not", &[("reason", &Reason::from(error).words(&app.words))])
}

fn sentence(app: &App, evidence: &Evidence, guilty: &Guilty, by: NamedBy) -> String {
    let (height, round) = (evidence.height.to_string(), evidence.round.to_string());
    let (key, step) = (guilty.key.to_string(), app.words.say(step(evidence)));
    let values = [
        ("department", guilty.department.as_str()),
        ("height", height.as_str()),
        ("round", round.as_str()),
        ("step", step.as_str()),
        ("key", key.as_str()),
    ];
    let mut lines = vec![app.say("evidence-guilty", &values), app.words.say("evidence-limits")];
    lines.extend(match by {
        NamedBy::InForce => None,
        NamedBy::History => Some(app.words.say("evidence-by-history")),
        NamedBy::Newest => Some(app.words.say("evidence-by-newest")),
        NamedBy::Another => Some(app.words.say("evidence-by-another")),
    });
    lines.join("\n")
}

fn step(evidence: &Evidence) -> &'static str {
    match evidence.step.word() {
        "prevote" => "step-prevote",
        "precommit" => "step-precommit",
        _ => "step-proposal",
    }
}

/// Evidence for a program. `proven` is never false: what is refuted is an error.
fn shown(app: &App, evidence: &Evidence, judged: &Result<(Guilty, NamedBy), EvidenceError>) -> Value {
    let guilty = judged.as_ref().ok();
    json!({
        "proven": guilty.map(|_| true),
        "chain": evidence.chain.as_str(),
        "department": guilty.map(|(guilty, _)| guilty.department.as_str()),
        "named_by": guilty.map(|(_, by)| by.word()),
        "cannot_tell": judged.as_ref().err().map(|error| Reason::from(error).words(&app.words)),
        "key": evidence.key.to_string(),
        "height": evidence.height.0,
        "round": evidence.round.0,
        "step": evidence.step.word(),
    })
}

#[cfg(test)]
mod tests;
