//! Texts as gzip files (RFC 1952).

use flate2::Crc;

use super::deflate::deflate;

/// Magic number, deflate, no flags, no time, no hint, unknown system (RFC 1952 section 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The bytes as a gzip file.
pub(super) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER.len() + bytes.len() / 2 + 64);
    file.extend_from_slice(&HEADER);
    deflate(bytes, &mut file);
    let mut sum = Crc::new();
    sum.update(bytes);
    file.extend_from_slice(&sum.sum().to_le_bytes());
    file.extend_from_slice(&sum.amount().to_le_bytes());
    file
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn what_is_compressed_can_be_read_again() {
        let bytes = "# HELP probe_success Displays\nprobe_success 1\n".repeat(40);
        let file = compressed(bytes.as_bytes());
        let mut read = String::new();
        GzDecoder::new(file.as_slice()).read_to_string(&mut read).expect("a gzip file");
        assert_eq!(read, bytes);
        assert!(file.len() < bytes.len() / 10, "{} bytes", file.len());
    }
}
