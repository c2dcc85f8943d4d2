//! Binary data and times as text.

use super::layout::push;

/// Writes hexadecimal digits in lower case.
pub(super) fn push_hex(text: &mut String, bytes: &[u8]) {
    push_digits(text, bytes, b"0123456789abcdef");
}

/// Writes hexadecimal digits in upper case.
pub(super) fn push_upper_hex(text: &mut String, bytes: &[u8]) {
    push_digits(text, bytes, b"0123456789ABCDEF");
}

fn push_digits(text: &mut String, bytes: &[u8], digits: &[u8; 16]) {
    for byte in bytes {
        text.push(digits[usize::from(byte >> 4)].into());
        text.push(digits[usize::from(byte & 0xf)].into());
    }
}

/// Writes base64 with padding (RFC 4648 section 4).
pub(super) fn push_base64(text: &mut String, bytes: &[u8]) {
    crate::wire::base64::push(text, bytes);
}

/// Writes base32 with the alphabet that keeps the order, without padding (RFC 4648 section 7, RFC 5155 section 3.3).
pub(super) fn push_base32(text: &mut String, bytes: &[u8]) {
    const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    for group in bytes.chunks(5) {
        let bits = bits_of(group, 5);
        for symbol in 0..(group.len() * 8).div_ceil(5) {
            text.push(SYMBOLS[(bits >> (35 - 5 * symbol) & 0x1f) as usize].into());
        }
    }
}

/// The bytes of a group as one number, as if zeros filled it up.
fn bits_of(group: &[u8], full: usize) -> u64 {
    let bits = group.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    bits << (8 * (full - group.len()))
}

/// Writes seconds since 1970 as `YYYYMMDDHHMMSS` in UTC.
pub(super) fn push_date(text: &mut String, seconds: u64) {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    push(
        text,
        format_args!(
            "{year:04}{month:02}{day:02}{:02}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        ),
    );
}

/// Year, month and day of a number of days since 1970.
///
/// Counted in years that begin in March: the leap day is their last, so months have the same lengths in all of them.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    const FROM_MARCH_OF_YEAR_ZERO: u64 = 719_468;
    let days = days + FROM_MARCH_OF_YEAR_ZERO;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}
