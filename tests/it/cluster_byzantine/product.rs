//! The product can neither lie nor die on purpose: neither the crate that lies, nor a switch, nor the name of any fail
//! point is in it.

use super::PROGRAM;
use super::evidence::program;
use anyhow::Result;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use yinxin_tests::cluster::fail_points;

/// The variables that choose lies, and where to die.
const SWITCHES: [&[u8]; 2] = [b"YINXIN_LIES", b"YINXIN_FAIL_POINT"];
const CHUNK: usize = 1 << 20;

/// Those of these words that a file holds.
fn held(path: &Path, words: &[&[u8]]) -> Result<BTreeSet<String>> {
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(1);
    let (mut file, mut window, mut found) = (File::open(path)?, Vec::new(), BTreeSet::new());
    // Which two bytes begin a word: most places of a file begin none.
    let mut begins = vec![false; 1 << 16];
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    words.iter().for_each(|word| begins[pair(word)] = true);
    loop {
        let keep = window.len().saturating_sub(longest - 1);
        window.drain(..keep);
        if file.by_ref().take(CHUNK as u64).read_to_end(&mut window)? == 0 {
            return Ok(found);
        }
        for at in (0..window.len().saturating_sub(1)).filter(|at| begins[pair(&window[*at..])]) {
            let here = words.iter().filter(|word| window[at..].starts_with(word));
            found.extend(here.map(|word| String::from_utf8_lossy(word).into_owned()));
        }
    }
}

#[test]
fn the_switches_are_in_the_program_of_the_tests_and_not_in_the_product() -> Result<()> {
    let points = fail_points()?;
    let names = points.iter().map(|point| point.name.as_bytes());
    let marks: Vec<&[u8]> = SWITCHES.into_iter().chain(names).chain([&b"BYZANTINE: "[..]]).collect();
    let found = held(&program(PROGRAM)?, &marks)?;
    assert_eq!(found.len(), marks.len(), "the search finds what is there: {found:?}");
    for product in ["yinxin-node", "yinxin"] {
        let found = held(&program(product)?, &marks)?;
        assert!(found.is_empty(), "{product} holds {found:?}");
    }
    Ok(())
}
