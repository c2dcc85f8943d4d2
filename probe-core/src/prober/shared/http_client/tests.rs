//! Client blocks as they stand in files against what they are refused for, read as and printed as.

use std::sync::Arc;

use super::dump::dump_client;
use super::parse::read_client;
use super::*;
use crate::config::read;
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// A section that is nothing but the block.
static SPEC: Spec = Spec { name: "client", families: &[], parse };
static SPECS: [&Spec; 1] = [&SPEC];

struct Block(HttpClientSettings);

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    Some(Arc::new(Block(read_client(section, errors))))
}

impl Settings for Block {
    fn dump(&self, out: &mut Dump) {
        dump_client(&self.0, out);
    }

    fn build(&self, _: &Common) -> Arc<dyn Prober> {
        unreachable!("nobody probes here")
    }
}

fn file(block: &str) -> String {
    format!("modules:\n  m:\n    prober: client\n    client: {block}\n")
}

fn problems(block: &str) -> Vec<String> {
    let Err(errors) = read(&file(block), "b.yml", &SPECS) else { return Vec::new() };
    let strip = |problem: &str| {
        let (_, after) = problem.split_once(" modules.m.client.").unwrap_or(("", problem));
        after.to_owned()
    };
    errors.problems().iter().map(|problem| strip(&problem.to_string())).collect()
}

fn printed(block: &str) -> String {
    let config = read(&file(block), "b.yml", &SPECS).unwrap_or_else(|errors| panic!("{block}: {errors}"));
    let mut dump = Dump::compact();
    config.modules["m"].own_settings().expect("the prober is known").dump(&mut dump);
    dump.finish()
}

const SWITCHES: &str = "follow_redirects: true\nenable_http2: true\n";

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn refuses_with_the_words_of_the_reference() {
    const BASIC: &str = "basic_auth: {username: u}";
    const OAUTH2: &str = "oauth2: {client_id: a, token_url: 'http://t'}";
    const ONE_OF_THREE: &str = "at most one of basic_auth, oauth2 & authorization must be configured";
    const ONE_OF_FOUR: &str =
        "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured";
    const JWT: &str = "client_id: a, token_url: b, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'";
    let cases = [
        (
            "{bearer_token: a, bearer_token_file: b}".to_owned(),
            "bearer_token_file",
            "at most one of bearer_token & bearer_token_file must be configured",
        ),
        (format!("{{{BASIC}, bearer_token: x}}"), "bearer_token", ONE_OF_FOUR),
        (format!("{{{OAUTH2}, bearer_token_file: x}}"), "bearer_token_file", ONE_OF_FOUR),
        ("{basic_auth: {}, bearer_token: x}".to_owned(), "bearer_token", ONE_OF_FOUR),
        (
            "{basic_auth: {username: u, username_ref: v}}".to_owned(),
            "basic_auth.username_ref",
            "at most one of basic_auth username, username_file & username_ref must be configured",
        ),
        (
            "{basic_auth: {password: hunter2, password_file: v}}".to_owned(),
            "basic_auth.password_file",
            "at most one of basic_auth password, password_file & password_ref must be configured",
        ),
        (
            "{authorization: {}, bearer_token: x}".to_owned(),
            "bearer_token",
            "authorization is not compatible with bearer_token & bearer_token_file",
        ),
        (
            "{authorization: {credentials: x, credentials_ref: y}}".to_owned(),
            "authorization.credentials_ref",
            "at most one of authorization credentials & credentials_file must be configured",
        ),
        (
            "{authorization: {type: ' bASic ', credentials: x}}".to_owned(),
            "authorization.type",
            "authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
        ),
        (format!("{{{BASIC}, authorization: {{}}}}"), "authorization", ONE_OF_THREE),
        (format!("{{{BASIC}, {OAUTH2}}}"), "oauth2", ONE_OF_THREE),
        (format!("{{authorization: {{}}, {OAUTH2}}}"), "authorization", ONE_OF_THREE),
        ("{oauth2: {token_url: b}}".to_owned(), "oauth2.client_id", "oauth2 client_id must be configured"),
        ("{oauth2: {client_id: a}}".to_owned(), "oauth2.token_url", "oauth2 token_url must be configured"),
        (
            "{oauth2: {client_id: a, token_url: b, client_secret: c, client_secret_file: d}}".to_owned(),
            "oauth2.client_secret_file",
            "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured using grant-type=client_credentials",
        ),
        (
            format!("{{oauth2: {{{JWT}, client_certificate_key: c, client_certificate_key_ref: d}}}}"),
            "oauth2.client_certificate_key_ref",
            "at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref must be configured using grant-type=urn:ietf:params:oauth:grant-type:jwt-bearer",
        ),
        (
            format!("{{oauth2: {{{JWT}, signature_algorithm: ES256}}}}"),
            "oauth2.signature_algorithm",
            "valid signature algorithms are RS256, RS384 and RS512",
        ),
        (
            "{proxy_connect_header: {A: []}}".to_owned(),
            "proxy_connect_header",
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
        ),
        (
            "{proxy_from_environment: true, proxy_url: 'http://p'}".to_owned(),
            "proxy_url",
            "if proxy_from_environment is configured, proxy_url must not be configured",
        ),
        (
            "{proxy_from_environment: true, no_proxy: a}".to_owned(),
            "no_proxy",
            "if proxy_from_environment is configured, no_proxy must not be configured",
        ),
        (
            "{no_proxy: a}".to_owned(),
            "no_proxy",
            "if no_proxy is configured, proxy_url must also be configured",
        ),
        (
            "{oauth2: {client_id: a, token_url: b, no_proxy: c}}".to_owned(),
            "oauth2.no_proxy",
            "if no_proxy is configured, proxy_url must also be configured",
        ),
        ("{proxy_url: 'http://[::1'}".to_owned(), "proxy_url", "parse \"http://[::1\": missing ']' in host"),
        (
            "{proxy_url: 'http://us er:hunter2@h'}".to_owned(),
            "proxy_url",
            "parse \"http://us er:xxxxx@h\": net/url: invalid userinfo",
        ),
        (
            "{http_headers: {hOsT: {values: [x]}}}".to_owned(),
            "http_headers.hOsT",
            "setting header \"Host\" is not allowed",
        ),
        (
            "{http_headers: {x-AMZ-date: ~}}".to_owned(),
            "http_headers.x-AMZ-date",
            "setting header \"X-Amz-Date\" is not allowed",
        ),
    ];
    for (block, path, message) in cases {
        assert_eq!(problems(&block), [format!("{path}: {message}")], "{block}");
    }
}

#[test]
fn reports_every_contradiction_at_once() {
    let block = "{bearer_token: a, bearer_token_file: b, basic_auth: {username: u}, no_proxy: c, oauth2: {}}";
    let found = problems(block);
    let parts = [
        "token & bearer",
        "oauth2, bearer_token",
        "oauth2 & authorization",
        "no_proxy",
        "client_id",
        "token_url",
    ];
    assert_eq!(found.len(), parts.len(), "{found:?}");
    assert!(parts.iter().all(|part| found.iter().any(|problem| problem.contains(part))), "{found:?}");
}

#[test]
fn what_the_reference_accepts_loads() {
    let blocks = [
        "{basic_auth: ~, authorization: ~, oauth2: ~, bearer_token: x}",
        "{bearer_token: '', bearer_token_file: ''}",
        "{basic_auth: {password: '', password_file: f}}",
        "{oauth2: {client_id: a, token_url: 'http://[::1'}}",
        "{oauth2: {client_id: a, token_url: b, client_certificate_key: c, client_certificate_key_file: d}}",
        "{oauth2: {client_id: a, token_url: b, signature_algorithm: ES256}}",
        "{proxy_url: 'ftp://x'}",
        "{proxy_url: '', no_proxy: '', proxy_from_environment: true}",
        "{proxy_url: 'http://p', proxy_connect_header: {A: ~}}",
        "{http_headers: {'user-agent ': {values: [x]}, '': {}, A: ~}}",
    ];
    for block in blocks {
        assert_eq!(problems(block), Vec::<String>::new(), "{block}");
    }
}

#[test]
fn unknown_keys_are_refused_in_every_section() {
    for key in ["basic_auth", "authorization", "oauth2"] {
        let found =
            problems(&format!("{{{key}: {{client_id: a, token_url: b, username: c, type: d, x_y: z}}}}"));
        assert!(
            found.iter().any(|problem| problem.starts_with(&format!("{key}.x_y: unknown key"))),
            "{found:?}"
        );
    }
    assert!(problems("{http_headers: {A: {value: x}}}")[0].starts_with("http_headers.A.value: unknown key"));
}

#[test]
fn secrets_are_neither_repeated_nor_printed() {
    let wrong = [
        "{basic_auth: {password: [hunter2]}}",
        "{bearer_token: {hunter2: 1}}",
        "{oauth2: {client_secret: [hunter2], client_id: a, token_url: b}}",
        "{proxy_url: 'http://a:hunter2@[::1'}",
        "{proxy_url: 'http://a:hun/ter2 @b c'}",
        "{proxy_url: 'http://p', proxy_connect_header: {A: hunter2}}",
        "{http_headers: {A: {secrets: hunter2}}}",
        "{http_headers: {A: {secrets: [[hunter2]]}}}",
    ];
    for block in wrong {
        let found = problems(block).join("\n");
        assert!(!found.is_empty() && !found.contains("ter2"), "{block}: {found}");
    }
    let right = "{basic_auth: {password: hunter2}, proxy_url: 'http://a:hunter2@b', proxy_connect_header: {A: [hunter2]}, \
                 http_headers: {A: {secrets: [hunter2]}}}";
    assert!(!printed(right).contains("hunter2"));
    let config = read(&file(right), "b.yml", &SPECS).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
    let oauth2 = "{oauth2: {client_id: a, client_secret: hunter2, client_certificate_key: hunter2, \
                  token_url: 'http://u:hunter2@t/'}}";
    assert!(!printed(oauth2).contains("hunter2"));
}

#[test]
fn prints_authentication() {
    let cases = [
        ("{}", ""),
        ("{basic_auth: {}}", "basic_auth: {}\n"),
        ("{basic_auth: {username: u, password: ''}}", "basic_auth:\n  username: u\n"),
        (
            "{basic_auth: {username_file: /u, password_ref: p}}",
            "basic_auth:\n  username_file: /u\n  password_ref: p\n",
        ),
        ("{bearer_token: x}", "authorization:\n  type: Bearer\n  credentials: <secret>\n"),
        ("{bearer_token_file: /t}", "authorization:\n  type: Bearer\n  credentials_file: /t\n"),
        (
            "{authorization: {type: '  Foo ', credentials: x}}",
            "authorization:\n  type: Foo\n  credentials: <secret>\n",
        ),
        ("{authorization: {}}", "authorization:\n  type: Bearer\n"),
    ];
    for (block, expected) in cases {
        assert_eq!(printed(block), format!("{expected}{SWITCHES}"), "{block}");
    }
}

#[test]
fn prints_oauth2_in_the_order_of_the_reference() {
    let block = "{oauth2: {
        proxy_connect_header: {A: [b]}, proxy_url: 'http://p:q@h', endpoint_params: {b: c, a: ''}, token_url: 'http://t/',
        scopes: [a, b], claims: {s: '', n: {}, b: 1, a: {c: [1, x, ~], f: 1.5, g: yes}}, audience: x, iss: i,
        signature_algorithm: RS999, grant_type: foo, client_certificate_key: k, client_certificate_key_id: kid,
        client_secret: s, client_id: c}}";
    let expected = r#"oauth2:
  client_id: c
  client_secret: <secret>
  client_certificate_key_id: kid
  client_certificate_key: <secret>
  grant_type: foo
  signature_algorithm: RS999
  iss: i
  audience: x
  claims:
    a:
      c: [1,"x",null]
      f: 1.5
      g: "yes"
    b: 1
    "n": {}
    s: ""
  scopes:
  - a
  - b
  token_url: http://t/
  endpoint_params:
    a: ""
    b: c
  proxy_url: http://p:xxxxx@h
  proxy_connect_header:
    A:
    - <secret>
"#;
    assert_eq!(printed(block), format!("{expected}{SWITCHES}"));
}
