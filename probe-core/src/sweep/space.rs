//! Which addresses a sweep goes over: a set, counted through, that costs memory by its ranges and not by its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use crate::wire::IpVersion;

/// More addresses than this are refused: at a million a second they would take three years.
pub const MAX_ADDRESSES: u64 = 1 << 47;

/// Neighbouring addresses, from the first to the last, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// From `first` to `last`, which must be of one family and in this order.
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    /// The addresses whose first `length` bits are those of `address`.
    pub fn prefix(address: IpAddr, length: u8) -> Option<Self> {
        let (width, bits) = match address {
            IpAddr::V4(address) => (32, u128::from(address.to_bits())),
            IpAddr::V6(address) => (128, address.to_bits()),
        };
        let host_bits = width - u32::from(length).min(width);
        if u32::from(length) > width {
            return None;
        }
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        let (first, last) = (bits & mask, bits & mask | !mask);
        Some(match address {
            IpAddr::V4(_) => Self {
                first: Ipv4Addr::from_bits(first as u32).into(),
                last: Ipv4Addr::from_bits(last as u32).into(),
            },
            IpAddr::V6(_) => {
                Self { first: Ipv6Addr::from_bits(first).into(), last: Ipv6Addr::from_bits(last).into() }
            }
        })
    }

    /// The first of them.
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// The last of them.
    pub fn last(self) -> IpAddr {
        self.last
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self { first: address, last: address }
    }
}

/// A set of addresses, each with a number: those of IPv4 first, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    v4: Vec<Numbered<u32>>,
    v6: Vec<Numbered<u128>>,
    v4_count: u64,
    count: u64,
}

/// A range, and the number of its first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbered<A> {
    first: A,
    last: A,
    number: u64,
}

/// A set of more addresses than can be swept.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("these are more addresses than a sweep can go over (2^47)")]
pub struct TooManyAddresses;

impl Space {
    /// The addresses of `wanted` that are not in `unwanted`. Each counts once, however often it is named.
    pub fn new(
        wanted: impl IntoIterator<Item = AddressRange>,
        unwanted: impl IntoIterator<Item = AddressRange>,
    ) -> Result<Self, TooManyAddresses> {
        let (wanted_v4, wanted_v6) = by_family(wanted);
        let (unwanted_v4, unwanted_v6) = by_family(unwanted);
        let mut space = Self::default();
        for (first, last) in without(merged(wanted_v4), &merged(unwanted_v4)) {
            space.v4.push(Numbered { first: first as u32, last: last as u32, number: space.count });
            space.count = grown(space.count, last - first)?;
        }
        space.v4_count = space.count;
        for (first, last) in without(merged(wanted_v6), &merged(unwanted_v6)) {
            space.v6.push(Numbered { first, last, number: space.count });
            space.count = grown(space.count, last - first)?;
        }
        Ok(space)
    }

    /// How many addresses there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many of them are of a family.
    pub fn len_of(&self, version: IpVersion) -> u64 {
        match version {
            IpVersion::V4 => self.v4_count,
            IpVersion::V6 => self.count - self.v4_count,
        }
    }

    /// The address with a number below [`len`](Self::len); the last one's beyond.
    pub fn address(&self, number: u64) -> IpAddr {
        if number < self.v4_count || self.v6.is_empty() {
            let range = holding(&self.v4, number);
            range.map_or(Ipv4Addr::UNSPECIFIED.into(), |range| {
                let offset = (number - range.number) as u32;
                Ipv4Addr::from_bits(range.first.saturating_add(offset).min(range.last)).into()
            })
        } else {
            let range = holding(&self.v6, number);
            range.map_or(Ipv6Addr::UNSPECIFIED.into(), |range| {
                let offset = u128::from(number - range.number);
                Ipv6Addr::from_bits(range.first.saturating_add(offset).min(range.last)).into()
            })
        }
    }

    /// The number of an address; `None` if it is not one of these.
    pub fn number(&self, address: IpAddr) -> Option<u64> {
        match address {
            IpAddr::V4(address) => {
                let bits = address.to_bits();
                let at = self.v4.partition_point(|range| range.first <= bits).checked_sub(1)?;
                let range = self.v4[at];
                (bits <= range.last).then(|| range.number + u64::from(bits - range.first))
            }
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                let at = self.v6.partition_point(|range| range.first <= bits).checked_sub(1)?;
                let range = self.v6[at];
                (bits <= range.last).then(|| range.number + (bits - range.first) as u64)
            }
        }
    }

    /// Its ranges, in order; no two of them touch.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange> + '_ {
        let v4 = self.v4.iter().map(|range| AddressRange {
            first: Ipv4Addr::from_bits(range.first).into(),
            last: Ipv4Addr::from_bits(range.last).into(),
        });
        let v6 = self.v6.iter().map(|range| AddressRange {
            first: Ipv6Addr::from_bits(range.first).into(),
            last: Ipv6Addr::from_bits(range.last).into(),
        });
        v4.chain(v6)
    }
}

fn holding<A>(ranges: &[Numbered<A>], number: u64) -> Option<&Numbered<A>> {
    ranges.get(ranges.partition_point(|range| range.number <= number).checked_sub(1)?)
}

fn grown(count: u64, beyond_one: u128) -> Result<u64, TooManyAddresses> {
    let more = beyond_one.checked_add(1).ok_or(TooManyAddresses)?;
    let sum = u128::from(count).checked_add(more).ok_or(TooManyAddresses)?;
    u64::try_from(sum).ok().filter(|sum| *sum <= MAX_ADDRESSES).ok_or(TooManyAddresses)
}

type Pairs = Vec<(u128, u128)>;

fn by_family(ranges: impl IntoIterator<Item = AddressRange>) -> (Pairs, Pairs) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for range in ranges {
        match (range.first, range.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                v4.push((u128::from(first.to_bits()), u128::from(last.to_bits())));
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
            _ => {}
        }
    }
    (v4, v6)
}

/// In order, without overlaps, and with neighbours joined.
fn merged(mut ranges: Pairs) -> Pairs {
    ranges.sort_unstable();
    let mut merged: Pairs = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}

/// What is left of some ranges without others; both are merged.
fn without(ranges: Pairs, holes: &[(u128, u128)]) -> Pairs {
    let mut left = Vec::new();
    for (mut first, last) in ranges {
        let from = holes.partition_point(|hole| hole.1 < first);
        let mut is_used_up = false;
        for &(start, end) in holes[from..].iter().take_while(|hole| hole.0 <= last) {
            if start > first {
                left.push((first, start - 1));
            }
            if end >= last {
                is_used_up = true;
                break;
            }
            first = end + 1;
        }
        if !is_used_up {
            left.push((first, last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> AddressRange {
        let (address, length) = text.split_once('/').expect("a prefix");
        AddressRange::prefix(address.parse().expect("an address"), length.parse().expect("a length"))
            .expect("not longer than an address")
    }

    fn space(wanted: &[&str], unwanted: &[&str]) -> Space {
        Space::new(wanted.iter().map(|text| range(text)), unwanted.iter().map(|text| range(text)))
            .expect("few addresses")
    }

    #[test]
    fn prefixes_have_their_first_and_last_address() {
        for (text, first, last) in [
            ("198.18.5.7/24", "198.18.5.0", "198.18.5.255"),
            ("10.0.0.1/32", "10.0.0.1", "10.0.0.1"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("fd00::1/126", "fd00::", "fd00::3"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let range = range(text);
            assert_eq!((range.first().to_string(), range.last().to_string()), (first.into(), last.into()));
        }
        assert_eq!(AddressRange::prefix(Ipv4Addr::LOCALHOST.into(), 33), None);
    }

    #[test]
    fn addresses_count_once_and_holes_are_left_out() {
        let space =
            space(&["198.18.0.0/30", "198.18.0.2/31", "198.18.0.4/30", "fd00::/127"], &["198.18.0.3/32"]);
        assert_eq!(space.ranges().count(), 3);
        let all: Vec<String> = (0..space.len()).map(|number| space.address(number).to_string()).collect();
        assert_eq!(
            all,
            [
                "198.18.0.0",
                "198.18.0.1",
                "198.18.0.2",
                "198.18.0.4",
                "198.18.0.5",
                "198.18.0.6",
                "198.18.0.7",
                "fd00::",
                "fd00::1"
            ]
        );
        assert_eq!((space.len_of(IpVersion::V4), space.len_of(IpVersion::V6)), (7, 2));
        for number in 0..space.len() {
            assert_eq!(space.number(space.address(number)), Some(number));
        }
        assert_eq!(space.number("198.18.0.3".parse().expect("an address")), None);
    }

    #[test]
    fn whole_internet_of_version_4_fits_and_a_small_prefix_of_6_does_not() {
        assert_eq!(space(&["0.0.0.0/0"], &[]).len(), 1 << 32);
        assert_eq!(space(&["fd00::/81"], &[]).len(), 1 << 47);
        assert_eq!(Space::new([range("fd00::/80")], []), Err(TooManyAddresses));
        assert_eq!(Space::new([range("::/0")], []), Err(TooManyAddresses));
        assert!(space(&["10.0.0.0/8"], &["0.0.0.0/0"]).is_empty());
    }

    proptest! {
        #[test]
        fn it_is_the_set_that_was_asked_for(
            wanted in proptest::collection::vec((0..200u32, 0..30u32), 0..12),
            unwanted in proptest::collection::vec((0..200u32, 0..30u32), 0..12),
        ) {
            let of = |(first, more): &(u32, u32)| {
                AddressRange::new(Ipv4Addr::from_bits(*first).into(), Ipv4Addr::from_bits(first + more).into())
                    .expect("in order")
            };
            let members = |pairs: &[(u32, u32)]| -> BTreeSet<u32> {
                pairs.iter().flat_map(|(first, more)| *first..=first + more).collect()
            };
            let space = Space::new(wanted.iter().map(of), unwanted.iter().map(of)).expect("few");
            let expected: Vec<IpAddr> = members(&wanted)
                .difference(&members(&unwanted))
                .map(|bits| Ipv4Addr::from_bits(*bits).into())
                .collect();
            let found: Vec<IpAddr> = (0..space.len()).map(|number| space.address(number)).collect();
            prop_assert_eq!(&found, &expected);
            for (number, address) in found.iter().enumerate() {
                prop_assert_eq!(space.number(*address), Some(number as u64));
            }
        }
    }
}
