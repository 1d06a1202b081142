//! Golden bundles, changed in every way a forger may think of: no mutant ever proves anything else.
//!
//! A mutant may be accepted only if it proves exactly the same facts, or fewer of them: same header, same validators,
//! and each entry, list, statement and header that it proves is one that the good bundle proves. What is not proven
//! at all (`made_at`, disclosures, how many of the validators signed) may differ.
//!
//! One more fact may come out, and it is true: a proof that a path holds nothing shows an empty place of the tree, and
//! every other path that leads there holds nothing either. Each such path is looked up in the state of that height.

use ledger::bundle::{Bundle, ListPage};
use ledger::codec::encode;
use ledger::light::{self, Verified};
use ledger::log::{InclusionProof, Peaks};
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use std::collections::{BTreeMap, BTreeSet};
use yinxin_tests::sample::{SampleChain, busy_block, genesis_named, id};
use yinxin_tests::scale::{Dice, scaled};
use yinxin_tests::story::{change_validators, enter, open_case};
use yinxin_tests::token::Token;

/// A good bundle, the trust file that it is for, and what it proves.
struct Golden {
    bytes: Vec<u8>,
    trust: TrustFile,
    facts: BTreeMap<String, Vec<u8>>,
    /// Every path that holds something at the bundle's height.
    present: BTreeSet<String>,
}

impl Golden {
    /// True if the fact is that a path holds nothing, and so it is.
    fn is_true_absence(&self, name: &str, fact: &[u8]) -> bool {
        let path = name.strip_prefix("entry ");
        fact == [0] && path.is_some_and(|path| StateKey::parse(path).is_some() && !self.present.contains(path))
    }
}

/// Everything that is proven, each fact under its own name.
fn facts(verified: &Verified) -> BTreeMap<String, Vec<u8>> {
    let mut facts = BTreeMap::new();
    facts.insert("header".to_owned(), encode(verified.header()));
    facts.insert("validators".to_owned(), encode(verified.validators()));
    for (path, value) in verified.entries() {
        let value = value.map_or(vec![0], |value| [&[1], value].concat());
        facts.insert(format!("entry {path}"), value);
    }
    for (path, _) in verified.entries() {
        let Ok(list) = verified.list(&StateKey::parse(path).unwrap()) else { continue };
        facts.insert(format!("length of {path}"), list.length.to_be_bytes().to_vec());
        for (index, item) in (list.start..).zip(&list.items) {
            facts.insert(format!("item {index} of {path}"), item.clone());
        }
    }
    for (index, statement) in verified.statements() {
        facts.insert(format!("statement {index}"), statement.encoded().to_vec());
    }
    for (index, header) in verified.headers() {
        facts.insert(format!("header {index}"), encode(header));
    }
    facts
}

/// A bundle of the tip of a chain.
fn golden(chain: &SampleChain, bundle: &Bundle, trust: &TrustFile) -> Golden {
    let bytes = bundle.encode();
    let read = Bundle::decode(&bytes).unwrap();
    let present = chain.chain.values().keys().map(|key| key.path().to_owned()).collect();
    Golden { facts: facts(&light::verify(&read, trust).unwrap()), bytes, trust: trust.clone(), present }
}

/// Two bundles of one chain, before and after a change of validators.
fn of_chain(name: &str) -> [Golden; 2] {
    let mut chain = SampleChain::new(genesis_named(name));
    (0..6).for_each(|number| busy_block(&mut chain, number));
    chain.submit("court", &["court-judge"], open_case("case")).unwrap();
    for number in 0..5 {
        let entry = enter(&chain, "case", "report", &number.to_string());
        chain.submit("justice", &["justice-officer"], entry).unwrap();
    }
    let genesis = chain.trust();
    let first = whole(&chain);
    let trust = light::verify(&first, &genesis).unwrap().ratchet(&genesis);
    let first = golden(&chain, &first, &genesis);
    let handover = change_validators(&mut chain, "out", &["justice", "notary", "police"]);
    (6..9).for_each(|number| busy_block(&mut chain, number));
    let mut second = whole(&chain);
    second.handovers.push(handover);
    [first, golden(&chain, &second, &trust)]
}

/// Records, absences, a whole list, a part of a list, statements and headers.
fn whole(chain: &SampleChain) -> Bundle {
    let names = ["record-0", "record-1", "record-2", "record-none"];
    let mut keys: Vec<StateKey> = names.iter().map(|name| StateKey::certificate(&id(name))).collect();
    let (case, certificates) =
        (StateKey::correction(&id("case")), StateKey::certificates_of(&"notary".parse().unwrap()));
    keys.extend([case.clone(), certificates.clone(), StateKey::parameters(), StateKey::identity(&id("record-0"))]);
    let mut bundle = chain.bundle(&keys);
    for number in [0, 3, 5] {
        let (header, statement) = (encode(&chain.signed[number].header), chain.blocks[number].statements[0].clone());
        bundle = bundle.prove_logged(&chain.chain, chain.log_index(&header).unwrap(), &header).unwrap();
        bundle = bundle.prove_logged(&chain.chain, chain.log_index(&statement).unwrap(), &statement).unwrap();
    }
    let items = chain.chain.list(&certificates);
    let (mut peaks, mut nodes) = (Peaks::default(), Vec::new());
    items.iter().for_each(|item| nodes.extend(peaks.append(item).into_iter().map(|(_, hash)| hash)));
    let proof =
        |index| InclusionProof::make(index, peaks.size(), |node| Ok(nodes[usize::try_from(node).unwrap()])).unwrap();
    let shown = items[1..4].iter().map(|item| item.clone().into()).collect();
    bundle.lists.push(ListPage {
        path: certificates.path().to_owned(),
        start: 1,
        items: shown,
        proofs: (1..4).map(proof).collect(),
    });
    let entries = chain.chain.list(&case).iter().map(|item| item.clone().into()).collect();
    bundle.lists.push(ListPage { path: case.path().to_owned(), start: 0, items: entries, proofs: Vec::new() });
    bundle.lists.sort_by(|a, b| a.path.cmp(&b.path));
    bundle.disclosures = vec![b"salt and value".to_vec().into(), vec![7; 40].into()];
    bundle.made_at = Some(chain.time());
    bundle
}

fn all_golden() -> Vec<Golden> {
    let chains = [of_chain("sample"), of_chain("other")];
    chains.into_iter().flatten().collect()
}

#[derive(Default)]
struct Outcome {
    unreadable: u64,
    refused: u64,
    same_facts: u64,
    fewer_facts: u64,
    /// Paths that hold nothing, as another path's proof of absence shows.
    other_absences: u64,
}

impl Outcome {
    fn judge(&mut self, golden: &Golden, mutant: &[u8], what: &str) {
        let Ok(bundle) = Bundle::decode(mutant) else {
            self.unreadable += 1;
            return;
        };
        assert_eq!(bundle.encode(), mutant, "{what}: two forms of one bundle");
        let Ok(verified) = light::verify(&bundle, &golden.trust) else {
            self.refused += 1;
            return;
        };
        let proven = facts(&verified);
        for (name, fact) in &proven {
            let known = golden.facts.get(name);
            let absence = known.is_none() && golden.is_true_absence(name, fact);
            assert!(absence || known == Some(fact), "{what} proves another {name}: {fact:?}");
            self.other_absences += u64::from(absence);
        }
        if proven.len() == golden.facts.len() { self.same_facts += 1 } else { self.fewer_facts += 1 }
    }

    fn total(&self) -> u64 {
        self.unreadable + self.refused + self.same_facts + self.fewer_facts
    }

    fn print(&self, name: &str) {
        println!(
            "{name}: {} mutants, {} unreadable, {} refused, {} prove the same, {} prove less, {} show that another path \
             holds nothing, which is so",
            self.total(),
            self.unreadable,
            self.refused,
            self.same_facts,
            self.fewer_facts,
            self.other_absences
        );
    }
}

#[test]
fn no_flipped_bit_changes_a_fact() {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(1);
    for golden in all_golden() {
        for _ in 0..scaled(3_500) {
            let mut mutant = golden.bytes.clone();
            for _ in 0..=dice.below(2) {
                let bit = dice.below(mutant.len() * 8);
                mutant[bit / 8] ^= 1 << (bit % 8);
            }
            outcome.judge(&golden, &mutant, "flipped bits");
        }
    }
    outcome.print("flipped bits");
}

#[test]
fn no_overwritten_cut_or_moved_stretch_of_bytes_changes_a_fact() {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(2);
    for golden in all_golden() {
        for _ in 0..scaled(1_500) {
            let mut mutant = golden.bytes.clone();
            let (from, length) = (dice.below(mutant.len()), 1 + dice.below(64));
            let until = (from + length).min(mutant.len());
            match dice.below(4) {
                0 => drop(mutant.drain(from..until)),
                1 => mutant[from..until].fill(u8::try_from(dice.below(256)).unwrap()),
                2 => mutant.extend_from_slice(&golden.bytes[from..until]),
                _ => {
                    let to = dice.below(mutant.len() - (until - from));
                    mutant.copy_within(from..until, to);
                }
            }
            outcome.judge(&golden, &mutant, "a stretch of bytes");
        }
    }
    outcome.print("stretches of bytes");
}

/// A well-formed item with some nodes deleted, doubled, swapped, or taken from another good bundle.
fn rebuilt(tree: &Token, donor: &Token, paths: &[Vec<usize>], dice: &mut Dice) -> Token {
    let mut mutant = tree.clone();
    let path = &paths[dice.below(paths.len())];
    let choice = dice.below(6);
    let node = mutant.at_mut(path);
    match (choice, node) {
        (0, Token::Array(items)) if !items.is_empty() => drop(items.remove(dice.below(items.len()))),
        (1, Token::Array(items)) if !items.is_empty() => {
            let item = items[dice.below(items.len())].clone();
            items.insert(dice.below(items.len() + 1), item);
        }
        (2, Token::Array(items)) if items.len() > 1 => {
            let (one, other) = (dice.below(items.len()), dice.below(items.len()));
            items.swap(one, other);
        }
        (0, Token::Map(pairs)) if !pairs.is_empty() => drop(pairs.remove(dice.below(pairs.len()))),
        (1 | 2, Token::Map(pairs)) if pairs.len() > 1 => {
            let (one, other) = (dice.below(pairs.len()), dice.below(pairs.len()));
            let value = pairs[one].1.clone();
            pairs[other].1 = value;
        }
        (3, Token::Uint(value)) => *value = if dice.below(2) == 0 { value.wrapping_add(1) } else { dice.roll() },
        (3, Token::Bytes(bytes)) => *bytes = dice.bytes32().to_vec(),
        (4, node) => *node = Token::Simple(22),
        (_, node) => {
            // The same place of the other bundle, if it is there; else any node of it.
            let same = donor.paths().contains(path);
            *node = if same { donor.at(path).clone() } else { Token::Array(Vec::new()) };
        }
    }
    mutant
}

#[test]
fn no_part_deleted_doubled_swapped_or_taken_from_another_bundle_changes_a_fact() {
    let all = all_golden();
    let trees: Vec<Token> = all.iter().map(|golden| Token::parse(&golden.bytes)).collect();
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(3);
    for (index, golden) in all.iter().enumerate() {
        let paths = trees[index].paths().split_off(1);
        let mut left = scaled(2_000);
        while left > 0 {
            let donor = &trees[dice.below(trees.len())];
            let mut mutant = rebuilt(&trees[index], donor, &paths, &mut dice);
            if dice.below(4) == 0 {
                let paths = mutant.paths().split_off(1);
                mutant = rebuilt(&mutant, donor, &paths, &mut dice);
            }
            let bytes = mutant.encode();
            if bytes != golden.bytes {
                outcome.judge(golden, &bytes, "a rebuilt bundle");
                left -= 1;
            }
        }
    }
    outcome.print("rebuilt bundles");
    assert!(
        outcome.fewer_facts > 0 && outcome.same_facts > 0,
        "some mutants only leave out or only change what proves nothing"
    );
}

#[test]
fn every_part_of_one_bundle_put_into_another_changes_no_fact() {
    let all = all_golden();
    let trees: Vec<Token> = all.iter().map(|golden| Token::parse(&golden.bytes)).collect();
    let mut outcome = Outcome::default();
    for (golden, tree) in all.iter().zip(&trees) {
        for donor in trees.iter().filter(|donor| *donor != tree) {
            // Not the whole: another good bundle is no mutant of this one.
            for path in tree.paths().into_iter().filter(|path| (1..=4).contains(&path.len())) {
                if donor.paths().contains(&path) {
                    let mutant = tree.with_raw(&path, donor.at(&path).encode());
                    if mutant == golden.bytes {
                        continue;
                    }
                    outcome.judge(golden, &mutant, &format!("the other's part at {path:?}"));
                }
            }
        }
    }
    outcome.print("parts of other bundles");
}

#[test]
fn what_proves_nothing_may_change_and_changes_nothing() {
    for golden in all_golden() {
        let bundle = Bundle::decode(&golden.bytes).unwrap();
        let without = Bundle { disclosures: Vec::new(), made_at: None, ..bundle };
        let verified = light::verify(&without, &golden.trust).unwrap();
        assert_eq!(facts(&verified), golden.facts);
    }
}
