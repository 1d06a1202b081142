//! Every bound of the formats and rules, with its reason. Checked before decoding or allocating.

/// A statement as submitted. The largest honest one, a governance change with a full catalogue item, is about 12 KiB.
pub const STATEMENT_BYTES_MAX: usize = 64 * 1024;
/// A block with all it carries: what a proposer sends to all others for one height.
pub const BLOCK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Statements in one block; the weight cap binds far earlier.
pub const BLOCK_STATEMENTS_MAX: usize = 20_000;
/// A header has fixed fields; the chain id is its only text.
pub const HEADER_BYTES_MAX: usize = 1024;
/// The genesis document: departments, keys and a catalogue of a few hundred items.
pub const GENESIS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A trust file: one validator set and a checkpoint.
pub const TRUST_BYTES_MAX: usize = 256 * 1024;
/// Evidence against a validator: two hashes, two signatures, the chain id as its only text.
pub const EVIDENCE_BYTES_MAX: usize = 1024;
/// Evidence kept for one height: every validator of the largest set could be accused once.
pub const MISCONDUCT_MAX: usize = VALIDATORS_MAX;
/// A bundle: lists of up to 10,000 items and their proofs.
pub const BUNDLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Entries, statements, lists and validator sets of one bundle.
pub const BUNDLE_PARTS_MAX: usize = 1024;
/// One value of the state tree: a proposal with the largest change and the votes of 1,024 departments fits.
pub const VALUE_BYTES_MAX: usize = 256 * 1024;
/// Validators of one chain: a certificate then stays under 17 KiB.
pub const VALIDATORS_MAX: usize = 256;
/// Departments of one consortium.
pub const DEPARTMENTS_MAX: usize = 1024;
/// Further signatures inside one statement.
pub const ENDORSEMENTS_MAX: usize = 9;
/// Administration keys of one department; two departments with all of theirs fit one statement.
pub const ADMINISTRATION_KEYS_MAX: usize = 5;
/// Administration keys of a department that sign together, at least, once governance has set them: ADR 7.
pub const ADMINISTRATION_THRESHOLD_MIN: u8 = 2;
/// A joining node counts as up this long after its ready statement.
pub const READY_LIFETIME_MS: u64 = 60 * 60 * 1000;
/// A statement lives at most one hour after the block it enters: so long its act is remembered against replay.
pub const STATEMENT_LIFETIME_MS_MAX: u64 = 60 * 60 * 1000;
/// Default life of a statement that a client makes.
pub const STATEMENT_LIFETIME_MS: u64 = 10 * 60 * 1000;
/// A fresh proposal may be this far ahead of the validator's clock; who sees it further ahead votes nil.
pub const CLOCK_AHEAD_MS_MAX: u64 = 2_000;
/// Characters of a governance text.
pub const TEXT_CHARS_MAX: usize = 500;
/// Bytes of a department's short name, a role, an item code, a word of a code list.
pub const WORD_BYTES_MAX: usize = 64;
/// Characters of an office's words in certificate numbers: each takes three bytes of UTF-8. Who reads numbers takes
/// as many.
pub const OFFICE_WORD_CHARS_MAX: usize = WORD_BYTES_MAX / 3;
/// Attribute commitments of one identity attestation.
pub const ATTRIBUTES_MAX: usize = 32;
/// Subjects of one notarial certificate.
pub const SUBJECTS_MAX: usize = 8;
/// A freeze by two departments ends by itself, docs/spec/actions.md section 2. A rest of the same length follows each.
pub const FREEZE_MS: u64 = 72 * 60 * 60 * 1000;
/// A change of validators takes effect at the earliest this long after its vote, docs/spec/actions.md section 1.
pub const VALIDATOR_CHANGE_DELAY_MS_MIN: u64 = 600 * 1000;
/// A proposal of governance is open for votes this long.
pub const PROPOSAL_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Proposals of one department that are open at once: what stands in the state stays there.
pub const OPEN_PROPOSALS_MAX: usize = 16;
/// Siblings of a state proof: the tree has 256 levels.
pub const STATE_PROOF_DEPTH_MAX: usize = 256;
/// Hashes of an inclusion proof: the log has at most 2^63 entries.
pub const LOG_PROOF_DEPTH_MAX: usize = 64;
