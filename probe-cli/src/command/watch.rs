//! Pings for as long as the user likes: `probe icmp --watch` and `probe icmp -c 0`.

mod field;
mod prober;

use std::sync::Arc;
use std::time::Duration;

use probe_core::model::Report;
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::text;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use tokio::time::Instant;

use super::interrupt::Interrupt;
use crate::Exit;
use crate::args::IcmpArgs;
use crate::show::{Live, Show, Sight, watcher};
use field::{Field, Timing};
use prober::Watched;

/// As many packets as a sparkline has characters.
const REMEMBERED: usize = 72;

/// How far apart the moments of an interval are at which packets leave, if there are many hosts: they share them, since
/// waking up costs more than a ping.
const STEP: Duration = Duration::from_millis(25);

/// Pings every host until all packets are sent, the time is over, a signal comes, or nobody reads the result.
pub(super) async fn watch(args: &IcmpArgs, services: &Services, mut show: Show<'_, '_>) -> Exit {
    let mut interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            show.output().say(&format!("cannot listen to signals: {error}"));
            return Exit::Usage;
        }
    };
    let (stop, stopped) = watch::channel(false);
    let are_shown = show.has_event_lines() || show.is_text_with_packets();
    let field = Field::default();
    let keeper = tokio::spawn(field.clone().keep());
    let (hosts, mut sights) = start(args, services, &field, &stopped, are_shown);
    let mut live = Live::new(&args.hosts, REMEMBERED);
    let mut ended: Vec<Option<Report>> = hosts.iter().map(|_| None).collect();
    while let Some((index, sight)) = next(&mut sights, &mut interrupt, &stop).await {
        match sight {
            Sight::Address(address) => live.address(index, address, &mut show),
            Sight::Exchange(exchange) => live.exchange(index, exchange, &mut show),
            // What never got under way is told at once: people want to know while they watch the others.
            Sight::End(report) if show.is_text_with_packets() && !hosts[index].was_under_way() => {
                show.report(*report);
            }
            Sight::End(report) => ended[index] = Some(*report),
        }
        if show.output().is_closed() {
            stop.send_replace(true);
        }
    }
    keeper.abort();
    conclude(ended, &hosts, &mut live, &mut show);
    show.finish(services).await
}

/// What every host came to, in the order given.
fn conclude(ended: Vec<Option<Report>>, hosts: &[Arc<Watched>], live: &mut Live, show: &mut Show<'_, '_>) {
    if show.is_text_with_packets() && ended.iter().any(Option::is_some) {
        show.output().print("\n");
    }
    for (index, report) in ended.into_iter().enumerate() {
        let Some(report) = report else { continue };
        if !show.is_text_with_packets() {
            show.report(report);
            continue;
        }
        let style = show.style();
        let column = live.column(index);
        let mut text = format!("{column}{}\n", text::summary(&hosts[index].trips(), style));
        text.push_str(&live.sparkline(index));
        if !report.is_success() {
            text.push_str(&column);
        }
        // The report keeps no packets, so this is the failure and, where they are wanted, the details.
        text.push_str(&text::conclusion(&report, style));
        show.shown(report, &text);
    }
}

/// Starts a task for each host. Their first packets are spread over the interval. Packets are told of one by one only if
/// they are shown.
fn start(
    args: &IcmpArgs,
    services: &Services,
    field: &Field,
    stopped: &watch::Receiver<bool>,
    are_shown: bool,
) -> (Vec<Arc<Watched>>, UnboundedReceiver<(usize, Sight)>) {
    let (to, sights) = mpsc::unbounded_channel();
    let begin = Instant::now();
    let count = args.hosts.len() as u32;
    let moments = (args.interval.as_nanos() / STEP.as_nanos()).clamp(1, count.max(1).into()) as u32;
    let step = args.interval / moments;
    let hosts: Vec<Arc<Watched>> = (0..count)
        .map(|index| {
            let moment = u64::from(index) * u64::from(moments) / u64::from(count);
            let timing = Timing {
                first: begin + step * moment as u32,
                step: if moments < count { step } else { Duration::ZERO },
                interval: args.interval,
                wait: args.wait,
            };
            Arc::new(Watched::new(args.settings(), timing, field.clone(), stopped.clone()))
        })
        .collect();
    for (index, (host, target)) in hosts.iter().zip(&args.hosts).enumerate() {
        let limit = args.show.timeout;
        let mut options = RunOptions::new("icmp", "icmp", limit.unwrap_or(Duration::MAX));
        options.observer = are_shown.then(|| watcher(index, to.clone()));
        let (host, target, services, to) = (host.clone(), target.clone(), services.clone(), to.clone());
        tokio::spawn(async move {
            let mut report = run(&*host, &target, &options, &services).await;
            // Without a limit it was allowed as long as it took.
            report.timeout = limit.unwrap_or(report.elapsed);
            let _ = to.send((index, Sight::End(Box::new(report))));
        });
    }
    (hosts, sights)
}

/// The next thing to show; `None` once every host has ended. A signal asks them to.
async fn next(
    sights: &mut UnboundedReceiver<(usize, Sight)>,
    interrupt: &mut Interrupt,
    stop: &watch::Sender<bool>,
) -> Option<(usize, Sight)> {
    loop {
        tokio::select! {
            biased;
            () = interrupt.wait() => { stop.send_replace(true); }
            sight = sights.recv() => return sight,
        }
    }
}
