//! Servers that are slow on purpose.

use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Lets time pass.
pub(crate) async fn pass(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Lets time pass, but no more than the client stays.
pub(crate) async fn pass_while_there(stream: &mut (impl AsyncBufRead + Unpin), length: Duration) {
    let left = async {
        // What is sent ahead stays where it is.
        if stream.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = pass(length) => {}
        () = left => {}
    }
}
