use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{Deadline, Reason, Target};
use crate::net::{BoxFuture, Policy, Resolve};
use crate::prober::Services;

const IP4: Preference = Preference { family: IpVersionPreference::Ip4, fallback: false };
const IP6: Preference = Preference { family: IpVersionPreference::Ip6, fallback: false };
const IP4_OR_6: Preference = Preference { family: IpVersionPreference::Ip4, fallback: true };
const IP6_OR_4: Preference = Preference { family: IpVersionPreference::Ip6, fallback: true };

/// Answers after a second with what the name says: addresses joined by commas.
struct Spelled;

impl Resolve for Spelled {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let addresses: Vec<ScopedIp> = host
                .split(',')
                .filter_map(|text| text.parse::<IpAddr>().ok())
                .filter(|ip| families.contain(*ip))
                .map(ScopedIp::from)
                .collect();
            if addresses.is_empty() {
                return Err(ResolveError::NoSuchHost { host: host.into() });
            }
            Ok(addresses)
        })
    }
}

async fn chosen(host: &str, preference: Preference, out: &mut Recorder) -> Result<ScopedIp, ProbeError> {
    let target = Target::new(host);
    let policy = Policy::allow_all();
    let services = Services::new(Arc::new(Spelled));
    let deadline = Deadline::after(Instant::now().into_std(), Duration::from_secs(5));
    let cx = Context { target: &target, deadline, policy: &policy, services: &services };
    choose(host, preference, &cx, out).await
}

#[tokio::test(start_paused = true)]
async fn chooses_as_the_reference_does() {
    const BOTH: &str = "2001:db8::1,192.0.2.1,2001:db8::2,192.0.2.2,end";
    for (host, preference, expected) in [
        (BOTH, IP4, Some("192.0.2.1")),
        (BOTH, IP6, Some("2001:db8::1")),
        (BOTH, IP4_OR_6, Some("192.0.2.1")),
        (BOTH, IP6_OR_4, Some("2001:db8::1")),
        ("2001:db8::1,2001:db8::2,end", IP4, None),
        ("2001:db8::1,2001:db8::2,end", IP4_OR_6, Some("2001:db8::2")),
        ("192.0.2.1,192.0.2.2,end", IP6_OR_4, Some("192.0.2.2")),
        ("::ffff:192.0.2.1,2001:db8::1,end", IP4_OR_6, Some("192.0.2.1")),
        ("::ffff:192.0.2.1,2001:db8::1,end", IP6, Some("2001:db8::1")),
        ("127.0.0.1", IP4, Some("127.0.0.1")),
        ("127.0.0.1", IP6, None),
        ("127.0.0.1", IP6_OR_4, Some("127.0.0.1")),
        ("[::1]", IP4_OR_6, Some("::1")),
        ("::ffff:127.0.0.1", IP4, Some("127.0.0.1")),
        ("nowhere", IP4_OR_6, None),
    ] {
        let mut out = Recorder::default();
        let address = chosen(host, preference, &mut out).await.ok().map(|address| address.ip);
        assert_eq!(address.map(|ip| ip.to_string()).as_deref(), expected, "{host} {preference:?}");
        assert_eq!(out.address, address, "{host} {preference:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn records_protocol_hash_and_lookup_time() {
    let mut out = Recorder::default();
    chosen("::1,end", IP6, &mut out).await.expect("an address");
    assert_eq!(out.get(&PROTOCOL), Some(6.0));
    assert_eq!(out.get(&ADDRESS_HASH), Some(1_751_717_746.0));
    assert_eq!(out.get(&LOOKUP_TIME), Some(Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn failure_records_lookup_time_and_zeros() {
    let mut out = Recorder::default();
    let error = chosen("nowhere", IP6_OR_4, &mut out).await.expect_err("no such name");
    assert_eq!((error.reason, error.phase), (Reason::Resolve, Phase::Resolve));
    assert_eq!(error.to_string(), "lookup nowhere: no such host");
    assert_eq!(out.get(&PROTOCOL), Some(0.0));
    assert_eq!(out.get(&ADDRESS_HASH), Some(0.0));
    assert_eq!(out.get(&LOOKUP_TIME), Some(Duration::from_secs(1)));
    assert_eq!(out.phase, Phase::Resolve);
}

#[tokio::test(start_paused = true)]
async fn lookup_cut_by_the_deadline_leaves_its_time() {
    let mut out = Recorder::default();
    let limit = Duration::from_millis(250);
    let cut = tokio::time::timeout(limit, chosen("::1,end", IP6, &mut out)).await;
    assert!(cut.is_err());
    assert_eq!(out.get(&LOOKUP_TIME), Some(limit));
}

#[tokio::test(start_paused = true)]
async fn literal_of_the_other_version_is_named() {
    let error = chosen("127.0.0.1", IP6, &mut Recorder::default()).await.expect_err("no IPv6 address");
    assert_eq!(error.to_string(), "address 127.0.0.1: no suitable address found");
}

#[test]
fn hash_is_that_of_the_reference() {
    assert_eq!(fnv1a("127.0.0.1".parse().expect("an address")), 3_668_918_509);
    assert_eq!(fnv1a("::1".parse().expect("an address")), 1_751_717_746);
}

#[test]
fn any_text_but_ip6_means_ip4() {
    for (text, family) in [
        ("", IpVersionPreference::Ip6),
        ("ip6", IpVersionPreference::Ip6),
        ("ip4", IpVersionPreference::Ip4),
        ("IP6", IpVersionPreference::Ip4),
    ] {
        assert_eq!(Preference::from_text(text, true), Preference { family, fallback: true }, "{text:?}");
    }
}
