//! Region codes of GB/T 2260.

use std::collections::BTreeSet;

/// The list that comes with the program.
const BUNDLED: &str = include_str!("../../data/regions.txt");

/// Six-digit region codes, in force and retired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    codes: BTreeSet<u32>,
}

/// A region list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("region list, line {line}: expected four digits, then pairs of digits")]
pub struct RegionsError {
    /// The line, counted from 1.
    pub line: usize,
}

impl Regions {
    /// The list that comes with the program.
    #[must_use]
    pub fn bundled() -> Self {
        Self::parse(BUNDLED).expect("the bundled list is checked by a test")
    }

    /// Reads a list: a line is four digits and the two-digit ends that exist under them; `#` starts a comment.
    ///
    /// # Errors
    /// [`RegionsError`] with the first line that has another shape.
    pub fn parse(text: &str) -> Result<Self, RegionsError> {
        let mut codes = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let error = RegionsError { line: index + 1 };
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let Some(head) = words.next() else { continue };
            let head = digits(head, 4).ok_or_else(|| error.clone())?;
            for word in words {
                let tail = digits(word, 2).ok_or_else(|| error.clone())?;
                codes.insert(head * 100 + tail);
            }
        }
        Ok(Self { codes })
    }

    /// Whether the list holds the six digits at the start of `text`.
    #[must_use]
    pub fn knows(&self, text: &str) -> bool {
        text.get(..6).and_then(|code| digits(code, 6)).is_some_and(|code| self.codes.contains(&code))
    }

    /// How many codes the list holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether the list holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

/// Exactly `count` ASCII digits as a number.
fn digits(text: &str, count: usize) -> Option<u32> {
    if text.len() == count && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}
