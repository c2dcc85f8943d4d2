//! One probe of each target, all at once, shown in the order given: `probe icmp`, `probe tcp` and the like.

use std::pin::pin;
use std::sync::Arc;

use probe_core::model::Report;
use probe_core::prober::{Services, run};
use probe_core::render::text;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::first_address::FirstAddress;
use super::interrupt::interrupted;
use super::{block_on, joined, services, watch};
use crate::args::{IcmpArgs, ShowArgs};
use crate::output::Output;
use crate::plan::{self, Planned};
use crate::show::{Live, Show, Sight, watcher};
use crate::{Exit, Surroundings};

/// Probes under way at the same time. Each connection holds a descriptor, and 1024 is the usual limit.
const AT_ONCE: usize = 500;

/// `probe icmp`.
pub(crate) fn icmp(args: &IcmpArgs, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    block_on(output, async |output| {
        let mut services = services(true, surroundings);
        services.resolver = Arc::new(FirstAddress(services.resolver));
        let mut show = Show::new(&args.show, surroundings, output);
        if args.is_watch() {
            return watch::watch(args, &services, show).await;
        }
        if let Some(words) = plan::shortened(args) {
            show.output().say(&words);
        }
        let mut planned = plan::icmp(args);
        for probe in &mut planned {
            probe.options.keep_exchanges = show.has_packets();
        }
        match planned.pop() {
            Some(only) if planned.is_empty() && show.is_text_with_packets() => {
                live(only, &services, show).await
            }
            last => {
                planned.extend(last);
                check(planned, &services, show).await
            }
        }
    })
}

/// What is told of a success beyond one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Details {
    /// Whatever there is: it is what the verb is for.
    Always,
    /// What was asked for.
    OnRequest,
}

/// Every verb without packets of its own.
pub(crate) fn probe(
    mut planned: Vec<Planned>,
    details: Details,
    show: &ShowArgs,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Exit {
    block_on(output, async |output| {
        let mut services = services(false, surroundings);
        services.resolver = Arc::new(FirstAddress(services.resolver));
        let show = Show::new(show, surroundings, output);
        for probe in &mut planned {
            probe.options.keep_details = show.has_details(details == Details::Always);
        }
        check(planned, &services, show).await
    })
}

/// Runs all probes; each report is shown as soon as it and all before it are there.
pub(super) async fn check(planned: Vec<Planned>, services: &Services, mut show: Show<'_, '_>) -> Exit {
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let tasks: Vec<JoinHandle<Report>> =
        planned.into_iter().map(|probe| tokio::spawn(pass(gate.clone(), probe, services.clone()))).collect();
    for task in tasks {
        show.report(joined(task).await);
    }
    show.finish(services).await
}

async fn pass(gate: Arc<Semaphore>, probe: Planned, services: Services) -> Report {
    // The gate is never closed; if it were, probing without one would be right.
    let _permit = gate.acquire().await;
    run(&*probe.prober, &probe.target, &probe.options, &services).await
}

/// Runs one probe and shows its packets as they come. Ctrl-C shows the summary of what came until then.
async fn live(mut probe: Planned, services: &Services, mut show: Show<'_, '_>) -> Exit {
    let (to, mut sights) = mpsc::unbounded_channel();
    probe.options.observer = Some(watcher(0, to));
    let mut live = Live::new(std::slice::from_ref(&probe.target), usize::MAX);
    let mut interrupted = pin!(interrupted());
    let probing = services.clone();
    // The observer, and with it the channel's other end, goes when the probe is over.
    let task =
        tokio::spawn(async move { run(&*probe.prober, &probe.target, &probe.options, &probing).await });
    loop {
        tokio::select! {
            biased;
            sight = sights.recv() => match sight {
                Some((_, Sight::Address(address))) => live.address(0, address, &mut show),
                Some((_, Sight::Exchange(exchange))) => live.exchange(0, exchange, &mut show),
                Some((_, Sight::End(_))) | None => break,
            },
            result = &mut interrupted => {
                if let Err(error) = result {
                    show.output().say(&format!("cannot listen to signals: {error}"));
                    return Exit::Usage;
                }
                let summary = live.summary(0, show.style()) + &live.sparkline(0);
                show.output().print(&summary);
                return Exit::of(live.was_answered(0));
            }
        }
    }
    let report = joined(task).await;
    if live.has_begun(0) {
        let text = text::conclusion(&report, show.style());
        show.shown(report, &text);
    } else {
        show.report(report);
    }
    show.finish(services).await
}
