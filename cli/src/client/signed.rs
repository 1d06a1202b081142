//! Signed requests, RFC 9421 in the profile of [`ledger::http_signature`]: who asks for a record that is not public.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::crypto::Hash;
use ledger::http_signature::{LABEL, LIFETIME_SECONDS_MAX, SignatureParameters, SignedRequest};
use ledger::types::TimeMs;

use crate::app::{Signer, random};

/// The headers that sign a request.
pub(super) fn headers(
    signer: &Signer,
    method: &str,
    target_uri: &str,
    body: Option<&[u8]>,
    now: TimeMs,
) -> Vec<(&'static str, String)> {
    let digest = body.map(|body| format!("sha-256=:{}:", STANDARD.encode(Hash::sha256(body).0)));
    let request = SignedRequest { method, target_uri, content_digest: digest.as_deref() };
    let created = now.0 / 1000;
    let parameters = SignatureParameters {
        created,
        expires: created + LIFETIME_SECONDS_MAX,
        nonce: random(),
        key: signer.card.id(),
    };
    let (input, signature) = request.sign(&parameters, &signer.key);
    let mut headers =
        vec![("signature-input", input), ("signature", format!("{LABEL}=:{}:", STANDARD.encode(signature.0)))];
    headers.extend(digest.map(|digest| ("content-digest", digest)));
    headers
}

#[cfg(test)]
mod tests {
    use ledger::crypto::{SecretKey, Signature};
    use ledger::record::Purpose;

    use super::*;
    use crate::keys::KeyCard;

    fn signer() -> Signer {
        let key = SecretKey::from_seed(&[9; 32]);
        let card = KeyCard {
            public: key.public(),
            purpose: Purpose::Officer,
            department: "court".parse().expect("slug"),
            unit: None,
            officer: None,
            titles: Vec::new(),
        };
        Signer { name: "court/zhou".parse().expect("a name"), card, key }
    }

    fn find<'a>(headers: &'a [(&str, String)], name: &str) -> &'a str {
        &headers.iter().find(|(found, _)| *found == name).expect(name).1
    }

    #[test]
    fn the_signature_covers_method_target_and_body() {
        let signer = signer();
        let target = "http://127.0.1.1:27002/v1/cases/00";
        let headers = headers(&signer, "POST", target, Some(b"{}"), TimeMs(1_795_000_000_500));
        let params = find(&headers, "signature-input").strip_prefix("yinxin=").expect("label");
        assert!(params.starts_with(
            r#"("@method" "@target-uri" "content-digest");created=1795000000;expires=1795000060;nonce=""#
        ));
        assert!(params.ends_with(&format!("keyid=\"{}\";alg=\"ed25519\";tag=\"yinxin-read\"", signer.card.id())));
        let digest = find(&headers, "content-digest");
        assert_eq!(digest, "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:");

        let value = find(&headers, "signature")
            .strip_prefix("yinxin=:")
            .and_then(|rest| rest.strip_suffix(':'))
            .expect("bytes");
        let bytes: [u8; 64] = STANDARD.decode(value).expect("base64").try_into().expect("64 bytes");
        let verifies = |base: &str| signer.card.public.verify(base.as_bytes(), &Signature(bytes)).is_ok();
        let lines = [
            "\"@method\": POST",
            &format!("\"@target-uri\": {target}"),
            &format!("\"content-digest\": {digest}"),
            &format!("\"@signature-params\": {params}"),
        ];
        assert!(verifies(&lines.join("\n")));
        assert!(!verifies(&lines.join("\n").replace("POST", "GET")));
    }

    #[test]
    fn two_requests_have_two_nonces() {
        let signer = signer();
        let input = || find(&headers(&signer, "GET", "http://x/", None, TimeMs(0)), "signature-input").to_owned();
        assert_ne!(input(), input());
        assert!(!input().contains("content-digest"));
    }
}
