//! The rules that a single value keeps, whatever the state is: each with a stable word for programs.

use super::CodecError;

macro_rules! value_rules {
    ($($(#[$doc:meta])* $name:ident $(($of:ident))? = $word:literal $sentence:literal,)*) => {
        /// A rule that a value keeps by itself; what is stated of a list holds for each of its items.
        ///
        /// `Display` is an English sentence without its full stop, for programmers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ValueRule {
            $($(#[$doc])* $name $((value_rules!(@text $of)))?,)*
        }

        impl ValueRule {
            /// The words of all rules.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The stable word; never used for another rule later.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name { .. } => $word,)* }
            }
        }

        impl core::fmt::Display for ValueRule {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self { $(Self::$name $(($of))? => write!(f, $sentence),)* }
            }
        }
    };
    (@text $of:ident) => { &'static str };
}

value_rules! {
    /// Short name of a department.
    Department = "department" "a department's short name is lower-case letters, digits and hyphens",
    /// A role.
    Role = "role" "a role is lower-case letters, digits and hyphens",
    /// A unit inside a department.
    Unit = "unit" "a unit is lower-case letters, digits and hyphens",
    /// A code from a code list.
    Code = "code" "a code is lower-case letters, digits and hyphens",
    /// Code of a catalogue item.
    ItemCode = "item-code" "an item code is ASCII letters, digits, dots and hyphens",
    /// Chain id.
    Chain = "chain" "a chain id is lower-case letters, digits and hyphens",
    /// Words of an office in its certificate numbers.
    OfficeWord = "office-word" "an office word is Chinese characters",
    /// A text.
    Text = "text" "a text is at most 500 Chinese characters, Latin letters, digits and their punctuation",
    /// A random id.
    Id = "id" "an id is 32 hexadecimal digits",
    /// A hash.
    Hash = "hash" "a hash is 64 hexadecimal digits",
    /// A look-up code.
    LookupCode = "look-up-code" "a look-up code has 18 symbols, the last of them checks the others",
    /// Name of a consortium.
    ConsortiumName = "consortium-name" "the consortium's name has at most 24 characters",

    /// An integer of a narrower type.
    Integer(kind) = "integer" "an integer fits {kind}",
    /// The code of a variant.
    KnownCode(kind) = "known-code" "a code of {kind} is a known one",
    /// The version of a format.
    Version(format) = "version" "the version of {format} is one that is known",
    /// The length of a list whose items are dear to read.
    ListLength = "list-length" "a list has no more items than its type allows",
    /// Order of a list.
    Ascending(items) = "ascending" "{items} stand once each, in ascending order",

    /// A public key.
    PublicKey = "public-key" "a public key is a canonical Ed25519 point of large order",
    /// Length of a public key.
    PublicKeyLength = "public-key-length" "a public key has 32 bytes",
    /// Length of a signature.
    SignatureLength = "signature-length" "a signature has 64 bytes",
    /// A chain id beside the hash that it names.
    ChainOfGenesis = "chain-of-genesis" "the chain id is derived from the genesis hash",

    /// Claim `sub`.
    Subject = "subject" "sub is the ASCII path of a record, at most 160 bytes",
    /// Algorithm of a statement.
    Algorithm = "algorithm" "the algorithm is EdDSA (-8)",
    /// Content type of a statement.
    ContentType = "content-type" "the content type is application/vnd.yinxin.action+cbor",
    /// Endorsements of a statement.
    Endorsements = "endorsements" "at most 9 endorsements, ascending by key id, each key once",
    /// Statements of a block.
    BlockStatements = "block-statements" "a block has at most 20,000 statements of at most 64 KiB",
    /// Depth of a state proof.
    StateProofDepth = "state-proof-depth" "a state proof is at most 256 levels deep",
    /// Length of an inclusion proof.
    InclusionProofLength = "inclusion-proof-length" "an inclusion proof has at most 64 hashes",
    /// Size of a validator set.
    ValidatorCount = "validator-count" "a validator set has 1 to 256 validators",
    /// Departments of a validator set.
    OneValidator = "one-validator" "a department has at most one validator",
    /// Power of a validator.
    ValidatorPower = "validator-power" "a department has one vote: the power of a validator is 1",
    /// A parameter of the network.
    Parameter(range) = "parameter" "{range}",

    /// Parts of a bundle.
    BundleParts = "bundle-parts" "a bundle has at most 1,024 parts of each kind",
    /// What a bundle is about.
    BundleSubject = "bundle-subject" "what a bundle is about is among its entries",
    /// History of a trust file.
    TrustHistory = "trust-history" "the terms of a history ascend from height 1 up to the checkpoint",
    /// The two contents of evidence.
    EvidenceContents = "evidence-contents" "the two contents differ and stand in ascending order of value, then valid round",
    /// Evidence about a proposal.
    EvidenceProposal = "evidence-proposal" "a proposal has a value",
    /// Evidence about a vote.
    EvidenceVote = "evidence-vote" "a vote has no valid round",

    /// Departments of a genesis document.
    GenesisDepartments = "genesis-departments" "there are at most 1,024 departments",
    /// Versions of the items of a genesis document.
    GenesisItems = "genesis-items" "items of genesis have version 1",
    /// Lists of a catalogue item.
    ItemLists = "item-lists" "lists of an item are bounded, and nothing stands in them twice",
    /// Grounds of a genesis document.
    GenesisGrounds = "genesis-grounds" "grounds stand once an act, ascending, each list ascending by code",
    /// Number words of a genesis document.
    GenesisNumbers = "genesis-numbers" "number words are given once, to one class of one office",
    /// Departments that a genesis document names.
    GenesisMembers(owners) = "genesis-members" "{owners} are departments of the document",
    /// Administration keys of a genesis document.
    GenesisAdministration = "genesis-administration" "administration keys are listed, and more than their threshold asks",
    /// Records of a genesis document.
    GenesisRecords = "genesis-records" "a department, item or key fits 256 KiB",
    /// Consensus keys of a genesis document.
    GenesisConsensusKeys = "genesis-consensus-keys" "a consensus key is used for nothing else",
}

impl ValueRule {
    /// Refuses unless the value keeps this rule.
    ///
    /// # Errors
    /// `OutOfRange` with this rule.
    pub fn require(self, kept: bool) -> Result<(), CodecError> {
        if kept { Ok(()) } else { Err(self.into()) }
    }
}
