//! The bundle: a self-contained proof, as a file (`*.yinxin`) and as what every read of a node carries.
//!
//! ```text
//! bundle ─┬─ head: header + commit certificate
//!         ├─ handovers: header + next validators, for each change since the trust point
//!         ├─ entries: path, value or none, state proof          under head.state_root
//!         ├─ lists: items of a list whose head is among the entries
//!         ├─ logged: old headers and statements, inclusion proof under head.log_root
//!         └─ disclosures: salts and values of what it is about, opaque here; opened by `identity`
//! ```

use crate::block::SignedHeader;
use crate::codec::{self, Bytes, CodecError, ValueRule};
use crate::error::Fault;
use crate::limits::{BUNDLE_BYTES_MAX, BUNDLE_PARTS_MAX};
use crate::log::InclusionProof;
use crate::proof::StateProof;
use crate::state::{ChainView, StateKey, tree};
use crate::types::TimeMs;
use crate::validator::ValidatorSet;

/// Version of the bundle's format.
pub const BUNDLE_VERSION: u64 = 1;
/// Media type of a bundle.
pub const BUNDLE_MEDIA_TYPE: &str = "application/vnd.yinxin.bundle+cbor";

cbor_array! {
    /// A header that certifies a change of validators, and the set it hands over to.
    pub struct Handover {
        /// Header whose `next_validators` differs from its `validators`.
        signed: SignedHeader,
        /// The next set.
        next: ValidatorSet,
    }
}

cbor_array! {
    /// A value of the state, or the absence of one.
    pub struct StateEntry {
        /// Path.
        path: String,
        /// Canonical encoding of the record; null for absence.
        value: Option<Bytes>,
        /// Proof under the head's state root.
        proof: StateProof,
    }
}

cbor_array! {
    /// Items of an append-only list whose head is among the entries.
    pub struct ListPage {
        /// Path of the list's head.
        path: String,
        /// Index of the first item.
        start: u64,
        /// Items, canonical encodings.
        items: Vec<Bytes>,
        /// For a part of a list one proof an item; empty when all items are here.
        proofs: Vec<InclusionProof>,
    }
}

cbor_array! {
    /// An entry of the log: a header or a statement.
    pub struct LoggedItem {
        /// Its index.
        index: u64,
        /// Its own bytes.
        item: Bytes,
        /// Proof under the head's log root.
        proof: InclusionProof,
    }
}

cbor_map! {
    /// A self-contained proof about some records as of one header.
    pub struct Bundle {
        /// [`BUNDLE_VERSION`].
        1 => version: u64,
        /// Header that everything else is proven under.
        2 => head: SignedHeader,
        /// Changes of validators since the trust point, ascending.
        3 => handovers: Vec<Handover>,
        /// Values and absences, each path once, ascending.
        4 => entries: Vec<StateEntry>,
        /// Lists, each path once, ascending.
        5 => lists: Vec<ListPage>,
        /// Headers and statements, each index once, ascending.
        6 => logged: Vec<LoggedItem>,
        /// Salts and values, opaque here.
        7 => disclosures: Vec<Bytes>,
        /// When the bundle was put together, as its maker claims; proves nothing.
        8 => made_at: Option<TimeMs>,
        /// Path of the record that it is about; one of the entries.
        9 => about: Option<String>,
    }
}

impl crate::codec::Cbor for String {
    fn write(&self, writer: &mut codec::Writer) {
        writer.text(self);
    }
    fn read(reader: &mut codec::Reader<'_>) -> Result<Self, CodecError> {
        reader.text().map(str::to_owned)
    }
    fn view(&self) -> codec::View {
        codec::View::Text(self.clone())
    }
}

impl Bundle {
    /// A bundle with nothing but its head.
    #[must_use]
    pub fn of_head(head: SignedHeader) -> Self {
        Self {
            version: BUNDLE_VERSION,
            head,
            handovers: Vec::new(),
            entries: Vec::new(),
            lists: Vec::new(),
            logged: Vec::new(),
            disclosures: Vec::new(),
            made_at: None,
            about: None,
        }
    }

    /// Reads values with their proofs at one kept version of the tree, which must be that of the head.
    ///
    /// # Errors
    /// A fault of the store, or the version has been pruned.
    pub fn prove<V: ChainView>(mut self, view: &V, tree_version: u64, keys: &[StateKey]) -> Result<Self, Fault> {
        for key in keys {
            let (value, proof) = tree::prove(view, tree_version, key)?;
            self.entries.push(StateEntry { path: key.path().to_owned(), value: value.map(Bytes::from), proof });
        }
        self.entries.sort_by(|a, b| a.path.cmp(&b.path));
        self.entries.dedup_by(|a, b| a.path == b.path);
        Ok(self)
    }

    /// Adds entries of the log with their proofs.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn prove_logged<V: ChainView>(mut self, view: &V, index: u64, item: &[u8]) -> Result<Self, Fault> {
        let size = self.head.header.log_size;
        let proof = InclusionProof::make(index, size, |node| view.log_node(node))?;
        self.logged.retain(|logged| logged.index != index);
        self.logged.push(LoggedItem { index, item: item.to_vec().into(), proof });
        self.logged.sort_by_key(|logged| logged.index);
        Ok(self)
    }

    /// Decodes a bundle and checks its bounds and order; nothing is verified.
    ///
    /// # Errors
    /// [`CodecError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let bundle: Self = codec::decode(bytes, BUNDLE_BYTES_MAX)?;
        ValueRule::Version("a bundle").require(bundle.version == BUNDLE_VERSION)?;
        let counts = [
            bundle.handovers.len(),
            bundle.entries.len(),
            bundle.lists.len(),
            bundle.logged.len(),
            bundle.disclosures.len(),
        ];
        ValueRule::BundleParts.require(counts.iter().all(|count| *count <= BUNDLE_PARTS_MAX))?;
        let height = |handover: &Handover| handover.signed.header.height;
        ValueRule::Ascending("handovers").require(bundle.handovers.is_sorted_by(|a, b| height(a) < height(b)))?;
        ValueRule::Ascending("paths").require(bundle.entries.is_sorted_by(|a, b| a.path < b.path))?;
        let about_shown = |path: &String| bundle.entries.iter().any(|entry| entry.path == *path);
        ValueRule::BundleSubject.require(bundle.about.as_ref().is_none_or(about_shown))?;
        ValueRule::Ascending("lists").require(bundle.lists.is_sorted_by(|a, b| a.path < b.path))?;
        ValueRule::Ascending("log indices").require(bundle.logged.is_sorted_by(|a, b| a.index < b.index))?;
        Ok(bundle)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}
