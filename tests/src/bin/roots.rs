//! Prints the roots after many blocks, each executed by every one of several threads at once: `roots BLOCKS THREADS`.
//!
//! All threads must agree, and so must every build and environment; `scripts/determinism.sh` compares.

use ledger::crypto::Hash;
use ledger::state::StateView;
use std::thread;
use yinxin_tests::sample::SampleChain;
use yinxin_tests::sample::busy_block;

fn roots(blocks: u64) -> Hash {
    let mut chain = SampleChain::default();
    let mut all = Vec::new();
    for number in 0..blocks {
        busy_block(&mut chain, number);
        let header = chain.chain.tip().expect("a tip").header;
        all.extend_from_slice(&header.hash().0);
    }
    Hash::sha256(&all)
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().expect("a number"));
    let (blocks, threads) = (arguments.next().unwrap_or(100), arguments.next().unwrap_or(1));
    let workers: Vec<_> = (0..threads).map(|_| thread::spawn(move || roots(blocks))).collect();
    let results: Vec<Hash> = workers.into_iter().map(|worker| worker.join().expect("a thread")).collect();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "threads disagree");
    println!("{}", results[0]);
}
