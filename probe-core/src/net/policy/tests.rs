//! Rules as a configuration has them, against contacts.

use super::*;

fn list<T: std::str::FromStr<Err = RuleError>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).collect()
}

fn allow(selection: Selection) -> Policy {
    Policy::new(PolicyRules { allow: selection, ..PolicyRules::default() })
}

fn deny(selection: Selection) -> Policy {
    Policy::new(PolicyRules { deny: selection, ..PolicyRules::default() })
}

fn addresses(texts: &[&str]) -> Selection {
    Selection { addresses: list(texts), ..Selection::default() }
}

fn names(texts: &[&str]) -> Selection {
    Selection { names: list(texts), ..Selection::default() }
}

fn approves(policy: &Policy, address: &str) -> bool {
    policy.approve(address.parse().expect(address)).is_ok()
}

#[test]
fn without_rules_everything_is_approved() {
    for policy in [Policy::allow_all(), Policy::operator(), Policy::new(PolicyRules::default())] {
        assert!(!policy.is_restrictive());
        assert!(approves(&policy, "169.254.169.254:80") && policy.approve_name("127.1").is_ok());
        let path = policy.approve_path(Path::new("a/../b")).expect("everything is approved");
        assert_eq!(*path, Path::new("a/../b"));
    }
}

#[test]
fn what_is_denied_stays_denied_whatever_allows_it() {
    let policy = Policy::new(PolicyRules {
        allow: Selection { names: list(&["a.example"]), ..addresses(&["10.0.0.0/8", "127.0.0.0/8"]) },
        deny: addresses(&["loopback", "10.1.0.0/16"]),
        ..PolicyRules::default()
    });
    for (address, expected) in
        [("10.0.0.1:80", true), ("10.1.0.1:80", false), ("127.0.0.1:80", false), ("192.0.2.1:80", false)]
    {
        assert_eq!(approves(&policy, address), expected, "{address}");
    }
    assert!(policy.approve_name("a.example").is_ok());
}

#[test]
fn with_a_list_of_what_is_allowed_everything_else_is_denied() {
    let by_name = allow(names(&["*.example"]));
    for (host, expected) in
        [("a.example", true), ("example", false), ("b.test", false), ("192.0.2.1", false), ("::1", false)]
    {
        assert_eq!(by_name.approve_name(host).is_ok(), expected, "{host}");
    }
    assert!(approves(&by_name, "192.0.2.1:80"), "a name on the list may have any address");
    assert!(by_name.approve_path(Path::new("/run/x")).is_err(), "sockets are not on the list");

    let by_address = allow(addresses(&["192.0.2.0/24"]));
    assert!(by_address.approve_name("b.test").is_ok(), "its address decides");
    assert!(by_address.approve_name("192.0.2.1").is_ok() && by_address.approve_name("127.0.0.1").is_err());

    let by_path = allow(Selection { paths: list(&["/run/*"]), ..Selection::default() });
    assert!(by_path.approve_path(Path::new("/run/x")).is_ok());
    assert!(by_path.approve_path(Path::new("/run/../etc/x")).is_err());
    assert!(!approves(&by_path, "192.0.2.1:80") && by_path.approve_name("b.test").is_err());
}

#[test]
fn ports_are_judged_where_there_is_one() {
    let web = allow(Selection { ports: list(&["443", "8000-8999"]), ..Selection::default() });
    for (address, expected) in
        [("192.0.2.1:443", true), ("192.0.2.1:8500", true), ("192.0.2.1:22", false), ("192.0.2.1:0", true)]
    {
        assert_eq!(approves(&web, address), expected, "{address}");
    }
    let no_shell = deny(Selection { ports: list(&["22"]), ..Selection::default() });
    assert!(approves(&no_shell, "[2001:db8::1]:80") && !approves(&no_shell, "[2001:db8::1]:22"));
    assert!(no_shell.approve_path(Path::new("/run/x")).is_ok());
}

#[test]
fn schemes_are_compared_in_any_case() {
    let https = allow(Selection { schemes: list(&["HTTPS"]), ..Selection::default() });
    assert!(https.approve_scheme("https").is_ok() && https.approve_scheme("HttpS").is_ok());
    let error = https.approve_scheme("http").expect_err("not on the list");
    assert_eq!(error.to_string(), "scheme \"http\" is denied by the target policy");
}

#[test]
fn names_are_denied_before_they_are_looked_up() {
    let policy = deny(Selection {
        names: list(&["*.corp", "secret.example"]),
        ..addresses(&["loopback", "metadata"])
    });
    for host in [
        "a.corp",
        "A.CORP.",
        "secret.example",
        "localhost",
        "LocalHost.",
        "a.localhost",
        "metadata.google.internal",
        "metadata.google.internal.",
    ] {
        assert!(policy.approve_name(host).is_err(), "{host}");
    }
    for host in ["corp", "example", "localhost.example", "metadata.example"] {
        assert!(policy.approve_name(host).is_ok(), "{host}");
    }
}

#[test]
fn every_layer_must_agree() {
    let all_modules = PolicyRules { deny: addresses(&["loopback"]), ..PolicyRules::default() };
    let one_module = PolicyRules { allow: addresses(&["loopback", "private"]), ..PolicyRules::default() };
    let both = Policy::new(all_modules).and(one_module.clone());
    for (address, expected) in [("127.0.0.1:1", false), ("10.0.0.1:1", true), ("192.0.2.1:1", false)] {
        assert_eq!(approves(&both, address), expected, "{address}");
    }
    assert!(approves(&Policy::new(one_module), "127.0.0.1:1"));
}

#[test]
fn addresses_inside_addresses_are_denied_but_not_allowed() {
    let translators = PolicyRules {
        deny: addresses(&["10.0.0.0/8"]),
        nat64_prefixes: list(&["2001:db8:64::/96"]),
        ..PolicyRules::default()
    };
    let policy = Policy::new(translators);
    for address in [
        "[::ffff:10.0.0.1]:80",
        "[64:ff9b::10.0.0.1]:80",
        "[2001:db8:64::10.0.0.1]:80",
        "[2002:a00:1::]:80",
        "[::10.0.0.1]:80",
    ] {
        assert!(!approves(&policy, address), "{address}");
    }
    let private = allow(addresses(&["10.0.0.0/8"]));
    for (address, expected) in [
        ("[::ffff:10.0.0.1]:80", true),
        ("[64:ff9b::10.0.0.1]:80", true),
        ("[2002:a00:1::]:80", false),
        ("[::10.0.0.1]:80", false),
    ] {
        assert_eq!(approves(&private, address), expected, "{address}");
    }
}

#[test]
fn own_addresses_are_found_in_every_form() {
    let policy = deny(addresses(&["self"]));
    for address in ["127.0.0.1:1", "0.0.0.0:1", "[::1]:1", "[::]:1", "[64:ff9b::127.0.0.1]:1"] {
        assert!(!approves(&policy, address), "{address}");
    }
    assert!(approves(&policy, "192.0.2.1:9115"));
}

#[test]
fn symbolic_links_lead_around_nothing() {
    let folder = std::env::temp_dir().join(format!("policy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (socket, link) = (folder.join("socket"), folder.join("link"));
    std::fs::write(&socket, "").expect("a file will do");
    std::os::unix::fs::symlink(&socket, &link).expect("a link");
    let resolved = std::fs::canonicalize(&socket).expect("it exists");
    let rule = PathRule::Pattern(resolved.display().to_string());
    let policy = deny(Selection { paths: vec![rule.clone()], ..Selection::default() });
    let refused = policy.approve_path(&link);
    let allowed = allow(Selection { paths: vec![rule], ..Selection::default() }).approve_path(&resolved);
    std::fs::remove_dir_all(&folder).expect("it is ours");
    assert_eq!(refused, Err(DeniedPath { path: link }));
    assert_eq!(allowed.as_deref(), Ok(&resolved));
}

#[test]
fn abstract_names_have_one_form() {
    let policy = deny(Selection { paths: list(&["@secret"]), ..Selection::default() });
    for path in ["@secret", "\0secret"] {
        assert!(policy.approve_path(Path::new(path)).is_err(), "{path:?}");
    }
    assert!(policy.approve_path(Path::new("@other")).is_ok());
}

#[test]
fn refusals_name_what_was_asked_for_and_no_rule() {
    let policy = deny(addresses(&["loopback"]));
    let denied = policy.approve("127.0.0.1:80".parse().expect("an address")).expect_err("denied");
    assert_eq!(denied.to_string(), "127.0.0.1:80 is denied by the target policy");
    let failure = denied.into_failure(Phase::Setup);
    assert_eq!((failure.reason, failure.chain()), (Reason::Policy, failure.to_string()));
    let address: std::net::IpAddr = "::1".parse().expect("an address");
    assert_eq!(
        policy.approve_ip(address.into()).expect_err("denied").to_string(),
        "::1 is denied by the target policy"
    );
}
