//! Fills the state before the loads: blocks that were written here go, one after the other, to `yinxin-node import`,
//! which verifies and executes them; the other nodes are restored from the first one's backup.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ledger::codec;
use serde::Deserialize;
use serde_json::{Value, json};

use super::chain::{Extent, Written};
use super::office::Office;
use super::town::{Town, peak_bytes};
use super::{per, rate, refused};
use crate::app::App;
use crate::commands::network::process;
use crate::error::CliError;

/// Batches of statements that are signed ahead.
const AHEAD: usize = 2;
/// Heights after which the importing process is asked for its memory.
const ASK_EVERY: u64 = 16;
/// Records at which the cost of a key is told first, and how far around them it is taken.
const FEW_RECORDS: u64 = 10_000;
const AROUND_FEW: u64 = FEW_RECORDS / 2;

/// What a height cost the importing node, as it says.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Cost {
    height: u64,
    tree_keys: u64,
    cpu_us: u64,
}

/// A state that was filled.
#[derive(Clone, Debug, Default)]
pub(super) struct Preloaded {
    /// Records, each a key of the state.
    pub(super) records: u64,
    /// Certificates, each with its person and its look-up.
    pub(super) certificates: u64,
    /// Blocks.
    pub(super) heights: u64,
    /// Statements, each with all its signatures verified by the importing node.
    pub(super) statements: u64,
    /// Making and importing the blocks, which goes on side by side.
    pub(super) imported: Duration,
    /// Bringing the store to the other nodes.
    pub(super) copied: Duration,
    /// The most memory that the importing node had.
    pub(super) import_peak_bytes: u64,
    /// The most memory that this process had.
    pub(super) writer_peak_bytes: u64,
    /// Microseconds of processor time a tree key, executing and writing, at [`FEW_RECORDS`] and at the end; none if
    /// there are too few records to tell.
    pub(super) key_cost_us: Option<(f64, f64)>,
}

impl Preloaded {
    /// For a person.
    pub(super) fn lines(&self, app: &App) -> Vec<String> {
        let whole = |time: Duration| time.as_secs().to_string();
        let mut lines = vec![app.say(
            "bench-line-preload",
            &[
                ("records", &self.records.to_string()),
                ("certificates", &self.certificates.to_string()),
                ("statements", &self.statements.to_string()),
                ("heights", &self.heights.to_string()),
                ("imported", &whole(self.imported)),
                ("copied", &whole(self.copied)),
                ("import", &(self.import_peak_bytes >> 20).to_string()),
                ("writer", &(self.writer_peak_bytes >> 20).to_string()),
            ],
        )];
        if let Some((few, many)) = self.key_cost_us {
            lines.push(app.say(
                "bench-line-key-cost",
                &[
                    ("few", &FEW_RECORDS.to_string()),
                    ("cost", &format!("{few:.1}")),
                    ("records", &self.records.to_string()),
                    ("dearer", &format!("{many:.1}")),
                    ("ratio", &format!("{:.2}", many / few.max(1e-9))),
                ],
            ));
        }
        lines
    }

    /// For a program.
    pub(super) fn json(&self) -> Value {
        json!({
            "records": self.records, "certificates": self.certificates, "statements": self.statements,
            "heights": self.heights, "imported_s": self.imported.as_secs_f64(), "copied_s": self.copied.as_secs_f64(),
            "import_peak_bytes": self.import_peak_bytes, "writer_peak_bytes": self.writer_peak_bytes,
            "key_cost_us": self.key_cost_us.map(|(few, many)| json!({"few": few, "many": many, "few_records": FEW_RECORDS})),
        })
    }
}

/// Fills a town that was prepared and not started with at least so many records.
///
/// # Errors
/// The ledger, the node or this machine refuses.
pub(super) fn fill(app: &App, town: &mut Town, records: u64) -> Result<Preloaded, CliError> {
    let (extent, founded) = (Extent::of_records(records), town.founded());
    let (office, mut chain) = (Office::of(founded)?, Written::of(founded)?);
    let (started, mut statements) = (Instant::now(), 0);
    let mut import = Import::start(town, extent.heights())?;
    import.send(&codec::encode(&founded.genesis));
    let made = std::thread::scope(|scope| {
        let (ready, batches) = mpsc::sync_channel(AHEAD);
        // It ends when nobody takes its batches any more.
        scope.spawn(move || extent.statements(&office).try_for_each(|batch| ready.send(batch)));
        let mut said = Instant::now();
        for (height, batch) in (1..).zip(batches) {
            statements += batch.len() as u64;
            if !import.send(&codec::encode(&chain.decide(batch)?)) {
                break;
            }
            if said.elapsed() >= Duration::from_secs(10) {
                said = Instant::now();
                let done = extent.records(height);
                let each = rate(done, started.elapsed());
                let values = [("records", done.to_string()), ("rate", format!("{each:.0}"))];
                app.out.note(&app.say("bench-preloading", &values.each_ref().map(|(key, value)| (*key, &**value))));
            }
        }
        Ok::<_, CliError>(())
    });
    let (costs, import_peak_bytes) = import.finish()?;
    made?;
    let imported = started.elapsed();
    town.keys = chain.keys();
    town.preloaded = extent.heights();
    drop(chain);
    app.out.note(&app.words.say("bench-copying"));
    let copying = Instant::now();
    copy(town, extent.heights())?;
    Ok(Preloaded {
        records: extent.records(extent.heights()),
        certificates: extent.certificates,
        heights: extent.heights(),
        statements,
        imported,
        copied: copying.elapsed(),
        import_peak_bytes,
        writer_peak_bytes: peak_bytes(std::process::id())?,
        key_cost_us: key_costs(extent, &costs),
    })
}

/// Cost of a key around the few records, and over the last tenth, in blocks that hold the same.
fn key_costs(extent: Extent, costs: &[Cost]) -> Option<(f64, f64)> {
    let all = extent.records(extent.heights());
    let over = |from: u64, to: u64| {
        let within = |cost: &&Cost| extent.is_even(cost.height) && (from..to).contains(&extent.records(cost.height));
        let chosen = costs.iter().filter(within);
        let (keys, cpu_us) = chosen.fold((0, 0), |(keys, us), cost| (keys + cost.tree_keys, us + cost.cpu_us));
        (keys > 0).then(|| per(cpu_us, keys))
    };
    let tenth = (all / 10).max(2 * AROUND_FEW);
    if all < 2 * FEW_RECORDS + tenth {
        return None;
    }
    over(FEW_RECORDS - AROUND_FEW, FEW_RECORDS + AROUND_FEW).zip(over(all - tenth, all + 1))
}

/// Brings the first node's store to all others. Their keys have signed nothing yet, so each guard begins above it.
fn copy(town: &Town, height: u64) -> Result<(), CliError> {
    let (homes, backup) = (town.homes(), town.layout().root().join("preload"));
    let (first, others) = homes.split_first().ok_or_else(|| refused("a town without nodes"))?;
    let path = |path: &PathBuf| path.display().to_string();
    node(&["backup", "--home", &path(first), "--to", &path(&backup)])?;
    for home in others {
        let above = height.to_string();
        node(&["restore", "--from", &path(&backup), "--home", &path(home), "--above", &above])?;
    }
    std::fs::remove_dir_all(&backup).map_err(CliError::write(&backup))
}

/// Runs the node's program to its end.
fn node(words: &[&str]) -> Result<(), CliError> {
    let program = process::program()?;
    let output = Command::new(&program).args(words).output().map_err(CliError::read(&program))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(refused(format!("yinxin-node {}: {reason}", words.first().unwrap_or(&""))))
}

/// The importing process.
struct Import {
    child: Child,
    input: BufWriter<ChildStdin>,
    costs: JoinHandle<(Vec<Cost>, u64)>,
    log: PathBuf,
}

impl Import {
    fn start(town: &Town, height: u64) -> Result<Self, CliError> {
        let (program, log) = (process::program()?, town.layout().root().join("import.log"));
        let home = town.homes().swap_remove(0);
        let mut child = Command::new(&program)
            .arg("import")
            .arg("--home")
            .arg(&home)
            .args(["--from", "-", "--costs", "--above", &height.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(CliError::write(&log))?)
            .spawn()
            .map_err(CliError::read(&program))?;
        let no_pipe = || CliError::fault("a process was started without its pipes");
        let (input, output) = (child.stdin.take().ok_or_else(no_pipe)?, child.stdout.take().ok_or_else(no_pipe)?);
        let process = child.id();
        let costs = std::thread::spawn(move || {
            let (mut costs, mut peak) = (Vec::new(), 0);
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let cost: Option<Cost> = serde_json::from_str(&line).ok();
                if cost.is_some_and(|cost| cost.height.is_multiple_of(ASK_EVERY)) || peak == 0 {
                    peak = peak.max(peak_bytes(process).unwrap_or_default());
                }
                costs.extend(cost);
            }
            (costs, peak)
        });
        Ok(Self { child, input: BufWriter::with_capacity(1 << 20, input), costs, log })
    }

    /// False if the process takes no more; [`Import::finish`] says why.
    fn send(&mut self, item: &[u8]) -> bool {
        self.input.write_all(item).is_ok()
    }

    /// Waits for its end; gives what it said of each height, and the most memory it had.
    fn finish(self) -> Result<(Vec<Cost>, u64), CliError> {
        let Self { mut child, input, costs, log } = self;
        // A process that ended early has broken the pipe; its own words say more.
        drop(input);
        let status = child.wait().map_err(refused)?;
        let told = costs.join().map_err(|_| refused("the reader of the import's costs panicked"))?;
        if status.success() {
            return Ok(told);
        }
        let words = crate::files::read_text(&log, 1 << 20).unwrap_or_default();
        Err(refused(format!("yinxin-node import: {}", words.lines().last().unwrap_or("it says nothing"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_costs_what_even_blocks_around_the_size_say() {
        let extent = Extent::of_records(120_000);
        let line = |height: u64| {
            let cpu_us = if extent.records(height) < 20_000 { 20_000 } else { 25_000 };
            // The first and last blocks hold less, and would be dear.
            let cpu_us = if extent.is_even(height) { cpu_us } else { 900_000 };
            Cost { height, tree_keys: 1_000, cpu_us }
        };
        let costs: Vec<Cost> = (1..=extent.heights()).map(line).collect();
        let (few, many) = key_costs(extent, &costs).unwrap();
        assert!((few - 20.0).abs() < 1e-9 && (many - 25.0).abs() < 1e-9, "{few} {many}");
        assert!(key_costs(Extent::of_records(25_000), &costs).is_none(), "too few to compare");
    }
}
