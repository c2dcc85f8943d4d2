use super::*;

fn url(text: &str) -> Url {
    Url::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn keeps_what_was_written() {
    for (text, target) in [
        ("http://h", "/"),
        ("http://h?x", "/?x"),
        ("http://h/?", "/?"),
        ("http://h/a/../b/./c", "/a/../b/./c"),
        ("http://h/p?a[]=1|2&b={x}^", "/p?a[]=1|2&b={x}^"),
        ("http://h/p?q=a%20b&r=%2F#frag", "/p?q=a%20b&r=%2F"),
        ("http://h/%2f%7e?a b", "/%2f%7e?a b"),
        ("http://h//x//", "//x//"),
        ("http://h/[a];b=c,d", "/[a];b=c,d"),
    ] {
        assert_eq!(String::from_utf8_lossy(&url(text).request_target()), target, "{text}");
    }
}

#[test]
fn escapes_a_path_that_cannot_be_sent() {
    for (text, path) in [
        ("http://h/a b", "/a%20b"),
        ("http://h/end/é", "/end/%C3%A9"),
        ("http://h/a%2fb c", "/a/b%20c"),
        ("http://h/{x}|^\"", "/%7Bx%7D%7C%5E%22"),
        ("http://h/[a b]!'", "/%5Ba%20b%5D%21%27"),
    ] {
        assert_eq!(url(text).path, path, "{text}");
    }
    assert_eq!(Url::parse(b"http://h/\xe9").expect("a URL").path, "/%E9");
}

#[test]
fn splits_host_and_port() {
    for (text, host, name, port) in [
        ("http://h:80/", "h:80", "h", Some("80")),
        ("http://h:/", "h:", "h", None),
        ("http://[::1]:8080/", "[::1]:8080", "::1", Some("8080")),
        ("http://[fe80::1%25lo]/", "[fe80::1%lo]", "fe80::1%lo", None),
        ("http://::1/", "::1", ":", Some("1")),
        ("http://h:1:2/", "h:1:2", "h:1", Some("2")),
        ("http:///x", "", "", None),
        ("http://%C3%A9/", "é", "é", None),
        ("http://<x>/", "<x>", "<x>", None),
    ] {
        let url = url(text);
        assert_eq!((url.host.as_str(), url.host_name(), url.port()), (host, name, port), "{text}");
    }
}

#[test]
fn reads_user_name_and_password() {
    let user = url("http://user:pa%20ss@h@x:80/").user;
    assert_eq!(user, Some(UserInfo { name: "user".into(), password: Some("pa ss@h".into()) }));
    let user = url("http://u@h/").user.expect("a user");
    assert_eq!((user.name.as_str(), user.password()), ("u", ""));
    assert!(!format!("{:?}", url("http://u:hush@h/")).contains("hush"));
}

#[test]
fn refuses_what_is_no_url() {
    for (text, error) in [
        ("http://h/%zz", UrlError::Escape("%zz".into())),
        ("http://h/%4", UrlError::Escape("%4".into())),
        ("http://h/#%", UrlError::Escape("%".into())),
        ("http://h/a\u{1}b", UrlError::ControlCharacter),
        ("http://h:abc/", UrlError::Port(":abc".into())),
        ("http://[::1]x/", UrlError::Port("x".into())),
        ("http://[::1", UrlError::MissingBracket),
        ("http://[127.0.0.1]/", UrlError::Literal("127.0.0.1".into())),
        ("http://a b/", UrlError::HostCharacter(" ".into())),
        ("http://h%3A80/", UrlError::Escape("%3A".into())),
        ("http://u ser@h/", UrlError::UserInfo),
        (":h", UrlError::MissingScheme),
        ("1:b/c", UrlError::ColonInFirstSegment),
    ] {
        assert_eq!(Url::parse(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn what_is_no_path_is_opaque() {
    let url = url("mailto:someone@example");
    assert_eq!((url.scheme.as_str(), url.opaque.as_str()), ("mailto", "someone@example"));
    assert_eq!(url.request_target(), b"someone@example");
}

#[test]
fn joins_references() {
    let base = url("http://u:p@h:80/a/b/c?x=1");
    for (reference, joined) in [
        ("/end", "http://u:p@h:80/end"),
        ("d", "http://u:p@h:80/a/b/d"),
        ("../d?y", "http://u:p@h:80/a/d?y"),
        ("../../../d/.", "http://u:p@h:80/d/"),
        ("..", "http://u:p@h:80/a/"),
        (".", "http://u:p@h:80/a/b/"),
        ("", "http://u:p@h:80/a/b/c?x=1"),
        ("#top", "http://u:p@h:80/a/b/c?x=1"),
        ("?y=2", "http://u:p@h:80/a/b/c?y=2"),
        ("//other/x/../y", "http://other/y"),
        ("HTTPS://other:443", "https://other:443"),
        ("ftp://other/x", "ftp://other/x"),
        ("/a//b/", "http://u:p@h:80/a//b/"),
        ("/end/é", "http://u:p@h:80/end/%C3%A9"),
    ] {
        let result = base.join(reference.as_bytes()).unwrap_or_else(|error| panic!("{reference}: {error}"));
        assert_eq!(result.to_string(), joined, "{reference}");
    }
    assert!(base.join(b"/%zz").is_err());
}

#[test]
fn shows_what_it_means() {
    for text in ["http://h", "https://u:p%40@[::1]:80/a?b", "http://[fe80::1%25lo]/", "/x?y", "mailto:a@b"] {
        assert_eq!(url(text).to_string(), text);
    }
}
