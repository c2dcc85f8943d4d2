//! What clients have in common: TLS, credentials, proxies, headers.

use super::{Check, loads, module, refused};

fn ok(name: &'static str, section: &str) -> Check {
    loads(name, module("http", section))
}

fn no(name: &'static str, section: &str, reference: &str, ours: &str) -> Check {
    refused(name, module("http", section), reference, ours)
}

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = tls();
    checks.extend(credentials());
    checks.extend(oauth2());
    checks.extend(proxies());
    checks.extend(headers());
    checks
}

fn tls() -> Vec<Check> {
    let fine = |name, config: &str| ok(name, &format!("tls_config: {{{config}}}"));
    let bad = |name, config: &str, words: &str, ours: &str| {
        no(name, &format!("tls_config: {{{config}}}"), words, ours)
    };
    const KEY: &str =
        "exactly one of key or key_file must be configured when a client certificate is configured";
    const CERT: &str = "exactly one of cert or cert_file must be configured when a client key is configured";
    vec![
        fine("tls_with_files_that_are_missing", "ca_file: /a, cert_file: /b, key_file: /c"),
        fine("tls_with_texts", "ca: a, cert: b, key: c"),
        fine("tls_with_a_text_and_a_file", "cert_file: /b, key: c"),
        fine(
            "tls_with_everything",
            "server_name: a, insecure_skip_verify: true, min_version: TLS10, max_version: TLS13",
        ),
        fine("tls_versions_that_clash", "min_version: TLS13, max_version: TLS10"),
        fine("tls_by_reference", "ca_ref: a, cert_ref: b, key_ref: c")
            .ours_alone("the reference says which of them needs which"),
        bad(
            "two_authorities",
            "ca: a, ca_file: b",
            "at most one of ca, ca_file & ca_ref must be configured",
            "ca",
        ),
        bad(
            "two_certificates",
            "cert: a, cert_file: b, key: c",
            "at most one of cert, cert_file & cert_ref must be configured",
            "cert",
        ),
        bad(
            "two_keys",
            "cert: a, key: b, key_file: c",
            "at most one of key and key_file must be configured",
            "key",
        ),
        bad("a_certificate_without_a_key", "cert_file: a", KEY, "key"),
        bad("a_certificate_in_text_without_a_key", "cert: a", KEY, "key"),
        bad("a_key_without_a_certificate", "key_file: a", CERT, "cert"),
        bad("a_key_in_text_without_a_certificate", "key: a", CERT, "cert"),
        bad("a_version_that_nobody_knows", "min_version: TLS14", "unknown TLS version: TLS14", "TLS14"),
        bad("a_version_in_small_letters", "max_version: tls12", "unknown TLS version: tls12", "tls12"),
        bad("a_version_by_its_number", "min_version: 1.2", "unknown TLS version: 1.2", "1.2"),
        bad("an_unknown_key_of_tls", "verify: true", "field verify not found in type config.plain", "verify"),
        refused("tls_of_another_prober", module("tcp", "tls_config: {cert_file: a}"), KEY, "key"),
        refused(
            "tls_of_grpc",
            module("grpc", "tls_config: {ca: a, ca_file: b}"),
            "at most one of ca, ca_file & ca_ref must be configured",
            "ca",
        ),
        refused("tls_of_dns", module("dns", "query_name: a, tls_config: {key_file: a}"), CERT, "cert"),
        refused("tls_of_unix", module("unix", "tls_config: {min_version: x}"), "unknown TLS version: x", "x"),
    ]
}

fn credentials() -> Vec<Check> {
    const ONE: &str = "at most one of basic_auth, oauth2 & authorization must be configured";
    const BEARER: &str =
        "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured";
    vec![
        ok("basic", "basic_auth: {username: u, password: p}"),
        ok("basic_with_files", "basic_auth: {username_file: u, password_file: p}"),
        ok("basic_of_nothing", "basic_auth: {}"),
        ok("a_token", "bearer_token: t"),
        ok("a_token_in_a_file", "bearer_token_file: t"),
        ok("authorization", "authorization: {type: Token, credentials: t}"),
        ok("authorization_of_nothing", "authorization: {}"),
        ok("authorization_in_a_file", "authorization: {credentials_file: t}"),
        no(
            "two_tokens",
            "bearer_token: t, bearer_token_file: f",
            "at most one of bearer_token & bearer_token_file must be configured",
            "bearer_token",
        ),
        no(
            "two_tokens_and_basic",
            "bearer_token: t, bearer_token_file: f, basic_auth: {username: u}",
            "at most one of bearer_token & bearer_token_file must be configured",
            "bearer_token",
        ),
        no("basic_and_a_token", "basic_auth: {username: u}, bearer_token: t", BEARER, "bearer_token"),
        no(
            "basic_and_a_token_in_a_file",
            "basic_auth: {username: u}, bearer_token_file: t",
            BEARER,
            "bearer_token",
        ),
        no(
            "oauth2_and_a_token",
            "oauth2: {client_id: a, token_url: 'http://t'}, bearer_token: t",
            BEARER,
            "bearer_token",
        ),
        no(
            "two_users",
            "basic_auth: {username: u, username_file: f}",
            "at most one of basic_auth username, username_file & username_ref must be configured",
            "username",
        ),
        no(
            "two_passwords",
            "basic_auth: {username: u, password: p, password_file: f}",
            "at most one of basic_auth password, password_file & password_ref must be configured",
            "password",
        ),
        no(
            "authorization_and_a_token",
            "authorization: {credentials: c}, bearer_token: t",
            "authorization is not compatible with bearer_token & bearer_token_file",
            "authorization",
        ),
        no(
            "two_credentials",
            "authorization: {credentials: c, credentials_file: f}",
            "at most one of authorization credentials & credentials_file must be configured",
            "credentials",
        ),
        no(
            "authorization_of_type_basic",
            "authorization: {type: basic, credentials: c}",
            "authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
            "basic",
        ),
        no(
            "authorization_of_type_basic_in_capitals",
            "authorization: {type: ' BASIC ', credentials: c}",
            "authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
            "basic",
        ),
        no(
            "authorization_and_basic",
            "authorization: {credentials: c}, basic_auth: {username: u}",
            ONE,
            "basic_auth",
        ),
        no(
            "authorization_and_oauth2",
            "authorization: {credentials: c}, oauth2: {client_id: a, token_url: 'http://t'}",
            ONE,
            "oauth2",
        ),
        no(
            "basic_and_oauth2",
            "basic_auth: {username: u}, oauth2: {client_id: a, token_url: 'http://t'}",
            ONE,
            "oauth2",
        ),
        no(
            "an_unknown_key_of_basic",
            "basic_auth: {user: u}",
            "field user not found in type config.plain",
            "user",
        ),
        no(
            "an_unknown_key_of_authorization",
            "authorization: {token: t}",
            "field token not found in type config.Authorization",
            "token",
        ),
    ]
}

fn oauth2() -> Vec<Check> {
    let fine =
        |name, config: &str| ok(name, &format!("oauth2: {{client_id: a, token_url: 'http://t', {config}}}"));
    let bad =
        |name, config: &str, words: &str, ours: &str| no(name, &format!("oauth2: {{{config}}}"), words, ours);
    vec![
        fine("oauth2", "client_secret: s"),
        fine("oauth2_with_a_file", "client_secret_file: s"),
        fine(
            "oauth2_with_everything",
            "client_secret: s, scopes: [a], endpoint_params: {a: b}, tls_config: {insecure_skip_verify: true}, proxy_url: 'http://p'",
        ),
        fine("an_unknown_grant", "grant_type: nonsense"),
        bad(
            "oauth2_without_a_client",
            "client_secret: s, token_url: 'http://t'",
            "oauth2 client_id must be configured",
            "client_id",
        ),
        bad(
            "oauth2_without_a_url",
            "client_id: a, client_secret: s",
            "oauth2 token_url must be configured",
            "token_url",
        ),
        bad(
            "oauth2_with_two_secrets",
            "client_id: a, token_url: 'http://t', client_secret: s, client_secret_file: f",
            "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured using grant-type=client_credentials",
            "client_secret",
        ),
        bad(
            "an_unknown_key_of_oauth2",
            "client_id: a, token_url: 'http://t', secret: s",
            "field secret not found",
            "secret",
        ),
        bad(
            "tls_of_oauth2",
            "client_id: a, token_url: 'http://t', tls_config: {cert: a}",
            "exactly one of key or key_file must be configured when a client certificate is configured",
            "key",
        ),
    ]
}

fn proxies() -> Vec<Check> {
    vec![
        ok("a_proxy", "proxy_url: 'http://p:3128'"),
        ok("a_proxy_with_credentials", "proxy_url: 'http://u:p@p:3128/'"),
        ok("a_proxy_of_socks", "proxy_url: 'socks5://p:1080'"),
        ok("a_proxy_of_an_unknown_kind", "proxy_url: 'ftp://p'"),
        ok("an_empty_proxy", "proxy_url: ''"),
        ok("a_proxy_and_a_list", "proxy_url: 'http://p', no_proxy: 'a,b'"),
        ok("a_proxy_from_the_environment", "proxy_from_environment: true"),
        ok("headers_for_a_proxy", "proxy_url: 'http://p', proxy_connect_header: {A: [b, c]}"),
        ok(
            "headers_for_a_proxy_from_the_environment",
            "proxy_from_environment: true, proxy_connect_header: {A: [b]}",
        ),
        no(
            "a_proxy_that_is_no_url",
            "proxy_url: 'http://[::1'",
            "parse \"http://[::1\": missing ']' in host",
            "proxy_url",
        ),
        no(
            "a_proxy_without_a_scheme",
            "proxy_url: '127.0.0.1:3128'",
            "first path segment in URL cannot contain colon",
            "proxy_url",
        ),
        no(
            "a_proxy_with_a_bad_port",
            "proxy_url: 'http://p:port'",
            "invalid port \":port\" after host",
            "proxy_url",
        ),
        no(
            "a_proxy_and_the_environment",
            "proxy_url: 'http://p', proxy_from_environment: true",
            "if proxy_from_environment is configured, proxy_url must not be configured",
            "proxy_from_environment",
        ),
        no(
            "the_environment_and_a_list",
            "proxy_from_environment: true, no_proxy: a",
            "if proxy_from_environment is configured, no_proxy must not be configured",
            "no_proxy",
        ),
        no(
            "a_list_without_a_proxy",
            "no_proxy: a",
            "if no_proxy is configured, proxy_url must also be configured",
            "no_proxy",
        ),
        no(
            "headers_without_a_proxy",
            "proxy_connect_header: {A: [b]}",
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
            "proxy_connect_header",
        ),
        no(
            "headers_for_a_proxy_of_text",
            "proxy_url: 'http://p', proxy_connect_header: {A: b}",
            "cannot unmarshal !!str `b` into []config.Secret",
            "proxy_connect_header",
        ),
    ]
}

fn headers() -> Vec<Check> {
    let reserved = |name, header: &str, canonical: &str| {
        no(
            name,
            &format!("http_headers: {{{header}: {{values: [a]}}}}"),
            &format!("setting header \"{canonical}\" is not allowed"),
            header,
        )
    };
    vec![
        ok("headers_of_every_kind", "http_headers: {X-A: {values: [b], secrets: [c], files: [d]}}"),
        ok("a_header_without_anything", "http_headers: {X-A: {}}"),
        ok("a_cookie_is_not_reserved", "http_headers: {Cookie: {values: [a]}}"),
        ok("a_reserved_header_the_plain_way", "headers: {Host: a, Authorization: b, Content-Type: c}"),
        reserved("host_is_reserved", "Host", "Host"),
        reserved("host_is_reserved_in_small_letters", "host", "Host"),
        reserved("authorization_is_reserved", "Authorization", "Authorization"),
        reserved("content_type_is_reserved", "content-type", "Content-Type"),
        reserved("content_length_is_reserved", "Content-Length", "Content-Length"),
        reserved("content_encoding_is_reserved", "Content-Encoding", "Content-Encoding"),
        reserved("user_agent_is_reserved", "User-Agent", "User-Agent"),
        reserved("connection_is_reserved", "Connection", "Connection"),
        reserved("keep_alive_is_reserved", "Keep-Alive", "Keep-Alive"),
        reserved("accept_encoding_is_reserved", "Accept-Encoding", "Accept-Encoding"),
        reserved("proxy_authorization_is_reserved", "Proxy-Authorization", "Proxy-Authorization"),
        reserved("proxy_authenticate_is_reserved", "Proxy-Authenticate", "Proxy-Authenticate"),
        reserved("www_authenticate_is_reserved", "WWW-Authenticate", "Www-Authenticate"),
        reserved(
            "the_exporters_own_header_is_reserved",
            "X-Prometheus-Scrape-Timeout-Seconds",
            "X-Prometheus-Scrape-Timeout-Seconds",
        ),
        reserved("a_header_of_amazon_is_reserved", "X-Amz-Date", "X-Amz-Date"),
        no(
            "an_unknown_key_of_a_header",
            "http_headers: {X-A: {value: b}}",
            "field value not found in type config.Header",
            "value",
        ),
        no(
            "a_header_of_text",
            "http_headers: {X-A: b}",
            "cannot unmarshal !!str `b` into config.Header",
            "http_headers",
        ),
    ]
}
