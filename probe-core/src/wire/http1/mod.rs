//! HTTP/1 as a client (RFC 9112): request heads out, response heads and bodies in.
//! As lenient as the reference exporter, whose answers count: any version, folded lines, bare line feeds; and as strict where
//! leniency would let a server smuggle.

mod body;
mod chunked;
mod head;
mod request;

pub use body::{BodyDecoder, BodyError, Framing, FramingError, Piece};
pub use head::{Field, HeadError, StatusLine, Version, is_token, is_value};
pub use request::{Connection, RequestBody, RequestHead};
