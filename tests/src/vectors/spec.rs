//! The pages of docs/spec: their examples are vectors, and the table of rejections follows from the code.
//!
//! A fenced block with the info string `vector FILE STEP...` holds the hexadecimal digits at that place of a JSON file:
//! a step is the name of a field, or `field=text` for the element of a list whose field has that text, or a number.
//! What stands between `<!-- rejections -->` and `<!-- /rejections -->` is the table of codes.

use super::VectorFile;
use crate::root;
use anyhow::{Context, Result, bail};
use ledger::rejection::{Language, Rejection, RejectionClass};
use serde_json::Value;
use std::fmt::Write;

const DIGITS_A_LINE: usize = 96;

/// Every page as it has to be.
///
/// # Errors
/// A page cannot be read, or names a vector that does not exist.
pub fn pages(files: &[VectorFile]) -> Result<Vec<VectorFile>> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(root().join("docs/spec"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".md") {
            continue;
        }
        let path = format!("docs/spec/{name}");
        let text = std::fs::read_to_string(root().join(&path))?;
        let text = with_examples(&with_rejections(&text), files).with_context(|| path.clone())?;
        pages.push(VectorFile { path, bytes: text.into_bytes() });
    }
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(pages)
}

fn with_examples(text: &str, files: &[VectorFile]) -> Result<String> {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(place) = line.strip_prefix("```vector ") else { continue };
        for digit_line in hex_lines(place, files)? {
            out.push_str(&digit_line);
            out.push('\n');
        }
        lines.by_ref().find(|line| *line == "```").context("a block of digits that does not end")?;
        out.push_str("```\n");
    }
    Ok(out)
}

fn hex_lines(place: &str, files: &[VectorFile]) -> Result<Vec<String>> {
    let mut steps = place.split_whitespace();
    let name = steps.next().context("a block names its file")?;
    let file = files
        .iter()
        .find(|file| file.path == format!("tests/vectors/{name}"))
        .with_context(|| format!("file {name}"))?;
    let value: Value = serde_json::from_slice(&file.bytes)?;
    let mut at = &value;
    for step in steps {
        at = step_into(at, step).with_context(|| format!("step {step} of {place}"))?;
    }
    let Some(digits) = at.as_str() else { bail!("{place} is no text") };
    Ok(digits.as_bytes().chunks(DIGITS_A_LINE).map(|line| String::from_utf8_lossy(line).into_owned()).collect())
}

fn step_into<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    if let Some((field, text)) = step.split_once('=') {
        return value.as_array()?.iter().find(|element| element[field].as_str() == Some(text));
    }
    step.parse::<usize>().ok().and_then(|index| value.get(index)).or_else(|| value.get(step))
}

fn with_rejections(text: &str) -> String {
    const BEGIN: &str = "<!-- rejections -->\n";
    const END: &str = "<!-- /rejections -->";
    let Some((before, rest)) = text.split_once(BEGIN) else { return text.to_owned() };
    let Some((_, after)) = rest.split_once(END) else { return text.to_owned() };
    format!("{before}{BEGIN}{}{END}{after}", rejections())
}

fn rejections() -> String {
    let mut table = String::from("| Code | Word | Class | English | 中文 |\n|---|---|---|---|---|\n");
    for rejection in Rejection::ALL {
        let class = match rejection.class() {
            RejectionClass::Malformed => "malformed",
            RejectionClass::NotAuthorised => "not authorised",
            RejectionClass::NotFound => "not found",
            RejectionClass::Conflict => "conflict",
        };
        let (en, zh) = (rejection.sentence(Language::English), rejection.sentence(Language::Chinese));
        writeln!(table, "| {} | `{}` | {class} | {en} | {zh} |", rejection.code(), rejection.slug())
            .expect("a text can grow");
    }
    table
}
