//! Hashes of passwords, read with the leniency and the words of Go's library.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

/// How long a hash is at least.
const SHORTEST: usize = 59;
/// The costs there are: powers of two.
const COSTS: RangeInclusive<i64> = 4..=31;
/// Digits of the salt.
const SALT: usize = 22;
/// The digits of base64 as bcrypt has them.
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The cost of a hash that nobody has, where there is no other to compare it with.
const USUAL_COST: u32 = 10;

/// The hash of a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bcrypt {
    text: String,
    cost: u32,
}

impl Bcrypt {
    /// Reads a hash. What comes after the cost is looked at when a password is compared, as in the reference.
    pub(crate) fn read(text: &str) -> Result<Self, HashError> {
        let bytes = text.as_bytes();
        if bytes.len() < SHORTEST {
            return Err(HashError::TooShort);
        }
        if bytes[0] != b'$' {
            return Err(HashError::Prefix(char::from(bytes[0])));
        }
        if bytes[1] > b'2' {
            return Err(HashError::Version(char::from(bytes[1])));
        }
        let cost_at = if bytes[2] == b'$' { 3 } else { 4 };
        let digits = String::from_utf8_lossy(&bytes[cost_at..cost_at + 2]).into_owned();
        let cost = i64::from_str(&digits).map_err(|_| HashError::Cost(digits))?;
        if !COSTS.contains(&cost) {
            return Err(HashError::CostRange(cost));
        }
        // Go takes any minor version, or none, for the present one.
        let rest = canonical(text.get(cost_at + 3..).unwrap_or_default());
        Ok(Self { text: format!("$2b${cost:02}${rest}"), cost: cost as u32 })
    }

    /// The hash of somebody who does not exist, as costly as those of the others.
    pub(super) fn of_nobody(cost: Option<u32>) -> Self {
        let cost = cost.unwrap_or(USUAL_COST);
        Self { text: format!("$2b${cost:02}${}", ".".repeat(SALT + 31)), cost }
    }

    /// How costly it is to compare a password: the power of two.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    /// The hash as text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it was made of this password; of a longer one, the first 72 bytes count. Takes its time, on purpose.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        bcrypt::verify(password, &self.text).unwrap_or_default()
    }
}

/// Salt and hash as the library wants them: the last digit of the salt has four bits that mean nothing, and are zero.
fn canonical(text: &str) -> String {
    let last = text.as_bytes().get(SALT - 1);
    match last.and_then(|last| ALPHABET.iter().position(|digit| digit == last)) {
        Some(value) => {
            format!("{}{}{}", &text[..SALT - 1], char::from(ALPHABET[value & 0x30]), &text[SALT..])
        }
        None => text.to_owned(),
    }
}

impl fmt::Debug for Bcrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Why a text is no hash. The words are the reference's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum HashError {
    #[error("strconv.Atoi: parsing {0:?}: invalid syntax")]
    Cost(String),
    #[error("crypto/bcrypt: cost {0} is outside allowed inclusive range {min}..{max}", min = COSTS.start(), max = COSTS.end())]
    CostRange(i64),
    #[error("crypto/bcrypt: bcrypt hashes must start with '$', but hashedSecret started with '{0}'")]
    Prefix(char),
    #[error("crypto/bcrypt: hashedSecret too short to be a bcrypted password")]
    TooShort,
    #[error("crypto/bcrypt: bcrypt algorithm version '{0}' requested is newer than current version '2'")]
    Version(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the password `s3cret`, at the least cost.
    const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";

    #[test]
    fn the_right_password_matches_under_every_name_of_the_version() {
        for version in ["2b", "2a", "2y", "2x", "2q"] {
            let hash = Bcrypt::read(&HASH.replace("2b", version)).expect(version);
            assert!(hash.matches(b"s3cret") && !hash.matches(b"s3cre") && !hash.matches(b""), "{version}");
            assert_eq!(hash.cost(), 4);
        }
        let without_minor = Bcrypt::read(&HASH.replace("2b", "2")).expect("long enough");
        assert!(without_minor.matches(b"s3cret"));
    }

    #[test]
    fn bits_of_the_salt_that_mean_nothing_are_ignored() {
        let odd = HASH.replacen("stuuL", "stuvL", 1);
        assert_ne!(odd, HASH);
        assert!(Bcrypt::read(&odd).expect("a hash").matches(b"s3cret"));
    }

    #[test]
    fn damaged_hashes_match_nothing() {
        for hash in [&HASH[..59], &format!("{HASH}x"), &HASH.replace('L', "!"), &HASH.replace("DG", "é")] {
            let read = Bcrypt::read(hash).expect("the start is right");
            assert!(!read.matches(b"s3cret"), "{hash}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused_in_the_words_of_the_reference() {
        let replaced = |from, to| HASH.replacen(from, to, 1);
        for (hash, words) in [
            ("plain".to_owned(), "crypto/bcrypt: hashedSecret too short to be a bcrypted password"),
            (String::new(), "crypto/bcrypt: hashedSecret too short to be a bcrypted password"),
            (HASH[..58].into(), "crypto/bcrypt: hashedSecret too short to be a bcrypted password"),
            (
                replaced("$2", "x2"),
                "crypto/bcrypt: bcrypt hashes must start with '$', but hashedSecret started with 'x'",
            ),
            (
                replaced("$2", "$3"),
                "crypto/bcrypt: bcrypt algorithm version '3' requested is newer than current version '2'",
            ),
            (replaced("$04", "$99"), "crypto/bcrypt: cost 99 is outside allowed inclusive range 4..31"),
            (replaced("$04", "$03"), "crypto/bcrypt: cost 3 is outside allowed inclusive range 4..31"),
            (replaced("$04", "$xx"), "strconv.Atoi: parsing \"xx\": invalid syntax"),
        ] {
            assert_eq!(Bcrypt::read(&hash).expect_err(&hash).to_string(), words);
        }
    }

    #[test]
    fn nobody_has_a_password() {
        let nobody = Bcrypt::of_nobody(Some(4));
        assert!(bcrypt::verify("", nobody.as_str()).is_ok(), "it is a hash, so comparing takes its time");
        assert!(!nobody.matches(b""));
    }

    #[test]
    fn nothing_is_shown_of_a_hash() {
        assert_eq!(format!("{:?}", Bcrypt::read(HASH)), "Ok(<secret>)");
    }
}
