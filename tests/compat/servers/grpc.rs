//! A server of the gRPC health protocol.

use super::Server;
use super::http2::http2;
use super::web::{Answer, Request, answer};

/// What the server says of a service: a status of the health protocol, or a code of gRPC.
#[derive(Clone, Copy, Debug)]
pub enum Health {
    /// The number of a serving status.
    Status(u8),
    /// A code and no message.
    Code(u8),
}

/// A health server; it is asked for services by name.
pub fn health(services: &'static [(&'static str, Health)]) -> Server {
    http2(move |request: &Request| {
        if request.target != "/grpc.health.v1.Health/Check" {
            return code(12);
        }
        let wanted = service(&request.body);
        match services.iter().find(|(name, _)| *name == wanted) {
            Some((_, Health::Status(status))) => serving(*status),
            Some((_, Health::Code(number))) => code(*number),
            None => code(5),
        }
    })
}

/// An answer of the health protocol.
pub fn serving(status: u8) -> Answer {
    let message: &[u8] = if status == 0 { &[] } else { &[0x08, status] };
    framed(message).trailer("grpc-status", "0")
}

/// A message in its frame, without trailers.
pub fn framed(message: &[u8]) -> Answer {
    let mut frame = vec![0, 0, 0, 0, message.len() as u8];
    frame.extend_from_slice(message);
    answer(200).header("content-type", "application/grpc").body(frame)
}

/// A code in place of a message.
pub fn code(number: u8) -> Answer {
    answer(200)
        .header("content-type", "application/grpc")
        .header("grpc-status", &number.to_string())
        .header("grpc-message", "because")
        .chunked()
}

/// The name in a request of the health protocol.
fn service(body: &[u8]) -> String {
    let name = match body.get(5..) {
        Some([0x0a, length, name @ ..]) => name.get(..usize::from(*length)).unwrap_or_default(),
        _ => &[],
    };
    String::from_utf8_lossy(name).into_owned()
}
