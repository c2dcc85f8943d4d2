//! Ports by service name, as `/etc/services` lists them.

use std::fs;

/// The services file of every Unix (services(5)).
const SERVICES: &str = "/etc/services";

/// TCP services that work where there is no services file, as in small containers.
const KNOWN: [(&str, u16); 14] = [
    ("domain", 53),
    ("ftp", 21),
    ("ftps", 990),
    ("http", 80),
    ("https", 443),
    ("imap2", 143),
    ("imap3", 220),
    ("imaps", 993),
    ("pop3", 110),
    ("pop3s", 995),
    ("smtp", 25),
    ("submissions", 465),
    ("ssh", 22),
    ("telnet", 23),
];

/// The same for UDP.
#[cfg(feature = "udp")]
const KNOWN_UDP: [(&str, u16); 8] = [
    ("domain", 53),
    ("ipsec-nat-t", 4500),
    ("ntp", 123),
    ("openvpn", 1194),
    ("radius", 1812),
    ("snmp", 161),
    ("syslog", 514),
    ("tftp", 69),
];

/// The TCP port that `text` means: a number, or the name of a service. `None` if it is neither.
pub fn port_number(text: &str) -> Option<u16> {
    port(text, "/tcp", &KNOWN)
}

/// The UDP port that `text` means: a number, or the name of a service. `None` if it is neither.
#[cfg(feature = "udp")]
pub fn udp_port_number(text: &str) -> Option<u16> {
    port(text, "/udp", &KNOWN_UDP)
}

fn port(text: &str, protocol: &str, known: &[(&str, u16)]) -> Option<u16> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first)) {
        return None;
    }
    let name = text.to_ascii_lowercase();
    let listed = fs::read_to_string(SERVICES).ok().and_then(|file| find(&file, &name, protocol));
    listed.or_else(|| known.iter().find(|(known, _)| *known == name).map(|(_, port)| *port))
}

/// Finds a service by name or alias: `name port/protocol alias... # comment`.
fn find(file: &str, name: &str, protocol: &str) -> Option<u16> {
    file.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_ascii_whitespace();
        let (first, port) = (words.next()?, words.next()?);
        let port = port.strip_suffix(protocol)?;
        (first == name || words.any(|alias| alias == name)).then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_ports() {
        assert_eq!(port_number("8080"), Some(8080));
        assert_eq!(port_number("ssh"), Some(22));
        assert_eq!(port_number("HTTPS"), Some(443));
    }

    #[test]
    fn everything_else_is_not() {
        for text in ["", "99999", "-1", "80x", "no-such-service-anywhere"] {
            assert_eq!(port_number(text), None, "{text}");
        }
    }

    #[test]
    fn aliases_count_and_the_other_protocol_does_not() {
        let file = "alpha 1000/udp\nalpha\t1001/tcp  first one # beta\n# gamma 7/tcp\n";
        assert_eq!(find(file, "alpha", "/tcp"), Some(1001));
        assert_eq!(find(file, "one", "/tcp"), Some(1001));
        assert_eq!((find(file, "beta", "/tcp"), find(file, "gamma", "/tcp")), (None, None));
        assert_eq!(find(file, "alpha", "/udp"), Some(1000));
    }

    #[cfg(feature = "udp")]
    #[test]
    fn udp_has_services_of_its_own() {
        assert_eq!((udp_port_number("NTP"), udp_port_number("70000")), (Some(123), None));
    }
}
