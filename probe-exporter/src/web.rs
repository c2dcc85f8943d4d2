//! `--web.config.file`: TLS, users, headers and limits of the exporter's own pages, as all exporters of Prometheus have
//! them. The file is looked at for every request and every handshake, so changes take effect at once.

mod auth;
mod digest;
mod live;
mod rate;
mod refusal;
mod settings;
mod tls;
mod watched;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::{Request, StatusCode};
use rustls::ServerConfig;
use thiserror::Error;
use tokio::time::Instant;
use tracing::warn;

pub(crate) use self::auth::Visitor;
use self::auth::{Authenticator, HashError, Outcome};
use self::live::LiveSettings;
pub(crate) use self::live::ReadError;
use self::rate::{ClientLimits, TokenBucket};
use self::refusal::{challenge, refused};
use self::settings::WebSettings;
use self::tls::{TlsError, TlsSource};
use crate::route::Answer;

/// Why the file cannot be used.
#[derive(Debug, Error)]
pub(crate) enum WebError {
    #[error(transparent)]
    Read(#[from] Arc<ReadError>),
    #[error("user {user:?}")]
    User { user: String, source: HashError },
    #[error(transparent)]
    Tls(#[from] Arc<TlsError>),
}

/// The web interface's guard. Without a file it lets everybody in.
pub(crate) struct Web(Option<Guard>);

struct Guard {
    settings: Mutex<LiveSettings>,
    tls: Option<Mutex<TlsSource>>,
    /// Whether HTTP/2 is offered; as in the reference, a change takes a restart. So it is for the limits.
    http2: bool,
    limit: Option<Mutex<TokenBucket>>,
    client_limit: Option<Mutex<ClientLimits>>,
    authenticator: Authenticator,
}

/// A request that may be answered.
pub(crate) struct Admitted {
    /// Who asks.
    pub(crate) visitor: Visitor,
    settings: Option<Arc<WebSettings>>,
}

impl Web {
    /// Without a file.
    pub(crate) fn open() -> Self {
        Self(None)
    }

    /// Reads the file for the first time. What is wrong with it, or with the files that it names, is wrong at once.
    pub(crate) fn load(path: &Path) -> Result<Self, WebError> {
        let mut live = LiveSettings::new(path.to_owned());
        let settings = live.current()?;
        if let Some((user, source)) = settings.access.bad_hash() {
            return Err(WebError::User { user: user.to_owned(), source });
        }
        let tls = match TlsSource::new(&settings) {
            None => None,
            Some(mut tls) => {
                match tls.config(&settings) {
                    // As in the reference, that loads; nobody will be able to connect.
                    Err(error) if matches!(*error, TlsError::NoVersion) => {
                        warn!(err = %error, "No client will be able to connect");
                    }
                    other => drop(other?),
                }
                Some(Mutex::new(tls))
            }
        };
        let now = Instant::now();
        Ok(Self(Some(Guard {
            tls,
            http2: settings.http2,
            limit: settings.rate_limit.map(|rate| Mutex::new(TokenBucket::new(rate, now))),
            client_limit: settings.client_rate_limit.map(|rate| Mutex::new(ClientLimits::new(rate))),
            authenticator: Authenticator::new(),
            settings: Mutex::new(live),
        })))
    }

    /// Whether HTTP/2 is offered over TLS; `None` if connections are not to speak TLS.
    pub(crate) fn http2_over_tls(&self) -> Option<bool> {
        let guard = self.0.as_ref().filter(|guard| guard.tls.is_some())?;
        Some(guard.http2)
    }

    /// How to speak TLS by the files as they are now; `None` if connections are not to. What is wrong is in the log.
    pub(crate) fn tls(&self) -> Option<Result<Arc<ServerConfig>, WebError>> {
        let guard = self.0.as_ref()?;
        let tls = guard.tls.as_ref()?;
        let mut live = lock(&guard.settings);
        let settings = match live.current() {
            Ok(settings) => settings,
            Err(error) => {
                live.complain("Unable to parse configuration", &*error);
                return Some(Err(error.into()));
            }
        };
        let config = lock(tls).config(&settings);
        if let Err(error) = &config {
            live.complain("Cannot speak TLS", &**error);
        }
        Some(config.map_err(WebError::from))
    }

    /// Decides whether a request of `client` may be answered; if not, it says what to answer instead. The order of things is
    /// the reference's: the file, the limits, the headers, who it is.
    pub(crate) async fn admit<B>(&self, request: &Request<B>, client: IpAddr) -> Result<Admitted, Answer> {
        let Some(guard) = &self.0 else {
            return Ok(Admitted { visitor: Visitor::anybody(), settings: None });
        };
        let settings = {
            let mut live = lock(&guard.settings);
            live.current().map_err(|error| {
                live.complain("Unable to parse configuration", &*error);
                refused(StatusCode::INTERNAL_SERVER_ERROR)
            })?
        };
        let now = Instant::now();
        let exceeded = guard.limit.as_ref().is_some_and(|limit| !lock(limit).take(now))
            || guard.client_limit.as_ref().is_some_and(|limits| !lock(limits).take(client, now));
        if exceeded {
            return Err(refused(StatusCode::TOO_MANY_REQUESTS));
        }
        let outcome = guard.authenticator.judge(&settings.access, request.headers()).await;
        let mut admitted = Admitted { visitor: Visitor::anybody(), settings: Some(settings) };
        let mut answer = match outcome {
            Outcome::Known(visitor) => {
                admitted.visitor = visitor;
                return Ok(admitted);
            }
            Outcome::Busy => refusal::busy(),
            Outcome::Unknown(challenges) => challenge(challenges),
        };
        admitted.add_headers(&mut answer);
        Err(answer)
    }
}

impl Admitted {
    /// Adds the configured headers to the answer, but for those that it has already.
    pub(crate) fn add_headers(&self, answer: &mut Answer) {
        let configured = self.settings.iter().flat_map(|settings| &settings.headers);
        for (name, value) in configured {
            answer.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// What the guards protect cannot be left half-changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
