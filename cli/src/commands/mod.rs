//! One file a subject; each takes its arguments and answers an exit code.

mod age;
mod ask;
mod beijing;
pub(crate) mod bench;
mod certificate;
mod correction;
mod document;
mod evidence;
mod facts;
mod governance;
mod grounds;
mod identity;
mod inspect;
mod key;
mod lookup;
pub(crate) mod network;
mod node;
mod number;
mod refusal;
mod secrets;
mod shown;
#[cfg(test)]
mod tests;
mod transaction;
mod verify;
mod whole;

use clap_complete::generate;

use crate::app::App;
use crate::args::{Command, Completion, Man, command as tree};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;

/// Runs a command.
///
/// # Errors
/// [`CliError`], printed by `main`.
pub(crate) fn run(app: &App, command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Network(command) => network::run(app, command),
        Command::Key(command) => key::run(app, command),
        Command::Certificate(command) => certificate::run(app, command),
        Command::Identity(command) => identity::run(app, command),
        Command::Correction(command) => correction::run(app, command),
        Command::Lookup(args) => lookup::run(app, &args),
        Command::Verify(args) => verify::run(app, &args),
        Command::Inspect(args) => inspect::run(app, &args),
        Command::Evidence(command) => evidence::run(app, command),
        Command::Propose(args) => governance::propose(app, &args),
        Command::Proposal(command) => governance::proposal(app, &command),
        Command::Vote(args) => governance::vote(app, &args),
        Command::Ready(args) => governance::ready(app, &args),
        Command::Validators => governance::validators(app),
        Command::Parameters => governance::parameters(app),
        Command::Transaction(command) => transaction::run(app, command),
        Command::Completion(args) => completion(app, &args),
        Command::Man(args) => man(app, &args),
        Command::Node(command) => node::run(app, command),
        Command::Bench(args) => bench::run(app, &args),
    }
}

fn completion(app: &App, args: &Completion) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    generate(args.shell, &mut tree(&app.words), "yinxin", &mut script);
    app.out.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}

fn man(app: &App, args: &Man) -> Result<Exit, CliError> {
    files::create_dir(&args.out)?;
    clap_mangen::generate_to(tree(&app.words), &args.out).map_err(CliError::write(&args.out))?;
    Ok(Exit::Done)
}
