//! LOC: where on earth (RFC 1876).

use super::Fields;
use super::layout::push;
use crate::wire::dns::DnsError;

/// The equator and the prime meridian, in thousandths of a second of arc.
const MIDDLE: u32 = 1 << 31;
/// Height of the lowest place, in centimetres below the reference spheroid.
const LOWEST: i64 = 10_000_000;

pub(super) fn write(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    data.u8()?; // The version, which is not shown.
    let precisions = [data.u8()?, data.u8()?, data.u8()?];
    push_angle(text, data.u32()?, ['N', 'S']);
    push_angle(text, data.u32()?, ['E', 'W']);
    push_altitude(text, data.u32()?);
    for precision in precisions {
        text.push(' ');
        push_centimetres(text, precision);
        text.push('m');
    }
    Ok(())
}

/// Degrees, minutes and seconds, and on which side of the middle. The middle itself counts as the far side.
fn push_angle(text: &mut String, angle: u32, [near, far]: [char; 2]) {
    let side = if angle > MIDDLE { near } else { far };
    let angle = angle.abs_diff(MIDDLE);
    let (degrees, minutes, milliseconds) = (angle / 3_600_000, angle / 60_000 % 60, angle % 60_000);
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    push(text, format_args!("{degrees:02} {minutes:02} {seconds}.{fraction:03} {side} "));
}

/// In metres; with centimetres if there are any.
fn push_altitude(text: &mut String, altitude: u32) {
    let centimetres = i64::from(altitude) - LOWEST;
    let sign = if centimetres < 0 { "-" } else { "" };
    let (metres, rest) = (centimetres.abs() / 100, centimetres.abs() % 100);
    push(text, format_args!("{sign}{metres}"));
    if rest != 0 {
        push(text, format_args!(".{rest:02}"));
    }
    text.push('m');
}

/// A power of ten in centimetres, as metres: the base in the upper half of the octet, the exponent in the lower.
fn push_centimetres(text: &mut String, octet: u8) {
    let (base, exponent) = (octet >> 4, usize::from(octet & 0xf));
    match exponent {
        0 => push(text, format_args!("0.{base:02}")),
        1 => push(text, format_args!("0.{:02}", base * 10)),
        _ => push(text, format_args!("{base}{}", "0".repeat(exponent - 2))),
    }
}
