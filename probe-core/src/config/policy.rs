//! The key `policy`: what all modules, or one module, may contact.

use std::fmt::Display;
use std::str::FromStr;

use crate::net::PolicyRules;
use crate::net::policy::{PathRule, RuleError, Selection};
use crate::settings::{Dump, Errors, Section};

/// The word for every unix socket, which people may also write among the addresses.
const EVERY_SOCKET: &str = "unix";

/// Reads the key, and whether the rules stand in place of those for all modules; `None` if it is absent.
pub(super) fn read(parent: &mut Section<'_>, errors: &mut Errors) -> Option<(PolicyRules, bool)> {
    let is_module = !parent.path().is_empty();
    let mut section = parent.section("policy", errors)?;
    let overrides = is_module && section.boolean("override", errors).unwrap_or_default();
    let rules = PolicyRules {
        allow: read_selection(&mut section, "allow", errors),
        deny: read_selection(&mut section, "deny", errors),
        nat64_prefixes: list(&mut section, "nat64_prefixes", errors),
    };
    section.finish(errors);
    Some((rules, overrides))
}

fn read_selection(parent: &mut Section<'_>, key: &'static str, errors: &mut Errors) -> Selection {
    let Some(mut section) = parent.section(key, errors) else { return Selection::default() };
    let entries = section.parsed("addresses", errors, |text| match text {
        EVERY_SOCKET => Ok(None),
        other => other.parse().map(Some),
    });
    let entries = entries.unwrap_or_default();
    let every_socket = entries.iter().any(Option::is_none).then_some(PathRule::Every);
    let mut selection = Selection {
        addresses: entries.into_iter().flatten().collect(),
        names: list(&mut section, "names", errors),
        ports: list(&mut section, "ports", errors),
        schemes: list(&mut section, "schemes", errors),
        paths: list(&mut section, "paths", errors),
    };
    selection.paths.extend(every_socket);
    section.finish(errors);
    selection
}

fn list<T: FromStr<Err = RuleError>>(
    section: &mut Section<'_>,
    key: &'static str,
    errors: &mut Errors,
) -> Vec<T> {
    section.parsed(key, errors, str::parse).unwrap_or_default()
}

/// Writes the rules as they would be read again.
pub(super) fn dump(rules: &PolicyRules, out: &mut Dump) {
    for (key, selection) in [("allow", &rules.allow), ("deny", &rules.deny)] {
        out.section(key, |out| {
            texts(out, "addresses", &selection.addresses);
            texts(out, "names", &selection.names);
            texts(out, "ports", &selection.ports);
            texts(out, "schemes", &selection.schemes);
            texts(out, "paths", &selection.paths);
        });
    }
    texts(out, "nat64_prefixes", &rules.nat64_prefixes);
}

fn texts<T: Display>(out: &mut Dump, key: &str, rules: &[T]) {
    let shown: Vec<String> = rules.iter().map(ToString::to_string).collect();
    out.strings(key, &shown);
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, read};

    fn errors(text: &str) -> Vec<String> {
        let problems =
            |errors: crate::settings::Errors| errors.problems().iter().map(ToString::to_string).collect();
        read(text, "b.yml", &[]).map_or_else(problems, |_| Vec::new())
    }

    fn config(text: &str) -> Config {
        read(text, "b.yml", &[]).expect("a valid configuration")
    }

    const RULES: &str = "\
policy:
    allow:
        names:
            - '*.example.com'
        ports:
            - \"443\"
            - \"8000-8999\"
        schemes:
            - https
    deny:
        addresses:
            - loopback
            - 10.0.0.0/8
        paths:
            - unix
    nat64_prefixes:
        - 2001:db8:64::/96
";

    #[test]
    fn rules_are_shown_as_they_are_read() {
        let shown = config(RULES).dump();
        assert_eq!(shown, format!("modules: {{}}\n{RULES}"));
        assert_eq!(config(&shown).policy, config(RULES).policy);
    }

    #[test]
    fn without_the_key_nothing_is_shown_or_forbidden() {
        let config = config("modules: {a: {prober: tcp}}");
        assert!(!config.dump().contains("policy") && config.policy.is_none());
        assert!(!config.modules["a"].common.policy.is_restrictive());
    }

    #[test]
    fn modules_add_to_the_rules_for_all_or_begin_anew() {
        let text = "policy: {deny: {addresses: [loopback, unix]}}\nmodules:\n  a: {prober: tcp}\n  b: {prober: tcp, \
            policy: {deny: {ports: [22]}}}\n  c: {prober: tcp, policy: {override: true, deny: {ports: [22]}}}\n";
        let config = config(text);
        let approves = |module: &str, address: &str| {
            config.modules[module].common.policy.approve(address.parse().expect(address)).is_ok()
        };
        let seen = ["a", "b", "c"].map(|module| {
            ["127.0.0.1:80", "192.0.2.1:22", "192.0.2.1:80"].map(|address| approves(module, address))
        });
        assert_eq!(seen, [[false, true, true], [false, false, true], [true, false, true]]);
        let sockets = ["a", "c"]
            .map(|module| config.modules[module].common.policy.approve_path("/run/x".as_ref()).is_ok());
        assert_eq!(sockets, [false, true]);
        assert!(config.dump().contains("policy:\n            override: true\n"), "{}", config.dump());
    }

    #[test]
    fn every_bad_rule_is_named_with_its_place() {
        let text = "policy:\n  deny:\n    addresses: [10.1.2.3/8, Loopback]\n    ports: [0]\n    names: ['*']\n  \
            allow: {schemes: [1], paths: [x], port: [1]}\n  nat64_prefixes: [::/0]\n  override: true\nmodules: {}\n";
        let starts = [
            "b.yml:3:17: policy.deny.addresses[0]: found \"10.1.2.3/8\", a network with bits beyond its prefix, ",
            "b.yml:3:29: policy.deny.addresses[1]: found \"Loopback\", allowed an address, a network such as ",
            "b.yml:4:13: policy.deny.ports[0]: found \"0\", allowed a port from 1 to 65535, ",
            "b.yml:5:13: policy.deny.names[0]: found \"*\", allowed a host name, ",
            "b.yml:6:21: policy.allow.schemes[0]: found \"1\", allowed the scheme ",
            "b.yml:6:33: policy.allow.paths[0]: found \"x\", allowed unix ",
            "b.yml:6:37: policy.allow.port: unknown key, did you mean \"ports\"?",
            "b.yml:7:20: policy.nat64_prefixes[0]: found \"::/0\", allowed an IPv6 prefix ",
            "b.yml:8:3: policy.override: unknown key, ",
        ];
        let found = errors(text);
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (error, start) in found.iter().zip(starts) {
            assert!(error.starts_with(start), "{error}\n{start}");
        }
    }
}
