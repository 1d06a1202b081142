//! What a person can type. Shapes only: every word of help is in the catalogue, see `catalogue::help`.

mod authority;
mod evidence;
mod network;
mod record;
mod shared;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Args, CommandFactory, Parser, Subcommand};

pub(crate) use authority::{
    KeyCommand, KeyConsent, KeyEnded, KeyExport, KeyList, KeyNew, KeyRegister, KeyTarget, ProposalCommand,
    ProposalShow, Propose, Purpose, Ready, Vote, VoteChoice,
};
pub(crate) use evidence::{EvidenceCommand, EvidenceExport, EvidenceList, EvidenceVerify};
pub(crate) use network::{NetworkCommand, NetworkDown, NetworkInit, NetworkPlace, NetworkUp, NodeCommand, NodeHome};
pub(crate) use record::{
    Approve, CertificateCommand, CorrectionCommand, Draft, Export, IdentityCommand, IdentityRegister, Inspect, Issue,
    List, Lookup, OpenCase, Person, RecordCase, RecordFile, Show, Supersede, Verify,
};
pub(crate) use shared::{Ended, Ground, Sign};

use crate::catalogue::Lang;

/// A whole command line.
#[derive(Debug, Parser)]
#[command(name = "yinxin", version)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// How to print results.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Language; read before anything else is parsed.
    #[arg(long, global = true, value_enum, env = "YINXIN_LANG", value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
    /// Directory of keys, trust file and settings.
    #[arg(long, global = true, env = "YINXIN_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Nodes to ask, first to last.
    #[arg(long = "node", global = true, env = "YINXIN_NODE", value_delimiter = ',', value_name = "URL")]
    pub(crate) nodes: Vec<String>,
    /// Trust file.
    #[arg(long, global = true, env = "YINXIN_TRUST", value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Files whose first line is a passphrase: one for all keys, or one for each.
    #[arg(long = "passphrase-file", global = true, env = "YINXIN_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_files: Vec<PathBuf>,
}

/// How to print results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Sentences and tables.
    Human,
    /// One JSON value.
    Json,
}

impl Format {
    /// The format of a command line that does not parse: a program that asked for JSON gets it for its mistake too.
    pub(crate) fn choose(arguments: &[OsString]) -> Self {
        let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
        let together = ["-ojson", "-o=json", "--output=json"];
        let apart = |pair: &[std::borrow::Cow<'_, str>]| matches!(&*pair[0], "-o" | "--output") && pair[1] == "json";
        let json = words.iter().any(|word| together.contains(&&**word)) || words.windows(2).any(apart);
        if json { Self::Json } else { Self::Human }
    }
}

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A consortium on this machine.
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Keys and their standing on the ledger.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Notarial certificates.
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// Identity attestations.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Community corrections.
    #[command(subcommand)]
    Correction(CorrectionCommand),
    /// Finds a certificate by number and code.
    Lookup(Lookup),
    /// Checks a file offline.
    Verify(Verify),
    /// Shows what a file of ours holds.
    Inspect(Inspect),
    /// Proofs that a department's node signed twice.
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Opens a governance proposal.
    Propose(Propose),
    /// Proposals of governance.
    #[command(subcommand)]
    Proposal(ProposalCommand),
    /// Votes on a proposal.
    Vote(Vote),
    /// Says that a joining validator's node is up.
    Ready(Ready),
    /// Prints the validators in force.
    Validators,
    /// Prints the parameters in force.
    Parameters,
    /// Transactions.
    #[command(subcommand)]
    Transaction(TransactionCommand),
    /// A department's node.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Measures a consortium of four nodes on this machine.
    Bench(Bench),
    /// Completion script of a shell.
    Completion(Completion),
    /// Manual pages.
    Man(Man),
}

/// Transactions.
#[derive(Debug, Subcommand)]
pub(crate) enum TransactionCommand {
    /// Where a transaction stands.
    Show(TransactionShow),
}

/// Which transaction.
#[derive(Debug, Args)]
pub(crate) struct TransactionShow {
    /// Its id, 64 hex digits.
    #[arg(value_name = "ID")]
    pub(crate) transaction: String,
    /// Key that signs the request, for statements that are not public.
    #[arg(id = "read_key", long = "key", value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// Measures.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Seconds of each load.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..=600), value_name = "SECONDS")]
    pub(crate) seconds: u64,
    /// Fills the state with so many records before the loads: a record is one key of the state, and a certificate brings
    /// three, its person's attestation, itself and its look-up. A node verifies every signature of it.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000), value_name = "RECORDS")]
    pub(crate) preload: Option<u64>,
}

/// Completion script of a shell.
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Manual pages.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Directory to write them to.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// The subcommands that a line names, and where its first other word stands: options of the whole line lie between.
fn path_of(arguments: &[OsString]) -> (Vec<String>, usize) {
    let (mut level, mut path, mut at) = (Cli::command(), Vec::new(), 1);
    let global: Vec<Arg> = global_options().collect();
    while let Some(word) = arguments.get(at).map(|word| word.to_string_lossy().into_owned()) {
        if word.starts_with('-') {
            let takes_value = level.get_arguments().chain(&global).any(|arg| is_option_with_value(arg, &word));
            at += if takes_value { 2 } else { 1 };
        } else if let Some(next) = level.find_subcommand(&word) {
            level = next.clone();
            path.push(word);
            at += 1;
        } else {
            break;
        }
    }
    (path, at)
}

/// The options that hold for every command.
pub(crate) fn global_options() -> impl Iterator<Item = Arg> {
    let all: Vec<Arg> = Cli::command().get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    all.into_iter()
}

/// True if a word is the name of this option and its value is the next word.
fn is_option_with_value(arg: &Arg, word: &str) -> bool {
    let long = word.strip_prefix("--").is_some_and(|name| arg.get_long() == Some(name));
    let short =
        word.strip_prefix('-').is_some_and(|name| arg.get_short().is_some_and(|short| name == short.to_string()));
    (long || short) && arg.get_action().takes_values()
}

fn at_path(mut level: clap::Command, path: &[String]) -> clap::Command {
    for name in path {
        level = level.find_subcommand(name).cloned().unwrap_or(level);
    }
    level
}

/// `yinxin help X` is `yinxin X --help`, and `yinxin X help Y` is `yinxin X Y --help`.
pub(crate) fn with_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let (path, at) = path_of(&arguments);
    if arguments.get(at).is_some_and(|word| word == "help") && at_path(Cli::command(), &path).has_subcommands() {
        arguments.remove(at);
        arguments.push("--help".into());
    }
    arguments
}

/// The line of usage of the command that a line names, in one language.
pub(crate) fn usage(arguments: &[OsString], words: &crate::catalogue::Words) -> String {
    let usage = at_path(command(words), &path_of(arguments).0).render_usage().to_string();
    usage.split_once(':').map_or(usage.as_str(), |(_, line)| line).trim().to_owned()
}

/// The command tree, in one language.
pub(crate) fn command(words: &crate::catalogue::Words) -> clap::Command {
    crate::catalogue::localized(Cli::command(), words)
}
