//! What a department that joins, leaves or changes a key hands to those who vote: its part of a change's file, and the
//! statement that its node is up. Secret keys stay where they are; what is printed is public.

use std::path::Path;

use ledger::action::Action;
use ledger::action::governance as acts;
use ledger::crypto::{KeyId, SecretKey};
use ledger::record::{Change, Parameters, Proposal, Purpose, ValidatorSchedule};
use ledger::state::StateKey;
use ledger::statement::{KeyUse, possession_bytes, ready_bytes};
use ledger::types::DepartmentId;
use ledger::validator::Validator;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::done;
use crate::app::App;
use crate::args::{KeyConsent, NodeHome, Ready};
use crate::client::Client;
use crate::commands::ask::{self, Sending};
use crate::commands::beijing;
use crate::commands::facts::{self, as_of_json};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::keys::KeyName;
use crate::reason::{from_toml, why};

/// A node's consensus key: 64 hex digits and the end of the line.
const KEY_FILE_BYTES_MAX: u64 = 128;
const CONFIG_BYTES_MAX: u64 = 256 * 1024;

#[derive(Deserialize)]
struct NodeToml {
    department: String,
}

/// The key that a node signs votes with; the node's program keeps it in its home directory.
fn consensus_key(home: &Path) -> Result<SecretKey, CliError> {
    let path = home.join("consensus.key");
    let text = Zeroizing::new(files::read_text(&path, KEY_FILE_BYTES_MAX)?);
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii_end(), seed.as_mut_slice())
        .map_err(|_| CliError::format(&path, why("reason-hash")))?;
    Ok(SecretKey::from_seed(&seed))
}

fn table(department: &DepartmentId, key: &[u8; 32], power: u64) -> (String, Value) {
    let key = hex::encode(key);
    let text = format!("[[set-validators]]\ndepartment = \"{department}\"\nkey = \"{key}\"\npower = {power}\n");
    (text, json!({"department": department.to_string(), "key": key, "power": power}))
}

/// Says under the joining validator's own key that its node follows the chain, and submits it.
///
/// # Errors
/// [`CliError`].
pub(crate) fn ready(app: &App, args: &Ready) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("PROPOSAL", &args.proposal)?;
    let secret = consensus_key(&args.node_home)?;
    let key = secret.public().id();
    let signers = ask::signers(app, &args.sign)?;
    let (_, record, standing) = super::proposal::read(app, &client, &id, signers.first())?;
    joins(app, &record, &key)?;
    let proposed = Some(super::proposal::told(app, &client, &record, standing, args.proposed.as_deref())?);
    let validators = StateKey::validators();
    let proven = ask::read(app, &client, std::slice::from_ref(&validators), None, None)?;
    let (height, header) = (proven.verified.header().height, proven.verified.header().hash());
    let signature = secret.sign(&ready_bytes(&client.trust().chain, &id, &key, height, &header));
    let action = Action::Ready(acts::Ready { proposal: id, key, height, header, signature, proposed });
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &[], files: &[] }, &args.sign, &signers)?;
    done(app, &client, "proposal-ready", &id, &committed, &signers)
}

/// Fails if a proposal adds no validator of this key: only such a one waits for the word of a node.
fn joins(app: &App, record: &Proposal, key: &KeyId) -> Result<(), CliError> {
    match &record.change {
        Change::SetValidators(change) if change.validators.iter().any(|one| one.key.id() == *key) => Ok(()),
        Change::SetValidators(_) => {
            Err(CliError::value("--node-home", why("reason-ready-other-key").with("key", key).with("id", record.id)))
        }
        other => {
            let change = facts::word(app, "change", other.word());
            Err(CliError::value("PROPOSAL", why("reason-ready-no-validators").with("change", change)))
        }
    }
}

/// Prints the parameters in force as the file of a change.
///
/// # Errors
/// [`CliError`].
pub(crate) fn parameters(app: &App) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let key = StateKey::parameters();
    let proven = ask::read(app, &client, std::slice::from_ref(&key), None, None)?;
    let present: Parameters = ask::record(&proven, &key)?;
    let text = parameters_table(&present);
    app.out.result(text.trim_end(), &json!({"as_of": as_of_json(&proven), "parameters": facts::json(&present)}));
    Ok(Exit::Done)
}

fn parameters_table(present: &Parameters) -> String {
    let fields = [
        ("pace_ms", present.pace_ms),
        ("block_weight_max", present.block_weight_max),
        ("block_bytes_max", present.block_bytes_max),
        ("issue_within_ms", present.issue_within_ms),
        ("propose_timeout_ms", present.propose_timeout_ms),
        ("vote_timeout_ms", present.vote_timeout_ms),
        ("validator_delay_ms", present.validator_delay_ms),
        ("absences_max", present.absences_max()),
    ];
    fields.iter().fold("[set-parameters]\n".to_owned(), |text, (name, value)| format!("{text}{name} = {value}\n"))
}

/// Prints the validators in force, and those that wait, as the file of a change.
///
/// # Errors
/// [`CliError`].
pub(crate) fn validators(app: &App) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let key = StateKey::validators();
    let proven = ask::read(app, &client, std::slice::from_ref(&key), None, None)?;
    let schedule: ValidatorSchedule = ask::record(&proven, &key)?;
    let shown = |all: &[Validator]| -> (Vec<String>, Vec<Value>) {
        all.iter().map(|one| table(&one.department, &one.key.to_bytes(), one.power)).unzip()
    };
    let (mut text, current) = shown(schedule.current.validators());
    let pending = schedule.pending.as_ref().map(|pending| {
        let at = beijing::shown(pending.not_before);
        text.push(format!("# {}\n", app.say("validators-pending", &[("time", &at)])));
        let (tables, values) = shown(pending.validators.validators());
        text.extend(tables.iter().flat_map(|table| table.lines()).map(|line| format!("# {line}\n")));
        json!({"validators": values, "not_before": beijing::stamp(pending.not_before)})
    });
    let value = json!({"as_of": as_of_json(&proven), "validators": current, "pending": pending});
    app.out.result(text.concat().trim_end(), &value);
    Ok(Exit::Done)
}

/// Prints a node's own entry of a change of validators.
///
/// # Errors
/// [`CliError`].
pub(crate) fn validator(app: &App, args: &NodeHome) -> Result<Exit, CliError> {
    let path = args.node_home.join("node.toml");
    let text = files::read_text(&path, CONFIG_BYTES_MAX)?;
    let config: NodeToml = from_toml(&text).map_err(|reason| CliError::format(&path, reason))?;
    let department: DepartmentId = config.department.parse().map_err(|error| CliError::format(&path, error))?;
    let (text, value) = table(&department, &consensus_key(&args.node_home)?.public().to_bytes(), 1);
    app.out.result(text.trim_end(), &value);
    Ok(Exit::Done)
}

/// Prints an administration key with its owner's consent, for the file of a change of administration keys.
///
/// # Errors
/// [`CliError`].
pub(crate) fn consent(app: &App, args: &KeyConsent) -> Result<Exit, CliError> {
    let name: KeyName = args.name.parse()?;
    let chain = crate::client::read_trust(&app.trust_path())?.chain;
    let signer = app.signers([args.name.as_str()])?.remove(0);
    if signer.card.purpose != Purpose::Administration {
        return Err(CliError::value("KEY", why("reason-key-administration")));
    }
    let id = signer.card.id();
    let message = possession_bytes(&chain, &signer.card.department, KeyUse::Administration, &id);
    let (key, possession) = (hex::encode(signer.card.public.to_bytes()), hex::encode(signer.key.sign(&message).0));
    let text = format!("{{ key = \"{key}\", possession = \"{possession}\" }}");
    app.out.result(&text, &json!({"name": name.to_string(), "key": key, "possession": possession}));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::governance::change::parse;

    #[test]
    fn what_is_printed_is_the_file_of_a_change() {
        let tables = ["court", "police"].map(|name| {
            let key = SecretKey::from_seed(&ledger::crypto::Hash::sha256(name.as_bytes()).0).public();
            table(&name.parse().expect("a slug"), &key.to_bytes(), 1).0
        });
        let Ok(Change::SetValidators(change)) = parse(Path::new("change.toml"), &tables.concat()) else {
            panic!("a change of validators")
        };
        assert_eq!(change.validators.len(), 2);
    }

    #[test]
    fn the_parameters_are_printed_as_the_file_of_a_change() {
        let present = Parameters { pace_ms: 250, absences_max: Some(12), ..Parameters::default() };
        let Ok(Change::SetParameters(change)) = parse(Path::new("change.toml"), &parameters_table(&present)) else {
            panic!("a change of parameters")
        };
        assert_eq!(change, present);
    }

    #[test]
    fn a_node_keeps_its_consensus_key_as_hex_digits() {
        let home = tempfile::TempDir::new().expect("a directory");
        let write = |text: &str| std::fs::write(home.path().join("consensus.key"), text).expect("written");
        write(&format!("{}\n", "07".repeat(32)));
        let key = consensus_key(home.path()).map(|key| key.public());
        assert_eq!(key.ok(), Some(SecretKey::from_seed(&[7; 32]).public()));
        for bad in ["", "07", "not hex", &"07".repeat(33)] {
            write(bad);
            assert!(consensus_key(home.path()).is_err(), "{bad}");
        }
    }
}
