//! Compression (RFC 1951) of short texts, many times a second: one block with the fixed codes, matches by one look.
//!
//! General compressors prepare tables that are larger than the texts here, and count symbols to find better codes. For a
//! page of series that costs more than all else that is done with it, and saves an eighth of its bytes.

/// Entries of the table that remembers where four bytes were seen last; a power of two.
const SEEN: usize = 2048;
/// The shortest and the longest match, and how far back one may be.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
const WINDOW: usize = 32 << 10;
/// The symbol that ends a block.
const END: usize = 256;
/// The symbol of the shortest length that can be written.
const FIRST_LENGTH: usize = 257;

/// Bits in the order in which they are written, and how many they are.
#[derive(Clone, Copy)]
struct Code {
    bits: u32,
    length: u32,
}

/// The fixed code of every literal and of the end (RFC 1951 section 3.2.6).
static LITERALS: [Code; END + 1] = literals();
/// The same of every length from 3 to 258, with its extra bits (section 3.2.5).
static LENGTHS: [Code; LONGEST + 1] = lengths();

/// Appends the bytes in compressed form.
pub(super) fn deflate(bytes: &[u8], out: &mut Vec<u8>) {
    let mut bits = BitWriter { out, pending: 0, count: 0 };
    // The last block, and its codes are the fixed ones.
    bits.push(Code { bits: 0b011, length: 3 });
    // Positions are counted from one, so that zero is nowhere.
    let mut seen = [0_u32; SEEN];
    let mut at = 0;
    while at < bytes.len() {
        let Some((distance, length)) = find(bytes, at, &mut seen) else {
            bits.push(LITERALS[usize::from(bytes[at])]);
            at += 1;
            continue;
        };
        bits.push(LENGTHS[length]);
        bits.push(distance_code(distance));
        for inside in at + 1..at + length {
            remember(bytes, inside, &mut seen);
        }
        at += length;
    }
    bits.push(LITERALS[END]);
    bits.finish();
}

/// The distance and the length of a match with what was seen before.
fn find(bytes: &[u8], at: usize, seen: &mut [u32; SEEN]) -> Option<(usize, usize)> {
    let before = remember(bytes, at, seen)?;
    let distance = at - before;
    if distance > WINDOW {
        return None;
    }
    let longest = LONGEST.min(bytes.len() - at);
    let same = bytes[at..at + longest].iter().zip(&bytes[before..]).take_while(|(one, other)| one == other);
    let length = same.count();
    (length >= SHORTEST).then_some((distance, length))
}

/// Notes where the next four bytes are, and says where bytes like them were before.
fn remember(bytes: &[u8], at: usize, seen: &mut [u32; SEEN]) -> Option<usize> {
    let next: [u8; SHORTEST] = bytes.get(at..at + SHORTEST)?.try_into().ok()?;
    // Multiplying by an odd number of irregular bits spreads them upwards.
    let spread = u32::from_le_bytes(next).wrapping_mul(0x9e37_79b1);
    let entry = &mut seen[(spread >> (u32::BITS - SEEN.ilog2())) as usize];
    let before = std::mem::replace(entry, at as u32 + 1);
    (before as usize).checked_sub(1)
}

/// The fixed code of a distance from 1 to 32,768 with its extra bits: five bits for its magnitude, then the rest.
fn distance_code(distance: usize) -> Code {
    let steps = distance as u32 - 1;
    if steps < 4 {
        return Code { bits: reversed(steps, 5), length: 5 };
    }
    let magnitude = steps.ilog2();
    let extra = magnitude - 1;
    let symbol = 2 * magnitude + (steps >> extra & 1);
    let rest = steps & ((1 << extra) - 1);
    Code { bits: reversed(symbol, 5) | rest << 5, length: 5 + extra }
}

const fn literals() -> [Code; END + 1] {
    let mut codes = [Code { bits: 0, length: 0 }; END + 1];
    let mut symbol = 0;
    while symbol <= END {
        codes[symbol] = symbol_code(symbol as u32);
        symbol += 1;
    }
    codes
}

const fn lengths() -> [Code; LONGEST + 1] {
    let mut codes = [Code { bits: 0, length: 0 }; LONGEST + 1];
    let mut length = 3;
    while length < LONGEST {
        let steps = length as u32 - 3;
        // Eight lengths have a symbol each; the next four symbols have one extra bit, the four after them two, and so on.
        let extra = if steps < 8 { 0 } else { steps.ilog2() - 2 };
        let symbol = FIRST_LENGTH as u32 + 4 * extra + (steps >> extra);
        let code = symbol_code(symbol);
        let rest = steps & ((1 << extra) - 1);
        codes[length] = Code { bits: code.bits | rest << code.length, length: code.length + extra };
        length += 1;
    }
    codes[LONGEST] = symbol_code(285);
    codes
}

const fn symbol_code(symbol: u32) -> Code {
    let (code, length) = match symbol {
        0..=143 => (0x30 + symbol, 8),
        144..=255 => (0x190 + symbol - 144, 9),
        256..=279 => (symbol - 256, 7),
        _ => (0xc0 + symbol - 280, 8),
    };
    Code { bits: reversed(code, length), length }
}

/// Codes are written from their highest bit on, everything else from the lowest.
const fn reversed(code: u32, length: u32) -> u32 {
    code.reverse_bits() >> (u32::BITS - length)
}

/// Writes bits, the first of them lowest in the first byte.
struct BitWriter<'o> {
    out: &'o mut Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter<'_> {
    fn push(&mut self, code: Code) {
        self.pending |= u64::from(code.bits) << self.count;
        self.count += code.length;
        if self.count >= u32::BITS {
            self.out.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= u32::BITS;
            self.count -= u32::BITS;
        }
    }

    fn finish(self) {
        let bytes = self.count.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.pending.to_le_bytes()[..bytes]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;

    use super::*;

    #[track_caller]
    fn comes_back(bytes: &[u8]) -> usize {
        let mut compressed = Vec::new();
        deflate(bytes, &mut compressed);
        let mut read = Vec::new();
        DeflateDecoder::new(compressed.as_slice()).read_to_end(&mut read).expect("a block");
        assert!(read == bytes, "{} bytes do not come back", bytes.len());
        compressed.len()
    }

    #[test]
    fn short_and_plain_texts_come_back() {
        for bytes in [&b""[..], b"a", b"abc", b"abcd", b"aaaa", b"\0\xff\x90\x8f", "größe".as_bytes()] {
            comes_back(bytes);
        }
        // What zlib makes of it with fixed codes.
        let mut compressed = Vec::new();
        deflate(b"abc", &mut compressed);
        assert_eq!(compressed, [0x4b, 0x4c, 0x4a, 0x06, 0x00]);
    }

    #[test]
    fn every_length_of_a_match_comes_back() {
        for length in 1..600 {
            comes_back(format!("{}b{}", "a".repeat(length), "a".repeat(length)).as_bytes());
        }
    }

    #[test]
    fn every_magnitude_of_a_distance_comes_back() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        for distance in
            (0..17).flat_map(|magnitude| [1 << magnitude, (1 << magnitude) + 1, (3 << magnitude) / 2])
        {
            let mut bytes = b"a match of some length".to_vec();
            bytes.resize_with(distance + bytes.len(), &mut noise);
            bytes.extend_from_slice(b"a match of some length");
            comes_back(&bytes);
        }
    }

    #[test]
    fn what_cannot_be_compressed_grows_by_an_eighth_at_most() {
        let mut state = 7_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(100_000)
        .collect();
        assert!(comes_back(&noise) < noise.len() + noise.len() / 8 + 16);
    }
}
