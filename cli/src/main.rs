//! `yinxin`: what a person types. Signs statements, asks nodes, and prints only what it has verified itself.

mod app;
mod args;
mod catalogue;
mod client;
mod commands;
mod error;
mod exit;
mod files;
mod home;
mod keys;
mod output;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;

use crate::app::App;
use crate::args::{Cli, Format};
use crate::catalogue::{Lang, Words};
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let words = Words::new(Lang::choose(&arguments, |name| std::env::var(name).ok()));
    let out = Output::new(Format::choose(&arguments));
    let parsed =
        args::command(&words).try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let exit = match parsed {
        Ok(cli) => run(cli, words),
        Err(error) => explain(&error, &out, &words),
    };
    exit.into()
}

fn run(cli: Cli, words: Words) -> Exit {
    let app = App::new(cli.global, words);
    commands::run(&app, cli.command).unwrap_or_else(|error| {
        app.out.error(&error, &app.words);
        error.exit()
    })
}

/// Prints help or version to stdout, or says what was not understood.
fn explain(error: &clap::Error, out: &Output, words: &Words) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Done;
    }
    match catalogue::explain_usage(error, words) {
        Some(sentence) => out.usage(&sentence, words),
        None if out.is_json() => out.usage(&error.to_string(), words),
        None => {
            let _ = error.print();
        }
    }
    Exit::Usage
}
