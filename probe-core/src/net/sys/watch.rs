//! Waiting for sockets.

use std::io;
use std::sync::Arc;

use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a socket with the current runtime, for packets and for entries of its error queue.
pub(crate) fn watch(socket: Arc<Socket>) -> io::Result<AsyncFd<Arc<Socket>>> {
    // SAFETY: the descriptor is open and belongs to the socket; the `Arc` inside the result keeps it open, and the socket is
    // shared only by reference, so nobody can close or replace its descriptor meanwhile.
    let watched = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE | Interest::PRIORITY) };
    watched.map_err(Into::into)
}
