//! What the modules need privileges for.

use probe_core::config::{Config, Module};
use probe_core::net::icmp::PingOptions;
use probe_core::net::{Egress, SocketChoice};
use probe_core::settings::Dump;

/// What the modules need privileges for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Pings: their sockets can be opened beforehand.
    pub(super) pings: Vec<PingOptions>,
    /// A module that needs privileges for every probe anew, and the key that says so.
    pub(super) lasting: Option<(String, &'static str)>,
}

impl Needs {
    /// Asks every module.
    pub(super) fn of(config: &Config) -> Self {
        let mut needs = Self::default();
        for (name, module) in &config.modules {
            needs.add(name, module);
        }
        needs
    }

    /// Settings are the probers' own business; what all of them can do is to print themselves.
    fn add(&mut self, name: &str, module: &Module) {
        let Some(settings) = module.own_settings() else { return };
        let mut dump = Dump::default();
        settings.dump(&mut dump);
        let text = dump.finish();
        let mark = value(&text, "fwmark").and_then(|mark| mark.parse().ok()).or(module.common.egress.mark);
        if &*module.prober == "icmp" {
            let choice = value(&text, "socket").unwrap_or_default();
            let choice = SocketChoice::WORDS.iter().find(|(word, _)| *word == choice);
            let options = PingOptions {
                dont_fragment: value(&text, "dont_fragment") == Some("true"),
                egress: Egress { mark, ..Egress::default() },
                socket: choice.map_or(SocketChoice::Auto, |(_, choice)| *choice),
                ..PingOptions::default()
            };
            if !self.pings.contains(&options) {
                self.pings.push(options);
            }
        } else if mark.is_some() {
            self.lasting = Some((name.to_owned(), "fwmark"));
        } else if value(&text, "half_open") == Some("true") {
            self.lasting = Some((name.to_owned(), "half_open"));
        }
    }
}

/// The value of a key of a section.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use probe_core::config;
    use probe_core::prober::BUILTIN;

    use super::*;

    fn needs(modules: &str) -> Needs {
        Needs::of(&config::read(&format!("modules: {{{modules}}}"), "b.yml", BUILTIN).expect("valid"))
    }

    #[test]
    fn pings_of_the_same_kind_share_a_socket() {
        let needs = needs(
            "a: {prober: icmp}, b: {prober: icmp, timeout: 5s}, c: {prober: icmp, icmp: {dont_fragment: true}}, \
             d: {prober: icmp, fwmark: 7}, e: {prober: icmp, icmp: {socket: raw}}, f: {prober: tcp}",
        );
        let seen: Vec<_> = needs
            .pings
            .iter()
            .map(|options| (options.dont_fragment, options.egress.mark, options.socket))
            .collect();
        let auto = SocketChoice::Auto;
        let expected = [
            (false, None, auto),
            (true, None, auto),
            (false, Some(7), auto),
            (false, None, SocketChoice::Raw),
        ];
        assert_eq!(seen, expected);
        assert_eq!(needs.lasting, None);
    }

    #[test]
    fn marks_and_half_open_connections_are_needed_for_every_probe() {
        for (module, key) in [
            ("a: {prober: tcp, fwmark: 7}", "fwmark"),
            ("a: {prober: tcp, tcp: {half_open: true}}", "half_open"),
        ] {
            assert_eq!(needs(module).lasting, Some(("a".into(), key)));
        }
    }
}
