//! Values of options that are numbers.

use std::str::FromStr;
use std::time::Duration;

use super::Refusal;
use crate::getopt::Options;

/// A number, if the option is there.
pub(super) fn number<T: FromStr>(given: &Options, short: char) -> Result<Option<T>, Refusal> {
    given.value(short).map(|text| text.parse().map_err(|_| Refusal::Usage)).transpose()
}

/// Decimal, or hexadecimal behind `0x`.
pub(super) fn read_any_base(text: &str) -> Result<u32, Refusal> {
    let read = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    read.map_err(|_| Refusal::Usage)
}

/// A length of time in milliseconds, if the option is there.
pub(super) fn milliseconds(given: &Options, short: char) -> Result<Option<Duration>, Refusal> {
    let read = |text: &str| {
        let seconds = text.parse::<f64>().ok()? / 1000.0;
        Duration::try_from_secs_f64(seconds).ok()
    };
    given.value(short).map(|text| read(text).ok_or(Refusal::Usage)).transpose()
}
