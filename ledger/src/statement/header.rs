//! The protected header of a statement and its claims.

use crate::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::KeyId;
use crate::types::{ChainId, DepartmentId, TimeMs};

/// Content type of the payload.
pub const CONTENT_TYPE: &str = "application/vnd.yinxin.action+cbor";

/// COSE algorithm EdDSA (RFC 9053 section 2.2); Ed25519 alone under it.
const ALGORITHM_EDDSA: i64 = -8;
/// Label of the CWT claims header (RFC 9597).
const LABEL_CLAIMS: i64 = 15;
/// A record's path is at most this long.
const SUBJECT_BYTES_MAX: usize = 160;

/// CWT claims of a statement (RFC 8392; RFC 9597). Times are whole seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Department that says it.
    pub iss: DepartmentId,
    /// Path of the record it is about.
    pub sub: String,
    /// Chain that it is for.
    pub aud: ChainId,
    /// First second at which it is too late.
    pub exp: u64,
    /// When it was made, as the signer claims; proves nothing.
    pub iat: u64,
    /// 16 random bytes, so that two statements never share an id.
    pub cti: [u8; 16],
}

impl Claims {
    /// The expiry in milliseconds, at most the end of the range.
    #[must_use]
    pub fn expires(&self) -> TimeMs {
        TimeMs(self.exp.saturating_mul(1000))
    }
}

impl Cbor for Claims {
    fn write(&self, writer: &mut Writer) {
        writer.map(6);
        writer.int(1);
        self.iss.write(writer);
        writer.int(2).text(&self.sub).int(3);
        self.aud.write(writer);
        writer.int(4).uint(self.exp).int(6).uint(self.iat).int(7).bytes(&self.cti);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.map_exact(6)?;
        reader.label(1)?;
        let iss = DepartmentId::read(reader)?;
        reader.label(2)?;
        let sub = reader.text()?.to_owned();
        if sub.len() > SUBJECT_BYTES_MAX || !sub.is_ascii() {
            return Err(ValueRule::Subject.into());
        }
        reader.label(3)?;
        let aud = ChainId::read(reader)?;
        reader.label(4)?;
        let exp = reader.uint()?;
        reader.label(6)?;
        let iat = reader.uint()?;
        reader.label(7)?;
        Ok(Self { iss, sub, aud, exp, iat, cti: reader.bytes_exact()? })
    }
    fn view(&self) -> View {
        View::Record(vec![
            ("iss", self.iss.view()),
            ("sub", View::Text(self.sub.clone())),
            ("aud", self.aud.view()),
            ("exp", View::Seconds(self.exp)),
            ("iat", View::Seconds(self.iat)),
            ("cti", View::Text(hex::encode(self.cti))),
        ])
    }
}

/// The protected header; there is no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedHeader {
    /// Thumbprint of the signing key.
    pub kid: KeyId,
    /// Claims.
    pub claims: Claims,
}

impl Cbor for ProtectedHeader {
    fn write(&self, writer: &mut Writer) {
        writer.map(4).int(1).int(ALGORITHM_EDDSA).int(3).text(CONTENT_TYPE).int(4);
        self.kid.write(writer);
        writer.int(LABEL_CLAIMS);
        self.claims.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.map_exact(4)?;
        reader.label(1)?;
        if reader.int()? != ALGORITHM_EDDSA {
            return Err(ValueRule::Algorithm.into());
        }
        reader.label(3)?;
        if reader.text()? != CONTENT_TYPE {
            return Err(ValueRule::ContentType.into());
        }
        reader.label(4)?;
        let kid = KeyId::read(reader)?;
        reader.label(LABEL_CLAIMS)?;
        Ok(Self { kid, claims: Claims::read(reader)? })
    }
    fn view(&self) -> View {
        View::Record(vec![("kid", self.kid.view()), ("claims", self.claims.view())])
    }
}
