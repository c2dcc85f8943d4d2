//! What only sweeps are told.

use probe_core::sweep::{Rate, Shard, SweepSocketChoice};

/// Some ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) Vec<u16>);

/// Ports and ranges of them: `22,80,8000-8010`.
pub(crate) fn ports(text: &str) -> Result<Ports, String> {
    let wrong = || "write ports and ranges of them: 22,80,8000-8010".to_owned();
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong);
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(wrong());
        }
        ports.extend(first..=last);
    }
    Ok(Ports(ports))
}

/// A rate: `500`, `10k`, `1M`, `10Mbit`, `max`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Unlimited);
    }
    let (number, is_bits) = text.strip_suffix("bit").map_or((text, false), |number| (number, true));
    let (number, factor) = match number.trim_end_matches(['k', 'K', 'M', 'G']) {
        digits if digits.len() == number.len() => (digits, 1.0),
        digits if digits.len() + 1 == number.len() => match number.as_bytes().last() {
            Some(b'M') => (digits, 1e6),
            Some(b'G') => (digits, 1e9),
            _ => (digits, 1e3),
        },
        _ => ("", 1.0),
    };
    let number = number.parse::<f64>().ok().map(|number| number * factor);
    let number = number.filter(|number| (1.0..=1e12).contains(number));
    let number = number.ok_or("write packets a second (500, 10k, 1M), bits a second (10Mbit), or max")?;
    Ok(if is_bits { Rate::Bits(number as u64) } else { Rate::Packets(number as u64) })
}

/// A part: `2/4`.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    let parts =
        text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    let valid = parts.filter(|(index, count)| (1..=*count).contains(index) && *count <= 1 << 20);
    let (index, count): (u64, u64) = valid.ok_or("write which part of how many: 1/4 to 4/4")?;
    Ok(Shard { index: index - 1, count })
}

/// A kind of socket.
pub(crate) fn sweep_socket(text: &str) -> Result<SweepSocketChoice, String> {
    let known = SweepSocketChoice::WORDS.iter().find(|(word, _)| *word == text);
    known.map(|(_, choice)| *choice).ok_or_else(|| "write auto, packet, raw, datagram or connect".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_rates_and_parts_are_read() {
        assert_eq!(ports("22,80, 8000-8002"), Ok(Ports(vec![22, 80, 8000, 8001, 8002])));
        for text in ["", "0", "9-8", "65536", "http", "1,,2"] {
            assert!(ports(text).is_err(), "{text}");
        }
        for (text, expected) in [
            ("500", Rate::Packets(500)),
            ("10k", Rate::Packets(10_000)),
            ("1.5M", Rate::Packets(1_500_000)),
            ("10Mbit", Rate::Bits(10_000_000)),
            ("max", Rate::Unlimited),
        ] {
            assert_eq!(rate(text), Ok(expected));
        }
        for text in ["", "0", "-1", "k", "10kk", "10Q", "fast"] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert_eq!(shard("2/4"), Ok(Shard { index: 1, count: 4 }));
        for text in ["0/4", "5/4", "1", "1/0", "a/b"] {
            assert!(shard(text).is_err(), "{text}");
        }
        assert_eq!(sweep_socket("auto"), Ok(SweepSocketChoice::Auto));
        assert!(sweep_socket("any").is_err());
    }
}
