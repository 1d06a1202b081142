//! Runs many schedules on all cores, and one again.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::figures::Figures;
use super::schedule::Schedule;
use super::tools::Tools;
use super::world::{Outcome, World};

/// Variable with the seed to replay.
const SEED: &str = "YINXIN_SIMULATION_SEED";
/// Variable with the first seed of a range, so that a long run can be made in parts; 0 if it is unset.
const FIRST: &str = "YINXIN_SIMULATION_FROM";
/// Variable that multiplies the big counts, as in the package of the integration tests.
const SCALE: &str = "YINXIN_TEST_SCALE";
/// Counts here grow by this for each step of the scale: at 50, a hundred times.
const LONG: u64 = 2;

/// Seeds and what they broke.
pub(super) type Failures = Vec<(u64, String)>;

/// `count` at this run's scale.
fn scaled(count: u64) -> u64 {
    let scale: u64 = std::env::var(SCALE).map_or(1, |text| text.parse().expect("a positive number"));
    assert!(scale > 0, "{SCALE} is a positive number");
    if scale == 1 { count } else { count * scale * LONG }
}

/// The seeds of this run.
pub(super) fn seeds(count: u64) -> Range<u64> {
    let first = std::env::var(FIRST).map_or(0, |text| text.parse().expect("a seed is a number"));
    first..first + scaled(count)
}

/// The seed to replay, if one is asked for.
pub(super) fn wanted_seed() -> Option<u64> {
    std::env::var(SEED).ok().map(|text| text.parse().expect("a seed is a number"))
}

/// The command that replays a seed.
pub(super) fn command(seed: u64) -> String {
    format!(
        "{SEED}={seed} cargo nextest run --release --locked -p yinxin-node --no-capture -E 'test(schedules_keep_every_promise)'"
    )
}

/// Runs one schedule; a panic breaks a rule too.
pub(super) fn run_one(tools: &Rc<Tools>, schedule: Schedule, traced: bool) -> Outcome {
    World::new(tools.clone(), schedule, traced).run()
}

/// Runs a seed and prints all that happens.
///
/// # Panics
/// If it breaks a rule.
pub(super) fn replay(seed: u64) {
    let schedule = Schedule::draw(seed);
    println!("{schedule:#?}");
    let outcome = run_one(&Rc::new(Tools::new()), schedule, true);
    for line in &outcome.trace.lines {
        println!("{line}");
    }
    println!("{}", outcome.figures);
    assert_eq!(outcome.violation, None);
}

/// Runs the schedules of many seeds on all cores.
pub(super) fn run_all(seeds: Range<u64>, draw: impl Fn(u64) -> Schedule + Sync) -> (Figures, Failures) {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new((Figures::default(), Failures::new()));
    let work = || {
        let tools = Rc::new(Tools::new());
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds.end {
                return;
            }
            let run = catch_unwind(AssertUnwindSafe(|| run_one(&tools, draw(seed), false)));
            let mut all = all.lock().unwrap();
            match run {
                Ok(outcome) => {
                    all.0.add(outcome.figures);
                    all.1.extend(outcome.violation.map(|violation| (seed, violation)));
                }
                Err(panic) => {
                    let text = panic.downcast_ref::<String>().cloned();
                    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                    all.1.push((seed, format!("panicked: {}", text.unwrap_or_default())));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let (figures, mut failures) = all.into_inner().unwrap();
    failures.sort();
    (figures, failures)
}
