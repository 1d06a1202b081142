//! How old a proven view is: a node may be cut off, or show what stood some time ago.

use ledger::types::TimeMs;

use super::beijing::{self, Span};
use crate::app::App;
use crate::client::Proven;
use crate::exit::Exit;

/// A clock this far behind the head is wrong, and tells no age.
pub(crate) const CLOCK_BEHIND_MS_MAX: u64 = 5 * 60 * 1000;
const MINUTE_MS: u64 = 60_000;

/// The age of an answer, against the span within which it counts as current.
pub(crate) struct Age {
    ms: u64,
    minutes: Option<u32>,
    clock_behind: bool,
}

impl Age {
    /// The age of an answer now; `minutes` is the bound, `None` where a height of the past was asked for.
    pub(crate) fn of(app: &App, proven: &Proven, minutes: Option<u32>) -> Self {
        Self::at(proven.verified.header().time, app.now(), minutes)
    }

    fn at(head: TimeMs, now: TimeMs, minutes: Option<u32>) -> Self {
        let clock_behind = now.plus(CLOCK_BEHIND_MS_MAX) < head;
        Self { ms: now.0.saturating_sub(head.0), minutes, clock_behind }
    }

    /// Whether the answer may be called current; always, where the past was asked for.
    pub(crate) fn is_current(&self) -> bool {
        self.minutes.is_none_or(|minutes| !self.clock_behind && self.ms < u64::from(minutes) * MINUTE_MS)
    }

    /// `As of 2026-… (Beijing), height 12: 3 minutes ago.`, and why it is not current.
    pub(crate) fn sentence(&self, app: &App, proven: &Proven) -> String {
        let header = proven.verified.header();
        let (time, height, age) = (beijing::shown(header.time), header.height.to_string(), span(app, self.ms));
        let said = app.say("as-of-aged", &[("time", &time), ("height", &height), ("age", &age)]);
        match self.minutes {
            Some(_) if self.clock_behind => app.sentences(&[&said, &app.words.say("not-current-clock")]),
            Some(minutes) if !self.is_current() => {
                app.sentences(&[&said, &app.say("not-current", &[("minutes", &minutes.to_string())])])
            }
            _ => said,
        }
    }

    /// How a run ends that would end in `exit`: what may have changed since is not told by an old answer.
    pub(crate) fn exit(&self, exit: Exit) -> Exit {
        if self.is_current() { exit } else { Exit::CannotTell }
    }

    /// Adds the age to a result for a program.
    pub(crate) fn put_into(&self, value: &mut serde_json::Value) {
        value["as_of"]["age_ms"] = self.ms.into();
        value["current"] = self.is_current().into();
    }
}

/// Some milliseconds in words: whole days, else hours, else minutes.
pub(crate) fn span(app: &App, milliseconds: u64) -> String {
    let (key, count) = match Span::of_ms(milliseconds) {
        Span::Days(count) => ("span-days", count),
        Span::Hours(count) => ("span-hours", count),
        Span::Minutes(count) => ("span-minutes", count),
    };
    app.say(key, &[("count", &count.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_current_within_its_span_and_never_by_a_clock_that_is_behind() {
        let now = TimeMs(1_767_574_800_000);
        let before = |minutes: u64| TimeMs(now.0 - minutes * MINUTE_MS);
        let current = |head, minutes| Age::at(head, now, minutes).is_current();
        assert!(current(now, Some(1)) && current(before(9), Some(10)));
        assert!(!current(before(10), Some(10)) && !current(now, Some(0)));
        assert!(current(now.plus(CLOCK_BEHIND_MS_MAX), Some(1)), "clocks differ a little");
        assert!(!current(now.plus(CLOCK_BEHIND_MS_MAX + 1), Some(1)));
        assert!(current(before(10_000), None), "the past was asked for");
        assert_eq!(Age::at(before(10), now, Some(10)).exit(Exit::Done), Exit::CannotTell);
        assert_eq!(Age::at(before(10), now, Some(11)).exit(Exit::NotFound), Exit::NotFound);
    }
}
