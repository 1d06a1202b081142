//! Changes as people write them: a whole file of each kind, and what is wrong with a broken one.

use super::*;
use crate::catalogue::{Lang, Words};

const PARAMETERS: &str = "[set-parameters]\npace_ms = 200\nblock_weight_max = 3000\nblock_bytes_max = 4194304\n\
    issue_within_ms = 3600000\npropose_timeout_ms = 500\nvote_timeout_ms = 300\nvalidator_delay_ms = 600000\n";

const GROUNDS: &str = "[set-grounds]\nact = \"annul\"\n[set-grounds.grounds]\n\
    wrong-fact = { zh = \"与事实不符\", en = \"not true\" }\n";

/// A whole file of each kind, as users read them.
const SAMPLES: &str = include_str!("../../../../../docs/changes.md");

fn samples() -> impl Iterator<Item = &'static str> {
    SAMPLES.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn the_page_of_changes_shows_a_whole_file_of_every_kind() {
    let shown: Vec<&str> =
        samples().map(|text| parsed(text).unwrap_or_else(|error| panic!("{error}: {text}")).word()).collect();
    for (kind, ..) in fields::KINDS {
        assert!(shown.contains(&kind), "{kind} is not shown");
    }
}

#[test]
fn every_field_that_is_missing_or_unknown_is_named_at_once_in_both_languages() {
    let hours = "[set-parameters]\npace_ms = 200\nissue_within_hours = 720\nvalidator_delay_s = 600\n";
    let error = parsed(hours).expect_err("fields are missing");
    for lang in [Lang::En, Lang::ZhCn] {
        let said = error.sentence(&Words::new(lang));
        for name in [
            "block_weight_max",
            "block_bytes_max",
            "issue_within_ms",
            "propose_timeout_ms",
            "vote_timeout_ms",
            "validator_delay_ms",
            "issue_within_hours",
            "validator_delay_s",
        ] {
            assert!(said.contains(name), "{name}: {said}");
        }
        assert!(!said.contains("absences_max") && !said.contains("pace_ms"), "{said}");
    }
}

#[test]
fn the_fields_that_are_asked_for_are_those_that_are_read() {
    for text in samples() {
        let table: toml::Table = text.parse().expect("TOML");
        let (kind, value) = table.iter().next().expect("one table");
        let (_, needed, other) = fields::KINDS.into_iter().find(|(name, ..)| name == kind).expect("a kind");
        let rows: Vec<toml::Table> = match value {
            toml::Value::Array(rows) => rows.iter().filter_map(|row| row.as_table().cloned()).collect(),
            value => value.as_table().cloned().into_iter().collect(),
        };
        let without = |name: &str| {
            let mut row = rows[0].clone();
            row.remove(name);
            let value = if value.is_array() { toml::Value::Array(vec![row.into()]) } else { row.into() };
            toml::Table::from_iter([(kind.clone(), value)]).to_string()
        };
        for name in needed {
            let text = without(name);
            let error = parsed(&text).expect_err("a field is missing");
            assert!(error.sentence(&Words::new(Lang::ZhCn)).contains(name), "{name}: {error}");
            assert!(from_toml::<ChangeFile>(&text).is_err(), "{kind} needs no {name}");
        }
        for name in other {
            assert!(from_toml::<ChangeFile>(&without(name)).is_ok(), "{kind} needs {name}");
        }
    }
}

#[test]
fn a_table_of_no_change_is_told_with_those_there_are() {
    let error = parsed("[set-parameter]\npace_ms = 1\n").expect_err("no such table");
    for lang in [Lang::En, Lang::ZhCn] {
        let said = error.sentence(&Words::new(lang));
        assert!(said.contains("set-parameter,") || said.contains("`set-parameter`"), "{said}");
        assert!(fields::KINDS.iter().all(|(kind, ..)| said.contains(kind)), "{said}");
    }
}

fn parsed(text: &str) -> Result<Change, CliError> {
    parse(Path::new("change.toml"), text)
}

#[test]
fn every_kind_of_change_is_read() {
    let key = hex::encode(ledger::crypto::SecretKey::from_seed(&[3; 32]).public().to_bytes());
    let item = "[put-item]\ncode = \"notarial.test\"\nkind = \"notarial\"\nname = { zh = \"试\", en = \"test\" }\n\
        legal_basis = \"公证法\"\nexercising = [\"notary\"]\napproval = \"required\"\nnumber_class = \"general\"\n\
        [put-item.powers]\ndraft = { roles = [\"notary-office\"], zh = \"起草\", en = \"draft\" }\n";
    let department = "[put-department]\nid = \"tax\"\nname = { zh = \"税务局\", en = \"tax\" }\nroles = [\"tax\"]\n";
    let validators = format!("[[set-validators]]\ndepartment = \"notary\"\nkey = \"{key}\"\n");
    let possession = "ab".repeat(64);
    let administration = format!(
        "[set-administration]\ndepartment = \"tax\"\nthreshold = 2\nkeys = [{{ key = \"{key}\", possession = \"{possession}\" }}]\n"
    );
    for (text, word) in [
        (PARAMETERS, "set-parameters"),
        (item, "put-item"),
        (department, "put-department"),
        ("[retire-department]\ndepartment = \"tax\"\n", "retire-department"),
        (&validators, "set-validators"),
        (&administration, "set-administration"),
        (GROUNDS, "set-grounds"),
    ] {
        assert_eq!(parsed(text).map(|change| change.word()).ok(), Some(word), "{text}");
    }
}

#[test]
fn none_two_and_unsafe_changes_are_refused() {
    let two = format!("{PARAMETERS}[retire-department]\ndepartment = \"tax\"\n");
    let unsafe_one = PARAMETERS.replace("pace_ms = 200", "pace_ms = 60000");
    let misspelt = PARAMETERS.replace("pace_ms", "pace");
    let no_such_act = GROUNDS.replace("annul", "vote");
    for text in ["", "x = 1", &two, &unsafe_one, &misspelt, &no_such_act] {
        assert!(parsed(text).is_err(), "{text}");
    }
}
