//! What was wrong with a command line that was not understood, said in the reader's language.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Words;

/// What was wrong with a command line whose usage is this; `None` where clap's own text has to do.
pub(crate) fn explain_usage(error: &clap::Error, usage: &str, words: &Words) -> Option<String> {
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let subcommand = text(error, ContextKind::InvalidSubcommand);
    let key = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => "usage-unknown-argument",
        ErrorKind::UnknownArgument => "usage-extra-word",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::MissingRequiredArgument => "usage-missing-argument",
        ErrorKind::InvalidValue if value.is_empty() => "usage-missing-value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        ErrorKind::ArgumentConflict => "usage-conflict",
        ErrorKind::MissingSubcommand => "usage-missing-command",
        _ => return None,
    };
    let argument = if subcommand.is_empty() { argument } else { subcommand };
    let mut lines = vec![words.with(key, &[("argument", &argument), ("value", &value)])];
    lines.extend(allowed(error).map(|(key, low, high)| words.with(key, &[("low", &low), ("high", &high)])));
    let possible = text(error, ContextKind::ValidValue);
    if !possible.is_empty() {
        lines.push(words.with("usage-possible", &[("values", &possible)]));
    }
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .map(|kind| text(error, kind))
        .find(|text| !text.is_empty());
    lines.extend(suggested.map(|suggested| words.with("usage-suggested", &[("value", &suggested)])));
    lines.push(format!("{} {usage}", words.say("heading-usage")));
    Some(lines.join("\n"))
}

/// What clap says of one thing; arguments that are missing come with those without a name first, as they are typed.
fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => {
            let (named, plain): (Vec<_>, Vec<_>) =
                texts.iter().map(String::as_str).partition(|text| text.starts_with('-'));
            [plain, named].concat().join(" ")
        }
        _ => String::new(),
    }
}

/// What a number may be: clap says it in the words of its cause alone, `9 is not in 4..=7`.
fn allowed(error: &clap::Error) -> Option<(&'static str, String, String)> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let cause = std::error::Error::source(error)?.to_string();
    if cause.contains("invalid digit") || cause.contains("cannot parse integer") {
        return Some(("usage-whole-number", String::new(), String::new()));
    }
    let (low, high) = cause.rsplit_once(" is not in ")?.1.split_once("..")?;
    Some(("usage-range", low.to_owned(), high.trim_start_matches('=').to_owned()))
}
