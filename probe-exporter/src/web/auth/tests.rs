use hyper::header::{AUTHORIZATION, HeaderValue};

use super::super::settings::WebSettings;
use super::*;

/// `s3cret`, at the least cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";
/// `abc`.
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn settings(text: &str) -> WebSettings {
    WebSettings::read(text.as_bytes(), "w.yml", std::path::Path::new("")).expect("valid settings")
}

/// The visitor's name, or the schemes that he is offered.
async fn judged(settings: &WebSettings, authorization: &str) -> Result<Visitor, &'static [&'static str]> {
    let mut headers = HeaderMap::new();
    if !authorization.is_empty() {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).expect("a header"));
    }
    match Authenticator::new().judge(&settings.access, &headers).await {
        Outcome::Known(visitor) => Ok(visitor),
        Outcome::Unknown(schemes) => Err(schemes),
        Outcome::Busy => panic!("there is nobody else"),
    }
}

async fn name(settings: &WebSettings, authorization: &str) -> Result<String, &'static [&'static str]> {
    judged(settings, authorization)
        .await
        .map(|visitor| visitor.name.as_deref().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn users_have_passwords() {
    let settings = settings(&format!("basic_auth_users: {{alice: {HASH}, broken: {HASH}x}}"));
    for (authorization, expected) in [
        ("Basic YWxpY2U6czNjcmV0", Ok("alice")),
        ("Basic YWxpY2U6bm9wZQ==", Err(BASIC)),
        ("Basic Ym9iOnMzY3JldA==", Err(BASIC)),
        ("Basic Og==", Err(BASIC)),
        // broken:s3cret
        ("Basic YnJva2VuOnMzY3JldA==", Err(BASIC)),
        ("Bearer abc", Err(BASIC)),
        ("", Err(BASIC)),
    ] {
        assert_eq!(name(&settings, authorization).await, expected.map(str::to_owned), "{authorization}");
    }
}

#[tokio::test]
async fn programs_have_tokens() {
    let settings = settings(&format!("bearer_tokens:\n  scraper: {SHA256}\n  other: {HASH}\n"));
    for (authorization, expected) in [
        ("Bearer abc", Ok("scraper")),
        ("Bearer s3cret", Ok("other")),
        ("Bearer abcd", Err(BEARER)),
        ("Basic YWxpY2U6czNjcmV0", Err(BEARER)),
    ] {
        assert_eq!(name(&settings, authorization).await, expected.map(str::to_owned), "{authorization}");
    }
}

#[tokio::test]
async fn both_ways_in_are_named_where_there_are_both() {
    let settings =
        settings(&format!("bearer_tokens: {{scraper: {SHA256}}}\nbasic_auth_users: {{alice: {HASH}}}\n"));
    assert_eq!(name(&settings, "").await, Err(BOTH));
    assert_eq!(name(&settings, "Bearer abc").await, Ok("scraper".into()));
}

#[tokio::test]
async fn without_users_anybody_may_ask() {
    let visitor = judged(&settings("basic_auth_users: {}"), "Basic nonsense").await.expect("open");
    assert!(!visitor.is_authenticated() && !visitor.is_restricted() && visitor.may_use(b"anything"));
}

#[tokio::test]
async fn some_may_ask_for_some_modules_only() {
    let text =
        format!("basic_auth_users: {{alice: {HASH}, bob: {HASH}}}\nallowed_modules: {{bob: [icmp, tcp]}}\n");
    let settings = settings(&text);
    let alice = judged(&settings, "Basic YWxpY2U6czNjcmV0").await.expect("known");
    let bob = judged(&settings, "Basic Ym9iOnMzY3JldA==").await.expect("known");
    let modules: [&[u8]; 3] = [b"icmp", b"http_2xx", b"ic"];
    assert_eq!(modules.map(|module| alice.may_use(module)), [true; 3]);
    assert_eq!(modules.map(|module| bob.may_use(module)), [true, false, false]);
    assert_eq!((alice.is_restricted(), bob.is_restricted(), bob.is_authenticated()), (false, true, true));
}

#[tokio::test]
async fn what_was_checked_once_is_known() {
    let settings = settings(&format!("basic_auth_users: {{alice: {HASH}}}"));
    let authenticator = Authenticator::new();
    let Some(user) = settings.access.users.first() else { panic!("there is alice") };
    let hash = user.secret.as_ref().expect("a hash");
    let checks = (0..20).map(|_| authenticator.check(hash, b"alice", b"s3cret"));
    for check in checks.collect::<Vec<_>>() {
        assert!(check.await.expect("there is room"));
    }
    let key = digest::of_parts(&[&authenticator.key, b"alice", hash.as_str().as_bytes(), b"s3cret"]);
    assert!(matches!(authenticator.known.ask(key), Ask::Known(true)));
}
