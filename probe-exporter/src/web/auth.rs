//! Who asks: users by password, programs by token. What was checked once is known for good, be it right or wrong.

mod bcrypt;
mod credentials;
mod known;
mod pool;

use std::sync::Arc;

use hyper::header::HeaderMap;
use tokio::sync::oneshot;

pub(crate) use self::bcrypt::{Bcrypt, HashError};
use self::credentials::Credentials;
use self::known::{Ask, Known};
use self::pool::Pool;
use super::digest::{self, Digest};
use super::settings::{Access, AllowedModules, Holder, SecretToken};

/// The ways in, as they are named to who is not known.
const BASIC: &[&str] = &["Basic"];
const BEARER: &[&str] = &["Bearer"];
const BOTH: &[&str] = &["Basic", "Bearer"];

/// Who asks, and for what he may.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    name: Option<Arc<str>>,
    allowed_modules: AllowedModules,
}

impl Visitor {
    /// Anybody, where nobody has to say who he is.
    pub(crate) fn anybody() -> Self {
        Self { name: None, allowed_modules: None }
    }

    fn of<T>(holder: &Holder<T>) -> Self {
        Self { name: Some(holder.name.clone()), allowed_modules: holder.allowed_modules.clone() }
    }

    /// Whether he said who he is, and it is true.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.name.is_some()
    }

    /// Whether there is something that he may not ask for.
    pub(crate) fn is_restricted(&self) -> bool {
        self.allowed_modules.is_some()
    }

    /// Whether he may have this module probe.
    pub(crate) fn may_use(&self, module: &[u8]) -> bool {
        let listed = |modules: &Arc<[String]>| modules.iter().any(|name| name.as_bytes() == module);
        self.allowed_modules.as_ref().is_none_or(listed)
    }
}

/// What became of the question who asks.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Too many others have to be checked first.
    Busy,
    /// Somebody who may ask.
    Known(Visitor),
    /// Nobody, or somebody who gave the wrong password; these schemes are open to him.
    Unknown(&'static [&'static str]),
}

/// Checks passwords and tokens.
pub(super) struct Authenticator {
    known: Arc<Known>,
    pool: Pool,
    /// Keeps the digests of passwords from meaning anything outside this process.
    key: Digest,
}

impl Authenticator {
    pub(super) fn new() -> Self {
        let mut key = Digest::default();
        // Without randomness the digests are merely not secret.
        let _ = aws_lc_rs::rand::fill(&mut key);
        Self { known: Arc::default(), pool: Pool::default(), key }
    }

    /// Finds out who asks.
    pub(super) async fn judge(&self, access: &Access, headers: &HeaderMap) -> Outcome {
        if access.is_open() {
            return Outcome::Known(Visitor::anybody());
        }
        let visitor = match Credentials::read(headers) {
            Some(Credentials::Basic { user, password }) if !access.users.is_empty() => {
                self.find_user(access, &user, &password).await
            }
            Some(Credentials::Bearer { token }) if !access.tokens.is_empty() => {
                self.find_token(access, token).await
            }
            _ => Ok(None),
        };
        let schemes = match (access.users.is_empty(), access.tokens.is_empty()) {
            (true, _) => BEARER,
            (false, true) => BASIC,
            (false, false) => BOTH,
        };
        match visitor {
            Ok(Some(visitor)) => Outcome::Known(visitor),
            Ok(None) => Outcome::Unknown(schemes),
            Err(Busy) => Outcome::Busy,
        }
    }

    /// A user who is not known is checked too, so that the time taken does not tell who is.
    async fn find_user(
        &self,
        access: &Access,
        user: &[u8],
        password: &[u8],
    ) -> Result<Option<Visitor>, Busy> {
        let known = access.users.iter().find(|known| known.name.as_bytes() == user);
        let hash = known.and_then(|user| user.secret.as_ref().ok());
        let is_right = if let Some(hash) = hash {
            self.check(hash, user, password).await?
        } else {
            let costs = access.users.iter().filter_map(|user| user.secret.as_ref().ok()).map(Bcrypt::cost);
            self.check(&Bcrypt::of_nobody(costs.max()), user, password).await?;
            false
        };
        Ok(known.filter(|_| is_right).map(Visitor::of))
    }

    /// Every digest is looked at, so that the time taken does not tell how far it went.
    async fn find_token(&self, access: &Access, token: &[u8]) -> Result<Option<Visitor>, Busy> {
        let given = digest::of(token);
        let mut found = None;
        for known in &access.tokens {
            let is_right = match &known.secret {
                SecretToken::Sha256(expected) => digest::same(expected, &given),
                SecretToken::Bcrypt(hash) => self.check(hash, known.name.as_bytes(), token).await?,
            };
            if is_right && found.is_none() {
                found = Some(Visitor::of(known));
            }
        }
        Ok(found)
    }

    /// Whether the password is the one that the hash was made of. Asks what is known first; of several that ask the same at
    /// once, one is answered and tells the others.
    async fn check(&self, hash: &Bcrypt, name: &[u8], password: &[u8]) -> Result<bool, Busy> {
        let key = digest::of_parts(&[&self.key, name, hash.as_str().as_bytes(), password]);
        let answer = match self.known.ask(key) {
            Ask::Known(is_right) => return Ok(is_right),
            Ask::Wait(answer) => answer,
            Ask::Find(answer) => {
                self.begin(key, hash.clone(), password.to_owned())?;
                answer
            }
        };
        // Whoever was to find out is gone only with the whole pool.
        answer.await.map_err(|_: oneshot::error::RecvError| Busy)
    }

    fn begin(&self, key: Digest, hash: Bcrypt, password: Vec<u8>) -> Result<(), Busy> {
        let known = self.known.clone();
        let begun = self.pool.run(move || known.tell(key, hash.matches(&password)));
        begun.map_err(|()| {
            self.known.give_up(key);
            Busy
        })
    }
}

/// There is no room for one more check.
#[derive(Debug)]
struct Busy;

#[cfg(test)]
mod tests;
