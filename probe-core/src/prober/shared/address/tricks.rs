//! Ways to write an address so that a policy does not recognise it. Each must come to nothing, whatever the name server
//! makes of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::model::{Deadline, HostPort, Reason, Target};
use crate::net::policy::Selection;
use crate::net::{BoxFuture, Policy, PolicyRules, Resolve};
use crate::prober::Services;

/// What an exporter that strangers can reach denies.
const DENIED: [&str; 9] = [
    "loopback",
    "link-local",
    "metadata",
    "private",
    "unspecified",
    "multicast",
    "broadcast",
    "cgnat",
    "ula",
];

/// Hosts, and the address that some parser or name server takes each for.
const TRICKS: [(&str, &str); 86] = [
    // As it is.
    ("127.0.0.1", "127.0.0.1"),
    ("169.254.169.254", "169.254.169.254"),
    ("10.0.0.1", "10.0.0.1"),
    ("100.64.0.1", "100.64.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("224.0.0.1", "224.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("127.255.255.254", "127.255.255.254"),
    // One number.
    ("2130706433", "127.0.0.1"),
    ("2852039166", "169.254.169.254"),
    ("0", "0.0.0.0"),
    ("1", "0.0.0.1"),
    ("4294967295", "255.255.255.255"),
    ("0x7f000001", "127.0.0.1"),
    ("0X7F000001", "127.0.0.1"),
    ("0xa9fea9fe", "169.254.169.254"),
    ("017700000001", "127.0.0.1"),
    ("0x100000000000000007f000001", "127.0.0.1"),
    // Few numbers.
    ("127.1", "127.0.0.1"),
    ("127.0.1", "127.0.0.1"),
    ("10.1", "10.0.0.1"),
    ("0.0", "0.0.0.0"),
    ("169.254.43518", "169.254.169.254"),
    ("127.0x1", "127.0.0.1"),
    // Other bases.
    ("0177.0.0.1", "127.0.0.1"),
    ("0x7f.0.0.1", "127.0.0.1"),
    ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
    ("0177.0000.0000.0001", "127.0.0.1"),
    ("0xA9.0xFE.0xA9.0xFE", "169.254.169.254"),
    ("0251.0376.0251.0376", "169.254.169.254"),
    ("0251.254.169.0xfe", "169.254.169.254"),
    ("127.000.000.001", "127.0.0.1"),
    ("127.0.0.0001", "127.0.0.1"),
    ("425.510.425.510", "169.254.169.254"),
    // Dots and blanks.
    ("127.0.0.1.", "127.0.0.1"),
    ("127.0.0.1..", "127.0.0.1"),
    ("127.1.", "127.0.0.1"),
    (" 127.0.0.1", "127.0.0.1"),
    ("127.0.0.1 ", "127.0.0.1"),
    ("127.0.0.1\t", "127.0.0.1"),
    ("127.0.0.1\0.example", "127.0.0.1"),
    ("127。0。0。1", "127.0.0.1"),
    ("127．0．0．1", "127.0.0.1"),
    ("127｡0｡0｡1", "127.0.0.1"),
    // Digits of other scripts, which IDNA makes ASCII.
    ("１２７.０.０.１", "127.0.0.1"),
    ("①②⑦.⓪.⓪.①", "127.0.0.1"),
    ("127.0.0.¹", "127.0.0.1"),
    ("𝟏𝟐𝟕.𝟎.𝟎.𝟏", "127.0.0.1"),
    ("𝟘𝕩𝟟𝕗.𝟘.𝟘.𝟙", "127.0.0.1"),
    // Percent signs.
    ("127%2e0%2e0%2e1", "127.0.0.1"),
    ("%31%32%37.0.0.1", "127.0.0.1"),
    ("127.0.0.1%00", "127.0.0.1"),
    // Signs and other notations of numbers.
    ("+127.0.0.1", "127.0.0.1"),
    ("127.0.0.+1", "127.0.0.1"),
    ("127.0.0.1e0", "127.0.0.1"),
    ("1_27.0.0.1", "127.0.0.1"),
    // IPv6.
    ("::1", "::1"),
    ("[::1]", "::1"),
    ("::", "::"),
    ("[::]", "::"),
    ("0:0:0:0:0:0:0:1", "::1"),
    ("0000:0000:0000:0000:0000:0000:0000:0001", "::1"),
    ("::0.0.0.1", "::1"),
    ("::1%1", "::1"),
    ("[::1%1]", "::1"),
    ("::1%25lo", "::1"),
    ("FE80::1", "fe80::1"),
    ("fe80::1%1", "fe80::1"),
    ("FD00:EC2::254", "fd00:ec2::254"),
    ("fd20:ce::254", "fd20:ce::254"),
    ("ff02::1", "ff02::1"),
    // IPv4 in IPv6.
    ("::ffff:127.0.0.1", "127.0.0.1"),
    ("[::FFFF:7f00:1]", "127.0.0.1"),
    ("::ffff:a9fe:a9fe", "169.254.169.254"),
    ("::127.0.0.1", "::127.0.0.1"),
    ("::ffff:0:127.0.0.1", "::ffff:0:127.0.0.1"),
    ("64:ff9b::127.0.0.1", "64:ff9b::127.0.0.1"),
    ("64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe"),
    ("64:ff9b:1::10.0.0.1", "64:ff9b:1::10.0.0.1"),
    ("2002:7f00:1::", "2002:7f00:1::"),
    ("2002:a9fe:a9fe::1", "2002:a9fe:a9fe::1"),
    ("2001:0:0a00:1::1", "2001:0:a00:1::1"),
    ("fe80::5efe:127.0.0.1", "fe80::5efe:127.0.0.1"),
    // Names.
    ("localhost", "127.0.0.1"),
    ("LOCALHOST.", "127.0.0.1"),
    ("rebound.example", "127.0.0.1"),
];

/// A name server that plays along: it makes of any name the address that the trick is after.
struct Plays {
    address: IpAddr,
    asked: AtomicUsize,
}

impl Resolve for Plays {
    fn lookup<'a>(&'a self, _: &'a str, _: Families) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(vec![self.address.into()]) })
    }
}

fn policy(denied: &[&str]) -> Policy {
    let addresses = denied.iter().map(|word| word.parse().expect("a rule")).collect();
    let deny = Selection { addresses, ..Selection::default() };
    Policy::new(PolicyRules { deny, ..PolicyRules::default() })
}

async fn attempt(
    host: &str,
    resolver: Arc<dyn Resolve>,
    policy: &Policy,
    out: &mut Recorder,
) -> Result<ScopedIp, ProbeError> {
    let target = Target::new(host);
    let services = Services::new(resolver);
    let deadline = Deadline::after(Instant::now().into_std(), Duration::from_secs(5));
    let cx = Context { target: &target, deadline, policy, services: &services };
    choose(host, Preference::default(), &cx, out).await
}

#[tokio::test]
async fn no_way_of_writing_a_denied_address_gets_around_the_policy() {
    let policy = policy(&DENIED);
    for (host, address) in TRICKS {
        let resolver =
            Arc::new(Plays { address: address.parse().expect(address), asked: AtomicUsize::new(0) });
        let mut out = Recorder::default();
        let refused = attempt(host, resolver, &policy, &mut out).await;
        let failure = refused.expect_err(host);
        assert!(matches!(failure.reason, Reason::Policy | Reason::Resolve), "{host}: {failure}");
        assert_eq!(out.address, None, "{host}");
        assert_eq!(out.get(&ADDRESS_HASH), Some(0.0), "{host}: the hash would tell the address");
    }
}

#[tokio::test]
async fn no_name_server_is_asked_about_addresses_in_disguise_and_denied_names() {
    let policy = policy(&DENIED);
    for host in ["127.1", "2130706433", "0x7f.1", "１２７.０.０.１", "localhost", "metadata.google.internal."]
    {
        let address = "192.0.2.1".parse().expect("an address");
        let resolver = Arc::new(Plays { address, asked: AtomicUsize::new(0) });
        let refused = attempt(host, resolver.clone(), &policy, &mut Recorder::default()).await;
        assert_eq!(refused.expect_err(host).reason, Reason::Policy, "{host}");
        assert_eq!(resolver.asked.load(Ordering::Relaxed), 0, "{host}");
    }
}

#[tokio::test]
async fn tricks_in_targets_are_read_as_tricks() {
    // Splitting host and port must not undo the disguise on one side only.
    for (target, host) in [("127.1:80", "127.1"), ("[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1")] {
        assert_eq!(HostPort::parse(target).expect("host and port").host, host);
    }
    for target in ["::1:80", "[::1]x:80", "[[::1]]:80", "127.0.0.1]:80", "[127.0.0.1:80"] {
        assert!(HostPort::parse(target).is_err(), "{target}");
    }
}

/// A name server that changes its mind after the first answer.
struct Rebinds(AtomicUsize);

impl Resolve for Rebinds {
    fn lookup<'a>(&'a self, _: &'a str, _: Families) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        let address = match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => "192.0.2.1",
            _ => "127.0.0.1",
        };
        Box::pin(async move { Ok(vec![address.parse::<IpAddr>().expect("an address").into()]) })
    }
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_used() {
    let resolver = Arc::new(Rebinds(AtomicUsize::new(0)));
    let chosen =
        attempt("rebinds.example", resolver.clone(), &policy(&DENIED), &mut Recorder::default()).await;
    assert_eq!(chosen.expect("allowed").ip.to_string(), "192.0.2.1");
    assert_eq!(resolver.0.load(Ordering::Relaxed), 1, "a second lookup could have another answer");
}
