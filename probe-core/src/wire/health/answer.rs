//! The one message that answers a check: taken out of its frame, and read.

use std::borrow::Cow;

use thiserror::Error;

use super::FRAME;
use super::fields::{Fields, Value};

/// The longest message that is taken; what the usual clients take.
pub const LONGEST_MESSAGE: u32 = 4 << 20;

/// Takes the bytes of a stream until its one message is there.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    bytes: Vec<u8>,
}

impl Answer {
    /// Takes more bytes. What is refused here ends the call, whatever its status.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), AnswerError> {
        self.bytes.extend_from_slice(bytes);
        let Some(length) = self.length() else { return Ok(()) };
        match self.bytes[0] {
            0 => {}
            1 => return Err(AnswerError::Compressed),
            flag => return Err(AnswerError::UnknownFlag { flag }),
        }
        if length > LONGEST_MESSAGE {
            return Err(AnswerError::TooLong { length });
        }
        // Too little for another frame is overlooked, as the usual clients do.
        if self.bytes.len() >= FRAME + length as usize + FRAME {
            return Err(AnswerError::SecondMessage);
        }
        Ok(())
    }

    /// The message, once the stream is over; `None` if there was none.
    pub fn finish(&self) -> Result<Option<ServingStatus>, AnswerError> {
        let Some(length) = self.length() else { return Ok(None) };
        let message = self.bytes.get(FRAME..FRAME + length as usize).ok_or(AnswerError::CutShort)?;
        decode(message).map(Some)
    }

    fn length(&self) -> Option<u32> {
        Some(u32::from_be_bytes(self.bytes.get(1..FRAME)?.try_into().ok()?))
    }
}

/// A `HealthCheckResponse`: its field 1 is the status. Of several the last counts.
fn decode(message: &[u8]) -> Result<ServingStatus, AnswerError> {
    let mut status = ServingStatus::UNKNOWN;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next().map_err(|_| AnswerError::Malformed)? {
        if let (1, Value::Number(number)) = field {
            // Enumerations are 32 bits wide; what is above is cut off.
            status = ServingStatus(number as i32);
        }
    }
    Ok(status)
}

/// How well a service does (`HealthCheckResponse.ServingStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServingStatus(pub i32);

impl ServingStatus {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(0);
    /// It works.
    pub const SERVING: Self = Self(1);
    /// It does not.
    pub const NOT_SERVING: Self = Self(2);
    /// There is no such service; used by `Watch` alone.
    pub const SERVICE_UNKNOWN: Self = Self(3);
    /// Every status that has a name.
    pub const NAMED: [Self; 4] = [Self::UNKNOWN, Self::SERVING, Self::NOT_SERVING, Self::SERVICE_UNKNOWN];

    /// Its name, or its number if it has none.
    pub fn name(self) -> Cow<'static, str> {
        match self.0 {
            0 => "UNKNOWN".into(),
            1 => "SERVING".into(),
            2 => "NOT_SERVING".into(),
            3 => "SERVICE_UNKNOWN".into(),
            number => number.to_string().into(),
        }
    }
}

/// Why there is no message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// It is compressed, which was not allowed.
    #[error("the answer is compressed, which was not offered")]
    Compressed,
    /// The stream ended before its message was whole.
    #[error("the answer ended before its message was whole")]
    CutShort,
    /// The message is not a health check's.
    #[error("the answer is not a HealthCheckResponse")]
    Malformed,
    /// There is another message, where one is allowed.
    #[error("the answer has more than one message")]
    SecondMessage,
    /// The message is longer than [`LONGEST_MESSAGE`].
    #[error("the answer has {length} bytes, more than {LONGEST_MESSAGE}")]
    TooLong {
        /// What it says it has.
        length: u32,
    },
    /// The frame begins with something else than 0 or 1.
    #[error("the answer's frame begins with {flag}, allowed 0 and 1")]
    UnknownFlag {
        /// What it begins with.
        flag: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<ServingStatus>, AnswerError> {
        let mut answer = Answer::default();
        answer.receive(bytes)?;
        answer.finish()
    }

    #[test]
    fn messages_are_read() {
        for (bytes, status) in [
            (&b"\0\0\0\0\0"[..], 0),
            (b"\0\0\0\0\x02\x08\x01", 1),
            (b"\0\0\0\0\x04\x08\x02\x08\x01", 1),
            (b"\0\0\0\0\x05\x08\x01\x1a\x01z", 1),
            (b"\0\0\0\0\x03\x0a\x01\x01", 0),
            (b"\0\0\0\0\x02\x08\x09", 9),
            (b"\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", -1),
            (b"\0\0\0\0\x02\x08\x01\0\0\0\0", 1),
        ] {
            assert_eq!(read(bytes), Ok(Some(ServingStatus(status))), "{bytes:?}");
        }
        assert_eq!(read(b""), Ok(None));
        assert_eq!(read(b"\0\0\0\0"), Ok(None));
    }

    #[test]
    fn pieces_make_a_message() {
        let mut answer = Answer::default();
        for byte in b"\0\0\0\0\x02\x08\x02" {
            answer.receive(&[*byte]).expect("all is well so far");
        }
        assert_eq!(answer.finish(), Ok(Some(ServingStatus::NOT_SERVING)));
    }

    #[test]
    fn every_bad_answer_is_named() {
        for (bytes, error) in [
            (&b"\x01\0\0\0\x02\x08\x01"[..], AnswerError::Compressed),
            (b"\x02\0\0\0\x02\x08\x01", AnswerError::UnknownFlag { flag: 2 }),
            (b"\0\0\0\0\x02\x08", AnswerError::CutShort),
            (b"\0\0\0\0\x02\x08\x80", AnswerError::Malformed),
            (b"\0\0\0\0\x02\x08\x01\0\0\0\0\0", AnswerError::SecondMessage),
            (b"\0\0\x40\0\x01", AnswerError::TooLong { length: 4_194_305 }),
            (b"\0\xff\xff\xff\xff", AnswerError::TooLong { length: u32::MAX }),
        ] {
            assert_eq!(read(bytes), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn statuses_have_names_or_numbers() {
        let names = ServingStatus::NAMED.map(ServingStatus::name);
        assert_eq!(names, ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]);
        assert_eq!(ServingStatus(-1).name(), "-1");
    }
}
