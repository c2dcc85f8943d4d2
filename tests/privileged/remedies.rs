//! The lines the explanation prints are run as they stand, and then the same probe succeeds.

use libtest_mimic::Trial;

use super::bench::{Family, Missing, for_each_family};
use super::identity::{Identity, Program, Running};
use super::network::Pair;
use super::outcome::Outcome;

pub(crate) fn trials() -> Vec<Trial> {
    [
        for_each_family("the printed sysctl line opens datagram sockets", sysctl_line),
        for_each_family("the printed setcap line opens raw sockets", setcap_line),
        for_each_family("the printed setcap line opens half-open probing", setcap_line_for_half_open),
        for_each_family("a mark that is refused is explained as such", mark_is_explained),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The first printed line that begins so. If this still looks like a container, the lines are for its runtime.
fn line<'a>(outcome: &'a Outcome, rung: &str, beginning: &str) -> Result<&'a str, Missing> {
    let remedies = outcome.remedies(rung);
    if let Some((_, line)) = remedies.iter().find(|(_, line)| line.starts_with(beginning)) {
        return Ok(line);
    }
    let elsewhere = remedies.iter().any(|(situation, _)| ["container", "kubernetes"].contains(situation));
    assert!(elsewhere, "no line begins with {beginning:?}: {outcome}");
    Err(Missing("this is a container, and the lines printed are for its runtime".into()))
}

fn sysctl_line(family: Family) -> Result<(), Missing> {
    let (pair, program) = (Pair::new(), Program::copy());
    let probe = || program.run_on_host(&pair.near, &["icmp", Pair::target(family)]);
    let refused = probe();
    refused.assert_failure("privilege", "setup");
    let line = line(&refused, "datagram", "sysctl ")?;
    assert_eq!(line, "sysctl -w net.ipv4.ping_group_range=\"65534 65534\"");
    pair.near.sh(line);
    let allowed = probe();
    allowed.assert_success("datagram");
    assert!(allowed.refused().is_empty(), "{allowed}");
    Ok(())
}

fn setcap_line(family: Family) -> Result<(), Missing> {
    let (pair, program) = (Pair::new(), Program::copy());
    let probe = || program.run_on_host(&pair.near, &["icmp", Pair::target(family)]);
    let refused = probe();
    refused.assert_failure("privilege", "setup");
    run_setcap_line(&pair, &program, &refused, "raw")?;
    probe().assert_success("raw");
    Ok(())
}

fn setcap_line_for_half_open(family: Family) -> Result<(), Missing> {
    let (pair, program) = (Pair::new(), Program::copy());
    let _listener = Running::ready(&pair.far, &["listen", &Pair::port(family, 7)]);
    let probe = || program.run_on_host(&pair.near, &["syn", &Pair::port(family, 7)]);
    let fallen_back = probe();
    fallen_back.assert_success("connect");
    run_setcap_line(&pair, &program, &fallen_back, "raw-tcp")?;
    probe().assert_success("raw-tcp");
    Ok(())
}

fn run_setcap_line(pair: &Pair, program: &Program, outcome: &Outcome, rung: &str) -> Result<(), Missing> {
    let line = line(outcome, rung, "setcap ")?;
    assert_eq!(line, format!("setcap cap_net_raw+ep {}", program.path().display()));
    pair.near.sh(line);
    program.has_capability(&pair.near)
}

fn mark_is_explained(family: Family) {
    let (pair, program) = (Pair::with_ping_sockets(), Program::copy());
    let arguments = ["icmp", Pair::target(family), "mark=7"];
    program.run(&pair.near, Identity::Root, &arguments).assert_success("datagram");
    let refused = program.run(&pair.near, Identity::Nobody, &arguments);
    refused.assert_failure("privilege", "setup");
    assert!(refused.causes().contains("SO_MARK needs CAP_NET_ADMIN"), "{refused}");
}
