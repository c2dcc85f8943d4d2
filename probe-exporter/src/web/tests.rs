use std::path::PathBuf;

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use super::*;
use crate::os_words::chain;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// `s3cret`, at the least cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";

/// A file that belongs to one test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("probe-exporter-{}-{name}.yml", std::process::id()));
    std::fs::write(&path, text).expect("the folder for temporary files can be written");
    path
}

/// The status of the answer to a request with this `Authorization`, and its headers.
async fn asked(web: &Web, authorization: &str) -> (u16, HeaderMap) {
    let mut request = Request::new(());
    if !authorization.is_empty() {
        request.headers_mut().insert(AUTHORIZATION, authorization.parse().expect("a header"));
    }
    let answer = match web.admit(&request, CLIENT).await {
        Ok(admitted) => {
            let mut answer = crate::route::ok("text/plain", "");
            admitted.add_headers(&mut answer);
            answer
        }
        Err(refusal) => refusal,
    };
    (answer.status().as_u16(), answer.headers().clone())
}

async fn status(web: &Web, authorization: &str) -> u16 {
    asked(web, authorization).await.0
}

#[tokio::test]
async fn changes_take_effect_with_the_next_request() {
    let path = file("changes", "");
    let web = Web::load(&path).expect("an empty file is valid");
    assert_eq!(status(&web, "").await, 200);
    std::fs::write(&path, format!("basic_auth_users: {{alice: {HASH}}}")).expect("it was written before");
    assert_eq!(status(&web, "").await, 401);
    assert_eq!(status(&web, "Basic YWxpY2U6czNjcmV0").await, 200);
    std::fs::write(&path, "nonsense: 1").expect("it was written before");
    assert_eq!(status(&web, "Basic YWxpY2U6czNjcmV0").await, 500);
    std::fs::remove_file(&path).expect("it is there");
    assert_eq!(status(&web, "").await, 500);
    std::fs::write(&path, "").expect("the folder is there");
    assert_eq!(status(&web, "").await, 200);
}

#[tokio::test]
async fn a_user_whose_hash_went_bad_is_the_only_one_kept_out() {
    let path = file("went-bad", &format!("basic_auth_users: {{alice: {HASH}, bob: {HASH}}}"));
    let web = Web::load(&path).expect("valid hashes");
    std::fs::write(&path, format!("basic_auth_users: {{alice: plain, bob: {HASH}}}"))
        .expect("it was written before");
    assert_eq!(status(&web, "Basic YWxpY2U6czNjcmV0").await, 401);
    assert_eq!(status(&web, "Basic Ym9iOnMzY3JldA==").await, 200);
}

#[tokio::test(start_paused = true)]
async fn limits_come_before_everything_but_the_file() {
    let path = file(
        "limits",
        &format!("rate_limit: {{interval: 1s, burst: 2}}\nbasic_auth_users: {{alice: {HASH}}}"),
    );
    let web = Web::load(&path).expect("valid");
    let seen = [status(&web, "").await, status(&web, "").await, status(&web, "").await];
    assert_eq!(seen, [401, 401, 429]);
    std::fs::write(&path, "nonsense: 1").expect("it was written before");
    assert_eq!(status(&web, "").await, 500);
    std::fs::write(&path, "rate_limit: {interval: 1s, burst: 100}").expect("it was written before");
    assert_eq!(status(&web, "").await, 429, "limits are those of the start");
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(status(&web, "").await, 200);
}

#[tokio::test]
async fn configured_headers_are_on_answers_and_on_challenges() {
    let text = format!(
        "http_server_config: {{headers: {{X-Frame-Options: deny, X-Content-Type-Options: nosniff}}}}\n\
         basic_auth_users: {{alice: {HASH}}}"
    );
    let web = Web::load(&file("headers", &text)).expect("valid");
    let (_, refused) = asked(&web, "").await;
    let (_, answered) = asked(&web, "Basic YWxpY2U6czNjcmV0").await;
    for headers in [&refused, &answered] {
        assert_eq!(headers.get("x-frame-options").map(HeaderValue::as_bytes), Some(&b"deny"[..]));
        assert_eq!(headers.get_all("x-content-type-options").iter().count(), 1);
    }
    assert_eq!(refused.get(WWW_AUTHENTICATE).map(HeaderValue::as_bytes), Some(&b"Basic"[..]));
}

#[tokio::test]
async fn without_a_file_everybody_is_let_in() {
    let web = Web::open();
    assert_eq!(status(&web, "").await, 200);
    assert!(web.tls().is_none() && web.http2_over_tls().is_none());
}

#[test]
fn what_is_wrong_at_the_start_is_named() {
    for (name, text, words) in [
        ("a-field", "nonsense: 1\n", "nonsense: unknown key"),
        (
            "a-hash",
            "basic_auth_users: {a: plain}\n",
            "user \"a\": crypto/bcrypt: hashedSecret too short to be a bcrypted password",
        ),
        ("a-key", "tls_server_config: {cert: x}\n", "missing one of key or key_file"),
        (
            "a-cert",
            "tls_server_config: {cert_file: /nope, key: x}\n",
            "failed to read cert_file (/nope): open /nope: no such file or directory",
        ),
    ] {
        let error = Web::load(&file(name, text)).err().expect(text);
        assert!(chain(&error).contains(words), "{}", chain(&error));
    }
    let error = Web::load(Path::new("/no/such/file")).err().expect("it is not there");
    assert_eq!(chain(&error), "open /no/such/file: no such file or directory");
}
