//! `yinxin node`: hands over to `yinxin-node`, which lies beside this program and is never part of it.

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

/// Runs a `node` command. All but `status` and `validator` become the node's program and end with its exit code.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: NodeCommand) -> Result<Exit, CliError> {
    let option = |name: &str, value: &Path| [OsString::from(name), value.as_os_str().to_owned()];
    let mut words: Vec<OsString> = Vec::new();
    match command {
        NodeCommand::Status(args) => return status(app, &args.node_home),
        NodeCommand::Validator(args) => return super::governance::validator(app, &args),
        NodeCommand::Start(args) => {
            words.push("start".into());
            words.extend(option("--home", &args.node_home));
            words.extend(args.pass);
        }
        NodeCommand::Backup(args) => {
            words.push("backup".into());
            words.extend(option("--home", &args.node_home));
            words.extend(option("--to", &args.to));
        }
        NodeCommand::Restore(args) => {
            words.push("restore".into());
            words.extend(option("--home", &args.node_home));
            words.extend(option("--from", &args.from));
            words.extend(args.replace.then(|| "--replace".into()));
            words.extend(args.above.into_iter().flat_map(|height| ["--above".into(), height.to_string().into()]));
        }
        NodeCommand::Fsck(args) => {
            words.push("fsck".into());
            words.extend(option("--home", &args.node_home));
        }
        NodeCommand::Doctor(args) => {
            words.push("doctor".into());
            words.extend(option("--home", &args.node_home));
        }
    }
    become_node(&words)
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
