//! Who takes how much of the pool: every node's pool is one room for all departments.

use std::collections::HashMap;

use ledger::crypto::KeyId;
use ledger::types::DepartmentId;

use super::SubmitError;
use super::pool::{BYTES_MAX, STATEMENTS_MAX};

/// Statements of one key that wait at once, so that no officer fills the pool alone.
pub(super) const KEY_STATEMENTS_MAX: usize = 8_192;
/// Their encoded bytes, for the same reason.
pub(super) const KEY_BYTES_MAX: usize = BYTES_MAX / 4;
/// Statements that are held at once.
pub(super) const HELD_MAX: usize = 4_096;

/// What keys and departments have waiting, and what each may have.
#[derive(Debug)]
pub(super) struct Shares {
    parts: usize,
    by_key: HashMap<KeyId, Used>,
    by_department: HashMap<DepartmentId, Used>,
}

/// What a key or a department has waiting.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    statements: usize,
    bytes: usize,
    held: usize,
}

/// Into how many parts the pool is divided: a department has as many keys as it likes, and one part. As many departments as
/// may be faulty, fewer than a third, leave two parts to the others.
pub(super) const fn parts(departments: usize) -> usize {
    departments.saturating_sub(1) / 3 + 2
}

impl Shares {
    /// Nothing waits, in a consortium of so many departments.
    pub(super) fn new(departments: usize) -> Self {
        Self { parts: parts(departments), by_key: HashMap::new(), by_department: HashMap::new() }
    }

    /// There are so many departments now.
    pub(super) fn set_departments(&mut self, departments: usize) {
        self.parts = parts(departments);
    }

    /// Fails if one more statement of this size is beyond the share of its key or its department.
    pub(super) fn room(&self, key: &KeyId, department: &DepartmentId, size_bytes: usize) -> Result<(), SubmitError> {
        let used = self.by_key.get(key).copied().unwrap_or_default();
        if !used.fits(size_bytes, KEY_STATEMENTS_MAX, KEY_BYTES_MAX) {
            return Err(SubmitError::KeyQuota);
        }
        let fits = self.of(department).fits(size_bytes, STATEMENTS_MAX / self.parts, BYTES_MAX / self.parts);
        if fits { Ok(()) } else { Err(SubmitError::DepartmentQuota) }
    }

    /// True if one more of a department may be held.
    pub(super) fn may_hold(&self, department: &DepartmentId) -> bool {
        self.of(department).held < HELD_MAX / self.parts
    }

    /// A statement waits.
    pub(super) fn put(&mut self, key: KeyId, department: &DepartmentId, size_bytes: usize) {
        self.by_key.entry(key).or_default().put(size_bytes);
        self.by_department.entry(department.clone()).or_default().put(size_bytes);
    }

    /// It waits no more.
    pub(super) fn take(&mut self, key: &KeyId, department: &DepartmentId, size_bytes: usize) {
        take(&mut self.by_key, key, size_bytes);
        take(&mut self.by_department, department, size_bytes);
    }

    /// A waiting statement is held.
    pub(super) fn hold(&mut self, department: &DepartmentId) {
        if let Some(used) = self.by_department.get_mut(department) {
            used.held += 1;
        }
    }

    /// A waiting statement is held no more.
    pub(super) fn release(&mut self, department: &DepartmentId) {
        if let Some(used) = self.by_department.get_mut(department) {
            used.held -= 1;
        }
    }

    fn of(&self, department: &DepartmentId) -> Used {
        self.by_department.get(department).copied().unwrap_or_default()
    }
}

impl Used {
    /// True if one more of this size stays within a share.
    fn fits(self, size_bytes: usize, statements_max: usize, bytes_max: usize) -> bool {
        self.statements < statements_max && self.bytes + size_bytes <= bytes_max
    }

    fn put(&mut self, size_bytes: usize) {
        self.statements += 1;
        self.bytes += size_bytes;
    }
}

fn take<K: Eq + core::hash::Hash>(all: &mut HashMap<K, Used>, of: &K, size_bytes: usize) {
    let Some(used) = all.get_mut(of) else { return };
    used.statements -= 1;
    used.bytes -= size_bytes;
    if used.statements == 0 {
        all.remove(of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_ends_by_count_or_by_bytes() {
        let fits = |statements, bytes| Used { statements, bytes, held: 0 }.fits(500, 100, 10_000);
        assert!(fits(99, 9_500));
        assert!(!fits(100, 0));
        assert!(!fits(0, 9_501));
    }

    #[test]
    fn as_many_departments_as_may_be_faulty_leave_room() {
        for departments in 1..=64 {
            let faulty = (departments - 1) / 3;
            let left = STATEMENTS_MAX - faulty * (STATEMENTS_MAX / parts(departments));
            assert!(left >= 2 * (STATEMENTS_MAX / parts(departments)), "{departments} departments");
        }
        assert_eq!([1, 4, 7, 10, 64].map(parts), [2, 3, 4, 5, 23]);
    }

    #[test]
    fn one_department_takes_the_places_of_no_others() {
        let mut shares = Shares::new(4);
        let key = ledger::crypto::SecretKey::from_seed(&[7; 32]).public().id();
        let [court, police] = ["court", "police"].map(|id| id.parse::<DepartmentId>().expect("an id"));
        while shares.may_hold(&court) {
            shares.put(key, &court, 500);
            shares.hold(&court);
        }
        assert_eq!(shares.of(&court).held, HELD_MAX / 3);
        assert!(shares.may_hold(&police));
        shares.set_departments(7);
        shares.release(&court);
        assert!(!shares.may_hold(&court), "with more departments a share is smaller");
    }
}
