//! `yinxin`: what a person types. Signs statements, asks nodes, and prints only what it has verified itself.

mod app;
mod args;
mod catalogue;
mod client;
mod commands;
mod error;
mod exit;
mod files;
mod given;
mod home;
mod keys;
mod output;
mod reason;

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::app::App;
use crate::args::{Cli, Format};
use crate::catalogue::{Lang, Words};
use crate::exit::Exit;
use crate::given::Given;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = args::with_help(std::env::args_os().collect());
    let words = Words::new(Lang::choose(&arguments, |name| std::env::var(name).ok()));
    let out = Output::new(Format::choose(&arguments));
    let parsed = args::command(&words)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, Given::of(&matches))));
    let exit = match parsed {
        Ok((cli, given)) => run(cli, given, words),
        Err(error) => explain(&error, &args::usage(&arguments, &words), &out, &words),
    };
    exit.into()
}

fn run(cli: Cli, given: Given, words: Words) -> Exit {
    let app = App::new(cli.global, words).with(given);
    match commands::run(&app, cli.command) {
        Ok(exit) => app.out.end(exit, &app.words, &app.given),
        Err(error) => {
            app.out.error(&error, &app.words, &app.given);
            error.exit()
        }
    }
}

/// Prints help or version to stdout, or says what was not understood.
fn explain(error: &clap::Error, usage: &str, out: &Output, words: &Words) -> Exit {
    if !error.use_stderr() {
        out.written(error.print());
        return out.end(Exit::Done, words, &Given::default());
    }
    match catalogue::explain_usage(error, usage, words) {
        Some(sentence) => out.usage(&sentence, words),
        None if out.is_json() => out.usage(&error.to_string(), words),
        None => {
            let _ = error.print();
        }
    }
    Exit::Usage
}
