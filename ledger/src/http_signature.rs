//! Signed read requests: the profile of RFC 9421 by which a department shows who asks.
//!
//! ```text
//! Signature-Input: yinxin=("@method" "@target-uri");created=…;expires=…;nonce="…";keyid="…";alg="ed25519";tag="yinxin-read"
//! Signature:       yinxin=:base64 of 64 bytes:
//!
//! base   "@method": GET
//!        "@target-uri": http://127.0.0.1:27004/v1/cases/00…
//!        "content-digest": sha-256=:…:                          only with a body
//!        "@signature-params": ("@method" "@target-uri");created=…
//! ```
//! Client and node build these bytes here. `created` and `expires` are seconds since 1970, `expires` at most
//! [`LIFETIME_SECONDS_MAX`] after `created`; the nonce is 32 hex digits of randomness and is good once; `keyid` is the
//! key id (RFC 9679 thumbprint, hex) under which the key is registered on the ledger.

use crate::crypto::{KeyId, SecretKey, Signature};

/// Label of the signature in both header fields.
pub const LABEL: &str = "yinxin";
/// The `tag` parameter: a signature made for another use is no signed read.
pub const TAG: &str = "yinxin-read";
/// The `alg` parameter.
pub const ALGORITHM: &str = "ed25519";
/// A request lives at most this long.
pub const LIFETIME_SECONDS_MAX: u64 = 60;
/// Length of the nonce: 16 random bytes in hex.
pub const NONCE_CHARS: usize = 32;

/// What a request is signed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest<'a> {
    /// Method, upper case.
    pub method: &'a str,
    /// The whole URI as asked for, scheme and authority in lower case: `http://127.0.0.1:27004/v1/cases/00…?at=5`.
    pub target_uri: &'a str,
    /// Value of the `Content-Digest` field, as `sha-256=:…:` (RFC 9530), if the request has a body.
    pub content_digest: Option<&'a str>,
}

/// Parameters of the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParameters {
    /// When it was made, seconds since 1970.
    pub created: u64,
    /// First second at which it is too late.
    pub expires: u64,
    /// 16 random bytes.
    pub nonce: [u8; 16],
    /// The signing key.
    pub key: KeyId,
}

impl SignedRequest<'_> {
    /// The covered components, in order.
    #[must_use]
    pub fn components(&self) -> Vec<&'static str> {
        let mut components = vec!["@method", "@target-uri"];
        components.extend(self.content_digest.map(|_| "content-digest"));
        components
    }

    /// The value of `@signature-params` as a client of ours writes it; after `yinxin=` it is also the value of
    /// `Signature-Input`.
    #[must_use]
    pub fn parameters(&self, parameters: &SignatureParameters) -> String {
        let components: Vec<String> = self.components().iter().map(|name| format!("\"{name}\"")).collect();
        format!(
            "({});created={};expires={};nonce=\"{}\";keyid=\"{}\";alg=\"{ALGORITHM}\";tag=\"{TAG}\"",
            components.join(" "),
            parameters.created,
            parameters.expires,
            hex::encode(parameters.nonce),
            parameters.key,
        )
    }

    /// The signature base (RFC 9421 section 2.5) under serialised parameters, which may be another client's.
    #[must_use]
    pub fn base(&self, parameters: &str) -> String {
        let mut base = format!("\"@method\": {}\n\"@target-uri\": {}\n", self.method, self.target_uri);
        if let Some(digest) = self.content_digest {
            base.push_str(&format!("\"content-digest\": {digest}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {parameters}"));
        base
    }

    /// Signs: the value of `Signature-Input`, and the signature that goes, in base64 between colons, after `yinxin=`
    /// into `Signature`.
    #[must_use]
    pub fn sign(&self, parameters: &SignatureParameters, key: &SecretKey) -> (String, Signature) {
        let text = self.parameters(parameters);
        let signature = key.sign(self.base(&text).as_bytes());
        (format!("{LABEL}={text}"), signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_what_rfc_9421_says() {
        let key = SecretKey::from_seed(&[7; 32]);
        let request =
            SignedRequest { method: "GET", target_uri: "http://127.0.0.1:1/v1/blocks/1", content_digest: None };
        let parameters = SignatureParameters { created: 1, expires: 61, nonce: [0xab; 16], key: key.public().id() };
        let (input, signature) = request.sign(&parameters, &key);
        let text = input.strip_prefix("yinxin=").expect("the label stands in front");
        let base = request.base(text);
        let expected = format!(
            "\"@method\": GET\n\"@target-uri\": http://127.0.0.1:1/v1/blocks/1\n\"@signature-params\": \
             (\"@method\" \"@target-uri\");created=1;expires=61;nonce=\"{}\";keyid=\"{}\";alg=\"ed25519\";tag=\"yinxin-read\"",
            "ab".repeat(16),
            key.public().id(),
        );
        assert_eq!(base, expected);
        assert!(key.public().verify(base.as_bytes(), &signature).is_ok());
    }

    #[test]
    fn a_body_is_covered() {
        let request = SignedRequest { method: "POST", target_uri: "http://h/", content_digest: Some("sha-256=:AA==:") };
        assert!(request.base("()").contains("\"content-digest\": sha-256=:AA==:\n\"@signature-params\": ()"));
        assert_eq!(request.components(), ["@method", "@target-uri", "content-digest"]);
    }
}
