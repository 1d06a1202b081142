//! For tests: a chain in memory behind a socket, which answers as a node does, or lies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use ledger::action::Action;
use ledger::block::SignedHeader;
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle, ListPage};
use ledger::codec::{Bytes, decode, encode};
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId};
use ledger::error::Fault;
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::executor::{BuildParams, build_block};
use ledger::log::{InclusionProof, Peaks};
use ledger::memory::MemoryChain;
use ledger::record::{KeyRecord, KeyStatus};
use ledger::state::{StateKey, StateView};
use ledger::statement::SignedStatement;
use ledger::trust::Checkpoint;
use ledger::types::{Height, RecordId, Round};
use serde_json::{Value, json};

use crate::app::now;
use crate::commands::network::found::{Founded, found};
use crate::commands::network::layout::Layout;
use crate::commands::network::plan::Plan;
use crate::commands::network::sample::{Choice, render};
use crate::keys::Passphrase;

/// What the stand-in does to its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Nothing.
    Honest,
    /// Flips a bit of the record it shows.
    Forges,
    /// Takes statements, and says that no block holds them yet.
    Waits,
    /// Takes statements and answers nothing.
    Silent,
    /// Shows no record from the issue of a certificate on.
    Mute,
    /// Takes statements, and says that a rule refused them.
    Denies,
    /// Takes statements, and says that they came too late.
    Delays,
    /// Shows records as they stood at this height, whatever has been decided since.
    Stuck(u64),
}

/// A consortium, its chain and the place it was founded in.
pub(crate) struct StandIn {
    founded: Founded,
    chain: MemoryChain,
    signed: Vec<SignedHeader>,
}

impl StandIn {
    /// Founds the sample consortium in a directory, keys under `passphrase`, and decides its first block.
    pub(crate) fn found(dir: &Path, passphrase: &str) -> Arc<Mutex<Self>> {
        let text = render(&Choice::default());
        let plan = Plan::parse(&text).expect("the sample parses");
        let founded = found(&plan, now()).expect("founds");
        let layout = Layout::at(dir.to_owned());
        layout.write(&founded, &text).expect("written");
        layout.write_keys(&founded, &Passphrase::new(passphrase.to_owned()), 1).expect("written");
        let chain = MemoryChain::new(&founded.genesis).expect("a genesis");
        let mut new = Self { founded, chain, signed: Vec::new() };
        new.decide(Vec::new()).expect("an empty block");
        Arc::new(Mutex::new(new))
    }

    /// Decides a block; the code of the first refusal otherwise.
    fn decide(&mut self, statements: Vec<SignedStatement>) -> Result<(), u16> {
        let last_commit = self.signed.last().map(|signed| signed.certificate.clone());
        let proposer = self.founded.nodes[0].consensus.public().id();
        let params = BuildParams { time: now(), proposer, last_commit };
        let built = build_block(&self.chain, &(), params, statements, || false).expect("memory does not fail");
        if let Some((_, rejection)) = built.refused.first() {
            return Err(rejection.code());
        }
        self.chain.apply(&(), &built.block).expect("a built block is valid");
        let header = built.block.header;
        let context = self.founded.genesis.context();
        let message = vote_sign_bytes(&context, header.height, Round(0), VoteStep::Precommit, Some(header.hash()));
        let votes: Vec<_> = self
            .founded
            .nodes
            .iter()
            .map(|node| (node.consensus.public().id(), node.consensus.sign(&message)))
            .collect();
        let set = self.founded.genesis.validator_set().expect("a set");
        let certificate = CommitCertificate::build(header.height, Round(0), &set, votes);
        self.signed.push(SignedHeader { header, certificate });
        Ok(())
    }

    /// A bundle about keys, under the newest header.
    fn bundle(&self, keys: &[StateKey]) -> Bundle {
        self.bundle_at(self.height(), keys)
    }

    /// The same under the header of a height.
    fn bundle_at(&self, height: Height, keys: &[StateKey]) -> Bundle {
        let head = self.signed.iter().find(|signed| signed.header.height == height).expect("a block").clone();
        let version = self.chain.tree_version(height).expect("its tree");
        Bundle::of_head(head).prove(&self.chain, version, keys).expect("memory does not fail")
    }

    /// A page of a list, with the record that holds its head; two items a page, so that readers have to turn it.
    fn page(&self, key: &StateKey, start: u64) -> Bundle {
        let mut bundle = self.bundle(std::slice::from_ref(key));
        let all = self.chain.list(key);
        let first = usize::try_from(start).expect("small").min(all.len());
        let items = &all[first..all.len().min(first + 2)];
        let mut hashes = Vec::new();
        let mut peaks = Peaks::default();
        all.iter().for_each(|item| hashes.extend(peaks.append(item).into_iter().map(|(_, hash)| hash)));
        let node = |index: u64| {
            let found = usize::try_from(index).ok().and_then(|index| hashes.get(index)).copied();
            found.ok_or_else(|| Fault::damaged("a hash of a list"))
        };
        let length = all.len() as u64;
        let prove = |offset| InclusionProof::make(start + offset, length, node).expect("memory does not fail");
        let whole = items.len() == all.len();
        let proofs = if whole { Vec::new() } else { (0..items.len() as u64).map(prove).collect() };
        let items = items.iter().cloned().map(Bytes::from).collect();
        bundle.lists.push(ListPage { path: key.path().to_owned(), start, items, proofs });
        bundle
    }

    /// Takes a statement as a node does.
    fn submit(&mut self, bytes: &[u8]) -> (u16, &'static str, Vec<u8>) {
        let statement = SignedStatement::decode(bytes).expect("a statement");
        if let Err(code) = self.decide(vec![statement]) {
            return (409, "application/problem+json", format!("{{\"code\":{code}}}").into_bytes());
        }
        let index = self.chain.log_items().iter().position(|item| item.0 == bytes).expect("in the log");
        let bundle = self.bundle(&[]).prove_logged(&self.chain, index as u64, bytes).expect("memory does not fail");
        (200, BUNDLE_MEDIA_TYPE, bundle.encode())
    }

    /// A statement of the log by its id, with proof.
    fn logged(&self, id: &str) -> (u16, &'static str, Vec<u8>) {
        let is_it = |item: &[u8]| SignedStatement::decode(item).is_ok_and(|found| found.id().to_string() == id);
        let Some((index, item)) = self.chain.log_items().iter().enumerate().find(|(_, item)| is_it(&item.0)) else {
            return (404, "application/json", b"{\"data\":{\"status\":\"unknown\"}}".to_vec());
        };
        let bundle = self.bundle(&[]).prove_logged(&self.chain, index as u64, &item.0).expect("memory does not fail");
        (200, BUNDLE_MEDIA_TYPE, bundle.encode())
    }

    /// What the node of a department signed twice: precommits at height 7.
    pub(crate) fn evidence(&self, department: &str) -> Evidence {
        let context = self.founded.genesis.context();
        let node = self.founded.nodes.iter().find(|node| node.department.as_str() == department).expect("a node");
        let place = (Height(7), Round(1), SignedStep::Precommit);
        let content = |value: u8| {
            let value = Some(Hash([value; 32]));
            let message = vote_sign_bytes(&context, place.0, place.1, VoteStep::Precommit, value);
            SignedContent { value, valid_round: None, signature: node.consensus.sign(&message) }
        };
        Evidence::new(&context, node.consensus.public().id(), place, content(1), content(2)).expect("it is evidence")
    }

    /// One proof a page, of two departments, from `start` on.
    fn evidence_page(&self, start: &str, manner: Manner) -> Value {
        let start = start.split_once('.').map(|(height, number)| (height.parse().ok(), number.parse().ok()));
        if start > Some((Some(7), Some(1))) {
            return json!({"data": {"evidence": [], "next": Value::Null}});
        }
        let number = usize::from(start > Some((Some(7), Some(0))));
        let mut evidence = self.evidence(["police", "court"][number]);
        if manner == Manner::Forges {
            evidence.second.signature.0[5] ^= 1;
        }
        let next = if number == 0 { json!("7.1") } else { Value::Null };
        json!({"data": {"evidence": [{"number": number, "encoded": hex::encode(encode(&evidence))}], "next": next}})
    }

    fn statements(&self) -> impl DoubleEndedIterator<Item = SignedStatement> {
        let items = self.chain.log_items();
        let found: Vec<_> = items.iter().filter_map(|item| SignedStatement::decode(&item.0).ok()).collect();
        found.into_iter()
    }

    /// Id of the newest proposal, and the hash of what it says.
    pub(crate) fn proposal(&self) -> (RecordId, Hash) {
        let newest = self.statements().rev().find_map(|statement| match statement.action() {
            Action::Propose(body) => Some((body.proposal, body.hash())),
            _ => None,
        });
        newest.expect("a proposal")
    }

    /// True if the newest statement issues a certificate.
    fn has_issued(&self) -> bool {
        self.statements().next_back().is_some_and(|statement| matches!(statement.action(), Action::Issue(_)))
    }

    /// True if the newest statement is a vote that names what its proposal says.
    pub(crate) fn vote_names_what_was_read(&self) -> bool {
        let newest = self.statements().next_back().expect("a statement");
        let Action::Vote(vote) = newest.action() else { return false };
        let proposed = self.statements().find_map(|statement| match statement.action() {
            Action::Propose(body) if body.proposal == vote.proposal => Some(body.hash()),
            _ => None,
        });
        proposed.is_some() && vote.proposed == proposed
    }

    /// Decides empty blocks, and says what a verifier of the newest header keeps of it.
    pub(crate) fn pass(&mut self, blocks: usize) -> Checkpoint {
        (0..blocks).for_each(|_| self.decide(Vec::new()).expect("empty blocks"));
        let header = &self.signed.last().expect("a block").header;
        Checkpoint { height: header.height, time: header.time, header: header.hash() }
    }

    /// True if a request names a key that may not sign now, as nodes judge those who read.
    fn refuses_reader(&self, key: Option<KeyId>) -> bool {
        let Some(key) = key else { return false };
        let found = self.chain.value(&StateKey::key(&key)).expect("memory does not fail");
        let record: Option<KeyRecord> = found.map(|bytes| decode(&bytes, bytes.len()).expect("a record"));
        record.is_none_or(|record| record.status != KeyStatus::Active)
    }

    /// Height of the chain.
    pub(crate) fn height(&self) -> Height {
        self.chain.tip().expect("a tip").header.height
    }
}

/// Serves a chain; answers the address.
pub(crate) fn serve(chain: &Arc<Mutex<StandIn>>, manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let chain = Arc::clone(chain);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            answer(stream, &mut chain.lock().expect("no test panics in here"), manner);
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, chain: &mut StandIn, manner: Manner) {
    let (target, body, reader) = request(&stream);
    let (status, media_type, bytes) = if chain.refuses_reader(reader) {
        (401, "application/problem+json", b"{\"code\":1101,\"slug\":\"signature-invalid\"}".to_vec())
    } else if target == super::path::TRANSACTIONS {
        let answer = chain.submit(&body);
        match manner {
            Manner::Silent => return,
            Manner::Waits => (202, "application/json", b"{\"data\":{\"status\":\"pending\"}}".to_vec()),
            Manner::Denies => (409, "application/problem+json", b"{\"code\":306}".to_vec()),
            Manner::Delays => (410, "application/problem+json", b"{\"code\":1031,\"slug\":\"late\"}".to_vec()),
            Manner::Honest | Manner::Forges | Manner::Mute | Manner::Stuck(_) => answer,
        }
    } else if let Some(id) = target.strip_prefix("/v1/transactions/") {
        chain.logged(id)
    } else if let Some(query) = target.strip_prefix("/v1/records?") {
        if manner == Manner::Mute && chain.has_issued() {
            return;
        }
        let paths = query.split('&').filter_map(|part| part.strip_prefix("path=").and_then(StateKey::parse));
        let height = if let Manner::Stuck(height) = manner { Height(height) } else { chain.height() };
        let mut bundle = chain.bundle_at(height, &paths.collect::<Vec<_>>());
        if manner == Manner::Forges {
            let value = bundle.entries.iter_mut().find_map(|entry| entry.value.as_mut()).expect("a value");
            *value.0.last_mut().expect("a byte") ^= 1;
        }
        (200, BUNDLE_MEDIA_TYPE, bundle.encode())
    } else if let Some(start) = target.strip_prefix("/v1/evidence?start=") {
        (200, "application/json", chain.evidence_page(start, manner).to_string().into_bytes())
    } else if let Some(page) = list(&target) {
        (200, BUNDLE_MEDIA_TYPE, chain.page(&page.0, page.1).encode())
    } else {
        (404, "application/problem+json", b"{\"code\":0,\"slug\":\"unknown\"}".to_vec())
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
}

/// The list that an address names, and where the page starts.
fn list(target: &str) -> Option<(StateKey, u64)> {
    let (path, query) = target.split_once('?')?;
    let value = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let key = match path {
        "/v1/certificates" => format!("certificates/{}", value("office")?),
        _ => format!("correction/{}", path.strip_prefix("/v1/cases/")?),
    };
    Some((StateKey::parse(&key)?, value("start")?.parse().ok()?))
}

/// Target and body of a request, and the key that signed it, if one did.
fn request(stream: &TcpStream) -> (String, Vec<u8>, Option<KeyId>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    let (mut length, mut key) = (0, None);
    loop {
        let mut line = String::new();
        let _ = reader.read_line(&mut line);
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        key = key.or_else(|| line.split("keyid=\"").nth(1)?.split('"').next()?.parse().ok());
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    (first.split(' ').nth(1).unwrap_or_default().to_owned(), body, key)
}
