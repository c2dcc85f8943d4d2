//! A signed assertion that a token is given for (RFC 7523 section 3, RFC 7519).

use std::time::SystemTime;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};

use super::settings::OAuth2;
use super::text_source::read_optional;
use crate::model::{Phase, ProbeError, Reason};
use crate::wire::base64;

/// How long an assertion holds, in seconds; the reference exporter's.
const VALIDITY: u64 = 600;

/// Makes the assertion and signs it.
pub(super) fn sign(settings: &OAuth2) -> Result<String, ProbeError> {
    let (algorithm, encoding): (_, &dyn RsaEncoding) = match settings.signature_algorithm.as_str() {
        "" | "RS256" => ("RS256", &RSA_PKCS1_SHA256),
        "RS384" => ("RS384", &RSA_PKCS1_SHA384),
        "RS512" => ("RS512", &RSA_PKCS1_SHA512),
        other => return Err(unusable(format!("unknown signature_algorithm {other:?}"))),
    };
    let pem = read_optional(settings.client_certificate_key.as_ref(), "client certificate key")?;
    let key = read_key(&pem)
        .ok_or_else(|| unusable("the client certificate key is no RSA key in PEM".to_owned()))?;
    let mut header = Map::new();
    header.insert("alg".to_owned(), algorithm.into());
    if !settings.client_certificate_key_id.is_empty() {
        header.insert("kid".to_owned(), settings.client_certificate_key_id.as_str().into());
    }
    header.insert("typ".to_owned(), "JWT".into());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let part = |map: Map<String, Value>| base64::encode_for_url(Value::Object(map).to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims(settings, now, &random_id()?)));

    let mut signature = vec![0; key.public_modulus_len()];
    let failed = || ProbeError::new(Reason::Internal, Phase::Setup, "cannot sign the assertion");
    key.sign(encoding, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_| failed())?;
    Ok(format!("{signed}.{}", base64::encode_for_url(&signature)))
}

fn claims(settings: &OAuth2, now: u64, id: &str) -> Map<String, Value> {
    let or = |text: &str, other: &str| Value::from(if text.is_empty() { other } else { text });
    let issuer = or(&settings.iss, &settings.client_id);
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), issuer.clone());
    claims.insert("sub".to_owned(), issuer);
    claims.insert("jti".to_owned(), id.into());
    claims.insert("aud".to_owned(), or(&settings.audience, &settings.token_url));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + VALIDITY));
    if !settings.scopes.is_empty() {
        claims.insert("scope".to_owned(), settings.scopes.join(" ").into());
    }
    for (name, value) in &settings.claims {
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.as_str().into());
        claims.insert(name.clone(), value);
    }
    claims
}

/// Reads an RSA key in PKCS #8 or PKCS #1.
fn read_key(pem: &str) -> Option<RsaKeyPair> {
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()? {
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
        _ => None,
    }
}

/// An id that no other assertion has: 122 random bits in the form of a UUID (RFC 9562 section 5.4).
fn random_id() -> Result<String, ProbeError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| ProbeError::new(Reason::Resource, Phase::Setup, "the system gives no random numbers"))?;
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let text = format!("{bits:032x}");
    Ok([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}

fn unusable(detail: String) -> ProbeError {
    ProbeError::new(Reason::Configuration, Phase::Setup, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prober::shared::http_client::TextSource;
    use crate::settings::Secret;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA384, UnparsedPublicKey};

    /// The bytes of base64 without padding, for URLs.
    fn decode(text: &str) -> Vec<u8> {
        const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let values: Vec<u32> = text
            .bytes()
            .map(|byte| SYMBOLS.iter().position(|symbol| *symbol == byte).expect("base64") as u32)
            .collect();
        let bytes = values.chunks(4).flat_map(|group| {
            let bits = group.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - group.len()));
            bits.to_be_bytes()[1..group.len()].to_vec()
        });
        bytes.collect()
    }

    #[test]
    fn an_assertion_says_who_we_are_and_is_signed() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = key.as_der().expect("PKCS #8").as_ref().to_vec();
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", base64::encode(&der));
        let settings = OAuth2 {
            client_id: "me".into(),
            token_url: "https://tokens.example/".into(),
            scopes: vec!["a".into(), "b".into()],
            client_certificate_key: Some(TextSource::Inline(Secret::new(pem))),
            client_certificate_key_id: "k1".into(),
            signature_algorithm: "RS384".into(),
            claims: vec![("n".into(), "7".into()), ("s".into(), "\"t\"".into())],
            ..OAuth2::default()
        };
        let assertion = sign(&settings).expect("an assertion");
        let parts: Vec<&str> = assertion.split('.').collect();
        assert_eq!(decode(parts[0]), br#"{"alg":"RS384","kid":"k1","typ":"JWT"}"#);
        let claims: Value = serde_json::from_slice(&decode(parts[1])).expect("JSON");
        for (name, value) in [
            ("iss", json!("me")),
            ("sub", json!("me")),
            ("aud", json!("https://tokens.example/")),
            ("scope", json!("a b")),
            ("n", json!(7)),
            ("s", json!("t")),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA384, key.public_key().as_ref().to_vec());
        let signed = format!("{}.{}", parts[0], parts[1]);
        assert!(public.verify(signed.as_bytes(), &decode(parts[2])).is_ok());
    }

    #[test]
    fn what_cannot_sign_is_a_configuration_that_cannot_work() {
        let mut settings = OAuth2 {
            client_certificate_key: Some(TextSource::Inline(Secret::new("x"))),
            ..OAuth2::default()
        };
        assert_eq!(sign(&settings).expect_err("no key").reason, Reason::Configuration);
        settings.signature_algorithm = "HS256".into();
        assert_eq!(sign(&settings).expect_err("no RSA").reason, Reason::Configuration);
    }

    #[test]
    fn ids_have_the_form_of_a_random_uuid() {
        let id = random_id().expect("random numbers");
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        assert!("89ab".contains(&id[19..20]), "{id}");
    }
}
