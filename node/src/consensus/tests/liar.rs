//! A member that says of itself and of all others how far they are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ledger::types::Height;
use malachitebft_app_channel::app::types::codec::{Codec, HasEncodedLen};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::ValidatorProof;
use malachitebft_engine::network::{Msg, NetworkRef, Status as Tip};
use malachitebft_engine::util::streaming::StreamMessage;
use malachitebft_peer::PeerId;
use malachitebft_sync::{Request, Response, Status};
use tokio::task::JoinHandle;

use crate::consensus::codec::WireCodec;
use crate::consensus::context::{EngineHeight, LedgerContext, ProposalPart};
use crate::consensus::engine::Plan;

/// Writes statuses in the names of the peers in turn, and all else as it is.
#[derive(Clone)]
struct Forger {
    names: Arc<[PeerId]>,
    told: Arc<AtomicUsize>,
}

impl Codec<Status<LedgerContext>> for Forger {
    type Error = io::Error;

    fn decode(&self, bytes: Bytes) -> io::Result<Status<LedgerContext>> {
        WireCodec.decode(bytes)
    }

    fn encode(&self, status: &Status<LedgerContext>) -> io::Result<Bytes> {
        let name = self.names[self.told.fetch_add(1, Ordering::Relaxed) % self.names.len()];
        WireCodec.encode(&Status { peer_id: name, ..status.clone() })
    }
}

macro_rules! as_it_is {
    ($($kind:ty;)*) => {$(
        impl Codec<$kind> for Forger {
            type Error = io::Error;

            fn decode(&self, bytes: Bytes) -> io::Result<$kind> {
                WireCodec.decode(bytes)
            }

            fn encode(&self, message: &$kind) -> io::Result<Bytes> {
                WireCodec.encode(message)
            }
        }
    )*};
}

as_it_is! {
    ProposalPart;
    SignedConsensusMsg<LedgerContext>;
    LivenessMsg<LedgerContext>;
    StreamMessage<ProposalPart>;
    ValidatorProof<LedgerContext>;
    Request<LedgerContext>;
    Response<LedgerContext>;
}

impl HasEncodedLen<Response<LedgerContext>> for Forger {
    fn encoded_len(&self, response: &Response<LedgerContext>) -> io::Result<usize> {
        WireCodec.encoded_len(response)
    }
}

/// A liar under way.
pub(super) struct Liar {
    network: NetworkRef<LedgerContext>,
    talk: JoinHandle<()>,
    forger: Forger,
}

impl Liar {
    /// A member's network without a node behind it. Claims the height ten times a second.
    pub(super) async fn start(plan: &Plan<'_>, names: Vec<PeerId>, height: Height) -> Self {
        let forger = Forger { names: names.into(), told: Arc::default() };
        let settings = plan.settings(true).unwrap();
        let (network, _) = plan.network(&settings, forger.clone()).await.unwrap();
        let speaker = network.clone();
        let talk = tokio::spawn(async move {
            let tip = Tip::new(EngineHeight(height), EngineHeight(Height(1)));
            while speaker.cast(Msg::BroadcastStatus(tip.clone())).is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self { network, talk, forger }
    }

    /// How many claims it made.
    pub(super) fn told(&self) -> usize {
        self.forger.told.load(Ordering::Relaxed)
    }

    pub(super) async fn stop(self) {
        self.talk.abort();
        self.network.stop_and_wait(None, None).await.unwrap();
    }
}
