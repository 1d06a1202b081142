//! Asking a node whether it is ready. For who runs it; nothing here is proven.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

const TIMEOUT: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// What a node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It does not answer.
    Down,
    /// Another process answers at its address.
    Foreign,
    /// It answers and is not ready yet.
    Starting {
        /// Height, if it says one.
        height: Option<u64>,
    },
    /// It takes part.
    Ready {
        /// Height, if it says one.
        height: Option<u64>,
    },
}

/// The part of `/readyz` that is read.
#[derive(Deserialize)]
struct Answer {
    detail: Detail,
}

/// What the node says of itself.
#[derive(Deserialize)]
struct Detail {
    height: Option<u64>,
    process: Option<u32>,
}

impl Health {
    /// Key of its word in the catalogue.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Down => "network-state-down",
            Self::Foreign => "network-state-foreign",
            Self::Starting { .. } => "network-state-starting",
            Self::Ready { .. } => "network-state-ready",
        }
    }

    /// Its word in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Foreign => "foreign",
            Self::Starting { .. } => "starting",
            Self::Ready { .. } => "ready",
        }
    }

    /// The height it says it has.
    pub(crate) fn height(self) -> Option<u64> {
        match self {
            Self::Down | Self::Foreign => None,
            Self::Starting { height } | Self::Ready { height } => height,
        }
    }
}

/// Asks `/readyz` on the operator's port; `process` is the node that should answer there, if its number is known.
pub(crate) fn ask(ops: SocketAddr, process: Option<u32>) -> Health {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .into();
    let Ok(mut answer) = agent.get(format!("http://{ops}/readyz")).call() else { return Health::Down };
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().unwrap_or_default();
    let Ok(Answer { detail: Detail { height, process: answering } }) = serde_json::from_slice(&body) else {
        return Health::Foreign;
    };
    if process.is_some() && answering != process {
        return Health::Foreign;
    }
    if answer.status().is_success() { Health::Ready { height } } else { Health::Starting { height } }
}
