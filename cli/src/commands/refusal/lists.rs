//! What may be chosen: the grounds of an act, the kinds of entries and ends that an item knows. All of it is data of
//! the ledger, shown with its words.

use ledger::record::{CaseAct, Ground, Grounds, Item};
use ledger::state::StateKey;
use ledger::types::Code;

use super::super::{ask, facts};
use crate::app::App;
use crate::client::Client;
use crate::error::CliError;
use crate::output::table;

/// The grounds of an act that are in force, a line each after their heading; empty if they cannot be read just now.
pub(crate) fn grounds(app: &App, client: &Client, act: &str) -> Vec<String> {
    let listed = || -> Result<Grounds, CliError> {
        let key = StateKey::grounds(&ask::word("--reason", act)?);
        ask::record(&ask::read(app, client, std::slice::from_ref(&key), None, None)?, &key)
    };
    let Ok(listed) = listed() else { return Vec::new() };
    let name = |ground: &Ground| facts::named(app, &ground.name_zh, &ground.name_en).to_owned();
    let rows = listed.grounds.iter().map(|ground| vec![ground.code.to_string(), name(ground)]).collect();
    headed(app, "grounds-listed", act, rows)
}

/// The kinds of entries or ends that an item knows, a line each after their heading.
pub(crate) fn named(app: &App, item: &Item, act: CaseAct) -> Vec<String> {
    let key = match act {
        CaseAct::Entry => "kinds-listed",
        CaseAct::Close => "ends-listed",
    };
    let kinds = item.powers.iter().filter_map(|power| {
        let kind = act.kind_of(power)?;
        Some(vec![kind.to_owned(), facts::named(app, &power.name_zh, &power.name_en).to_owned()])
    });
    headed(app, key, item.code.as_str(), kinds.collect())
}

/// The variants that an item knows, a line each.
pub(crate) fn variants(app: &App, item: &Item) -> Vec<String> {
    let name = |code: &Code| app.words.find(&format!("variant-{code}"), &[]).unwrap_or_default();
    let row = |code: &Code| vec![code.to_string(), name(code)];
    table(&item.variants.iter().map(row).collect::<Vec<_>>()).lines().map(|line| format!("  {line}")).collect()
}

fn headed(app: &App, key: &str, of: &str, rows: Vec<Vec<String>>) -> Vec<String> {
    let of = facts::act(app, of);
    let mut lines = vec![app.say(key, &[("of", &of)])];
    lines.extend(table(&rows).lines().map(|line| format!("  {line}")));
    lines
}
