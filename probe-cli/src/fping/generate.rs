//! `-g`: targets counted off.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::settings::Refusal;

/// As many targets as may be generated: the addresses of a /111 of IPv6.
const MOST: u128 = 131_072;

/// The addresses of `FIRST LAST`, or of `ADDRESS/LENGTH` without an IPv4 network's own two.
pub(super) fn generate(words: &[String]) -> Result<Vec<IpAddr>, Refusal> {
    match words {
        [network] => of_network(network),
        [first, last] => between(first, last),
        _ => Err(Refusal::Usage),
    }
}

fn of_network(text: &str) -> Result<Vec<IpAddr>, Refusal> {
    let (address, length) = text.split_once('/').ok_or(Refusal::Usage)?;
    let address = read(address)?;
    let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
    let length: u32 = length.parse().map_err(|_| Refusal::Usage)?;
    if !(1..=bits).contains(&length) {
        return Err(Refusal::Wrong(format!("netmask must be between 1 and {bits} (is: {length})")));
    }
    let hosts = if length == 0 { u128::MAX } else { (1_u128 << (bits - length).min(127)) - 1 };
    let first = number(address) & !hosts;
    let last = first | hosts;
    // The network itself and everybody in it are no hosts, but where there are only two or one.
    if address.is_ipv4() && length < 31 {
        count(first + 1, last - 1, true)
    } else {
        count(first, last, address.is_ipv4())
    }
}

fn between(first: &str, last: &str) -> Result<Vec<IpAddr>, Refusal> {
    let (first, last) = (read(first)?, read(last)?);
    if first.is_ipv4() != last.is_ipv4() {
        return Err(Refusal::Wrong("-g parameter wants two addresses of one family".to_owned()));
    }
    count(number(first), number(last), first.is_ipv4())
}

fn count(first: u128, last: u128, is_v4: bool) -> Result<Vec<IpAddr>, Refusal> {
    if last.checked_sub(first).is_some_and(|more| more >= MOST) {
        return Err(Refusal::Wrong("-g parameter generates too many addresses".to_owned()));
    }
    let address = |number: u128| match u32::try_from(number) {
        Ok(number) if is_v4 => Ipv4Addr::from(number).into(),
        _ => Ipv6Addr::from(number).into(),
    };
    Ok((first..=last).map(address).collect())
}

fn read(text: &str) -> Result<IpAddr, Refusal> {
    text.parse().map_err(|_| Refusal::Wrong(format!("can't parse address {text}: an address is wanted")))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(line: &str) -> Result<Vec<String>, Refusal> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        generate(&words).map(|addresses| addresses.iter().map(IpAddr::to_string).collect())
    }

    #[test]
    fn networks_leave_their_own_addresses_out() {
        assert_eq!(generated("192.0.2.5/30").expect("sense"), ["192.0.2.5", "192.0.2.6"]);
        assert_eq!(generated("192.0.2.5/31").expect("sense"), ["192.0.2.4", "192.0.2.5"]);
        assert_eq!(generated("192.0.2.5/32").expect("sense"), ["192.0.2.5"]);
        assert_eq!(generated("2001:db8::1/127").expect("sense"), ["2001:db8::", "2001:db8::1"]);
        assert_eq!(generated("10.0.0.0/15").expect("sense").len(), 131_070);
        assert_eq!(generated("2001:db8::/111").expect("sense").len(), 131_072);
    }

    #[test]
    fn ranges_have_both_their_ends() {
        assert_eq!(generated("192.0.2.255 192.0.3.0").expect("sense"), ["192.0.2.255", "192.0.3.0"]);
        assert!(generated("192.0.2.9 192.0.2.1").expect("sense").is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        for line in ["10.0.0.0/8", "10.0.0.0/14", "2001:db8::/110", "10.0.0.0 10.9.0.0"] {
            let problem = Refusal::Wrong("-g parameter generates too many addresses".to_owned());
            assert_eq!(generated(line), Err(problem), "{line}");
        }
        for line in ["10.0.0.0", "10.0.0.0/x", "a b c"] {
            assert_eq!(generated(line), Err(Refusal::Usage), "{line}");
        }
        for line in ["10.0.0.0/33", "10.0.0.0/0", "::/0", "x 10.0.0.1", "10.0.0.1 ::1"] {
            assert!(matches!(generated(line), Err(Refusal::Wrong(_))), "{line}");
        }
    }
}
