//! Puts the catalogue's words into the command tree.
//!
//! Keys: `help-<command>-<subcommand>` for a command, `help-<command>-<subcommand>--<argument>` or, where many
//! commands share an argument, `arg-<argument>`.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::Words;

/// The command tree with every help text and heading in one language.
pub(crate) fn localized(command: Command, words: &Words) -> Command {
    let root = command.get_name().to_owned();
    let version = Arg::new("version").short('V').long("version").action(clap::ArgAction::Version);
    walk(command.disable_version_flag(true).arg(version), words, &format!("help-{root}"))
}

fn walk(command: Command, words: &Words, key: &str) -> Command {
    let template =
        format!("{{about-with-newline}}\n{}\n  {{usage}}\n\n{{all-args}}{{after-help}}", words.say("heading-usage"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command
        .about(words.say(key))
        .long_about(None)
        .subcommand_value_name(words.say("heading-command"))
        .disable_help_subcommand(true)
        .help_template(template)
        .subcommand_help_heading(words.say("heading-commands"))
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(clap::ArgAction::Help));
    if let Some(example) = words.find(&format!("{key}.example"), &[]) {
        command = command.after_help(format!("{}\n{example}", words.say("heading-examples")));
    }
    let command = command.mut_args(|arg| explained(arg, words, key));
    names.into_iter().fold(command, |command, name| {
        let sub_key = format!("{key}-{name}");
        command.mut_subcommand(name, |sub| walk(sub, words, &sub_key))
    })
}

fn explained(arg: Arg, words: &Words, key: &str) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    let mut text = words.find(&format!("{key}--{id}"), &[]).unwrap_or_else(|| words.say(&format!("arg-{id}")));
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let mut add = |key: &str, name: &str, value: &str| {
        text = format!("{text}{}{}", words.say("help-join"), words.with(key, &[(name, value)]));
    };
    // Flags have true and false as their values, which nobody types.
    if arg.get_action().takes_values() && !values.is_empty() {
        add("help-values", "values", &values.join(", "));
    }
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !default.is_empty() {
        add("help-default", "value", &default.join(", "));
    }
    if let Some(name) = arg.get_env() {
        add("help-environment", "name", &name.to_string_lossy());
    }
    let heading = match (arg.is_positional(), arg.is_global_set() || matches!(id.as_str(), "help" | "version")) {
        (true, _) => "heading-arguments",
        (false, true) => "heading-common",
        (false, false) => "heading-options",
    };
    arg.help(text).help_heading(words.say(heading)).hide_possible_values(true).hide_default_value(true).hide_env(true)
}

/// What was wrong with a command line, in the reader's language; `None` where clap's own text has to do.
pub(crate) fn explain_usage(error: &clap::Error, words: &Words) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" "),
        _ => String::new(),
    };
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let subcommand = text(ContextKind::InvalidSubcommand);
    let key = match error.kind() {
        ErrorKind::UnknownArgument => "usage-unknown-argument",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::MissingRequiredArgument => "usage-missing-argument",
        ErrorKind::InvalidValue if value.is_empty() => "usage-missing-value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        ErrorKind::ArgumentConflict => "usage-conflict",
        ErrorKind::MissingSubcommand => "usage-missing-command",
        _ => return None,
    };
    let argument = if subcommand.is_empty() { argument } else { subcommand };
    let mut sentence = words.with(key, &[("argument", &argument), ("value", &value)]);
    let possible = text(ContextKind::ValidValue);
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .map(text)
        .find(|text| !text.is_empty());
    if !possible.is_empty() {
        sentence = format!("{sentence}\n{}", words.with("usage-possible", &[("values", &possible)]));
    }
    if let Some(suggested) = suggested {
        sentence = format!("{sentence}\n{}", words.with("usage-suggested", &[("value", &suggested)]));
    }
    Some(sentence)
}
