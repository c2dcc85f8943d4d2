//! From arguments to probes that are ready to run.

mod verbs;

use std::sync::Arc;
use std::time::Duration;

use probe_core::config::Module;
use probe_core::model::Target;
use probe_core::prober::icmp::IcmpProber;
use probe_core::prober::{Prober, RunOptions};
use thiserror::Error;

use crate::args::IcmpArgs;
pub(crate) use verbs::{dns, grpc, http, tcp, tls, udp, unix, ws};

/// What a lookup may take beyond the packets of a ping. Probes that need no lookup never use it.
const LOOKUP: Duration = Duration::from_secs(5);
pub(crate) const MODULE_TIMEOUT: Duration = Duration::from_secs(5);

/// A probe, ready to run.
pub(crate) struct Planned {
    pub(crate) prober: Arc<dyn Prober>,
    pub(crate) target: Target,
    pub(crate) options: RunOptions,
}

/// One ping of each host.
pub(crate) fn icmp(args: &IcmpArgs) -> Vec<Planned> {
    let mut options = RunOptions::new("icmp", "icmp", icmp_timeout(args));
    options.attempts = args.attempts;
    each(&args.hosts, &(Arc::new(IcmpProber::new(args.settings())) as _), &options)
}

/// What `--timeout` leaves of the packets, in words, if it does not leave all.
pub(crate) fn shortened(args: &IcmpArgs) -> Option<String> {
    let attempt = args.show.timeout? / args.attempts;
    if sending(args) < attempt {
        return None;
    }
    let whole = attempt.as_nanos().div_ceil(args.interval.as_nanos());
    Some(format!("--timeout leaves room for {whole} of {} packets", args.packets()))
}

/// A module's probe of each target.
pub(crate) fn module(
    module: &Module,
    targets: &[Target],
    timeout: Option<Duration>,
) -> Result<Vec<Planned>, PlanError> {
    let prober = module.build().ok_or_else(|| PlanError::UnknownProber {
        prober: module.prober.clone(),
        module: module.name.clone(),
    })?;
    let timeout = timeout.or(module.common.timeout).unwrap_or(MODULE_TIMEOUT);
    Ok(each(targets, &prober, &module.run_options(timeout)))
}

/// Why nothing can be probed.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    #[error("there is no module {name:?} in {file}; {}", listed(.known))]
    UnknownModule { name: String, file: String, known: Vec<String> },
    #[error("this build has no {prober:?} prober, which module {module:?} wants")]
    UnknownProber { prober: Arc<str>, module: Arc<str> },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) }
}

fn each(targets: &[Target], prober: &Arc<dyn Prober>, options: &RunOptions) -> Vec<Planned> {
    let planned = |target: &Target| Planned {
        prober: prober.clone(),
        target: target.clone(),
        options: options.clone(),
    };
    targets.iter().map(planned).collect()
}

/// Long enough for every packet to be sent and to be waited for.
fn icmp_timeout(args: &IcmpArgs) -> Duration {
    args.show.timeout.unwrap_or_else(|| (sending(args) + args.wait + LOOKUP) * args.attempts)
}

/// From the first packet to the last. Bounded by the ranges of the arguments: nothing overflows.
fn sending(args: &IcmpArgs) -> Duration {
    args.interval * args.packets().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn icmp_args(line: &str) -> IcmpArgs {
        match Cli::try_parse_from(line.split(' ')).map(|cli| cli.command) {
            Ok(Command::Icmp(args)) => args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_packet_gets_its_time() {
        let timeout = |line| icmp(&icmp_args(line))[0].options.timeout;
        assert_eq!(timeout("probe icmp h"), Duration::from_millis(400 + 1000) + LOOKUP);
        assert_eq!(timeout("probe icmp h -c 1 -W 2 --attempts 3"), (Duration::from_secs(2) + LOOKUP) * 3);
        assert_eq!(timeout("probe icmp h -c 100 --timeout 1"), Duration::from_secs(1));
        assert!(timeout("probe icmp h -c 1000000 -i 86400 --attempts 100") > Duration::from_secs(86_400));
    }

    #[test]
    fn short_timeout_is_announced() {
        let words = |line| shortened(&icmp_args(line));
        assert_eq!(words("probe icmp h -c 5 --timeout 2"), None);
        assert_eq!(words("probe icmp h -c 5"), None);
        assert_eq!(
            words("probe icmp h -c 10 -i 0.5 --timeout 2").as_deref(),
            Some("--timeout leaves room for 4 of 10 packets")
        );
    }
}
