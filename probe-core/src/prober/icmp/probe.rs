//! Sends the packets of one probe.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::packets::Packets;
use super::said;
use super::series::DURATION;
use super::settings::IcmpSettings;
use crate::model::{Phase, ProbeError, Reason, Recorder, Seconds, Severity};
use crate::net::icmp::{PingOptions, Pinger};
use crate::net::{BoxFuture, OpenError};
use crate::prober::shared::choose;
use crate::prober::{Context, Prober};

/// Pings.
#[derive(Clone, Debug)]
pub struct IcmpProber {
    settings: IcmpSettings,
}

impl IcmpProber {
    /// A prober with these settings.
    pub fn new(settings: IcmpSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let mut pinger = self.open(cx, out).await?;
        out.phase = Phase::Rtt;
        let mut run = Run::new(&self.settings, cx);
        let had_time = !cx.deadline.has_passed(Instant::now().into_std());
        let finished = run.finish(&mut pinger, &self.settings, out).await;
        if finished.is_ok() && run.packets.are_unanswered() {
            said::unanswered(had_time, out);
        }
        let judged = run.packets.conclude(&self.settings, out);
        finished.and(judged)
    }

    /// Resolves the target and gets it a pinger, recording how long each took: for whoever sends by a rhythm of his
    /// own and keeps account in [`Packets`].
    pub async fn open(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<Pinger, ProbeError> {
        let start = Instant::now();
        for phase in ["resolve", "setup", "rtt"] {
            out.set::<Seconds, _, 1>(&DURATION, [phase], Duration::ZERO);
        }
        // A phase that fails keeps its zero, as the reference exporter does.
        let address = choose(cx.target.as_str(), self.settings.preference(), cx, out).await?;
        let resolved = Instant::now();
        out.set(&DURATION, ["resolve"], resolved - start);

        out.phase = Phase::Setup;
        self.settings.egress.check_source("Using source address", out)?;
        out.begin(Severity::Error, "Error listening to socket");
        out.log(Severity::Debug, "Creating socket", &[]);
        let pinger = self.pinger(address.with_port(0), cx, out)?;
        out.end_step();
        out.set(&DURATION, ["setup"], resolved.elapsed());
        if self.settings.payload().is_none() {
            let error = invalid("payload_size: no packet can carry this");
            said::sending(0, address.ip.is_ipv6(), &self.settings, out);
            said::not_sent(&error, out);
            return Err(error);
        }
        Ok(pinger)
    }

    fn pinger(
        &self,
        address: std::net::SocketAddr,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Pinger, ProbeError> {
        let engine = cx.services.icmp.as_ref().ok_or_else(|| invalid("this program runs no ICMP engine"))?;
        let approved = cx.policy.approve(address).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        let hop_limit = Some(self.settings.hop_limit).filter(|limit| *limit > 0);
        let options = PingOptions {
            payload_size: self.settings.payload().unwrap_or_default(),
            dont_fragment: self.settings.dont_fragment,
            receive_tos: false,
            egress: self.settings.egress.resolve(address.ip(), hop_limit).inspect_err(|error| {
                said::not_open(error, address.is_ipv6(), &self.settings, out);
            })?,
            socket: self.settings.socket,
        };
        match engine.pinger(approved, &options) {
            Ok(pinger) => {
                said::refused(pinger.refusals(), address.is_ipv6(), &self.settings, out);
                for refusal in pinger.refusals() {
                    out.refused(refusal.clone());
                }
                out.note("socket", pinger.socket().as_str());
                Ok(pinger)
            }
            Err(error) => {
                if error.refusals.is_empty() {
                    said::not_open(&error.problem, address.is_ipv6(), &self.settings, out);
                }
                said::refused(&error.refusals, address.is_ipv6(), &self.settings, out);
                Err(refused(error, out))
            }
        }
    }
}

fn invalid(detail: &str) -> ProbeError {
    ProbeError::new(Reason::Configuration, Phase::Setup, detail)
}

impl Prober for IcmpProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}

/// The refusals are the cause, so that they can be left out where they are shown one by one.
fn refused(error: OpenError, out: &mut Recorder) -> ProbeError {
    let tried: Vec<String> = error.refusals.iter().map(|refusal| refusal.to_string()).collect();
    for refusal in error.refusals {
        out.refused(refusal);
    }
    let failure = ProbeError::new(error.reason, Phase::Setup, error.problem);
    if tried.is_empty() { failure } else { failure.caused_by(tried.join("; ")) }
}

/// Sends the packets of one probe.
struct Run {
    deadline: Instant,
    count: u64,
    interval: Duration,
    packet_timeout: Option<Duration>,
    packets: Packets,
    queued: u64,
    next: Instant,
}

impl Run {
    fn new(settings: &IcmpSettings, cx: &Context<'_>) -> Self {
        Self {
            deadline: Instant::from_std(cx.deadline.instant()),
            count: settings.count.into(),
            interval: settings.interval,
            packet_timeout: settings.packet_timeout,
            packets: Packets::default(),
            queued: 0,
            next: Instant::now(),
        }
    }

    /// Sends every packet that fits before the deadline and waits until each has come to its end.
    async fn finish(
        &mut self,
        pinger: &mut Pinger,
        settings: &IcmpSettings,
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        loop {
            let now = Instant::now();
            let more = self.queued < self.count && self.next < self.deadline;
            if more && now >= self.next {
                let left = self.deadline.saturating_duration_since(now);
                let index = pinger.send(self.packet_timeout.map_or(left, |timeout| timeout.min(left)));
                self.packets.queued(index);
                let is_ipv6 = out.address.is_some_and(|address| address.is_ipv6());
                said::sending(self.queued, is_ipv6, settings, out);
                self.queued += 1;
                self.next += self.interval;
                continue;
            }
            if !more && self.packets.open() == 0 {
                break;
            }
            let until = if more { self.next } else { self.deadline };
            match timeout_at(until, pinger.next()).await {
                Ok(Some(event)) => self.packets.account(event, out)?,
                Ok(None) => {
                    return Err(ProbeError::new(Reason::Internal, Phase::Rtt, "the ICMP engine has stopped"));
                }
                Err(_) if until == self.deadline => break,
                Err(_) => {}
            }
        }
        self.packets.lose_open(out);
        if self.queued < self.count {
            let note = format!("{} of {} packets fit before the deadline", self.queued, self.count);
            out.note("packets", note);
        }
        Ok(())
    }
}
