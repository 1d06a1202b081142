//! Who takes turns at proposing: absences and turns block by block, over sets that change and lie.

use super::hexed;
use crate::sample::validator_set;
use ledger::codec::encode;
use ledger::crypto::KeyId;
use ledger::record::{ABSENCES_MAX, RollCall, Rotation};
use ledger::types::Height;
use ledger::validator::ValidatorSet;
use serde_json::{Value, json};

const FOUR: [&str; 4] = ["court", "justice", "notary", "police"];
const THREE: [&str; 3] = ["justice", "notary", "police"];
const FIVE: [&str; 5] = ["court", "justice", "notary", "police", "archive"];

fn ids(set: &ValidatorSet) -> Vec<KeyId> {
    set.validators().iter().map(|validator| validator.key.id()).collect()
}

fn id_of(set: &ValidatorSet, department: &str) -> KeyId {
    let found = set.validators().iter().find(|validator| validator.department.as_str() == department);
    found.expect("a validator of the set").key.id()
}

/// A story block by block, from height 2 on.
struct Story {
    name: &'static str,
    rotation: Rotation,
    height: u64,
    called: ValidatorSet,
    deciding: ValidatorSet,
    steps: Vec<Value>,
}

impl Story {
    fn new(name: &'static str, departments: &[&str]) -> Self {
        let set = validator_set(departments);
        Self { name, rotation: Rotation::full(), height: 2, called: set.clone(), deciding: set, steps: Vec::new() }
    }

    /// A block by the validator whose turn it is in the first round in which it is not missing.
    fn block(&mut self, missing: &[&str]) {
        let turns = self.rotation.turns(&self.deciding, Height(self.height), ABSENCES_MAX);
        let all = ids(&self.deciding);
        let gone: Vec<KeyId> = missing.iter().map(|name| id_of(&self.called, name)).collect();
        let place = |round: u64| usize::try_from((self.height + round) % turns.len() as u64).expect("a small number");
        let proposer = (0..turns.len() as u64).map(|round| all[turns[place(round)]]).find(|key| !gone.contains(key));
        self.by(proposer.expect("somebody is there"), missing, None);
    }

    /// A block by somebody, after which `next` decides, if given.
    fn by(&mut self, proposer: KeyId, missing: &[&str], next: Option<&[&str]>) {
        let gone: Vec<KeyId> = missing.iter().map(|name| id_of(&self.called, name)).collect();
        let signers: Vec<KeyId> = ids(&self.called).into_iter().filter(|key| !gone.contains(key)).collect();
        let next = next.map_or_else(|| self.deciding.clone(), validator_set);
        let (called, deciding, height) = (&self.called, &self.deciding, Height(self.height));
        let call = RollCall { height, proposer: &proposer, called, signers: &signers, deciding, next: &next };
        let after = self.rotation.after(&call);
        let turns = after.turns(&next, height.next(), ABSENCES_MAX);
        let turns: Vec<Value> = turns.iter().map(|index| hexed(next.validators()[*index].key.id().0.0)).collect();
        self.steps.push(json!({
            "height": self.height, "proposer": hexed(proposer.0.0), "called": hexed(encode(called)),
            "deciding": hexed(encode(deciding)), "next": hexed(encode(&next)),
            "signers": signers.iter().map(|key| hexed(key.0.0)).collect::<Vec<_>>(),
            "written": after != self.rotation, "encoded": hexed(encode(&after)), "turns": turns,
        }));
        self.called = core::mem::replace(&mut self.deciding, next);
        (self.rotation, self.height) = (after, self.height + 1);
    }

    fn told(self) -> Value {
        json!({ "name": self.name, "steps": self.steps })
    }
}

/// The stories.
pub(super) fn stories() -> Value {
    let mut away = Story::new("one stays away and comes back", &FOUR);
    away.block(&[]);
    (0..14).for_each(|_| away.block(&["notary"]));
    (0..2).for_each(|_| away.block(&[]));
    let mut liar = Story::new("one proposer leaves another out", &FOUR);
    let court = id_of(&liar.deciding, "court");
    (0..12).for_each(|_| liar.by(court, &["police"], None));
    let mut change = Story::new("validators change while one is away", &FOUR);
    (0..3).for_each(|_| change.block(&["notary"]));
    let justice = id_of(&change.deciding, "justice");
    change.by(justice, &["notary"], Some(&FIVE));
    change.block(&["notary"]);
    (0..6).for_each(|_| change.block(&["notary"]));
    change.by(justice, &["notary"], Some(&FOUR));
    change.by(justice, &["notary"], Some(&THREE));
    change.block(&["notary"]);
    Value::from(vec![away.told(), liar.told(), change.told()])
}
