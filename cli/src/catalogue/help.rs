//! Puts the catalogue's words into the command tree.
//!
//! Keys: `help-<command>-<subcommand>` for a command, `help-<command>-<subcommand>--<argument>` or, where many
//! commands share an argument, `arg-<argument>`; `value-<NAME>` for what an argument is called in a line of usage.

use clap::{Arg, Command};

use super::Words;

/// The command tree with every help text and heading in one language.
pub(crate) fn localized(command: Command, words: &Words) -> Command {
    let root = command.get_name().to_owned();
    let version = Arg::new("version").short('V').long("version").action(clap::ArgAction::Version);
    walk(command.disable_version_flag(true).arg(version), words, &format!("help-{root}"), &root)
}

/// `path` is the command as typed, `key` the same in the catalogue.
fn walk(command: Command, words: &Words, key: &str, path: &str) -> Command {
    let template =
        format!("{{about-with-newline}}\n{}\n  {{usage}}\n\n{{all-args}}{{after-help}}", words.say("heading-usage"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command
        .about(words.say(key))
        .long_about(None)
        .disable_help_subcommand(true)
        .help_template(template)
        .subcommand_help_heading(words.say("heading-commands"))
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(clap::ArgAction::Help));
    if let Some(example) = words.find(&format!("{key}.example"), &[]) {
        let examples = format!("{}\n{example}", words.say("heading-examples"));
        // Only the long help of the whole program has them: they are the same for every command.
        if let Some(exits) = words.find(&format!("{key}.exits"), &[]) {
            command = command.after_long_help(format!("{examples}\n\n{}\n{exits}", words.say("heading-exits")));
        }
        command = command.after_help(examples);
    }
    let mut place = 0;
    let command = command.mut_args(|arg| {
        place += 1;
        explained(arg, words, key, place)
    });
    let usage = usage(&command, words, path);
    let command = command.override_usage(usage);
    names.into_iter().fold(command, |command, name| {
        let (key, path) = (format!("{key}-{name}"), format!("{path} {name}"));
        command.mut_subcommand(name, |sub| walk(sub, words, &key, &path))
    })
}

/// One line: the command, what must be given with the file or the record first, and that there is more.
fn usage(command: &Command, words: &Words, path: &str) -> String {
    let mut line = vec![path.to_owned()];
    let own = || command.get_arguments().filter(|arg| !is_common(arg));
    for arg in own().filter(|arg| arg.is_positional() && !arg.is_last_set()) {
        let names = names(arg);
        line.push(if arg.is_required_set() { format!("<{names}>") } else { format!("[{names}]") });
    }
    for arg in own().filter(|arg| !arg.is_positional() && is_needed(arg)) {
        line.push(format!("--{} <{}>", arg.get_long().unwrap_or_default(), names(arg)));
    }
    if command.has_subcommands() {
        line.push(format!("<{}>", words.say("heading-command")));
    }
    line.push(format!("[{}]", words.say("heading-options-short")));
    line.extend(own().filter(|arg| arg.is_last_set()).map(|arg| format!("[-- <{}>...]", names(arg))));
    line.join(" ")
}

fn names(arg: &Arg) -> String {
    arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect::<Vec<_>>().join("> <")
}

/// Whether an argument must be given. A missing ground is refused with the list of those in force, which clap has not, and
/// a missing key by the nodes, which show what is the consortium's to nobody else.
fn is_needed(arg: &Arg) -> bool {
    arg.is_required_set() || matches!(arg.get_id().as_str(), "reason" | "consortium_key")
}

/// Whether an argument holds for every command.
fn is_common(arg: &Arg) -> bool {
    arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version")
}

fn explained(arg: Arg, words: &Words, key: &str, place: usize) -> Arg {
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
    // What must be given comes first, what every command has last, and help at the very end.
    let (heading, group) = match (arg.is_positional(), is_common(&arg)) {
        (true, _) => ("heading-arguments", 0),
        (false, false) => ("heading-options", if is_needed(&arg) { 1 } else { 2 }),
        (false, true) => ("heading-common", if arg.is_global_set() { 3 } else { 4 }),
    };
    let name = arg.get_value_names().and_then(|names| names.first()).map(|name| name.to_string());
    let name = name.unwrap_or_else(|| id.to_uppercase());
    let name = words.find(&format!("value-{name}"), &[]).unwrap_or(name);
    let arg = if arg.get_action().takes_values() { arg.value_name(name) } else { arg };
    arg.help(text)
        .help_heading(words.say(heading))
        .display_order(group * 100 + place)
        .hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true)
}
