//! Every domain tag of the project, so that bytes hashed or signed for one purpose never fit another.

use super::Hash;

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident = $tag:literal,)*) => {
        /// What a hash or a signature is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Domain {
            $($(#[$doc])* $name,)*
        }

        impl Domain {
            /// Every domain.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The tag: ASCII, at most 64 bytes.
            #[must_use]
            pub const fn tag(self) -> &'static str {
                match self { $(Self::$name => $tag,)* }
            }
        }
    };
}

domains! {
    /// Hash of the genesis document.
    Genesis = "yinxin/genesis/1",
    /// Hash of a header, which is the value that validators decide.
    Header = "yinxin/header/1",
    /// Hash of a validator set.
    ValidatorSet = "yinxin/validators/1",
    /// Hash of the commit certificate that a block carries.
    LastCommit = "yinxin/last-commit/1",
    /// Signed by a validator: prevote and precommit.
    Vote = "yinxin/vote/1",
    /// Signed by a validator: proposal.
    Proposal = "yinxin/proposal/1",
    /// Signed by a validator: the last part of a proposal's stream.
    ProposalPart = "yinxin/proposal-part/1",
    /// Signed by a new key to show that its owner holds it.
    Possession = "yinxin/possession/1",
    /// Signed by a joining validator's key to show that its node follows the chain.
    Ready = "yinxin/ready/1",
    /// Signed by a further key inside a statement.
    Endorsement = "yinxin/endorsement/1",
    /// Commitment to a document: salt, digest, size.
    Document = "yinxin/document/1",
    /// Commitment to an attribute of a person.
    Attribute = "yinxin/attribute/1",
    /// Commitment to a text kept off the ledger.
    Text = "yinxin/text/1",
    /// Commitment to the content of an entry of a case.
    CaseContent = "yinxin/case-content/1",
    /// Binding of a case to the identity of its person.
    CaseSubject = "yinxin/case-subject/1",
    /// Binding of a notarial certificate to the identity of its subject.
    CertificateSubject = "yinxin/certificate-subject/1",
    /// Commitment to a certificate's number and look-up code; the first look-ups stood under it.
    LookupCode = "yinxin/lookup/1",
    /// Look-up of a notarial certificate by its number and the commitment to its code.
    Lookup = "yinxin/lookup/2",
    /// What a governance change replaces.
    Base = "yinxin/base/1",
    /// What a proposal of governance says, as votes on it name it.
    Proposed = "yinxin/proposed/1",
}

/// SHA-256 over the length of the tag in one byte, the tag, and the parts one after another.
///
/// Parts are not length-prefixed: callers give parts of fixed length, or one encoded value.
#[must_use]
pub fn tagged(domain: Domain, parts: &[&[u8]]) -> Hash {
    let tag = domain.tag().as_bytes();
    let length = u8::try_from(tag.len()).expect("tags are at most 64 bytes");
    let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 2);
    let head = [length];
    all.push(&head);
    all.push(tag);
    all.extend_from_slice(parts);
    Hash::sha256_parts(&all)
}
