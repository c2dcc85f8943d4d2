//! Key exchange in the group P-521, which Go offers and the provider has not: servers take the list of groups for that of the
//! curves that certificates may have (RFC 8422 section 5.1).

use aws_lc_rs::agreement::{self, ECDH_P521, PrivateKey, UnparsedPublicKey};
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};

/// Bytes of a point that is not compressed: how it is, and two coordinates.
const POINT: usize = 1 + 2 * 66;
/// How points are that are not compressed, the only ones in TLS.
const UNCOMPRESSED: u8 = 4;

/// The group.
#[derive(Debug)]
pub(super) struct P521;

impl SupportedKxGroup for P521 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = PrivateKey::generate(&ECDH_P521).map_err(|_| Error::FailedToGetRandomBytes)?;
        let public = private.compute_public_key().map_err(|_| Error::FailedToGetRandomBytes)?;
        Ok(Box::new(Exchange { private, public: public.as_ref().to_vec() }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct Exchange {
    private: PrivateKey,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer_pub_key: &[u8]) -> Result<SharedSecret, Error> {
        let invalid = || Error::from(PeerMisbehaved::InvalidKeyShare);
        if peer_pub_key.len() != POINT || peer_pub_key.first() != Some(&UNCOMPRESSED) {
            return Err(invalid());
        }
        let peer = UnparsedPublicKey::new(&ECDH_P521, peer_pub_key);
        agreement::agree(&self.private, peer, invalid(), |secret| Ok(SharedSecret::from(secret)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_to_the_same_secret() {
        let (one, other) = (P521.start().expect("a key"), P521.start().expect("a key"));
        let (first, second) = (one.pub_key().to_vec(), other.pub_key().to_vec());
        let secrets = [one.complete(&second), other.complete(&first)];
        let [Ok(one), Ok(other)] = secrets else { panic!("good keys") };
        assert_eq!(one.secret_bytes(), other.secret_bytes());
        assert_eq!(one.secret_bytes().len(), 66);
    }

    #[test]
    fn points_that_are_none_are_refused() {
        let good = P521.start().expect("a key").pub_key().to_vec();
        for bad in [&good[1..], &[UNCOMPRESSED; POINT], &[&[2], &good[1..]].concat(), &[]] {
            assert!(P521.start().expect("a key").complete(bad).is_err());
        }
    }
}
