//! Evidence that proves somebody guilty, and bytes near it that prove nothing.

use super::hexed;
use super::story::Story;
use crate::sample::key;
use ledger::codec::encode;
use ledger::commit::{ChainContext, VoteStep, proposal_sign_bytes, vote_sign_bytes};
use ledger::crypto::{Hash, SecretKey};
use ledger::evidence::{Evidence, EvidenceError, SignedContent, SignedStep};
use ledger::trust::TrustFile;
use ledger::types::{Height, Round};
use serde_json::{Value, json};

/// A content signed by a key, as this step's sign-bytes demand.
fn content(
    context: &ChainContext,
    signer: &SecretKey,
    step: SignedStep,
    value: Option<Hash>,
    valid_round: Option<Round>,
) -> SignedContent {
    let (height, round) = (Height(7), Round(2));
    let bytes = match step {
        SignedStep::Prevote => vote_sign_bytes(context, height, round, VoteStep::Prevote, value),
        SignedStep::Precommit => vote_sign_bytes(context, height, round, VoteStep::Precommit, value),
        SignedStep::Proposal => proposal_sign_bytes(context, height, round, value.unwrap_or_default(), valid_round),
    };
    SignedContent { value, valid_round, signature: signer.sign(&bytes) }
}

fn pair(
    context: &ChainContext,
    signer: &SecretKey,
    step: SignedStep,
    two: [(Option<Hash>, Option<Round>); 2],
) -> Evidence {
    let [one, other] = two.map(|(value, valid_round)| content(context, signer, step, value, valid_round));
    let place = (Height(7), Round(2), step);
    Evidence::new(context, signer.public().id(), place, one, other).expect("two contents")
}

/// The court's node voted for two blocks.
pub(super) fn two_prevotes(context: &ChainContext) -> Evidence {
    let (a, b) = (Some(Hash([0x0a; 32])), Some(Hash([0x0b; 32])));
    pair(context, &key("court-consensus"), SignedStep::Prevote, [(a, None), (b, None)])
}

/// Every case with its verdict by the library, which the case's author says first.
pub(super) fn cases(story: &Story) -> Value {
    let (context, trust) = (story.chain.context(), story.chain.trust());
    let (court, notary) = (key("court-consensus"), key("notary-consensus"));
    let (a, b) = (Some(Hash([0x0a; 32])), Some(Hash([0x0b; 32])));
    let prevotes = two_prevotes(&context);
    let with_nil = pair(&context, &notary, SignedStep::Precommit, [(None, None), (a, None)]);
    let proposals = pair(&context, &court, SignedStep::Proposal, [(b, None), (a, Some(Round(1)))]);
    let rounds = pair(&context, &notary, SignedStep::Proposal, [(a, None), (a, Some(Round(1)))]);
    let stranger = pair(&context, &key("nobody"), SignedStep::Prevote, [(a, None), (b, None)]);
    let mut genesis = context.genesis;
    genesis.0[31] ^= 1;
    let elsewhere = ChainContext { genesis, ..context.clone() };
    let other_chain = pair(&elsewhere, &court, SignedStep::Prevote, [(a, None), (b, None)]);
    let relabelled = Evidence { genesis: context.genesis, ..other_chain.clone() };
    let twice = Evidence { second: prevotes.first.clone(), ..prevotes.clone() };
    let swapped = Evidence { first: prevotes.second.clone(), second: prevotes.first.clone(), ..prevotes.clone() };
    let by_two = Evidence { second: content(&context, &notary, SignedStep::Prevote, b, None), ..prevotes.clone() };
    let voted_round =
        Evidence { second: content(&context, &court, SignedStep::Prevote, b, Some(Round(0))), ..prevotes.clone() };
    let nothing = Evidence { step: SignedStep::Proposal, ..with_nil.clone() };
    let all = [
        ("two prevotes", "proven", prevotes.clone()),
        ("a precommit for nil and one for a block", "proven", with_nil),
        ("two proposals", "proven", proposals),
        ("one block proposed with and without an earlier polka", "proven", rounds),
        ("a key that the trust file does not know", "cannot-tell", stranger),
        ("another chain", "invalid", other_chain),
        ("votes of another chain under this one's name", "invalid", relabelled),
        ("the same vote twice", "invalid", twice),
        ("the wrong order", "invalid", swapped),
        ("one vote each of two validators", "invalid", by_two),
        ("a vote with a valid round", "invalid", voted_round),
        ("a proposal of nothing", "invalid", nothing),
        ("another version", "invalid", Evidence { version: 2, ..prevotes.clone() }),
        ("another height", "invalid", Evidence { height: Height(8), ..prevotes.clone() }),
        ("prevotes as precommits", "invalid", Evidence { step: SignedStep::Precommit, ..prevotes }),
    ];
    json!({ "cases": all.map(|(what, verdict, evidence)| case(&trust, what, verdict, &evidence)) })
}

fn case(trust: &TrustFile, what: &str, verdict: &str, evidence: &Evidence) -> Value {
    let bytes = encode(evidence);
    let found = Evidence::decode(&bytes).ok().map(|found| found.judge(trust));
    let (word, department) = match found {
        Some(Ok((guilty, _))) => ("proven", Some(guilty.department)),
        Some(Err(EvidenceError::Refuted(_))) | None => ("invalid", None),
        Some(Err(_)) => ("cannot-tell", None),
    };
    assert_eq!(word, verdict, "{what}");
    json!({ "what": what, "encoded": hexed(bytes), "verdict": word, "department": department.map(|found| found.to_string()) })
}
