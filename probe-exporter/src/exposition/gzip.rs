//! Compression of short texts that are alike, many times a second.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress};

/// Magic number, deflate, no flags, no time, unknown system (RFC 1952 section 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

thread_local! {
    /// Its tables are large, so that making them anew for every page would cost more than the compression.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// The bytes as a gzip file.
pub(super) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER.len() + bytes.len() / 2 + 64);
    file.extend_from_slice(&HEADER);
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        loop {
            let read = compressor.total_in() as usize;
            // Compressing from memory into memory cannot fail; what is missing shows in the check sum.
            let status = compressor.compress_vec(&bytes[read..], &mut file, FlushCompress::Finish);
            if !matches!(status, Ok(flate2::Status::Ok | flate2::Status::BufError)) {
                break;
            }
            file.reserve(bytes.len() / 2 + 64);
        }
    });
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
        let alike = "# HELP probe_success\nprobe_success 1\n".repeat(40);
        // No two bytes of it help to guess the next.
        let unlike: Vec<u8> =
            (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for bytes in [b"".as_slice(), b"a", alike.as_bytes(), &unlike] {
            let file = compressed(bytes);
            let mut read = Vec::new();
            GzDecoder::new(file.as_slice()).read_to_end(&mut read).expect("a gzip file");
            assert!(read == bytes, "{} bytes", bytes.len());
        }
        assert!(compressed(alike.as_bytes()).len() < alike.len() / 5);
    }
}
