//! `basic_auth_users`, `bearer_tokens` and `allowed_modules`: who may ask, and for what.

use std::sync::Arc;

use probe_core::settings::{Errors, Place, Section};

use crate::web::auth::{Bcrypt, HashError};
use crate::web::digest::{self, Digest};

/// The modules that somebody may ask for.
pub(crate) type AllowedModules = Option<Arc<[String]>>;

/// Who may ask, and for what.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// Users with their passwords. A hash that is none lets nobody in.
    pub(crate) users: Vec<Holder<Result<Bcrypt, HashError>>>,
    /// Programs with their tokens.
    pub(crate) tokens: Vec<Holder<SecretToken>>,
}

/// Somebody and what he has to know.
#[derive(Debug)]
pub(crate) struct Holder<T> {
    /// His name.
    pub(crate) name: Arc<str>,
    /// How to recognise it.
    pub(crate) secret: T,
    /// What he may ask for; everything if absent.
    pub(crate) allowed_modules: AllowedModules,
}

/// How to recognise a token.
#[derive(Clone, Debug)]
pub(crate) enum SecretToken {
    Bcrypt(Bcrypt),
    Sha256(Digest),
}

impl Access {
    /// Whether anybody may ask.
    pub(crate) fn is_open(&self) -> bool {
        self.users.is_empty() && self.tokens.is_empty()
    }

    /// The first user whose hash is none, and why.
    pub(crate) fn bad_hash(&self) -> Option<(&str, HashError)> {
        self.users.iter().find_map(|user| Some((&*user.name, user.secret.clone().err()?)))
    }

    pub(super) fn read(top: &mut Section<'_>, errors: &mut Errors) -> Self {
        let users = named(top, "basic_auth_users", errors);
        let tokens = named(top, "bearer_tokens", errors);
        let mut allowed = Allowed::read(top, errors);
        let access = Self {
            users: users
                .into_iter()
                .map(|(name, _, hash)| Holder {
                    allowed_modules: allowed.take(&name),
                    name: name.into(),
                    secret: Bcrypt::read(&hash),
                })
                .collect(),
            tokens: tokens
                .into_iter()
                .filter_map(|(name, place, text)| {
                    let secret = read_token(&text)
                        .map_err(|problem| {
                            errors.push(place, format!("bearer_tokens.{}", name.escape_debug()), problem);
                        })
                        .ok()?;
                    Some(Holder { allowed_modules: allowed.take(&name), name: name.into(), secret })
                })
                .collect(),
        };
        allowed.finish(errors);
        access
    }
}

/// Names with their texts, and where they are.
pub(super) fn named(
    parent: &mut Section<'_>,
    key: &'static str,
    errors: &mut Errors,
) -> Vec<(String, Place, String)> {
    let Some(section) = parent.section(key, errors) else { return Vec::new() };
    let texts = section.named_strings(errors);
    let place =
        |name: &str| parent.section(key, errors).map(|section| section.place(name)).unwrap_or_default();
    with_places(texts, place)
}

fn with_places<T>(named: Vec<(String, T)>, mut place: impl FnMut(&str) -> Place) -> Vec<(String, Place, T)> {
    named
        .into_iter()
        .map(|(name, value)| (place(&name), name, value))
        .map(|(place, name, value)| (name, place, value))
        .collect()
}

fn read_token(text: &str) -> Result<SecretToken, String> {
    if text.starts_with('$') {
        return Bcrypt::read(text).map(SecretToken::Bcrypt).map_err(|error| error.to_string());
    }
    digest::from_hexadecimal(text).map(SecretToken::Sha256).ok_or_else(|| {
        "allowed the SHA-256 of the token in 64 hexadecimal digits, or its bcrypt hash".to_owned()
    })
}

/// The lists of modules, each with whether it is somebody's.
struct Allowed(Vec<(String, Place, Arc<[String]>, bool)>);

impl Allowed {
    fn read(top: &mut Section<'_>, errors: &mut Errors) -> Self {
        let key = "allowed_modules";
        let Some(section) = top.section(key, errors) else { return Self(Vec::new()) };
        let lists = section.named_lists(errors);
        let place =
            |name: &str| top.section(key, errors).map(|section| section.place(name)).unwrap_or_default();
        let lists = with_places(lists, place).into_iter();
        Self(lists.map(|(name, place, modules)| (name, place, modules.into(), false)).collect())
    }

    fn take(&mut self, name: &str) -> AllowedModules {
        let (_, _, modules, taken) = self.0.iter_mut().find(|(known, ..)| known == name)?;
        *taken = true;
        Some(modules.clone())
    }

    fn finish(self, errors: &mut Errors) {
        for (name, place, _, taken) in self.0 {
            if !taken {
                let problem = "neither one of basic_auth_users nor one of bearer_tokens";
                errors.push(place, format!("allowed_modules.{}", name.escape_debug()), problem);
            }
        }
    }
}
