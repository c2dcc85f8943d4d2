//! The hosts file.
//!
//! Read by our own lines rather than by hickory's `Hosts`, which asks the name servers for the family that the file
//! leaves out, stops at a line that is not UTF-8, and has no place for a zone.

use std::collections::HashMap;
use std::net::IpAddr;

use super::name::{HostName, to_ascii};
use crate::net::literal::literal;
use crate::net::resolve::ScopedIp;

/// Names and their addresses, in the order of the file. A name that is here is not looked up elsewhere.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    by_name: HashMap<String, Vec<ScopedIp>>,
    by_address: HashMap<IpAddr, String>,
}

impl Hosts {
    /// Reads the text of a hosts file. Lines that make no sense are skipped, as everybody does.
    pub(super) fn read(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let entry = line.split_once('#').map_or(line, |(entry, _)| entry);
            let mut words = entry.split_whitespace();
            let Some(Ok(address)) = words.next().and_then(literal) else { continue };
            for (name, _) in words.filter_map(to_ascii) {
                hosts.by_address.entry(address.ip).or_insert_with(|| name.clone());
                let addresses = hosts.by_name.entry(name).or_default();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        hosts
    }

    /// The addresses of `name`; empty if it is not in the file.
    pub(super) fn find(&self, name: &HostName) -> &[ScopedIp] {
        self.by_name.get(&name.ascii).map_or(&[], Vec::as_slice)
    }

    /// The first name of `address`, if it is in the file.
    pub(super) fn name_of(&self, address: IpAddr) -> Option<&str> {
        self.by_address.get(&address).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str) -> Vec<String> {
        let name = HostName::parse(host).expect("a name");
        Hosts::read(text).find(&name).iter().map(|address| address.ip.to_string()).collect()
    }

    #[test]
    fn collects_the_addresses_of_a_name_in_order() {
        let text = "\u{feff}192.0.2.2 web Web.Example # the web\n#192.0.2.9 web\n\n2001:db8::1\tweb\n192.0.2.1 web\n";
        assert_eq!(found(text, "WEB"), ["192.0.2.2", "2001:db8::1", "192.0.2.1"]);
        assert_eq!(found(text, "web.example."), ["192.0.2.2"]);
        assert!(found(text, "the").is_empty());
        let hosts = Hosts::read(text);
        let name_of = |address: &str| hosts.name_of(address.parse().expect("an address"));
        assert_eq!(name_of("192.0.2.2"), Some("web"));
        assert_eq!(name_of("192.0.2.9"), None);
    }

    #[test]
    fn skips_lines_without_an_address_or_a_name() {
        let text = "web 192.0.2.1\n192.0.2.1\n300.0.0.1 web\n192.0.2.7 a/b b\u{fc}cher\n";
        assert!(found(text, "web").is_empty());
        assert_eq!(found(text, "b\u{fc}cher"), ["192.0.2.7"]);
    }
}
