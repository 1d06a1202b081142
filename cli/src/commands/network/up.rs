//! `yinxin network up`: starts nodes and waits for them. One that fails takes no other down while enough are left to
//! decide; it is named, with what its log says last.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ledger::validator::is_quorum;
use serde_json::json;

use super::layout::Layout;
use super::plan::{DepartmentPlan, NodePlan, Plan};
use super::{Health, chosen, health, open, process, taken};
use crate::app::App;
use crate::args::NetworkUp;
use crate::error::{CliError, FailedNode, FailedNodes, Failure};
use crate::exit::Exit;

/// How long a node may take to end when its consortium did not come up.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// How often the nodes are looked at.
const TICK: Duration = Duration::from_millis(200);
/// Of a log no more than this is read, from its end, ...
const LOG_BYTES_MAX: u64 = 16 * 1024;
/// ... and no more lines than these are shown, each cut to so many characters.
const LOG_LINES_MAX: usize = 3;
const LOG_LINE_CHARS_MAX: usize = 300;

/// A node that is to come up.
struct Node<'a> {
    department: &'a str,
    place: &'a NodePlan,
    /// Its process, where this call started it.
    child: Option<Child>,
    /// Length of its log before that.
    log_from: u64,
    /// How often in a row its process was not seen.
    missed: u8,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Ready { height: Option<u64> },
    Ended { code: Option<i32> },
}

/// Starts the nodes and waits until they are ready.
pub(super) fn up(app: &App, args: &NetworkUp) -> Result<Exit, CliError> {
    let (layout, plan) = open(app, &args.place)?;
    let chosen = chosen(&plan, &args.departments)?;
    for (department, place) in &chosen {
        if process::running(&layout, &department.id).is_none() {
            free(&department.id, place)?;
        }
    }
    let mut nodes = Vec::new();
    if let Err(error) = start(app, &layout, &chosen, &mut nodes) {
        end(app, &layout, &nodes);
        return Err(error);
    }
    let bound = Duration::from_secs(args.wait);
    wait(&layout, &plan, &mut nodes, bound);
    if nodes.iter().any(|node| !matches!(node.state, State::Ready { .. })) {
        return Err(failed(app, &layout, &plan, &nodes, bound));
    }
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for Node { department, place, state, .. } in &nodes {
        let State::Ready { height } = state else { continue };
        let shown = height.map_or_else(|| "?".to_owned(), |height| height.to_string());
        lines.push(app.say("network-ready", &[("department", department), ("height", &shown)]));
        values.push(json!({"department": department, "height": height, "api": place.api_url()}));
    }
    app.out.result(&lines.join("\n"), &json!({"nodes": values}));
    Ok(Exit::Done)
}

/// Fails if somebody listens where a node is to listen: most often the node of another consortium on this machine.
fn free(department: &str, place: &NodePlan) -> Result<(), CliError> {
    taken(place).map_or(Ok(()), |address| Err(CliError::AddressTaken { department: department.to_owned(), address }))
}

fn start<'a>(
    app: &App,
    layout: &Layout,
    chosen: &[(&'a DepartmentPlan, &'a NodePlan)],
    nodes: &mut Vec<Node<'a>>,
) -> Result<(), CliError> {
    for (department, place) in chosen {
        let department = department.id.as_str();
        let log_from = std::fs::metadata(layout.log(department)).map_or(0, |log| log.len());
        let (key, pid, child) = match process::running(layout, department) {
            Some(pid) => ("network-up-already", pid, None),
            None => {
                let child = process::start(layout, department, chosen.len())?;
                ("network-up-one", child.id(), Some(child))
            }
        };
        app.out.note(&app.say(key, &[("department", department), ("pid", &pid.to_string())]));
        nodes.push(Node { department, place, child, log_from, missed: 0, state: State::Waiting });
    }
    Ok(())
}

impl Node<'_> {
    /// Looks once how it is.
    fn look(&mut self, layout: &Layout) {
        let process = process::running(layout, self.department);
        if let (Some(_), Health::Ready { height }) = (process, health::ask(self.place.ops_address(), process)) {
            self.state = State::Ready { height };
            return;
        }
        let status = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        // For a moment after its start a process has no command line yet: only one missed twice has ended.
        self.missed = if process.is_none() { self.missed + 1 } else { 0 };
        if status.is_some() || self.missed > 1 {
            self.state = State::Ended { code: status.and_then(|status| status.code()) };
        }
    }
}

/// Waits until every node is ready or has ended, and no longer than `bound`, or than enough are left to decide.
fn wait(layout: &Layout, plan: &Plan, nodes: &mut [Node<'_>], bound: Duration) {
    let start = Instant::now();
    loop {
        nodes.iter_mut().filter(|node| node.state == State::Waiting).for_each(|node| node.look(layout));
        let waiting = nodes.iter().filter(|node| node.state == State::Waiting).count();
        let ended = nodes.iter().filter(|node| matches!(node.state, State::Ended { .. })).count();
        let runs = |(department, _): &(&DepartmentPlan, &NodePlan)| {
            let chosen = nodes.iter().find(|node| node.department == department.id);
            chosen.map_or_else(
                || process::running(layout, &department.id).is_some(),
                |node| !matches!(node.state, State::Ended { .. }),
            )
        };
        let left = plan.nodes().filter(runs).count();
        let in_vain = ended > 0 && !is_quorum(left as u64, plan.nodes().count() as u64);
        if waiting == 0 || in_vain || start.elapsed() >= bound {
            return;
        }
        sleep(TICK);
    }
}

/// Says which nodes failed and why. The others stay up where they are enough to decide; else what this call has started
/// ends with it: half a consortium helps nobody.
fn failed(app: &App, layout: &Layout, plan: &Plan, nodes: &[Node<'_>], bound: Duration) -> CliError {
    let is_ready = |(department, place): &(&DepartmentPlan, &NodePlan)| match nodes
        .iter()
        .find(|node| node.department == department.id)
    {
        Some(node) => matches!(node.state, State::Ready { .. }),
        None => {
            let process = process::running(layout, &department.id);
            process.is_some() && matches!(health::ask(place.ops_address(), process), Health::Ready { .. })
        }
    };
    let (ready, total) = (plan.nodes().filter(is_ready).count(), plan.nodes().count());
    let kept = is_quorum(ready as u64, total as u64);
    let failed = nodes.iter().filter_map(|node| {
        let how = match node.state {
            State::Ready { .. } => return None,
            State::Ended { code } => Failure::Ended { code },
            // Where the wait was cut short, the one that ended is the cause.
            State::Waiting if nodes.iter().any(|node| matches!(node.state, State::Ended { .. })) && !kept => {
                return None;
            }
            State::Waiting => Failure::Slow { seconds: bound.as_secs() },
        };
        let log = layout.log(node.department);
        let said = last_lines(&log, node.log_from);
        Some(FailedNode { department: node.department.to_owned(), how, home: layout.node(node.department), log, said })
    });
    let nodes_failed = failed.collect();
    let ended = if kept { Vec::new() } else { end(app, layout, nodes) };
    CliError::NodesFailed(Box::new(FailedNodes { nodes: nodes_failed, ready, total, ended }))
}

/// Ends what this call has started and still runs; gives their departments.
fn end(app: &App, layout: &Layout, nodes: &[Node<'_>]) -> Vec<String> {
    let mut ended = Vec::new();
    for node in nodes.iter().filter(|node| node.child.is_some() && !matches!(node.state, State::Ended { .. })) {
        if process::end(layout, node.department, STOP_GRACE).is_ok() {
            app.out.note(&app.say("network-down-one", &[("department", node.department)]));
            ended.push(node.department.to_owned());
        }
    }
    ended
}

/// The last lines that a node has written since its log had this length; none if it cannot be read.
fn last_lines(log: &Path, from: u64) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(end.saturating_sub(LOG_BYTES_MAX)).min(end)))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES_MAX)..];
    last.iter().map(|line| line.chars().take(LOG_LINE_CHARS_MAX).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_log_the_last_lines_of_this_start_are_shown() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("log");
        std::fs::write(&log, "of an earlier start\n").expect("written");
        let from = std::fs::metadata(&log).expect("there").len();
        assert_eq!(last_lines(&log, from), Vec::<String>::new());
        std::fs::write(&log, "of an earlier start\none\n\ntwo\nthree\nfour\n").expect("written");
        assert_eq!(last_lines(&log, from), ["two", "three", "four"]);
        std::fs::write(&log, "x".repeat(100_000)).expect("written");
        assert_eq!(last_lines(&log, from)[0].len(), LOG_LINE_CHARS_MAX);
        assert_eq!(last_lines(&dir.path().join("none"), 0), Vec::<String>::new());
    }
}
