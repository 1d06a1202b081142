//! Lies, for the tests: compiled under the feature `byzantine` alone, which the product never has.
//!
//! ```text
//! network    the engine's byzantine proxy: votes and proposals doubled, dropped; its signer has no guard
//! votes      nil precommits, and prevotes that ignore a lock
//! proposals  bad blocks, and two proposals of one round (the host asks it: `host::lies`)
//! answers    value sync: statuses and answers that are not true
//! ```
//! What lies are told is set once a process, by `yinxin-node-byzantine`; without lies a node behaves like any other.

mod answers;
mod network;
mod proposals;
mod votes;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use malachitebft_engine_byzantine::config::make_rng;
use malachitebft_engine_byzantine::{ByzantineConfig, Trigger};
use serde::Deserialize;

use super::context::EngineHeight;
use answers::{AnswerLie, Answers, StatusLie};
pub(crate) use answers::{answer, status};
pub(crate) use network::network;
use proposals::Proposals;
pub(crate) use proposals::{BadBlock, bad_block, note_twin, twins};
use votes::Votes;
pub(crate) use votes::{doubted, precommit, prevote, saw_proposal};

/// What lies to tell. All are left out by default.
///
/// ```toml
/// equivocate_votes = { mode = "random", probability = 0.3 }   # the seven of the engine's crate, and `seed`
/// doubts = { mode = "always" }          # calls the proposals of others invalid
/// bad_blocks = ["wrong-state-root"]     # proposes these in turn; ["all"]: each kind in turn
/// answers = ["other-block"]             # answers of value sync, in turn; ["all"]
/// statuses = ["far-above"]              # tips that it claims, a few seconds each; ["all"]
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lies {
    #[serde(flatten)]
    engine: ByzantineConfig,
    doubts: Trigger,
    bad_blocks: Vec<String>,
    answers: Vec<String>,
    statuses: Vec<String>,
}

/// The lies of this process.
struct Liar {
    engine: ByzantineConfig,
    votes: Votes,
    proposals: Proposals,
    answers: Answers,
}

static LIAR: OnceLock<Liar> = OnceLock::new();

fn liar() -> Option<&'static Liar> {
    LIAR.get()
}

/// Whether a lie is told at a height and round.
type Chance = Box<dyn FnMut(EngineHeight, malachitebft_core_types::Round) -> bool + Send>;

fn chance(trigger: Trigger, seed: Option<u64>) -> Chance {
    let mut dice = make_rng(seed);
    Box::new(move |height, round| trigger.fires(height, round, &mut dice))
}

impl Lies {
    /// Reads lies from TOML.
    ///
    /// # Errors
    /// The reason: unknown kinds, or behaviours that contradict each other.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lies: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        lies.engine.validate().map_err(|error| error.to_string())?;
        Ok(lies)
    }

    /// Tells these lies from now on.
    ///
    /// # Errors
    /// The reason: an unknown kind, or lies were chosen before.
    pub fn tell(self) -> Result<(), String> {
        let seed = self.engine.seed;
        let liar = Liar {
            votes: Votes::new(&self.engine, chance(self.doubts, seed)),
            proposals: Proposals::new(kinds(&self.bad_blocks, &BadBlock::ALL)?),
            answers: Answers::new(kinds(&self.answers, &AnswerLie::ALL)?, kinds(&self.statuses, &StatusLie::ALL)?),
            engine: self.engine,
        };
        LIAR.set(liar).map_err(|_| "lies are chosen once a process".to_owned())
    }
}

/// A kind of lie with its word.
trait Kind: Copy + 'static {
    fn word(self) -> &'static str;
}

/// The kinds that these words name; `all` names each of them.
fn kinds<K: Kind>(words: &[String], all: &[K]) -> Result<Vec<K>, String> {
    if words.iter().any(|word| word == "all") {
        return Ok(all.to_vec());
    }
    let named = |word: &String| all.iter().copied().find(|kind| kind.word() == word);
    words.iter().map(|word| named(word).ok_or_else(|| format!("no lie has the word {word}"))).collect()
}

/// Kinds of lies, each in turn.
struct Turns<K> {
    kinds: Vec<K>,
    told: AtomicUsize,
}

impl<K: Kind> Turns<K> {
    fn new(kinds: Vec<K>) -> Self {
        Self { kinds, told: AtomicUsize::new(0) }
    }

    /// The kind whose turn it is; the same again until [`Turns::told`].
    fn current(&self) -> Option<K> {
        let told = self.told.load(Ordering::Relaxed);
        (!self.kinds.is_empty()).then(|| self.kinds[told % self.kinds.len()])
    }

    fn told(&self) {
        self.told.fetch_add(1, Ordering::Relaxed);
    }
}

/// An enum of lies with the word of each.
macro_rules! lies {
    ($(#[$meta:meta])* $visible:vis enum $name:ident { $($(#[$kind_meta:meta])* $kind:ident $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visible enum $name {
            $($(#[$kind_meta])* $kind,)*
        }

        impl $name {
            /// Each kind once.
            pub(super) const ALL: [Self; [$($word),*].len()] = [$(Self::$kind),*];
        }

        impl $crate::consensus::byzantine::Kind for $name {
            fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }
        }
    };
}
use lies;
