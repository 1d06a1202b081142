//! One request, to one node after the other until one answers. Bounds on time and size; no redirects, no cookies.
//!
//! A node's word without a proof decides little: a forged proof is passed over and remembered, and a refusal is believed
//! only from more nodes than may lie. Where fewer are left to ask, it is told as theirs alone.

use std::path::Path;
use std::time::Duration;

use ledger::rejection::{Language, Rejection};
use ledger::types::TimeMs;
use serde::Deserialize;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http};

use super::ANSWER_BYTES_MAX;
use super::signed;
use crate::app::Signer;
use crate::catalogue::Lang;
use crate::error::CliError;
use crate::files;
use crate::output::inert;
use crate::reason::{Reason, other_ledger, why};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// On top of the time the node was asked to wait.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(12);
const CA_BYTES_MAX: u64 = 1024 * 1024;
const NODES_MAX: usize = 32;

/// Sends requests.
pub(super) struct Http {
    agent: Agent,
    nodes: Vec<String>,
    lang: Lang,
    /// Nodes that may lie together.
    faults: usize,
}

/// One request.
pub(super) struct Request<'a> {
    /// Path and query.
    pub(super) path: &'a str,
    /// Body and its media type; with a body it is a POST.
    pub(super) body: Option<(&'a [u8], &'static str)>,
    /// What may come back.
    pub(super) accept: &'static str,
    /// Seconds the node may wait for a commit.
    pub(super) wait: u64,
    /// Signs the request.
    pub(super) signer: Option<&'a Signer>,
    /// This machine's clock, for the signature.
    pub(super) now: TimeMs,
}

/// What a node answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The node.
    pub(super) node: String,
    /// HTTP status.
    pub(super) status: u16,
    /// Media type, without parameters.
    pub(super) media_type: String,
    /// At most `ANSWER_BYTES_MAX`.
    pub(super) body: Vec<u8>,
}

/// A node whose proof did not hold or was out of reach.
pub(super) struct PassedOver {
    /// The node.
    pub(super) node: String,
    /// What was wrong.
    pub(super) reason: Reason,
    /// The ledger that it keeps, where that is another one than is trusted.
    pub(super) other_ledger: Option<String>,
}

/// Media type of a refusal.
const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// The parts of `application/problem+json` (RFC 9457) that are read.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    detail: Option<String>,
    #[serde(default)]
    code: u32,
    slug: Option<String>,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Answer {
    /// Whether it is of this media type.
    pub(super) fn is(&self, media_type: &str) -> bool {
        self.media_type == media_type
    }

    /// The refusal that an error status stands for; rejections of the ledger's rules speak our own words, not the node's.
    pub(super) fn refusal(&self, language: Language) -> CliError {
        let problem: Option<Problem> = serde_json::from_slice(&self.body).ok();
        let Some(problem) = problem else {
            return CliError::Answer {
                node: self.node.clone(),
                reason: why("reason-http-status").with("status", self.status),
            };
        };
        if let Some(rejection) = Rejection::ALL.iter().find(|rejection| u32::from(rejection.code()) == problem.code) {
            return CliError::rejected(*rejection, language).by(&self.node);
        }
        let slug =
            problem.slug.unwrap_or_else(|| problem.kind.rsplit(['/', ':']).next().unwrap_or_default().to_owned());
        let sentence = match problem.detail {
            Some(detail) if problem.title.is_empty() => detail,
            Some(detail) => format!("{} ({detail})", problem.title),
            None => problem.title,
        };
        let (slug, detail) = (inert(&slug), inert(&sentence));
        CliError::Refused {
            status: self.status,
            slug,
            code: problem.code,
            detail,
            nodes: vec![self.node.clone()],
            doubtful: false,
            reads: false,
            here: Vec::new(),
            follow: None,
        }
    }
}

impl Http {
    /// Checks the addresses and, if one is named, loads the certificate authority. Of the nodes, `faults` may lie.
    ///
    /// # Errors
    /// `NodesMissing`; an address that is none; the file cannot be used.
    pub(super) fn new(nodes: Vec<String>, ca: Option<&Path>, lang: Lang, faults: usize) -> Result<Self, CliError> {
        if nodes.is_empty() {
            return Err(CliError::NodesMissing);
        }
        let named: Vec<String> = nodes.iter().take(NODES_MAX).map(|node| address(node)).collect::<Result<_, _>>()?;
        // One that is named twice has one word all the same.
        let mut nodes: Vec<String> = Vec::new();
        for node in named {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        let mut tls = TlsConfig::builder();
        if let Some(path) = ca {
            tls = tls.root_certs(authority(path)?);
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("yinxin/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Self { agent: config.into(), nodes, lang, faults })
    }

    /// Asks one node after the other until `take` accepts an answer of success.
    ///
    /// A node that cannot be reached, is overloaded, or gives an unusable answer is passed over; so is one whose proof
    /// does not hold, which is added to `passed`. A refusal counts once more nodes refuse alike than may lie; else the
    /// one that most of them gave is doubtful. `None` if `take` passed every answer over.
    pub(super) fn send_until<T>(
        &self,
        request: &Request<'_>,
        passed: &mut Vec<PassedOver>,
        mut take: impl FnMut(Answer) -> Result<Option<T>, CliError>,
    ) -> Result<Option<T>, CliError> {
        let (mut heard, mut kept) = (Refusals::default(), None);
        for node in &self.nodes {
            let taken = self.send(node, request).and_then(|answer| match answer.status {
                200..=299 => take(answer),
                // Proven absence comes as 404 with its proof, and an unknown transaction as 404 with its standing.
                404 if !answer.is(PROBLEM_MEDIA_TYPE) => take(answer),
                _ => Err(answer.refusal(self.lang.language()).reading(request.body.is_none())),
            });
            let error = match taken {
                Ok(Some(value)) => return Ok(Some(value)),
                Ok(None) => continue,
                Err(error) => error,
            };
            match weight(&error, request.body.is_some()) {
                Weight::Final => return Err(error),
                Weight::Word => {
                    if let Some(believed) = heard.hear(error, node, self.faults) {
                        return Err(believed);
                    }
                    continue;
                }
                Weight::Unproven => {
                    let other_ledger = match &error {
                        CliError::OtherLedger { actual, .. } => Some(actual.clone()),
                        _ => None,
                    };
                    passed.push(PassedOver { node: node.clone(), reason: reason(&error), other_ledger });
                }
                Weight::Nothing if kept.is_some() => continue,
                Weight::Nothing => {}
            }
            kept = Some(error);
        }
        heard.most().or(kept).map_or(Ok(None), Err)
    }

    fn send(&self, node: &str, request: &Request<'_>) -> Result<Answer, CliError> {
        let target = format!("{node}{}", request.path);
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let mut head = http::Request::builder()
            .method(method)
            .uri(&target)
            .header("accept", format!("{}, {PROBLEM_MEDIA_TYPE}", request.accept))
            .header("accept-language", self.lang.tag());
        if let Some((_, media_type)) = request.body {
            head = head.header("content-type", media_type);
        }
        if request.wait > 0 {
            head = head.header("prefer", format!("wait={}", request.wait));
        }
        if let Some(signer) = request.signer {
            for (name, value) in
                signed::headers(signer, method, &target, request.body.map(|(body, _)| body), request.now)
            {
                head = head.header(name, value);
            }
        }
        let bound = ANSWER_TIMEOUT + Duration::from_secs(request.wait);
        let body = request.body.map_or(&[][..], |(body, _)| body);
        let sent = head
            .body(body)
            .map_err(|error| CliError::value("--node", why("reason-address").with("address", node).said(error)))?;
        let sent = self.agent.configure_request(sent).timeout_global(Some(bound)).build();
        let answer = if request.body.is_some() { self.agent.run(sent) } else { self.agent.run(sent.map(|_| ())) };
        answer.map_err(|error| unreachable(node, &error)).and_then(|answer| read_answer(node, answer))
    }
}

fn unreachable(node: &str, error: &ureq::Error) -> CliError {
    CliError::Unreachable { node: node.to_owned(), reason: Reason::from(error) }
}

fn read_answer(node: &str, mut answer: http::Response<Body>) -> Result<Answer, CliError> {
    let media_type = answer
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    Ok(Answer {
        node: node.to_owned(),
        status: answer.status().as_u16(),
        media_type,
        body: body.map_err(|error| unreachable(node, &error))?,
    })
}

/// What an error from one node is worth while another node may do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// The node is away, overloaded, or talks nonsense.
    Nothing,
    /// Its proof does not hold, or trust does not reach it.
    Unproven,
    /// It refuses, which nobody can prove.
    Word,
    /// No other node is asked.
    Final,
}

fn weight(error: &CliError, submits: bool) -> Weight {
    match error {
        CliError::Unreachable { .. } | CliError::Answer { .. } => Weight::Nothing,
        CliError::Refused { status: 429 | 500.., .. } => Weight::Nothing,
        CliError::Forged { .. } | CliError::OtherLedger { .. } => Weight::Unproven,
        CliError::CannotTell { .. } | CliError::NewerProgram => Weight::Unproven,
        CliError::Refused { .. } | CliError::Expired { .. } => Weight::Word,
        CliError::Pending { .. } | CliError::TransactionUnknown { .. } if !submits => Weight::Word,
        _ => Weight::Final,
    }
}

/// Refusals so far, each with how many nodes gave it.
#[derive(Default)]
struct Refusals(Vec<(CliError, usize)>);

impl Refusals {
    /// Notes a refusal; gives it back once more nodes gave it than may lie.
    fn hear(&mut self, error: CliError, node: &str, faults: usize) -> Option<CliError> {
        let alike = |known: &CliError| {
            let rule = |error: &CliError| error.rule().map(|(code, slug)| (code, slug.to_owned()));
            known.slug() == error.slug() && known.exit() == error.exit() && rule(known) == rule(&error)
        };
        let place = match self.0.iter().position(|(known, _)| alike(known)) {
            Some(place) => {
                let (known, count) = self.0.remove(place);
                self.0.insert(place, (known.by(node), count + 1));
                place
            }
            None => {
                self.0.push((error, 1));
                self.0.len() - 1
            }
        };
        (self.0[place].1 > faults).then(|| self.0.remove(place).0)
    }

    /// The one that most nodes gave, the first of these; not to know says less than anything else.
    fn most(self) -> Option<CliError> {
        let rank = |(error, count): &(CliError, usize)| (!matches!(error, CliError::TransactionUnknown { .. }), *count);
        let best = self.0.iter().map(rank).max()?;
        self.0.into_iter().find(|one| rank(one) == best).map(|(error, _)| error.doubted())
    }
}

/// Why the proof of a node is passed over.
fn reason(error: &CliError) -> Reason {
    match error {
        CliError::Forged { source } => Reason::from(source),
        CliError::OtherLedger { expected, actual } => other_ledger(expected, actual),
        CliError::CannotTell { reason } => reason.clone(),
        _ => why("reason-newer-program"),
    }
}

/// An address of a node without a path: `http://` or `https://`, host, port.
fn address(text: &str) -> Result<String, CliError> {
    let refused = || CliError::value("--node", why("reason-address").with("address", text));
    let text = text.trim().trim_end_matches('/');
    let uri: http::Uri = text.parse().map_err(|_| refused())?;
    let plain = uri.path() == "/" && uri.query().is_none();
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    // Scheme and authority in lower case, as signed requests name them.
    if plain && known && uri.host().is_some() { Ok(text.to_ascii_lowercase()) } else { Err(refused()) }
}

fn authority(path: &Path) -> Result<RootCerts, CliError> {
    let pem = files::read(path, CA_BYTES_MAX)?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| CliError::format(path, why("reason-pem").said(error)))?
        {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(CliError::format(path, why("reason-pem")));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
