#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::block::Header;
use crate::crypto::Hash;
use crate::record::NumberCounter;
use crate::state::{Memo, Tip};
use crate::types::Height;
use std::cell::Cell;

/// Counters under their paths, and how often one was read.
#[derive(Default)]
struct Counters {
    memo: Memo,
    read: Cell<u32>,
}

fn never() -> Fault {
    Fault::damaged("only values are asked for")
}

impl StateView for Counters {
    fn tip(&self) -> Result<Tip, Fault> {
        Err(never())
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.read.set(self.read.get() + 1);
        Ok((*key == parameters()).then(|| codec::encode(&NumberCounter { next: 7 })))
    }

    fn memo(&self) -> Option<&Memo> {
        Some(&self.memo)
    }

    fn seen(&self, _act: &Hash) -> Result<bool, Fault> {
        Err(never())
    }

    fn log_node(&self, _index: u64) -> Result<Hash, Fault> {
        Err(never())
    }

    fn header(&self, _height: Height) -> Result<Option<Header>, Fault> {
        Err(never())
    }
}

fn parameters() -> StateKey {
    StateKey::parameters()
}

fn shared(overlay: &Overlay<'_>, key: &StateKey) -> Option<u64> {
    overlay.shared(key, |_: &mut NumberCounter| {}).unwrap().map(|counter| counter.next)
}

#[test]
fn a_shared_record_is_read_once_a_view_and_prepared_once() {
    let view = Counters::default();
    let prepared = Cell::new(0);
    for _ in 0..3 {
        let overlay = Overlay::new(&view);
        let found = overlay.shared(&parameters(), |counter: &mut NumberCounter| {
            prepared.set(prepared.get() + 1);
            counter.next += 1;
        });
        assert_eq!(found.unwrap().map(|counter| counter.next), Some(8));
    }
    assert_eq!((view.read.get(), prepared.get()), (1, 1));
    assert_eq!(shared(&Overlay::new(&view), &StateKey::validators()), None, "an absence is asked for each time");
    assert_eq!(shared(&Overlay::new(&view), &StateKey::validators()), None);
    assert_eq!(view.read.get(), 3);
}

#[test]
fn what_a_block_has_written_is_read_in_place_of_what_the_view_keeps() {
    let view = Counters::default();
    let mut overlay = Overlay::new(&view);
    assert_eq!(shared(&overlay, &parameters()), Some(7));
    overlay.put(parameters(), &NumberCounter { next: 9 });
    assert_eq!(shared(&overlay, &parameters()), Some(9), "by the statement under way");
    overlay.drop_staged();
    assert_eq!(shared(&overlay, &parameters()), Some(7), "refused, so as before");
    overlay.put(parameters(), &NumberCounter { next: 10 });
    overlay.keep();
    assert_eq!(shared(&overlay, &parameters()), Some(10), "by a statement of this block");
    assert_eq!(shared(&Overlay::new(&view), &parameters()), Some(7), "the view says what it said");
}
