//! `backup`, `restore`, `fsck`, `doctor`: the node's program does them and tells the outcome as JSON; it is said here in the
//! reader's language. The program's own sentences, what the doctor found and why something failed, are English.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::super::network::node_program;
use crate::app::App;
use crate::error::{CliError, NodeTrouble};
use crate::exit::Exit;
use crate::output::{Tone, inert};

/// How the node's program ends a doctor's round that found something.
const FINDINGS: i32 = 3;

#[derive(Deserialize)]
struct Failed {
    error: Complaint,
}

#[derive(Deserialize)]
struct Complaint {
    exit: u8,
    sentence: String,
}

#[derive(Deserialize)]
struct BackedUp {
    chain: String,
    height: u64,
    files: u64,
}

#[derive(Deserialize)]
struct Restored {
    chain: String,
    height: u64,
    guarded: Option<u64>,
    old_data: Option<String>,
}

#[derive(Deserialize)]
struct Audited {
    blocks: u64,
    statements: u64,
    blocks_per_second: u64,
}

#[derive(Deserialize)]
struct Chart {
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    verdict: Verdict,
    sentence: String,
    advice: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Weak,
    Bad,
}

impl Verdict {
    const fn key(self) -> &'static str {
        match self {
            Self::Good => "doctor-good",
            Self::Weak => "doctor-weak",
            Self::Bad => "doctor-bad",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Weak => "weak",
            Self::Bad => "bad",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Good => Tone::Good,
            Self::Weak => Tone::Warn,
            Self::Bad => Tone::Bad,
        }
    }
}

/// Runs the node's program and reads what it tells. What it says on stderr, how far it is, goes to the terminal.
fn told<T: DeserializeOwned>(words: &[OsString]) -> Result<T, CliError> {
    let program = node_program()?;
    let mut command = Command::new(&program);
    command.arg("--json").args(words).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(CliError::read(&program))?;
    judged(output.status.code(), &output.stdout)
}

/// What the program told by its exit code and its JSON.
fn judged<T: DeserializeOwned>(code: Option<i32>, stdout: &[u8]) -> Result<T, CliError> {
    if matches!(code, Some(0 | FINDINGS)) {
        return serde_json::from_slice(stdout).map_err(CliError::fault);
    }
    Err(match serde_json::from_slice::<Failed>(stdout) {
        Ok(Failed { error }) => CliError::Node { trouble: NodeTrouble::of(error.exit), said: error.sentence },
        Err(_) => CliError::fault(format!("yinxin-node ended with {code:?}")),
    })
}

pub(super) fn backup(app: &App, words: &[OsString], to: &Path) -> Result<Exit, CliError> {
    let BackedUp { chain, height, files } = told(words)?;
    let to = to.display().to_string();
    let values = [("chain", &*chain), ("height", &height.to_string()), ("files", &files.to_string()), ("path", &*to)];
    let value = json!({"chain": chain, "height": height, "files": files, "path": to});
    app.out.result(&app.say("node-backed-up", &values), &value);
    Ok(Exit::Done)
}

pub(super) fn restore(app: &App, words: &[OsString]) -> Result<Exit, CliError> {
    let Restored { chain, height, guarded, old_data } = told(words)?;
    let mut lines = vec![app.say("node-restored", &[("chain", &chain), ("height", &height.to_string())])];
    lines.push(match guarded {
        Some(height) => app.say("node-guarded", &[("height", &height.to_string())]),
        None => app.words.say("node-unguarded"),
    });
    lines.extend(old_data.as_ref().map(|path| app.say("node-old-data", &[("path", path)])));
    let value = json!({"chain": chain, "height": height, "guarded": guarded, "old_data": old_data});
    app.out.result(&lines.join("\n"), &value);
    Ok(Exit::Done)
}

pub(super) fn fsck(app: &App, words: &[OsString]) -> Result<Exit, CliError> {
    let Audited { blocks, statements, blocks_per_second: rate } = told(words)?;
    let values =
        [("blocks", &*blocks.to_string()), ("statements", &*statements.to_string()), ("rate", &*rate.to_string())];
    let value = json!({"blocks": blocks, "statements": statements, "blocks_per_second": rate});
    app.out.result(&app.say("node-audited", &values), &value);
    Ok(Exit::Done)
}

/// The doctor's findings. Ends as what could not be decided if anything was found: the node may run all the same.
pub(super) fn doctor(app: &App, words: &[OsString]) -> Result<Exit, CliError> {
    let Chart { findings } = told(words)?;
    let mut lines = Vec::new();
    for finding in &findings {
        let verdict = app.out.tone(finding.verdict.tone(), &app.words.say(finding.verdict.key()));
        lines.push(format!("{verdict}  {}", inert(&finding.sentence)));
        lines.extend(
            finding.advice.iter().map(|advice| format!("      {}{}", app.words.say("next-mark"), inert(advice))),
        );
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (weak, bad) = (count(Verdict::Weak), count(Verdict::Bad));
    let in_order = weak + bad == 0;
    lines.push(match in_order {
        true => app.words.say("doctor-in-order"),
        false => app.say("doctor-findings", &[("bad", &bad.to_string()), ("weak", &weak.to_string())]),
    });
    let values: Vec<_> = findings
        .iter()
        .map(|one| json!({"verdict": one.verdict.word(), "sentence": one.sentence, "advice": one.advice}))
        .collect();
    app.out.result(&lines.join("\n"), &json!({"in_order": in_order, "findings": values}));
    Ok(if in_order { Exit::Done } else { Exit::CannotTell })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Lang, Words};

    #[test]
    fn every_exit_code_of_the_nodes_program_becomes_a_documented_one_and_has_its_sentence() {
        for (code, slug, exit) in [
            (2, "node-unusable", Exit::Usage),
            (6, "node-in-the-way", Exit::Conflict),
            (7, "node-silent", Exit::Network),
            (9, "node-damaged", Exit::Forged),
            (70, "node-failed", Exit::Internal),
            (80, "node-disk-full", Exit::Internal),
            (81, "node-failed", Exit::Internal),
        ] {
            let told = format!("{{\"error\": {{\"exit\": {code}, \"sentence\": \"own words\"}}}}");
            let error = judged::<BackedUp>(Some(code), told.as_bytes()).err().expect("it failed");
            assert_eq!((error.slug(), error.exit()), (slug, exit));
            for lang in [Lang::En, Lang::ZhCn] {
                let said = error.sentence(&Words::new(lang));
                assert!(said.contains("own words") && !said.starts_with("own words"), "{said}");
            }
        }
        let broken = judged::<BackedUp>(Some(134), b"").err().expect("it failed");
        assert_eq!((broken.slug(), broken.exit()), ("fault", Exit::Internal));
    }
}
