//! What a person types, against real nodes: the two programs as they are installed.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;
use yinxin_tests::cluster::program;

/// A city founded by `yinxin network init`; its nodes are stopped when it goes out of scope.
struct City {
    folder: TempDir,
    departments: usize,
}

impl City {
    fn found(departments: usize) -> Result<Self> {
        let city = Self { folder: TempDir::with_prefix("yinxin-city-")?, departments };
        fs::write(city.file("passphrase"), "five words for a test\n")?;
        let (place, port) = (city.place(), 30_000 + std::process::id() % 300 * 100);
        let size = format!("--departments {departments} --base-port {port} --work-factor 1");
        city.done(&format!("network init --dir {place} {size}"))?;
        city.done("network up")?;
        Ok(city)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self) -> String {
        self.file("city").display().to_string()
    }

    fn write(&self, name: &str, content: &str) -> Result<String> {
        fs::write(self.file(name), content)?;
        Ok(self.file(name).display().to_string())
    }

    /// Runs a command line; none of its words holds a space.
    fn run(&self, line: &str) -> Result<Output> {
        Ok(self.command(line)?.output()?)
    }

    fn command(&self, line: &str) -> Result<Command> {
        let mut command = Command::new(program("yinxin")?);
        command.args(["--lang", "en", "-o", "json", "--home", &self.place(), "--passphrase-file"]);
        command.arg(self.file("passphrase")).args(line.split_whitespace());
        Ok(command)
    }

    /// Runs a command that must succeed; gives its result.
    fn done(&self, line: &str) -> Result<Value> {
        let output = self.run(line)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(0), "{line}: {:?}\n{said}{complaint}", output.status.code());
        serde_json::from_str(&said).with_context(|| format!("{line} prints no JSON: {said}"))
    }

    /// Runs a command that must end with this exit code and this word: of its error, or of the rule that refused.
    fn refused(&self, wanted: (i32, &str), line: &str) -> Result<()> {
        let output = self.run(line)?;
        let said: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{line}: {:?}, and no JSON", output.status.code()))?;
        let error = &said["error"];
        let word = error["rule"]["slug"].as_str().or(error["code"].as_str()).context("an error without a word")?;
        let exit = output.status.code().context("ended by a signal")?;
        ensure!((exit, word) == wanted, "{line}: {exit} {word}, not {wanted:?}");
        ensure!(error["exit"] == exit, "{line}: {said}");
        ensure!(error["sentence"].as_str().is_some_and(|sentence| sentence.len() > 10), "{said}");
        ensure!(error["advice"].as_str().is_some_and(|advice| advice.len() > 10), "no advice: {said}");
        let next = error["next"].as_array().context("no list of commands")?;
        ensure!(next.iter().all(|next| next.as_str().is_some_and(|next| next.starts_with("yinxin "))), "{said}");
        Ok(())
    }

    /// Runs a command whose output goes to a full disk: it says so, unless it has something else to say.
    fn ends_where_nothing_can_be_written(&self, line: &str) -> Result<()> {
        let mut command = self.command(line)?;
        let output = command.stdout(File::options().write(true).open("/dev/full")?).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(2), "{line}: {:?}", output.status.code());
        ensure!(said.contains("[output]") || said.contains("[usage]"), "{line}: {said}");
        Ok(())
    }

    fn person(&self, name: &str) -> Result<String> {
        let about = self.write(name, "name = \"王小明\"\nid-number = \"440699199001010014\"\n")?;
        record(&self.done(&format!("identity register {about} --item identity.natural --key police/sun"))?)
    }

    fn draft_line(&self, person: &str, key: &str) -> Result<String> {
        let matter = self.write("application.txt", "application")?;
        Ok(format!("certificate draft {matter} --item notarial.birth --subject {person} --key {key}"))
    }

    fn draft(&self, person: &str) -> Result<String> {
        record(&self.done(&self.draft_line(person, "notary/chen")?)?)
    }
}

impl Drop for City {
    fn drop(&mut self) {
        // Nothing may stay behind, also when a test has failed.
        let _ = self.run("network down");
    }
}

fn record(result: &Value) -> Result<String> {
    Ok(result["record"].as_str().context("no record in the result")?.to_owned())
}

#[test]
fn seven_departments_go_on_without_two_of_them() -> Result<()> {
    let city = City::found(7)?;
    let all_ready = || -> Result<Vec<String>> {
        let status = city.done("network status")?;
        let nodes = status["nodes"].as_array().context("no nodes")?;
        ensure!(nodes.len() == city.departments, "{status}");
        ensure!(nodes.iter().all(|node| node["state"] == "ready"), "{status}");
        Ok(nodes.iter().filter_map(|node| node["department"].as_str().map(str::to_owned)).collect())
    };
    let names = all_ready()?;
    let before = city.person("before.toml")?;
    city.done(&format!("network down --department {} --department {}", names[5], names[6]))?;
    let after = city.person("after.toml")?;
    for person in [&before, &after] {
        assert_eq!(city.done(&format!("identity show {person}"))?["status"], "active");
    }
    city.done("network up")?;
    all_ready()?;
    Ok(())
}

#[test]
fn every_mistake_is_told_apart_and_nothing_is_half_applied() -> Result<()> {
    let city = City::found(4)?;
    let person = city.person("person.toml")?;
    let file = city.write("birth.pdf", "%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n")?;
    let (text, big) = (city.write("text.txt", "no PDF")?, city.file("big.pdf"));
    File::create(&big)?.set_len(100 * 1024 * 1024 + 1)?;
    let first = city.draft(&person)?;

    let approve = format!("certificate approve {first} --key notary/zhao");
    city.refused((6, "number-gap"), &format!("{approve} --serial 7"))?;
    city.refused((6, "wrong-year"), &format!("{approve} --year 2020"))?;
    city.refused((4, "title-missing"), &format!("certificate approve {first} --key notary/chen"))?;
    city.done(&approve)?;
    // The number is used: neither approved again, nor taken by another certificate.
    city.refused((6, "wrong-status"), &approve)?;
    let second = city.draft(&person)?;
    city.refused((6, "number-taken"), &format!("certificate approve {second} --key notary/zhao --serial 1"))?;

    let issue = |file: &str| format!("certificate issue {first} {file} --key notary/chen --with notary/seal");
    city.refused((2, "not-a-pdf"), &issue(&text))?;
    city.refused((2, "file-too-big"), &issue(&big.display().to_string()))?;
    city.refused((2, "file-read"), &issue("/nowhere/at/all.pdf"))?;
    city.refused((4, "title-missing"), &city.draft_line(&person, "police/sun")?)?;
    city.refused((2, "key-not-found"), &city.draft_line(&person, "notary/nobody")?)?;
    let issued = city.done(&issue(&file))?;

    let said = |name: &str| issued[name].as_str().with_context(|| format!("no {name}: {issued}"));
    let (number, code, transaction) = (said("number")?, said("code")?, said("transaction")?);
    assert_eq!(city.done(&format!("lookup {number} {code}"))?["found"], true);
    city.refused((3, "word-unknown"), &format!("lookup {} {code}", number.replace("禅城", "南海")))?;
    city.refused((2, "value"), &format!("lookup {number} 7K2QM9-XWTA0R-J5NHCX"))?;
    assert_eq!(city.done(&format!("transaction show {transaction}"))?["status"], "committed");
    city.refused((3, "transaction-unknown"), &format!("transaction show {}", "0".repeat(64)))?;
    city.refused((2, "usage"), "transaction shown")?;

    // What a node has not seen is not proven absent.
    let export =
        |height: u64| format!("evidence export {height} --out {} --key police/sun", city.file("none").display());
    for height in [1, 5] {
        city.refused((3, "evidence-unknown"), &export(height))?;
    }
    city.refused((2, "not-evidence"), &format!("evidence verify {file}"))?;
    for line in ["validators", "key export police/sun", "completion bash", "help", "--version", "transaction shown"] {
        city.ends_where_nothing_can_be_written(line)?;
    }

    city.done("key suspend notary/chen --reason lost --key notary/chen")?;
    city.refused((4, "key-suspended"), &city.draft_line(&person, "notary/chen")?)?;
    assert_eq!(city.done(&format!("certificate show {second}"))?["status"], "draft", "nothing is half-applied");
    Ok(())
}

/// The node's store is damaged by one byte in the file that names its newest state.
fn damage(city: &City, department: &str) -> Result<()> {
    let current = city.file("city").join("nodes").join(department).join("data/CURRENT");
    let mut bytes = fs::read(&current).with_context(|| format!("{}", current.display()))?;
    *bytes.first_mut().context("an empty file")? ^= 1;
    Ok(fs::write(&current, bytes)?)
}

#[test]
fn a_damaged_node_is_named_and_the_others_go_on_without_it() -> Result<()> {
    let city = City::found(4)?;
    city.done("network down")?;
    damage(&city, "notary")?;
    let output = city.run("network up")?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let sentence = said["error"]["sentence"].as_str().context("no sentence")?;
    ensure!(output.status.code() == Some(7) && said["error"]["code"] == "node-ended", "{said}");
    ensure!(sentence.contains("notary: ended") && sentence.contains("3 of 4 nodes are ready"), "{sentence}");
    ensure!(sentence.contains("with exit code") && sentence.contains("yinxin-node: "), "no reason: {sentence}");
    let doctor = format!("node doctor {}", city.file("city/nodes/notary").display());
    let next = said["error"]["next"][0].as_str().context("no command")?;
    ensure!(next.contains(&doctor) && !next.contains("passphrase"), "{said}");

    // The ledger goes on, and the status says who is away.
    let status = city.done("network status")?;
    ensure!(status["not_ready"] == serde_json::json!(["notary"]) && status["quorum"] == true, "{status}");
    city.person("person.toml")?;

    // The doctor and the audit speak JSON and end with documented codes.
    let output = city.run(&doctor)?;
    let found: Value = serde_json::from_slice(&output.stdout)?;
    let findings = found["findings"].as_array().context("no findings")?;
    ensure!(output.status.code() == Some(3) && found["in_order"] == false, "{found}");
    ensure!(findings.iter().any(|one| one["verdict"] == "bad"), "{found}");
    let fsck = format!("node fsck {}", city.file("city/nodes/notary").display());
    let output = city.run(&fsck)?;
    let failed: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(failed["error"]["code"].as_str().is_some_and(|code| code.starts_with("node-")), "{failed}");
    ensure!(failed["error"]["exit"] == output.status.code().context("a signal")?, "{failed}");
    city.refused((2, "no-node"), "node doctor nodir")?;
    let running = format!("node fsck {}", city.file("city/nodes/court").display());
    city.refused((6, "node-in-the-way"), &running)?;
    let backup = city.done(&format!(
        "node backup {} --to {}",
        city.file("city/nodes/court").display(),
        city.file("copy").display()
    ))?;
    ensure!(backup["files"].as_u64().is_some_and(|files| files > 0), "{backup}");

    // With two of four away nothing can be decided: what was started is ended again, and that is said.
    city.done("network down")?;
    damage(&city, "court")?;
    let output = city.run("network up")?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let sentence = said["error"]["sentence"].as_str().context("no sentence")?;
    ensure!(output.status.code() == Some(7) && sentence.contains("have been ended again"), "{said}");
    let status = city.run("network status")?;
    ensure!(String::from_utf8_lossy(&status.stdout).matches("\"down\"").count() == 4, "all are down");
    Ok(())
}
