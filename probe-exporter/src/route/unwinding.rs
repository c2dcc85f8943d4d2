//! A future whose panics become values, so that one probe's fault is not another's.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What a panic said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Panic(pub(crate) String);

/// Runs a future to its end, or to its panic. What it shares with others must bear to be left in the middle.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, Panic> {
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(payload) => Poll::Ready(Err(Panic(words(payload.as_ref())))),
    })
    .await
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".to_owned())
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_value() {
        assert_eq!(caught(pin!(async { 7 })).await, Ok(7));
        let number = 3;
        let late = async {
            tokio::task::yield_now().await;
            panic!("number {number}")
        };
        assert_eq!(caught(pin!(late)).await.map(|(): ()| ()), Err(Panic("number 3".into())));
    }
}
