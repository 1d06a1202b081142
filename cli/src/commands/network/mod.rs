//! `yinxin network`: a consortium on one machine.
//!
//! ```text
//! sample   the commented network.toml, from a few choices
//! plan     network.toml as read
//! found    keys and genesis document
//! layout   where everything lies
//! process  nodes in the background
//! up       starts them, and tells why one did not come up
//! health   what a node says of itself
//! ```

pub(crate) mod found;
mod health;
pub(crate) mod layout;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod sample;
#[cfg(test)]
mod tests;
mod up;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use ledger::validator::{ValidatorSet, is_quorum};
use serde_json::{Value, json};

use crate::app::App;
use crate::args::{NetworkCommand, NetworkDown, NetworkInit, NetworkPlace};
use crate::error::CliError;
use crate::exit::Exit;
use crate::keys::WORK_FACTOR_SAFE;
use crate::output::table;
use crate::reason::why;
use layout::Layout;
use plan::{DepartmentPlan, NodePlan, Plan};
use process::Ended;

pub(crate) use health::{Health, ask};
pub(crate) use process::program as node_program;

/// Runs a `network` command.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: NetworkCommand) -> Result<Exit, CliError> {
    match command {
        NetworkCommand::Init(args) => init(app, &args),
        NetworkCommand::Up(args) => up::up(app, &args),
        NetworkCommand::Down(args) => down(app, &args),
        NetworkCommand::Status(args) => status(app, &args),
    }
}

fn init(app: &App, args: &NetworkInit) -> Result<Exit, CliError> {
    let (plan, text) = match &args.from {
        Some(path) => Plan::read(path)?,
        None => {
            let choice = sample::Choice { name: args.name.clone(), nodes: args.departments, base_port: args.base_port };
            let text = sample::render(&choice);
            (Plan::parse(&text).map_err(|reason| CliError::value("network.toml", reason))?, text)
        }
    };
    let founded = found::found(&plan, app.now())?;
    let layout = Layout::at(args.dir.clone());
    let passphrase = app.new_passphrase(0)?;
    layout.claim()?;
    layout.write(&founded, &text)?;
    app.out.note(&app.say("network-making-keys", &[("count", &founded.keys.len().to_string())]));
    if args.work_factor < WORK_FACTOR_SAFE {
        app.out.note(&app.say("network-weak-keys", &[("factor", &args.work_factor.to_string())]));
    }
    layout.write_keys(&founded, &passphrase, args.work_factor)?;
    let set = ValidatorSet::new(founded.genesis.validators.clone());
    report_founding(app, &layout, &founded, &set.map_err(|error| CliError::value("network.toml", error))?);
    Ok(Exit::Done)
}

fn report_founding(app: &App, layout: &Layout, founded: &found::Founded, set: &ValidatorSet) {
    let context = founded.genesis.context();
    let dir = layout.root().display().to_string();
    let (count, faulty, quorum) = (set.len(), set.faults_tolerated(), set.quorum());
    let trust = layout.trust().display().to_string();
    let up = app.given.keyless(&["network", "up", "--dir", &dir]);
    let lines = [
        app.say("network-founded", &[("chain", context.chain.as_str()), ("dir", &dir)]),
        app.say(
            "network-validators",
            &[("count", &count.to_string()), ("faulty", &faulty.to_string()), ("quorum", &quorum.to_string())],
        ),
        app.say("network-genesis", &[("hash", &context.genesis.to_string())]),
        app.say("network-trust", &[("path", &trust)]),
        app.say("next-step", &[("command", &up)]),
    ];
    let value = json!({
        "chain": context.chain.as_str(),
        "genesis": context.genesis.to_string(),
        "dir": dir,
        "trust": trust,
        "validators": count,
        "faulty_max": faulty,
        "quorum": quorum,
        "next": [up],
        "departments": founded.nodes.iter().map(|node| node.department.as_str()).collect::<Vec<_>>(),
    });
    app.out.result(&lines.join("\n"), &value);
}

/// A founded consortium and its plan.
fn open(app: &App, place: &NetworkPlace) -> Result<(Layout, Plan), CliError> {
    let root: PathBuf = place.dir.clone().unwrap_or_else(|| app.home.root().to_owned());
    let layout = Layout::at(root.clone());
    if !layout.network().is_file() {
        return Err(CliError::NoNetwork { path: root });
    }
    let (plan, _) = Plan::read(&layout.network())?;
    Ok((layout, plan))
}

/// The departments that run a node, for people.
fn nodes(plan: &Plan) -> String {
    plan.nodes().map(|(department, _)| department.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// The nodes that were asked for; all if none was named.
fn chosen<'a>(plan: &'a Plan, names: &[String]) -> Result<Vec<(&'a DepartmentPlan, &'a NodePlan)>, CliError> {
    for name in names {
        if !plan.nodes().any(|(department, _)| department.id == *name) {
            return Err(CliError::value(
                "--department",
                why("reason-no-node").with("name", name).with("nodes", nodes(plan)),
            ));
        }
    }
    Ok(plan.nodes().filter(|(department, _)| names.is_empty() || names.contains(&department.id)).collect())
}

/// The first address of a node at which somebody listens already.
pub(crate) fn taken(place: &NodePlan) -> Option<SocketAddr> {
    place.addresses().find(|address| match TcpListener::bind(address) {
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::AddrInUse,
    })
}

fn down(app: &App, args: &NetworkDown) -> Result<Exit, CliError> {
    let (layout, plan) = open(app, &args.place)?;
    let grace = Duration::from_secs(args.grace);
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for (department, _) in chosen(&plan, &args.departments)? {
        let (key, word) = match process::end(&layout, &department.id, grace)? {
            Ended::NotRunning => ("network-down-none", "not-running"),
            Ended::Itself => ("network-down-one", "ended"),
            Ended::Killed => ("network-down-killed", "killed"),
        };
        lines.push(app.say(key, &[("department", &department.id)]));
        values.push(json!({"department": department.id, "outcome": word}));
    }
    app.out.result(&lines.join("\n"), &json!({"nodes": values}));
    Ok(Exit::Done)
}

fn status(app: &App, args: &NetworkPlace) -> Result<Exit, CliError> {
    let (layout, plan) = open(app, args)?;
    let columns = [
        "network-column-department",
        "network-column-process",
        "network-column-state",
        "network-column-height",
        "network-column-address",
    ];
    let mut rows = vec![columns.iter().map(|column| app.words.say(column)).collect()];
    let mut values: Vec<Value> = Vec::new();
    let mut absent = Vec::new();
    for (department, place) in plan.nodes() {
        let pid = process::running(&layout, &department.id);
        let health = match (pid, health::ask(place.ops_address(), pid)) {
            (None, Health::Starting { .. } | Health::Ready { .. }) => Health::Foreign,
            (_, health) => health,
        };
        if !matches!(health, Health::Ready { .. }) {
            absent.push(department.id.as_str());
        }
        let shown = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        rows.push(vec![
            department.id.clone(),
            shown(pid.map(u64::from)),
            app.words.say(health.key()),
            shown(health.height()),
            place.api_url(),
        ]);
        values.push(json!({
            "department": department.id, "process": pid, "state": health.word(), "height": health.height(), "api": place.api_url(),
        }));
    }
    let (ready, total) = (values.len() - absent.len(), values.len());
    // A plan gives each node one vote.
    let decides = is_quorum(ready as u64, total as u64);
    let mut text = table(&rows);
    if !absent.is_empty() {
        let said = if decides { "network-some-absent" } else { "network-no-quorum" };
        let names = absent.join(&app.words.say("list-join"));
        text +=
            &app.say(said, &[("departments", &names), ("ready", &ready.to_string()), ("total", &total.to_string())]);
    }
    app.out.result(&text, &json!({"nodes": values, "ready": ready, "not_ready": absent, "quorum": decides}));
    Ok(if decides { Exit::Done } else { Exit::Network })
}
