//! Dates in headers (RFC 9110 section 5.6.7, RFC 6265 section 5.1.1), as the reference exporter's library reads them.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A year of two digits from here on is in the last century.
const LAST_CENTURY: i64 = 69;

const SECONDS_PER_DAY: i64 = 86_400;

/// Unix time of a date as RFC 1123, RFC 850 or asctime write it; `None` if it is no date.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let text = str::from_utf8(text).ok()?;
    rfc1123(text, ' ', false).or_else(|| rfc850(text)).or_else(|| asctime(text))
}

/// Unix time of the `Expires` of a cookie.
pub(super) fn parse_expires(text: &str) -> Option<i64> {
    rfc1123(text, ' ', true).or_else(|| rfc1123(text, '-', true))
}

/// `Mon, 02 Jan 2006 15:04:05 GMT`, or with dashes, or with another zone.
fn rfc1123(text: &str, separator: char, any_zone: bool) -> Option<i64> {
    let mut reader = Reader { rest: text };
    reader.weekday(3)?;
    reader.literal(",")?;
    reader.separator(' ')?;
    let day = reader.two_digits()?;
    reader.separator(separator)?;
    let month = reader.month()?;
    reader.separator(separator)?;
    let year = reader.digits(4)?;
    reader.separator(' ')?;
    let time = reader.time()?;
    reader.separator(' ')?;
    if any_zone {
        reader.zone()?;
    } else {
        reader.literal("GMT")?;
    }
    reader.end(unix_time(year, month, day, time)?)
}

/// `Monday, 02-Jan-06 15:04:05 GMT`.
fn rfc850(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: text };
    reader.weekday(usize::MAX)?;
    reader.literal(",")?;
    reader.separator(' ')?;
    let day = reader.two_digits()?;
    reader.literal("-")?;
    let month = reader.month()?;
    reader.literal("-")?;
    let short = reader.two_digits()?;
    let year = if short >= LAST_CENTURY { 1900 + short } else { 2000 + short };
    reader.separator(' ')?;
    let time = reader.time()?;
    reader.separator(' ')?;
    reader.zone()?;
    reader.end(unix_time(year, month, day, time)?)
}

/// `Mon Jan _2 15:04:05 2006`, where a day below ten has a blank or nothing before it.
fn asctime(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: text };
    reader.weekday(3)?;
    reader.separator(' ')?;
    let month = reader.month()?;
    reader.separator(' ')?;
    let day = reader.one_or_two_digits()?;
    reader.separator(' ')?;
    let time = reader.time()?;
    reader.separator(' ')?;
    let year = reader.digits(4)?;
    reader.end(unix_time(year, month, day, time)?)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn literal(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// One character; where it is a blank, any number of them.
    fn separator(&mut self, separator: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(separator)?;
        if separator == ' ' {
            self.rest = self.rest.trim_start_matches(' ');
        }
        Some(())
    }

    /// Any day of the week, its first letters in any case. Whether it is that of the date does not matter.
    fn weekday(&mut self, letters: usize) -> Option<()> {
        WEEKDAYS.iter().find_map(|day| self.word(&day[..letters.min(day.len())]))
    }

    /// The number of a month, from 1.
    fn month(&mut self) -> Option<i64> {
        (1..).zip(MONTHS).find_map(|(number, month)| self.word(month).map(|()| number))
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let start = self.rest.get(..word.len())?;
        if !start.eq_ignore_ascii_case(word) {
            return None;
        }
        self.rest = &self.rest[word.len()..];
        Some(())
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest.get(..count)?;
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        self.rest = &self.rest[count..];
        digits.parse().ok()
    }

    fn two_digits(&mut self) -> Option<i64> {
        self.digits(2)
    }

    fn one_or_two_digits(&mut self) -> Option<i64> {
        self.digits(2).or_else(|| self.digits(1))
    }

    /// Seconds since midnight. A fraction is accepted and dropped.
    fn time(&mut self) -> Option<i64> {
        let hours = self.one_or_two_digits().filter(|hours| *hours < 24)?;
        self.literal(":")?;
        let minutes = self.two_digits().filter(|minutes| *minutes < 60)?;
        self.literal(":")?;
        let seconds = self.two_digits().filter(|seconds| *seconds < 60)?;
        if let Some(fraction) = self.rest.strip_prefix(['.', ','])
            && fraction.starts_with(|digit: char| digit.is_ascii_digit())
        {
            self.rest = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
        }
        Some((hours * 60 + minutes) * 60 + seconds)
    }

    /// A time zone: letters, or hours before or after Greenwich. What letters mean is not known without a table, and the
    /// reference exporter takes no notice of the hours either, so all count as GMT.
    fn zone(&mut self) -> Option<()> {
        let letters = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let length = match (letters, self.rest.as_bytes()) {
            (3, [b'G', b'M', b'T', hours @ ..]) => 3 + signed_hours(hours),
            (3, _)
            | (4, [_, _, _, b'T', ..] | [b'W', b'I', b'T', b'A', ..])
            | (5, [_, _, _, _, b'T', ..]) => letters,
            (1, [b'C', b'h', b'S', b'T', ..] | [b'M', b'e', b'S', b'T', ..]) => 4,
            (0, hours) => signed_hours(hours),
            _ => 0,
        };
        self.rest = &self.rest[length..];
        (length > 0).then_some(())
    }

    fn end(self, time: i64) -> Option<i64> {
        self.rest.is_empty().then_some(time)
    }
}

/// The length of a sign and hours at the start of the text; 0 without them.
fn signed_hours(text: &[u8]) -> usize {
    let [b'+' | b'-', rest @ ..] = text else { return 0 };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse::<u32>().ok());
    if hours.is_some_and(|hours| hours < 24) { digits + 1 } else { 0 }
}

/// `None` if the month has no such day.
fn unix_time(year: i64, month: i64, day: i64, seconds: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    Some(days_since_epoch(year, month, day) * SECONDS_PER_DAY + seconds)
}

/// Days since 1970 in the Gregorian calendar. Years begin in March here, so that a leap day comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_forms() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Sun Nov 6 08:49:37 1994", 784_111_777),
            ("Sun Nov 16 8:49:37 1994", 784_975_777),
            ("mon, 06 NOV 1994 08:49:37 GMT", 784_111_777),
            ("Sun,  06 Nov 1994 08:49:37.5 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 PST", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 CEST", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 ChST", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT+3", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 -03", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Thursday, 01-Jan-69 00:00:00 GMT", -31_536_000),
            ("Thursday, 01-Jan-68 00:00:00 GMT", 3_092_601_600),
        ];
        for (text, time) in cases {
            assert_eq!(parse(text.as_bytes()), Some(time), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        let cases: [&[u8]; 15] = [
            b"",
            b"yesterday",
            b"2024-01-01T00:00:00Z",
            b"Sun, 06 Nov 1994 08:49:37 CET",
            b"Sun, 6 Nov 1994 08:49:37 GMT",
            b"Sunday, 06-Nov-94 08:49:37 PDTX",
            b"Sunday, 06-Nov-94 08:49:37 GMT+99",
            b"Sunday, 06-Nov-94 08:49:37 ABCDEF",
            b"Sun, 31 Nov 1994 08:49:37 GMT",
            b"Thu, 29 Feb 2023 00:00:00 GMT",
            b"Sun, 06 Nov 1994 24:00:00 GMT",
            b"Sun, 06 Nov 1994 08:49:60 GMT",
            b"Sun, 06 Nov 1994 08:49:37 GMT and more",
            b"S\xff\xff, 06 Nov 1994 08:49:37 GMT",
            b"Sun, 06 Nov \xc3\xa994 08:49:37 GMT",
        ];
        for text in cases {
            assert_eq!(parse(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn cookies_have_dashes_and_any_zone() {
        for text in ["Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06-Nov-1994 08:49:37 GMT"] {
            assert_eq!(parse_expires(text), Some(784_111_777), "{text}");
        }
        assert_eq!(parse_expires("Sunday, 06-Nov-94 08:49:37 GMT"), None);
    }
}
