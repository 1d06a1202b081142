//! `yinxin node`: hands over to `yinxin-node`, which lies beside this program and is never part of it.

mod care;

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use super::network::{Health, ask, node_program};
use crate::app::App;
use crate::args::NodeCommand;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::reason::from_toml;

/// Bytes of a node's configuration.
const CONFIG_BYTES_MAX: u64 = 256 * 1024;

/// The part of `node.toml` that is read here.
#[derive(Deserialize)]
struct NodeToml {
    department: String,
    ops: Ops,
}

/// Where a node answers to who runs it.
#[derive(Deserialize)]
struct Ops {
    listen: SocketAddr,
}

/// Runs a `node` command. `start` becomes the node's program and ends with its exit code; of the others the outcome is said
/// here, from what that program tells.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: NodeCommand) -> Result<Exit, CliError> {
    let home = match &command {
        NodeCommand::Start(args) => &args.node_home,
        NodeCommand::Backup(args) => &args.node_home,
        NodeCommand::Restore(args) => &args.node_home,
        NodeCommand::Status(args) | NodeCommand::Validator(args) => &args.node_home,
        NodeCommand::Fsck(args) | NodeCommand::Doctor(args) => &args.node_home,
    };
    if !home.join("node.toml").is_file() {
        return Err(CliError::NoNode { path: home.clone() });
    }
    let words = |name: &str, more: &[&OsStr]| -> Vec<OsString> {
        let own = [OsStr::new(name), OsStr::new("--home"), home.as_os_str()];
        own.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    match &command {
        NodeCommand::Status(args) => status(app, &args.node_home),
        NodeCommand::Validator(args) => super::governance::validator(app, args),
        NodeCommand::Start(args) => {
            let pass: Vec<&OsStr> = args.pass.iter().map(OsString::as_os_str).collect();
            become_node(&words("start", &pass))
        }
        NodeCommand::Backup(args) => {
            care::backup(app, &words("backup", &["--to".as_ref(), args.to.as_ref()]), &args.to)
        }
        NodeCommand::Restore(args) => {
            let above = args.above.map(|height| height.to_string());
            let mut more: Vec<&OsStr> = vec!["--from".as_ref(), args.from.as_ref()];
            more.extend(args.replace.then_some(OsStr::new("--replace")));
            more.extend(above.iter().flat_map(|height| [OsStr::new("--above"), OsStr::new(height)]));
            care::restore(app, &words("restore", &more))
        }
        NodeCommand::Fsck(_) => care::fsck(app, &words("fsck", &[])),
        NodeCommand::Doctor(_) => care::doctor(app, &words("doctor", &[])),
    }
}

/// Replaces this process, so that signals and exit codes are the node's own. Comes back only if that fails.
fn become_node(words: &[impl AsRef<OsStr>]) -> Result<Exit, CliError> {
    let program = node_program()?;
    let error = Command::new(&program).args(words).exec();
    Err(CliError::read(&program)(error))
}

fn status(app: &App, home: &Path) -> Result<Exit, CliError> {
    let path = home.join("node.toml");
    let text = files::read_text(&path, CONFIG_BYTES_MAX)?;
    let config: NodeToml = from_toml(&text).map_err(|reason| CliError::format(&path, reason))?;
    let health = ask(config.ops.listen, None);
    let height = health.height().map_or_else(|| "-".to_owned(), |height| height.to_string());
    let state = app.words.say(health.key());
    let values = [("department", config.department.as_str()), ("state", state.as_str()), ("height", height.as_str())];
    let value = json!({"department": config.department, "state": health.word(), "height": health.height()});
    app.out.result(&app.say("node-status", &values), &value);
    Ok(if matches!(health, Health::Ready { .. }) { Exit::Done } else { Exit::Network })
}
