use super::*;
use crate::settings::{Content, Entry, Node, Place, Scalar};

/// A section of a prober with these keys in its `tls_config`, each on a line of its own.
fn read(keys: &[(&str, &str)]) -> (TlsOptions, Errors) {
    let place = |line| Place { line, column: 1 };
    let entry = |(line, (key, value)): (usize, &(&str, &str))| Entry {
        key: (*key).into(),
        place: place(line as u32 + 2),
        value: Node { place: place(line as u32 + 2), content: Content::Scalar(Scalar::plain(*value)) },
    };
    let mapping = |entries| Node { place: place(1), content: Content::Mapping(entries) };
    let inner = mapping(keys.iter().enumerate().map(entry).collect());
    let outer = mapping(vec![Entry { key: "tls_config".into(), place: place(1), value: inner }]);
    let mut errors = Errors::default();
    let mut section = Section::from_node("tcp", &outer, &mut errors).expect("a mapping");
    let options = read_tls_options(&mut section, &mut errors);
    section.finish(&mut errors);
    (options, errors)
}

fn dumped(options: &TlsOptions) -> String {
    let mut dump = Dump::default();
    dump_tls_options(options, &mut dump);
    dump.finish()
}

#[test]
fn what_excludes_each_other_is_a_problem_at_its_key() {
    for (keys, at, message) in [
        (
            &[("ca", "x"), ("ca_file", "/dev/null")][..],
            "line 3, column 1: tcp.tls_config.ca_file",
            "at most one of ca, ca_file & ca_ref must be configured",
        ),
        (
            &[("cert_ref", "x"), ("cert", "y"), ("key", "z")],
            "line 2, column 1: tcp.tls_config.cert_ref",
            "at most one of cert, cert_file & cert_ref must be configured",
        ),
        (
            &[("cert", "x"), ("key", "y"), ("key_file", "/dev/null")],
            "line 4, column 1: tcp.tls_config.key_file",
            "at most one of key and key_file must be configured",
        ),
        (
            &[("cert", "x")],
            "line 2, column 1: tcp.tls_config.cert",
            "exactly one of key or key_file must be configured when a client certificate is configured",
        ),
        (
            &[("server_name", "a"), ("key_file", "/dev/null")],
            "line 3, column 1: tcp.tls_config.key_file",
            "exactly one of cert or cert_file must be configured when a client key is configured",
        ),
        (
            &[("min_version", "TLS14")],
            "line 2, column 1: tcp.tls_config.min_version",
            "unknown TLS version: TLS14",
        ),
    ] {
        assert_eq!(read(keys).1.to_string(), format!("{at}: {message}"));
    }
}

#[test]
fn hopeless_settings_load_with_a_warning() {
    for (keys, warned) in [
        (&[("ca_file", "/nonexistent/ca")][..], "there is no such file"),
        (&[("ca_ref", "x")], "there is no secret store"),
        (&[("min_version", "TLS13"), ("max_version", "TLS12")], "TLS 1.2 is older than"),
        (&[("max_version", "TLS11")], "TLS 1.1 is older than the oldest version allowed, TLS 1.2"),
    ] {
        let (_, errors) = read(keys);
        assert!(errors.is_empty(), "{errors}");
        let [warning] = errors.warnings() else { panic!("one warning: {:?}", errors.warnings()) };
        assert!(warning.message.starts_with(warned), "{warning}");
    }
}

#[cfg(not(feature = "legacy-tls"))]
#[test]
fn versions_of_the_past_load_with_a_warning() {
    for keys in [&[("min_version", "TLS10")][..], &[("min_version", "TLS10"), ("max_version", "TLS11")]] {
        let (_, errors) = read(keys);
        assert!(errors.is_empty(), "{errors}");
        assert!(errors.warnings()[0].message.contains("legacy-tls"));
    }
}

#[test]
fn dumps_are_in_the_order_of_the_reference_and_hide_the_key() {
    let (options, errors) = read(&[
        ("max_version", "TLS13"),
        ("min_version", "TLS12"),
        ("server_name", "a.test"),
        ("key", "hush"),
        ("ca_file", "/dev/null"),
        ("cert", "text"),
    ]);
    assert!(errors.is_empty() && errors.warnings().is_empty(), "{errors}");
    let expected = "tls_config:\n    cert: text\n    key: <secret>\n    ca_file: /dev/null\n    server_name: a.test\n    \
        insecure_skip_verify: false\n    min_version: TLS12\n    max_version: TLS13\n";
    assert_eq!(dumped(&options), expected);
}

#[test]
fn what_says_nothing_is_not_dumped() {
    for keys in [&[][..], &[("insecure_skip_verify", "false")], &[("ca", "\u{0}"), ("server_name", "")][1..]]
    {
        assert_eq!(dumped(&read(keys).0), "", "{keys:?}");
    }
    assert_eq!(
        dumped(&read(&[("insecure_skip_verify", "true")]).0),
        "tls_config:\n    insecure_skip_verify: true\n"
    );
}
