//! What happens in one run: drawn from its seed alone, before anything runs.

use super::dice::Dice;

/// Microseconds of virtual time.
pub(super) type Micros = u64;

/// One millisecond.
pub(super) const MS: Micros = 1_000;
/// One second.
pub(super) const SECOND: Micros = 1_000 * MS;

/// A whole run.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// Where everything else comes from.
    pub(super) seed: u64,
    /// Validators.
    pub(super) count: usize,
    /// Height that all honest nodes must reach.
    pub(super) target: u64,
    /// True if proposals and votes are passed on by who receives them, as gossip does.
    pub(super) relay: bool,
    /// The slowest undisturbed delivery.
    pub(super) latency_max: Micros,
    /// Who lies, and how; at most `f`.
    pub(super) liars: Vec<(usize, Lie)>,
    /// What breaks.
    pub(super) faults: Vec<Fault>,
    /// A bug put into the harness on purpose, to see that it is caught.
    pub(super) plant: Option<Plant>,
}

/// Something that breaks, and heals.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// It begins when the first honest node has persisted this height ...
    pub(super) height: u64,
    /// ... and this time has passed since.
    pub(super) after: Micros,
    /// Until it is healed; for a crash the time the node is down.
    pub(super) lasts: Micros,
    /// What it is.
    pub(super) kind: Kind,
}

/// What breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each delivery fails in so many of 100 cases.
    Loss { percent: u64 },
    /// Deliveries take up to so much longer, hence overtake each other.
    Delay { longest: Micros },
    /// So many of 100 deliveries come twice.
    Duplicate { percent: u64 },
    /// Nodes of the set do not hear the others, nor are they heard.
    Partition { side: Vec<usize> },
    /// One node hears others, and is not heard.
    Mute { node: usize },
    /// A process ends at one point of its work.
    Crash { node: usize, point: Point, power: bool },
    /// All processes end within a moment.
    CrashAll { power: bool },
    /// A process ends and its data directory is replaced by one of so many blocks ago; the guard stays.
    OldCopy { node: usize, back: u64 },
    /// A process ends, and both copies in the guard's file are damaged.
    GuardLost { node: usize },
    /// A process ends and the engine's log is gone; the guard stays.
    LogLost { node: usize },
}

/// Where in its work a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// Before the n-th effect from now on. `torn`: if that is a signature, after the guard's first copy was written.
    Effect { number: u64, torn: bool },
    /// At the n-th write to its store from now on, before or after it is done.
    Write { number: u64, done: bool },
}

/// What a Byzantine validator does beside taking part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// Signs a second vote for a step and shows different peers different ones.
    Votes { percent: u64 },
    /// Proposes two valid blocks, each to some of the peers.
    Proposals,
    /// Both.
    Everything,
    /// Proposes a block that breaks a rule.
    BadBlocks,
    /// Answers value sync with lies.
    Sync,
    /// Keeps some of its messages from some of its peers.
    Withholds,
}

/// A bug that a test puts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plant {
    /// Guard and log are gone after each restart, and nothing notices.
    DoubleSigner,
    /// Certificates are accepted when one signer stands in them often enough.
    QuorumTwice,
    /// What an undecided block wrote stays visible after another was decided.
    StateLeak,
}

impl Schedule {
    /// The schedule of a seed.
    pub(super) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed_0f0f_5eed_0f0f);
        let count = if dice.chance(20) { 7 } else { 4 };
        let faults_tolerated = (count - 1) / 3;
        let target = dice.between(10, 13);
        let liars = if dice.chance(50) { draw_liars(&mut dice, count, faults_tolerated) } else { Vec::new() };
        let number = dice.between(3, 6);
        let mut faults: Vec<Fault> = (0..number).flat_map(|_| draw_faults(&mut dice, count, target)).collect();
        keep_old_copies_few(&mut faults, !liars.is_empty());
        Self {
            seed,
            count,
            target,
            relay: dice.chance(60),
            latency_max: dice.between(2, 40) * MS,
            liars,
            faults,
            plant: None,
        }
    }

    /// How `node` lies, if it does.
    pub(super) fn lie(&self, node: usize) -> Option<Lie> {
        self.liars.iter().find(|(liar, _)| *liar == node).map(|(_, lie)| *lie)
    }
}

fn draw_liars(dice: &mut Dice, count: usize, most: usize) -> Vec<(usize, Lie)> {
    let mut nodes: Vec<usize> = (0..count).collect();
    let number = dice.index(most) + 1;
    let mut liars = Vec::new();
    for _ in 0..number {
        let node = nodes.remove(dice.index(nodes.len()));
        let lie = match dice.below(6) {
            0 => Lie::Votes { percent: 100 },
            1 => Lie::Votes { percent: 30 },
            2 => Lie::Proposals,
            3 => Lie::Everything,
            4 => Lie::BadBlocks,
            _ if dice.chance(60) => Lie::Sync,
            _ => Lie::Withholds,
        };
        liars.push((node, lie));
    }
    liars
}

/// A fault; one that ends all processes may come again and again while one height is under way.
fn draw_faults(dice: &mut Dice, count: usize, target: u64) -> Vec<Fault> {
    let first = draw_fault(dice, count, target);
    let mut faults = vec![first.clone()];
    if matches!(first.kind, Kind::CrashAll { .. }) && dice.chance(40) {
        for again in 1..=dice.between(1, 3) {
            let after = first.after + again * dice.between(300, 900) * MS;
            let kind = Kind::CrashAll { power: dice.chance(50) };
            faults.push(Fault { after, lasts: dice.between(20, 200) * MS, kind, ..first.clone() });
        }
    }
    faults
}

fn draw_fault(dice: &mut Dice, count: usize, target: u64) -> Fault {
    let node = dice.index(count);
    let kind = match dice.below(21) {
        0..=2 => Kind::Loss { percent: dice.between(3, 50) },
        3..=4 => Kind::Delay { longest: dice.between(50, 900) * MS },
        5 => Kind::Duplicate { percent: dice.between(20, 80) },
        6..=8 => Kind::Partition { side: draw_side(dice, count) },
        9 => Kind::Mute { node },
        10..=15 => Kind::Crash { node, point: draw_point(dice), power: dice.chance(50) },
        16..=17 => Kind::CrashAll { power: dice.chance(50) },
        18 => Kind::OldCopy { node, back: dice.between(1, 6) },
        19 => Kind::GuardLost { node },
        _ => Kind::LogLost { node },
    };
    let lasts = match kind {
        Kind::Loss { .. }
        | Kind::Delay { .. }
        | Kind::Duplicate { .. }
        | Kind::Partition { .. }
        | Kind::Mute { .. } => dice.between(200, 4_000) * MS,
        _ => dice.between(20, 1_500) * MS,
    };
    Fault { height: dice.below(target - 1), after: dice.below(250) * MS, lasts, kind }
}

fn draw_side(dice: &mut Dice, count: usize) -> Vec<usize> {
    let mut nodes: Vec<usize> = (0..count).collect();
    let size = dice.index(count - 1) + 1;
    (0..size).map(|_| nodes.remove(dice.index(nodes.len()))).collect()
}

fn draw_point(dice: &mut Dice) -> Point {
    if dice.chance(70) {
        Point::Effect { number: dice.below(80), torn: dice.chance(50) }
    } else {
        Point::Write { number: dice.below(6), done: dice.chance(50) }
    }
}

/// A node that was given an old copy, or lost guard or log, votes again only above what its guard knows. That is a fault
/// of that node, so a schedule in which others lie has none of it, and else one node alone has it.
fn keep_old_copies_few(faults: &mut [Fault], liars: bool) {
    let mut first = !liars;
    for fault in faults {
        if let Kind::OldCopy { node, .. } | Kind::GuardLost { node } | Kind::LogLost { node } = fault.kind {
            if !first {
                let point = Point::Effect { number: 1, torn: false };
                fault.kind = Kind::Crash { node, point, power: true };
            }
            first = false;
        }
    }
}
