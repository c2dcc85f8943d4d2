//! A client: options made ready, and the handshake.

use super::{SystemRoots, TlsError, TlsFacts, TlsOptions};
use crate::net::stream::{BoxStream, Stream};

/// Ready to begin handshakes: files read, certificates parsed.
pub struct TlsClient {
    _options: TlsOptions,
}

impl TlsClient {
    /// Reads the files that the options name.
    pub fn new(options: &TlsOptions, roots: &SystemRoots) -> Result<Self, TlsError> {
        let _ = (options, roots);
        todo!()
    }

    /// Does the handshake. The server's name is that of the options, or else `host`: a name, which is asked for, or a literal
    /// address, which is not. `alpn` lists the protocols to offer, best first.
    pub async fn connect<S: Stream + 'static>(
        &self,
        stream: S,
        host: &str,
        alpn: &[&[u8]],
    ) -> Result<(BoxStream, TlsFacts), TlsError> {
        let _ = (stream, host, alpn);
        todo!()
    }
}
