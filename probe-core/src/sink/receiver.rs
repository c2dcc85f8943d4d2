//! What takes points, and how often it is asked.

use std::time::Duration;

use thiserror::Error;
use tokio::time::sleep;

use super::client::{Answer, RequestError};
use super::points::Point;
use crate::model::chain;
use crate::net::BoxFuture;

/// Tries of what may succeed a moment later, and the pause before the second; it doubles.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);
/// The longest that is waited because a receiver asks for it: whoever runs this has other work.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Takes points, in the order in which they come.
pub trait Receiver: Send + Sync {
    /// Hands over points, once.
    ///
    /// # Errors
    /// Whether it is worth asking again, and why they were not taken.
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>>;
}

/// Why points were not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// It may take them later.
    #[error("{what}")]
    Passing {
        /// What went wrong.
        what: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// It does not want some or all of them, now or later.
    #[error("it refuses {}: {said}", Which(.points))]
    Refused {
        /// How many; all of them if it does not say.
        points: Option<u64>,
        /// Its words, on one line.
        said: String,
    },
}

struct Which<'a>(&'a Option<u64>);

impl std::fmt::Display for Which<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(points) => write!(f, "{points} points"),
            None => f.write_str("what was sent"),
        }
    }
}

impl SendError {
    /// What a request over HTTP came to: `again` are the status codes that are worth another try.
    pub(super) fn of_answer(
        answer: Result<Answer, RequestError>,
        again: impl Fn(u16) -> bool,
    ) -> Result<Answer, Self> {
        match answer {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(answer),
            Ok(answer) if again(answer.status) => Err(Self::Passing {
                what: format!("it answers with status {}: {}", answer.status, one_line(&answer.text())),
                after: answer.retry_after(),
            }),
            Ok(answer) => {
                let said = format!("status {}: {}", answer.status, one_line(&answer.text()));
                Err(Self::Refused { points: None, said })
            }
            Err(error) if error.is_passing() => Err(Self::Passing { what: chain(&error), after: None }),
            Err(error) => Err(Self::Refused { points: None, said: chain(&error) }),
        }
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Hands over points, and asks again while that may help.
///
/// # Errors
/// The last one.
pub async fn send_patiently(receiver: &dyn Receiver, points: &[Point]) -> Result<(), SendError> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match receiver.send(points).await {
            Err(SendError::Passing { after, .. }) => {
                sleep(after.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                pause *= 2;
            }
            done => return done,
        }
    }
    receiver.send(points).await
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    /// Fails as often as it is told to.
    struct Moody {
        failures: Mutex<u32>,
        after: Option<Duration>,
    }

    impl Receiver for Moody {
        fn send<'a>(&'a self, _: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
            let mut failures = self.failures.lock().expect("nobody panicked");
            let done = match *failures {
                0 => Ok(()),
                _ => Err(SendError::Passing { what: "busy".to_owned(), after: self.after }),
            };
            *failures = failures.saturating_sub(1);
            Box::pin(async { done })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_with_growing_pauses() {
        let begun = Instant::now();
        let moody = Moody { failures: Mutex::new(3), after: None };
        assert!(send_patiently(&moody, &[]).await.is_ok());
        assert_eq!(begun.elapsed(), Duration::from_millis(500 + 1000 + 2000));
        let hopeless = Moody { failures: Mutex::new(9), after: None };
        assert!(send_patiently(&hopeless, &[]).await.is_err());
        assert_eq!(*hopeless.failures.lock().expect("nobody panicked"), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_receiver_says_how_long_to_wait_within_reason() {
        let begun = Instant::now();
        let moody = Moody { failures: Mutex::new(1), after: Some(Duration::from_secs(7)) };
        assert!(send_patiently(&moody, &[]).await.is_ok());
        assert_eq!(begun.elapsed(), Duration::from_secs(7));
        let late = Moody { failures: Mutex::new(1), after: Some(Duration::from_secs(86_400)) };
        assert!(send_patiently(&late, &[]).await.is_ok());
        assert_eq!(begun.elapsed(), Duration::from_secs(37));
    }
}
