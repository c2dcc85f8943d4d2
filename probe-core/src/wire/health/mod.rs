//! The messages of `grpc.health.v1` and how gRPC frames them, as bytes. The stream that carries them is not known here.

mod answer;
mod code;
mod fields;
mod metadata;

pub use answer::{Answer, AnswerError, LONGEST_MESSAGE, ServingStatus};
pub use code::{Code, message_text};
pub use metadata::{Metadata, MetadataError};

use fields::push_text;

/// The path of the method (grpc.health.v1).
pub const CHECK_PATH: &str = "/grpc.health.v1.Health/Check";

/// A message with its frame: not compressed, and its length (gRPC over HTTP/2, "Length-Prefixed-Message").
const FRAME: usize = 5;

/// A framed `HealthCheckRequest`: its field 1 is the service. That of the server as a whole is empty, and so is the message.
pub fn request(service: &str) -> Vec<u8> {
    let mut bytes = vec![0; FRAME];
    if !service.is_empty() {
        push_text(1, service, &mut bytes);
    }
    let length = (bytes.len() - FRAME) as u32;
    bytes[1..FRAME].copy_from_slice(&length.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_server_is_an_empty_message() {
        assert_eq!(request(""), b"\0\0\0\0\0");
    }

    #[test]
    fn a_service_is_field_one() {
        assert_eq!(request("good"), b"\0\0\0\0\x06\x0a\x04good");
        let long = request(&"x".repeat(300));
        assert_eq!(long[..8], *b"\0\0\0\x01\x2f\x0a\xac\x02");
        assert_eq!(long.len(), 5 + 303);
    }
}
