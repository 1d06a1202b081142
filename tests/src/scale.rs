//! One place for the counts of tests that could go on for ever: small in every run, larger in `make test-long`.

/// Variable that multiplies the big counts; 1 if it is unset.
pub const VARIABLE: &str = "YINXIN_TEST_SCALE";

/// Variable that fixes the seed of stories that are otherwise new in every run.
pub const SEED_VARIABLE: &str = "YINXIN_TEST_SEED";

fn scale() -> u64 {
    let scale = std::env::var(VARIABLE).map_or(1, |text| text.parse().expect("YINXIN_TEST_SCALE is a positive number"));
    assert!(scale > 0, "{VARIABLE} is a positive number");
    scale
}

/// `count` at this run's scale.
///
/// # Panics
/// If the variable is set to something that is no positive number.
#[must_use]
pub fn scaled(count: u64) -> u64 {
    count * scale()
}

/// `short` in every run, `long` in `make test-long`.
///
/// # Panics
/// As [`scaled`].
#[must_use]
pub fn short_or_long(short: u64, long: u64) -> u64 {
    if scale() == 1 { short } else { long }
}

/// The seed of a story: a new one each time, unless `YINXIN_TEST_SEED` fixes it. It is printed, so that a story that
/// fails can be told again; how threads and processes interleave is not in it.
///
/// # Panics
/// If the variable is set to something that is no number.
#[must_use]
pub fn seed(story: &str) -> u64 {
    let fresh = || Dice::new(crate::cluster::now().0 ^ u64::from(std::process::id()) << 40).roll();
    let seed = std::env::var(SEED_VARIABLE).map_or_else(|_| fresh(), |text| text.parse().expect("a seed is a number"));
    println!("{story}: {SEED_VARIABLE}={seed}");
    seed
}

/// Numbers that look random and are the same in every run (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A sequence of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    /// If `bound` is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound as u64).expect("below a usize")
    }

    /// 32 bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.roll().to_be_bytes()));
        bytes
    }

    /// Reorders a slice.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
