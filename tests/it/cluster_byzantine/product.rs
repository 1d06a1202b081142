//! The product cannot lie: neither the crate that lies nor the switch is in it.

use super::PROGRAM;
use super::evidence::program;
use anyhow::Result;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The variable that chooses lies.
const SWITCH: &[u8] = b"YINXIN_LIES";
const CHUNK: usize = 1 << 20;

fn holds(path: &Path, words: &[u8]) -> Result<bool> {
    let (mut file, mut window) = (File::open(path)?, Vec::new());
    loop {
        let keep = window.len().saturating_sub(words.len() - 1);
        window.drain(..keep);
        let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
        if window.windows(words.len()).any(|found| found == words) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
    }
}

#[test]
fn the_switch_is_in_the_program_that_lies_and_not_in_the_product() -> Result<()> {
    assert!(holds(&program(PROGRAM)?, SWITCH)?, "the search finds what is there");
    for product in ["yinxin-node", "yinxin"] {
        assert!(!holds(&program(product)?, SWITCH)?, "{product} holds the switch");
        assert!(!holds(&program(product)?, b"BYZANTINE: ")?, "{product} holds the engine's lies");
    }
    Ok(())
}
