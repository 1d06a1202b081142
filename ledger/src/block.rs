//! Headers and blocks.
//!
//! ```text
//! Header h ── log_root    RFC 9162 log: header 0, statements of 1, header 1, ... header h-1, statements of h
//!          ├─ state_root  state AFTER block h
//!          ├─ validators, next_validators, last_commit, parent
//!          └─ hash = the value that validators decide
//! ```
//! A header commits to the whole block: the statements by the log, the certificate of the block before by
//! `last_commit`. It holds no round: whether a block is valid depends on it and its parent alone.

use crate::codec::{self, Bytes, Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::commit::{ChainContext, CommitCertificate};
use crate::crypto::{Domain, Hash, KeyId, tagged};
use crate::error::VerifyError;
use crate::limits::{BLOCK_STATEMENTS_MAX, STATEMENT_BYTES_MAX};
use crate::types::{ChainId, Height, TimeMs};
use crate::validator::ValidatorSet;

/// Version of the header format.
pub const HEADER_VERSION: u64 = 1;
/// Version of the rules; a later one takes effect at a height set by governance.
pub const PROTOCOL_VERSION: u64 = 1;

cbor_array! {
    /// What a commit certificate is about.
    pub struct Header {
        /// [`HEADER_VERSION`].
        version: u64,
        /// [`PROTOCOL_VERSION`] of the rules that executed this block.
        protocol: u64,
        /// Chain id.
        chain: ChainId,
        /// Height; genesis is 0.
        height: Height,
        /// Block time, UTC milliseconds, above the parent's.
        time: TimeMs,
        /// Hash of the header before; at height 0 the hash of the genesis document.
        parent: Hash,
        /// Entries of the log, those of this block included.
        log_size: u64,
        /// RFC 9162 root of the log.
        log_root: Hash,
        /// Root of the state tree after this block.
        state_root: Hash,
        /// Hash of the set that decides this height.
        validators: Hash,
        /// Hash of the set that decides the next height.
        next_validators: Hash,
        /// Hash of the certificate that this block carries; zero at heights 0 and 1.
        last_commit: Hash,
        /// Consensus key of the department that first proposed this block; at height 0 zero.
        proposer: KeyId,
    }
}

impl Header {
    /// The value that validators decide.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(Domain::Header, &[&codec::encode(self)])
    }
}

/// A block: header, statements as they were signed, and the certificate of the block before.
///
/// Shape: `[header, [* bstr statement], certificate | null]`; at most `limits::BLOCK_STATEMENTS_MAX` statements of
/// at most `limits::STATEMENT_BYTES_MAX` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// Encoded statements in the order in which they took effect.
    pub statements: Vec<Bytes>,
    /// Certificate of the parent; `None` at height 1 alone.
    pub last_commit: Option<CommitCertificate>,
}

impl Cbor for Block {
    fn write(&self, writer: &mut Writer) {
        writer.array(3);
        self.header.write(writer);
        self.statements.write(writer);
        self.last_commit.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.array_exact(3)?;
        let header = Header::read(reader)?;
        let refused = CodecError::from(ValueRule::BlockStatements);
        let count = usize::try_from(reader.array()?).unwrap_or(usize::MAX);
        if count > BLOCK_STATEMENTS_MAX {
            return Err(refused);
        }
        let mut statements = Vec::new();
        for _ in 0..count {
            statements.push(Bytes::read(reader)?);
        }
        if statements.iter().any(|statement| statement.len() > STATEMENT_BYTES_MAX) {
            return Err(refused);
        }
        Ok(Self { header, statements, last_commit: Option::read(reader)? })
    }
    fn view(&self) -> View {
        View::Record(vec![
            ("header", self.header.view()),
            ("statements", self.statements.view()),
            ("last_commit", self.last_commit.view()),
        ])
    }
}

cbor_array! {
    /// A header and what makes it certain.
    pub struct SignedHeader {
        /// The header.
        header: Header,
        /// Precommits for it. Height 0 has none: nothing is proven before the first block is decided.
        certificate: CommitCertificate,
    }
}

impl SignedHeader {
    /// Checks chain, set, height and certificate against a set that the caller trusts for this height.
    ///
    /// # Errors
    /// [`VerifyError`] that names the first step that fails.
    pub fn verify(&self, context: &ChainContext, set: &ValidatorSet) -> Result<(), VerifyError> {
        let header = &self.header;
        let versions = [
            (HEADER_VERSION, header.version, "version of the header"),
            (PROTOCOL_VERSION, header.protocol, "protocol version"),
        ];
        if let Some((expected, actual, what)) = versions.into_iter().find(|(expected, actual, _)| expected != actual) {
            return Err(VerifyError::NumberMismatch { what, expected, actual });
        }
        if header.chain != context.chain {
            return Err(VerifyError::OtherChain {
                expected: context.chain.to_string(),
                actual: header.chain.to_string(),
            });
        }
        expect_hash("hash of the validator set", set.hash(), header.validators)?;
        if self.certificate.height != header.height {
            return Err(VerifyError::NumberMismatch {
                what: "height of the commit certificate",
                expected: header.height.0,
                actual: self.certificate.height.0,
            });
        }
        self.certificate.verify(context, set, header.hash())
    }
}

/// Fails with both hashes if they differ.
pub(crate) fn expect_hash(what: &'static str, expected: Hash, actual: Hash) -> Result<(), VerifyError> {
    if expected == actual { Ok(()) } else { Err(VerifyError::HashMismatch { what, expected, actual }) }
}
