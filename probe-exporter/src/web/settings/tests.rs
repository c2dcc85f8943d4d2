use std::path::PathBuf;

use super::*;

fn read(text: &str) -> Result<WebSettings, String> {
    WebSettings::read(text.as_bytes(), "w.yml", Path::new("/etc/web")).map_err(|errors| errors.to_string())
}

fn settings(text: &str) -> WebSettings {
    read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn nothing_means_plain_http_for_everybody() {
    for text in [
        "",
        "# nothing\n",
        "~\n",
        "{}\n",
        "tls_server_config:\n",
        "basic_auth_users: {}\n",
        "rate_limit: {interval: 0}\n",
    ] {
        let settings = settings(text);
        assert!(!settings.tls.is_given() && settings.http2 && settings.headers.is_empty(), "{text}");
        assert!(settings.access.is_open() && settings.rate_limit.is_none(), "{text}");
        assert_eq!((settings.tls.min_version, settings.tls.max_version), (Version::Tls12, Version::Tls13));
    }
}

#[test]
fn one_field_of_tls_is_enough() {
    for (text, expected) in [
        ("cert: x", true),
        ("key_file: x", true),
        ("client_ca: x", true),
        ("client_auth_type: NoClientCert", true),
        ("client_auth_type: ''", false),
        ("cert: ''", false),
        ("client_allowed_sans: [a]", false),
        ("min_version: TLS13", false),
    ] {
        assert_eq!(settings(&format!("tls_server_config: {{{text}}}")).tls.is_given(), expected, "{text}");
    }
}

#[test]
fn files_are_relative_to_the_folder_and_win_over_text() {
    let tls = settings("tls_server_config: {cert: x, cert_file: a.pem, key_file: /b.pem, client_ca: y}").tls;
    assert_eq!(tls.cert, Some(Pem::File(PathBuf::from("/etc/web/a.pem"))));
    assert_eq!(tls.key, Some(Pem::File(PathBuf::from("/b.pem"))));
    assert_eq!(tls.client_ca, Some(Pem::Inline("y".into())));
}

#[test]
fn problems_are_named_in_the_words_of_the_reference() {
    for (text, problem) in [
        ("nonsense: 1", "w.yml:1:1: nonsense: unknown key, "),
        ("tls_server_config: {foo: 1}", "w.yml:1:21: tls_server_config.foo: unknown key"),
        (
            "tls_server_config: {min_version: TLS99}",
            "w.yml:1:21: tls_server_config.min_version: unknown TLS version: TLS99",
        ),
        (
            "tls_server_config: {max_version: ''}",
            "w.yml:1:21: tls_server_config.max_version: unknown TLS version: ",
        ),
        (
            "tls_server_config: {cipher_suites: [FOO]}",
            "w.yml:1:37: tls_server_config.cipher_suites[0]: found \"FOO\", unknown cipher: FOO",
        ),
        (
            "tls_server_config: {curve_preferences: [FOO]}",
            "w.yml:1:41: tls_server_config.curve_preferences[0]: found \"FOO\", unknown curve: FOO",
        ),
        (
            "tls_server_config: {prefer_server_cipher_suites: abc}",
            "w.yml:1:21: tls_server_config.prefer_server_cipher_suites: found abc, allowed true or false",
        ),
        (
            "tls_server_config: {client_allowed_sans: a}",
            "w.yml:1:21: tls_server_config.client_allowed_sans: found a string, allowed a list of strings",
        ),
        (
            "http_server_config: {http2: 1}",
            "w.yml:1:22: http_server_config.http2: found 1, allowed true or false",
        ),
        (
            "http_server_config: {headers: {X-Foo: a}}",
            "w.yml:1:32: http_server_config.headers.X-Foo: HTTP header \"X-Foo\" can not be configured",
        ),
        (
            "rate_limit: {interval: 1d}",
            "w.yml:1:14: rate_limit.interval: not a duration such as 500ms or 2.5s: ",
        ),
        (
            "rate_limit: {interval: 1s, burst: '5'}",
            "w.yml:1:28: rate_limit.burst: found a quoted string, allowed a whole number",
        ),
        (
            "bearer_tokens: {a: b}",
            "w.yml:1:17: bearer_tokens.a: allowed the SHA-256 of the token in 64 hexadecimal digits, ",
        ),
        (
            "allowed_modules: {a: [b]}",
            "w.yml:1:19: allowed_modules.a: neither one of basic_auth_users nor one of bearer_tokens",
        ),
        ("basic_auth_users: [a]", "w.yml:1:19: basic_auth_users: found a list, allowed a mapping"),
        ("[]", "w.yml:1:1: found a list, allowed a mapping"),
        ("a: [", "w.yml:"),
        (
            "tls_server_config: {}\ntls_server_config: {}",
            "w.yml:2:1: key \"tls_server_config\" is there already in line 1",
        ),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.starts_with(problem), "{text}: {error}");
    }
    let error = WebSettings::read(b"\xff", "w.yml", Path::new("")).expect_err("no text");
    assert_eq!(error.to_string(), "w.yml: not valid UTF-8");
}

#[test]
fn a_bad_hash_shows_only_when_asked_for() {
    let settings = settings("basic_auth_users: {a: plain}");
    let (user, error) = settings.access.bad_hash().expect("it is bad");
    assert_eq!(
        (user, error.to_string().as_str()),
        ("a", "crypto/bcrypt: hashedSecret too short to be a bcrypted password")
    );
}

#[test]
fn limits_have_an_interval_and_a_burst() {
    use std::time::Duration;
    for (text, expected) in [
        ("{interval: 1s, burst: 5}", Some((Duration::from_secs(1), 5))),
        ("{interval: 5, burst: 1.5}", Some((Duration::from_nanos(5), 1))),
        ("{interval: 1s}", Some((Duration::from_secs(1), 0))),
        ("{interval: 1s, burst: -1}", Some((Duration::from_secs(1), 0))),
        ("{interval: -1s, burst: 5}", None),
        ("{burst: 5}", None),
    ] {
        let limit = settings(&format!("client_rate_limit: {text}")).client_rate_limit;
        assert_eq!(limit.map(|rate| (rate.interval, rate.burst)), expected, "{text}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let hash = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";
    let text = format!(
        "tls_server_config: {{key: hidden}}\nbasic_auth_users: {{a: {hash}}}\nbearer_tokens: {{b: {hash}}}\n"
    );
    let shown = format!("{:?}", settings(&text));
    assert!(!shown.contains("hidden") && !shown.contains("abcdefghij"), "{shown}");
}
