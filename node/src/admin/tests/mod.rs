//! Backup, restore, fsck and doctor over real stores.

#![allow(clippy::unwrap_used, reason = "tests")]

mod audits;
mod copies;
mod imports;

use crate::home::Home;
use crate::shared::sample::{SampleChain, busy_block, key};
use crate::storage::{Store, StoreOptions};
use ledger::codec;
use ledger::executor::execute_block;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A home directory of the notary's node, and the chain that its store holds.
struct Site {
    home: Home,
    chain: SampleChain,
    _directory: TempDir,
}

impl Site {
    fn new() -> Self {
        let (directory, chain) = (TempDir::new().unwrap(), SampleChain::default());
        let home = Home::at(directory.path().join("home"));
        fs::create_dir(home.root()).unwrap();
        fs::write(home.genesis_file(), codec::encode(&chain.genesis)).unwrap();
        for (file, name) in [(home.consensus_key_file(), "notary-consensus"), (home.p2p_key_file(), "notary-network")] {
            fs::write(&file, hex::encode(key(name).seed())).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let config = "department = \"notary\"\n\
            [consensus]\nlisten = \"/ip4/127.0.0.1/tcp/0\"\npeers = []\n\
            [gossip]\nlisten = \"/ip4/127.0.0.2/tcp/0\"\npeers = []\n\
            [api]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n[storage]\ndisk_free_percent_min = 0\n";
        fs::write(home.root().join("node.toml"), config).unwrap();
        Self { home, chain, _directory: directory }
    }

    /// A site whose store holds some busy blocks.
    fn of(blocks: u64) -> Self {
        let mut site = Self::new();
        site.grow(blocks);
        site
    }

    fn open(&self) -> Store {
        let options = StoreOptions { disk_free_percent_min: 0, ..StoreOptions::default() };
        Store::open_with(&self.home.data(), &self.chain.genesis, options).unwrap()
    }

    fn grow(&mut self, blocks: u64) -> u64 {
        let store = self.open();
        for _ in 0..blocks {
            let number = self.chain.blocks.len() as u64;
            busy_block(&mut self.chain, number);
            let (block, signed) = (self.chain.blocks.last().unwrap(), self.chain.signed.last().unwrap());
            let executed = execute_block(&store.view().unwrap(), &(), block).unwrap();
            store.persist(block, &signed.certificate, &executed).unwrap();
        }
        store.view().unwrap().height().0
    }

    fn height(&self) -> u64 {
        self.open().view().unwrap().height().0
    }
}
