//! Ports by service name, as `/etc/services` lists them.

use std::fs;

/// The services file of every Unix (services(5)).
const SERVICES: &str = "/etc/services";

/// Services that work where there is no services file, as in small containers.
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

/// The TCP port that `text` means: a number, or the name of a service. `None` if it is neither.
pub fn port_number(text: &str) -> Option<u16> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first)) {
        return None;
    }
    let name = text.to_ascii_lowercase();
    let listed = fs::read_to_string(SERVICES).ok().and_then(|file| find(&file, &name));
    listed.or_else(|| KNOWN.iter().find(|(known, _)| *known == name).map(|(_, port)| *port))
}

/// Finds a TCP service by name or alias: `name port/protocol alias... # comment`.
fn find(file: &str, name: &str) -> Option<u16> {
    file.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_ascii_whitespace();
        let (first, port) = (words.next()?, words.next()?);
        let port = port.strip_suffix("/tcp")?;
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
    fn aliases_count_and_udp_does_not() {
        let file = "alpha 1000/udp\nalpha\t1001/tcp  first one # beta\n# gamma 7/tcp\n";
        assert_eq!(find(file, "alpha"), Some(1001));
        assert_eq!(find(file, "one"), Some(1001));
        assert_eq!((find(file, "beta"), find(file, "gamma")), (None, None));
    }
}
