//! Fail points: places at which a node under test ends itself, as a loss of power would end it there.
//!
//! Compiled under the feature `fail-points` alone, which the product never has: without it passing a point is nothing,
//! and no name of one is in the program. The harness names a file in `YINXIN_FAIL_POINT`; while that file holds
//! `NAME:COUNT`, or `NAME:COUNT:proposer` or `NAME:COUNT:other`, the process aborts when it passes the point for the
//! COUNTth time since the file said so, in the role asked for.
//!
//! Every point is listed below with what drives a node to it. One that is listed and placed nowhere does not compile in
//! the product (a variant that is never made); one that no story drives fails the story, which asks the program for the
//! list.

/// The table of points: variant, name, and what drives a node to it.
macro_rules! points {
    ($($(#[$meta:meta])* $point:ident $name:literal $drive:literal,)*) => {
        /// A point, named by what was done before it and what comes after.
        #[derive(Clone, Copy)]
        pub(crate) enum Point {
            $($(#[$meta])* $point,)*
        }

        #[cfg(feature = "fail-points")]
        impl Point {
            fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)*
                }
            }
        }

        /// Name and drive of each point. The drives: `first` the first start of a home, `start` every start,
        /// `proposer` a height that this node proposes, `both` any height, in both roles, `any` any height or statement,
        /// `behind` catching up, `evidence` a peer that signs twice, `handover` a change of the validators, `backup`,
        /// `restore`, `resync` these orders.
        #[cfg(feature = "fail-points")]
        pub const ALL: &[(&str, &str)] = &[$(($name, $drive)),*];
    };
}

points! {
    /// Keys and genesis are read.
    StoreUnopened "start-before-store-opens" "start",
    /// RocksDB is open, its tip not looked at.
    TipUnchecked "store-open-before-tip-is-checked" "start",
    /// A store was made and holds nothing.
    GenesisUnwritten "genesis-before-batch" "first",
    /// The guard's lock is held.
    GuardLocked "guard-locked-before-read" "start",
    /// A new guard's file is synced under its temporary name.
    GuardUnnamed "guard-new-before-rename" "first",
    /// A new guard's file is there, and its place is not noted.
    GuardUnplaced "guard-new-before-place" "first",
    /// The guard is read, the engine's log not compared with it.
    LogUncompared "guard-read-before-log-is-compared" "start",
    /// Guard and log agree or do not, and no engine is built.
    EngineUnbuilt "log-compared-before-engine-is-built" "start",
    /// The engine waits for its first height; then it replays its log.
    EngineUnstarted "engine-built-before-replay" "start",

    /// A block is built.
    ProposalBuilt "proposal-built-before-kept" "proposer",
    /// A block of one's own is on disk, and nobody knows of it.
    ProposalKept "proposal-kept-before-engine-hears" "proposer",
    /// The engine signs the proposal, its parts are not sent.
    PartsUnsent "proposal-told-before-parts" "proposer",
    /// The first part is sent.
    PartsHalf "proposal-between-parts" "proposer",
    /// All parts of another's proposal are here.
    PartsWhole "proposal-whole-before-check" "any",
    /// Another's block is found valid.
    ProposalExecuted "proposal-executed-before-kept" "any",
    /// Another's block is on disk, and the engine does not know.
    ProposalValid "proposal-kept-before-vote" "any",
    /// An undecided block is about to be written.
    UndecidedUnwritten "undecided-before-batch" "both",

    /// What led to a signature stands in the engine's log, perhaps not on disk.
    LogUnsynced "log-before-sync" "both",
    /// It is on disk.
    LogSynced "log-synced-before-guard" "both",
    /// The guard allows a signature and has not written it.
    GuardUnwritten "guard-before-write" "both",
    /// One copy is on disk.
    GuardHalf "guard-between-copies" "both",
    /// Both are, and nobody has the signature.
    GuardWritten "guard-synced-before-signature-leaves" "both",
    /// A signed message is on its way into the log or to the peers.
    MessageUnsent "message-before-log-or-peers" "both",

    /// The engine tells a decision.
    Decided "decided-before-execute" "both",
    /// The batch holds block and certificate, neither state nor tip.
    BatchHalf "batch-between-block-and-state" "any",
    /// The batch is whole.
    BatchUnwritten "store-before-batch" "any",
    /// The batch is on disk.
    BatchWritten "store-after-batch-before-pool-hears" "any",
    /// The pool knows the block, so its clients hear of it.
    PoolTold "pool-told-before-next-height" "any",
    /// All is done, and the engine does not know.
    Persisted "persisted-before-engine-hears" "any",
    /// The engine gives the final certificate.
    Finalized "finalized-before-certificate" "any",
    /// A certificate with more signatures is about to replace the kept one.
    LargerUnwritten "larger-certificate-before-write" "any",
    /// The next height is ready.
    NextUntold "next-height-before-engine-hears" "any",

    /// A block of value sync has a good certificate.
    SyncedVerified "synced-before-execute" "behind",
    /// It is executed.
    SyncedExecuted "synced-executed-before-kept" "behind",
    /// It is on disk as undecided.
    SyncedKept "synced-kept-before-verdict" "behind",

    /// A statement passed the rules.
    StatementJudged "statement-judged-before-pool" "any",
    /// A client's statement waits here alone.
    StatementPooled "statement-pooled-before-gossip" "any",
    /// A peer was told that its statements are taken.
    StatementsTaken "statements-of-peer-before-judged" "any",
    /// A client waits for an outcome that is known.
    OutcomeUntold "outcome-before-answer" "any",
    /// Old nodes of the state tree are to go.
    PruneUnwritten "prune-before-batch" "any",
    /// They are gone, not synced.
    PruneWritten "prune-after-batch" "any",

    /// A peer's double signature is proven.
    EvidenceUnwritten "evidence-before-write" "evidence",
    /// The proof is written, not synced.
    EvidenceWritten "evidence-after-write" "evidence",
    /// The block after which others decide is whole.
    HandoverUnwritten "handover-before-batch" "handover",
    /// It is on disk.
    HandoverWritten "handover-after-batch" "handover",

    /// A copy of the store lies beside its place.
    BackupCopied "backup-copied-before-manifest" "backup",
    /// It is whole and has not its name.
    BackupWhole "backup-whole-before-place" "backup",
    /// A backup is copied into the home.
    RestoreCopied "restore-copied-before-check" "restore",
    /// It descends from genesis.
    RestoreChecked "restore-checked-before-guard" "restore",
    /// The guard is at its head or beyond.
    RestoreGuarded "restore-guard-forward-before-log-aside" "restore",
    /// The engine's log is aside.
    RestoreLogAside "restore-log-aside-before-store" "restore",
    /// So is the old store: there is none.
    RestoreStoreAside "restore-store-aside-before-new-one" "restore",
    /// The new store is in its place.
    RestorePlaced "restore-placed-before-done" "restore",
    /// The engine's log is aside, the store that is given up is not.
    ResyncLogAside "resync-log-aside-before-store" "resync",
}

/// Does nothing: this program has no fail points.
#[cfg(not(feature = "fail-points"))]
pub(crate) const fn pass(_: Point) {}

/// Does nothing: this program has no fail points.
#[cfg(not(feature = "fail-points"))]
pub(crate) const fn begin_round(_: bool) {}

#[cfg(feature = "fail-points")]
pub(crate) use armed::{begin_round, pass};

#[cfg(feature = "fail-points")]
mod armed {
    use super::Point;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LazyLock, Mutex, PoisonError};

    /// Names the file that says where to end.
    const FILE_VARIABLE: &str = "YINXIN_FAIL_POINT";

    static FILE: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from));
    /// Whether this node proposes the round under way.
    static PROPOSES: AtomicBool = AtomicBool::new(false);
    /// What the file said last, and how often that point was passed since.
    static PASSED: Mutex<(String, u64)> = Mutex::new((String::new(), 0));

    /// Notes whether this node proposes the round that begins.
    pub(crate) fn begin_round(proposes: bool) {
        PROPOSES.store(proposes, Ordering::SeqCst);
    }

    /// Ends the process if the file says so.
    pub(crate) fn pass(point: Point) {
        let Some(said) = FILE.as_ref().and_then(|file| std::fs::read_to_string(file).ok()) else { return };
        let mut fields = said.trim().split(':');
        let (name, count, role) = (fields.next(), fields.next().and_then(|count| count.parse().ok()), fields.next());
        let proposes = PROPOSES.load(Ordering::SeqCst);
        let in_role = role.is_none_or(|role| (role == "proposer") == proposes);
        if name != Some(point.name()) || !in_role {
            return;
        }
        let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.0 != said {
            *passed = (said.clone(), 0);
        }
        passed.1 += 1;
        if Some(passed.1) == count {
            eprintln!("fail point {}: the process ends itself", point.name());
            std::process::abort();
        }
    }
}
