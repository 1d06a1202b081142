//! Salts: what makes a commitment to a guessable value unguessable.

use ledger::codec::{Cbor, CodecError, Reader, View, Writer};
use rand_core::CryptoRngCore;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 random bits, drawn anew for each commitment. Destroying a salt erases what was committed with it.
///
/// Shape: 32 bytes. Wiped when dropped; shown by nothing but [`Salt::expose`] and its encoding in a disclosure.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Draws a fresh salt.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes a salt that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to compute a commitment or to hand the salt to who may check it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for Salt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Salt(hidden)")
    }
}

impl Cbor for Salt {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.bytes_exact().map(Self)
    }
    fn view(&self) -> View {
        View::Text(hex::encode(self.0))
    }
}
