//! Nodes that did not come up, each with how and what its log says last; and what failed in the care of one.

use std::fmt;
use std::path::PathBuf;

use ledger::validator::is_quorum;

use crate::catalogue::Words;
use crate::exit::Exit;
use crate::output::inert;

/// Nodes that did not come up, and what has become of the others.
#[derive(Debug)]
pub(crate) struct FailedNodes {
    /// They, at least one.
    pub(crate) nodes: Vec<FailedNode>,
    /// Nodes of the consortium that are ready; with more than two thirds of `total` they go on without these.
    pub(crate) ready: usize,
    /// Nodes of the consortium.
    pub(crate) total: usize,
    /// Departments whose nodes were started by the same command and have been ended, too few being left.
    pub(crate) ended: Vec<String>,
}

/// A node that did not come up.
#[derive(Debug)]
pub(crate) struct FailedNode {
    /// Its department.
    pub(crate) department: String,
    /// How.
    pub(crate) how: Failure,
    /// Its home directory.
    pub(crate) home: PathBuf,
    /// Its log.
    pub(crate) log: PathBuf,
    /// The last lines of the log since it was started, in the node's own words.
    pub(crate) said: Vec<String>,
}

/// How a node did not come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Its process ended.
    Ended {
        /// With this exit code; `None` if a signal ended it, or if it is not known.
        code: Option<i32>,
    },
    /// It runs and was not ready in time.
    Slow {
        /// How long it was waited for.
        seconds: u64,
    },
}

impl FailedNodes {
    /// Whether a process ended, rather than being slow.
    pub(crate) fn has_ended(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.how, Failure::Ended { .. }))
    }

    /// The node to look at first.
    pub(crate) fn first(&self) -> Option<&FailedNode> {
        let ended = self.nodes.iter().find(|node| matches!(node.how, Failure::Ended { .. }));
        ended.or(self.nodes.first())
    }

    /// Their departments.
    pub(crate) fn departments(&self, words: &Words) -> String {
        let names: Vec<&str> = self.nodes.iter().map(|node| node.department.as_str()).collect();
        names.join(&words.say("list-join"))
    }

    /// A line for each, with the last lines of its log, and one for the others.
    pub(super) fn lines(&self, words: &Words) -> Vec<String> {
        let mut lines: Vec<String> = self.nodes.iter().flat_map(|node| node.lines(words)).collect();
        let (ready, total) = (self.ready.to_string(), self.total.to_string());
        let others = match is_quorum(self.ready as u64, self.total as u64) {
            true => "here-nodes-kept",
            false => "here-nodes-too-few",
        };
        lines.push(words.with(others, &[("ready", &ready), ("total", &total)]));
        if !self.ended.is_empty() {
            lines.push(words.with("here-nodes-ended", &[("departments", &self.ended.join(&words.say("list-join")))]));
        }
        lines
    }
}

impl FailedNode {
    fn lines(&self, words: &Words) -> Vec<String> {
        let log = inert(&self.log.display().to_string());
        let (key, number) = match self.how {
            Failure::Ended { code: Some(code) } => ("here-node-ended", code.to_string()),
            Failure::Ended { code: None } => ("here-node-killed", String::new()),
            Failure::Slow { seconds } => ("here-node-slow", seconds.to_string()),
        };
        let head = words.with(key, &[("department", &self.department), ("number", &number), ("log", &log)]);
        std::iter::once(head).chain(self.said.iter().map(|line| format!("  {}", inert(line)))).collect()
    }
}

impl fmt::Display for FailedNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for FailedNode { department, how, .. } in &self.nodes {
            write!(f, "{department} {how:?} ")?;
        }
        write!(f, "and {} of {} are ready", self.ready, self.total)
    }
}

/// Why a command of the node's program failed, by the exit code it has for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeTrouble {
    /// Its configuration or a key file cannot be used, or there is no data.
    Unusable,
    /// Another process holds the data, or something exists already.
    InTheWay,
    /// The running node did not answer.
    Silent,
    /// The data or the copy is damaged, or of another chain.
    Damaged,
    /// Too little of the disk is free.
    DiskFull,
    /// This machine failed.
    Failed,
}

impl NodeTrouble {
    /// By an exit code of `yinxin-node`.
    pub(crate) const fn of(code: u8) -> Self {
        match code {
            2 => Self::Unusable,
            6 => Self::InTheWay,
            7 => Self::Silent,
            9 => Self::Damaged,
            80 => Self::DiskFull,
            _ => Self::Failed,
        }
    }

    /// The stable word of the error.
    pub(super) const fn slug(self) -> &'static str {
        match self {
            Self::Unusable => "node-unusable",
            Self::InTheWay => "node-in-the-way",
            Self::Silent => "node-silent",
            Self::Damaged => "node-damaged",
            Self::DiskFull => "node-disk-full",
            Self::Failed => "node-failed",
        }
    }

    /// How the run ends.
    pub(super) const fn exit(self) -> Exit {
        match self {
            Self::Unusable => Exit::Usage,
            Self::InTheWay => Exit::Conflict,
            Self::Silent => Exit::Network,
            Self::Damaged => Exit::Forged,
            Self::DiskFull | Self::Failed => Exit::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::error::CliError;
    use crate::given::Given;

    #[test]
    fn a_failed_node_is_named_with_its_reason_and_what_has_become_of_the_others() {
        let failed = |ready, ended: &[&str]| {
            let node = FailedNode {
                department: "notary".to_owned(),
                how: Failure::Ended { code: Some(9) },
                home: "city/nodes/notary".into(),
                log: "city/logs/notary.log".into(),
                said: vec!["yinxin-node: the store is damaged".to_owned()],
            };
            let ended = ended.iter().map(|&name| name.to_owned()).collect();
            CliError::NodesFailed(Box::new(FailedNodes { nodes: vec![node], ready, total: 4, ended }))
        };
        for (lang, kept, gone) in [(Lang::En, "stay up", "ended again"), (Lang::ZhCn, "继续运行", "已一并结束")]
        {
            let words = Words::new(lang);
            let (most, few) = (failed(3, &[]), failed(2, &["court", "police"]));
            for error in [&most, &few] {
                let said = error.sentence(&words);
                assert_eq!((error.slug(), error.exit()), ("node-ended", Exit::Network));
                for part in ["notary", "9", "city/logs/notary.log", "the store is damaged"] {
                    assert!(said.contains(part), "{part}: {said}");
                }
                let advice = error.advice(&words, &Given::default()).expect("advice");
                assert!(advice.contains("yinxin node doctor city/nodes/notary"), "{advice}");
                assert!(advice.contains("fsck") && advice.contains("restore"), "{advice}");
            }
            assert!(most.sentence(&words).contains(kept) && !most.sentence(&words).contains(gone));
            let said = few.sentence(&words);
            assert!(!said.contains(kept) && said.contains(gone) && said.contains("court"), "{said}");
        }
    }
}
