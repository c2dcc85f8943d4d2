//! A connection of any kind: over TCP or a unix socket, with TLS or without, through a proxy or not.

use tokio::io::{AsyncRead, AsyncWrite};

/// What can be read from and written to.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection whose kind no longer matters.
pub type BoxStream = Box<dyn Stream>;
