//! The CBC suites of TLS 1.2 that Go offers and rustls has left behind (RFC 5246 section 6.2.3.2, RFC 8422).
//!
//! Many a server that is worth watching has no others: appliances, and Windows up to 2012 R2 with an RSA certificate. They
//! come last in what is offered, so that nobody gets them who knows better. The primitives are those of the provider; what
//! is here is the order of "MAC, pad, encrypt".

use std::sync::LazyLock;

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::iv::FixedLength;
use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::aws_lc_rs::cipher_suite as suite;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm,
    UnsupportedOperationError, make_tls12_aad,
};
use rustls::{
    CipherSuite, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite,
    Tls12CipherSuite,
};

/// Bytes of an AES block, hence also of the vector before each record.
const BLOCK: usize = 16;
/// Bytes of a SHA-1 MAC and of its key.
const MAC: usize = 20;
/// Longest content of a record (RFC 5246 section 6.2.1).
const LONGEST: usize = 1 << 14;

/// The suites, in Go's order.
pub(super) static SUITES: LazyLock<[Tls12CipherSuite; 4]> = LazyLock::new(|| {
    use CipherSuite as Known;
    let (ecdsa, rsa) =
        (suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    [
        like(ecdsa, Known::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, &AES_128_CBC),
        like(rsa, Known::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, &AES_128_CBC),
        like(ecdsa, Known::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, &AES_256_CBC),
        like(rsa, Known::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, &AES_256_CBC),
    ]
});

/// A suite that exchanges and derives keys as another does, and encrypts in a way of its own.
fn like(other: SupportedCipherSuite, name: CipherSuite, cipher: &'static Cbc) -> Tls12CipherSuite {
    let SupportedCipherSuite::Tls12(other) = other else { unreachable!("both are of TLS 1.2") };
    Tls12CipherSuite {
        common: CipherSuiteCommon {
            suite: name,
            hash_provider: other.common.hash_provider,
            confidentiality_limit: other.common.confidentiality_limit,
        },
        prf_provider: other.prf_provider,
        kx: other.kx,
        sign: other.sign,
        aead_alg: cipher,
    }
}

static AES_128_CBC: Cbc = Cbc { algorithm: &AES_128, key_length: 16 };
static AES_256_CBC: Cbc = Cbc { algorithm: &AES_256, key_length: 32 };

struct Cbc {
    algorithm: &'static Algorithm,
    key_length: usize,
}

impl Cbc {
    fn key(&self, bytes: &[u8]) -> UnboundCipherKey {
        UnboundCipherKey::new(self.algorithm, bytes).expect("a key of the length that was asked for")
    }
}

/// rustls knows no keys for a MAC, but cuts its key block in the right places: what it calls the key is the MAC's, and what it
/// calls the vector is the cipher's key. A vector is not derived since TLS 1.1.
impl Tls12AeadAlgorithm for Cbc {
    fn encrypter(&self, mac_key: AeadKey, key: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        let key = EncryptingKey::cbc(self.key(key)).expect("AES has this mode");
        Box::new(Encrypter { mac: Mac::new(&mac_key), key })
    }

    fn decrypter(&self, mac_key: AeadKey, key: &[u8]) -> Box<dyn MessageDecrypter> {
        let key = DecryptingKey::cbc(self.key(key)).expect("AES has this mode");
        Box::new(Decrypter { mac: Mac::new(&mac_key), key })
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape { enc_key_len: MAC, fixed_iv_len: self.key_length, explicit_nonce_len: 0 }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

struct Mac(hmac::Key);

impl Mac {
    fn new(key: &AeadKey) -> Self {
        Self(hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref()))
    }

    fn of(&self, seq: u64, typ: ContentType, version: ProtocolVersion, content: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&make_tls12_aad(seq, typ, version, content.len()));
        context.update(content);
        context.sign()
    }
}

struct Encrypter {
    mac: Mac,
    key: EncryptingKey,
}

impl Encrypter {
    fn encrypt_with(
        &self,
        vector: [u8; BLOCK],
        msg: &OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<PrefixedPayload, Error> {
        let length = msg.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(length));
        payload.extend_from_slice(&vector);
        payload.extend_from_chunks(&msg.payload);
        let content = payload.as_ref().get(BLOCK..).unwrap_or_default();
        let tag = self.mac.of(seq, msg.typ, msg.version, content);
        payload.extend_from_slice(tag.as_ref());
        let padding = BLOCK - (length + MAC) % BLOCK;
        // As many bytes as it takes, each with the number of those before it.
        payload.extend_from_slice(&[padding as u8 - 1; BLOCK][..padding]);
        let (_, data) = payload.as_mut().split_at_mut(BLOCK);
        let context = EncryptionContext::Iv128(FixedLength::from(vector));
        self.key.less_safe_encrypt(data, context).map_err(|_| Error::EncryptError)?;
        Ok(payload)
    }
}

impl MessageEncrypter for Encrypter {
    fn encrypt(&mut self, msg: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let mut vector = [0; BLOCK];
        aws_lc_rs::rand::fill(&mut vector).map_err(|_| Error::FailedToGetRandomBytes)?;
        let payload = self.encrypt_with(vector, &msg, seq)?;
        Ok(OutboundOpaqueMessage::new(msg.typ, msg.version, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        BLOCK + (payload_len + MAC) / BLOCK * BLOCK + BLOCK
    }
}

struct Decrypter {
    mac: Mac,
    key: DecryptingKey,
}

impl MessageDecrypter for Decrypter {
    fn decrypt<'a>(
        &mut self,
        mut msg: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let Some((vector, data)) = msg.payload.split_first_chunk_mut::<BLOCK>() else {
            return Err(Error::DecryptError);
        };
        if data.len() <= MAC || !data.len().is_multiple_of(BLOCK) {
            return Err(Error::DecryptError);
        }
        let context = DecryptionContext::Iv128(FixedLength::from(*vector));
        let data = self.key.decrypt(data, context).map_err(|_| Error::DecryptError)?;
        let (length, is_padded) = content_length(data);
        let (content, rest) = data.split_at(length);
        let tag = self.mac.of(seq, msg.typ, msg.version, content);
        // One answer for both, and the MAC is worked out either way: a peer must not learn which was wrong.
        let is_genuine = verify_slices_are_equal(tag.as_ref(), &rest[..MAC]).is_ok();
        if !(is_genuine & is_padded) {
            return Err(Error::DecryptError);
        }
        if length > LONGEST {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(msg.into_plain_message_range(BLOCK..BLOCK + length))
    }
}

/// How much of the data is content, and whether the padding is as it should be; without padding if it is not. The data is longer
/// than a MAC.
fn content_length(data: &[u8]) -> (usize, bool) {
    let last = data.last().copied().unwrap_or_default();
    let padding = usize::from(last) + 1;
    let Some(length) = data.len().checked_sub(padding + MAC) else { return (data.len() - MAC, false) };
    let wrong = data[data.len() - padding..].iter().fold(0, |wrong, byte| wrong | (byte ^ last));
    if wrong == 0 { (length, true) } else { (data.len() - MAC, false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::cipher::OutboundChunks;

    /// Sequence number 7, application data `hello, record`; by Python's `cryptography` from the keys below.
    const RECORD: [u8; 64] = hex(b"c8c9cacbcccdcecfd0d1d2d3d4d5d6d71033d9fa4728387a592be6c628d1e8e9\
        8527e440a4b14fc98804c373fbdfb4170870c0f014ea0c6b94d99735023137f0");
    const CONTENT: &[u8] = b"hello, record";

    const fn hex<const N: usize, const M: usize>(digits: &[u8; M]) -> [u8; N] {
        let mut bytes = [0; N];
        let mut at = 0;
        while at < N {
            bytes[at] = digit(digits[2 * at]) << 4 | digit(digits[2 * at + 1]);
            at += 1;
        }
        bytes
    }

    const fn digit(digit: u8) -> u8 {
        if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
    }

    fn keys() -> (Mac, UnboundCipherKey) {
        let mac: Vec<u8> = (0..20).collect();
        let key: Vec<u8> = (100..116).collect();
        (Mac(hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &mac)), AES_128_CBC.key(&key))
    }

    fn encrypter() -> Encrypter {
        let (mac, key) = keys();
        Encrypter { mac, key: EncryptingKey::cbc(key).expect("a key") }
    }

    fn decrypt(record: &mut [u8], seq: u64) -> Result<Vec<u8>, Error> {
        let (mac, key) = keys();
        let mut decrypter = Decrypter { mac, key: DecryptingKey::cbc(key).expect("a key") };
        let msg = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, record);
        decrypter.decrypt(msg, seq).map(|plain| plain.payload.to_vec())
    }

    fn message(content: &[u8]) -> OutboundPlainMessage<'_> {
        OutboundPlainMessage {
            typ: ContentType::ApplicationData,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(content),
        }
    }

    #[test]
    fn a_record_is_the_one_of_another_implementation() {
        let vector = std::array::from_fn(|at| 200 + at as u8);
        let payload = encrypter().encrypt_with(vector, &message(CONTENT), 7).expect("a record");
        assert_eq!(payload.as_ref(), RECORD);
        assert_eq!(decrypt(&mut RECORD.clone(), 7).expect("it is genuine"), CONTENT);
    }

    #[test]
    fn records_of_every_length_come_back() {
        for length in (0..70).chain([LONGEST - 1, LONGEST]) {
            let content = vec![0xa5; length];
            let mut encrypter = encrypter();
            let expected = encrypter.encrypted_payload_len(length);
            let mut record =
                encrypter.encrypt(message(&content), 1).expect("a record").payload.as_ref().to_vec();
            assert_eq!(record.len(), expected);
            assert_eq!(decrypt(&mut record, 1).expect("it is genuine"), content);
        }
    }

    #[test]
    fn any_change_is_noticed() {
        assert!(decrypt(&mut RECORD.clone(), 8).is_err(), "another sequence number");
        for at in 0..RECORD.len() {
            let mut record = RECORD;
            record[at] ^= 1;
            assert!(matches!(decrypt(&mut record, 7), Err(Error::DecryptError)), "byte {at}");
        }
        for length in 0..RECORD.len() {
            assert!(decrypt(&mut RECORD.clone()[..length], 7).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn padding_must_be_what_it_says() {
        let padded = |content: &[u8], padding: &[u8]| [content, padding].concat();
        for (data, expected) in [
            (padded(&[9; 31], &[0]), (11, true)),
            (padded(&[9; 28], &[3; 4]), (8, true)),
            (padded(&[9; 28], &[3, 2, 3, 3]), (12, false)),
            (padded(&[9; 31], &[12]), (12, false)),
            (padded(&[9; 31], &[255]), (12, false)),
            (vec![11; 32], (0, true)),
        ] {
            assert_eq!(content_length(&data), expected, "{data:?}");
        }
    }
}
