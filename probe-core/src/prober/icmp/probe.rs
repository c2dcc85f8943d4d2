//! Sends the packets of one probe and judges what came back.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::series::{DURATION, HOP_LIMIT, record};
use super::settings::IcmpSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, RoundTrips, Seconds};
use crate::net::icmp::{Event, PacketError, PingOptions, Pinger};
use crate::net::{BoxFuture, Clock, OpenError};
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
        let start = Instant::now();
        for phase in ["resolve", "setup", "rtt"] {
            out.set::<Seconds, _, 1>(&DURATION, [phase], Duration::ZERO);
        }
        let chosen = choose(cx.target.as_str(), self.settings.preference(), cx, out).await;
        let resolved = Instant::now();
        out.set(&DURATION, ["resolve"], resolved - start);
        let address = chosen?;

        out.phase = Phase::Setup;
        let mut pinger = self.open(address.with_port(0), cx, out)?;
        out.set(&DURATION, ["setup"], resolved.elapsed());

        out.phase = Phase::Rtt;
        let mut exchange = Run::new(&self.settings, cx);
        let result = exchange.finish(&mut pinger, out).await;
        exchange.record(&self.settings, out);
        result?;
        exchange.judge(&self.settings)
    }

    fn open(
        &self,
        address: std::net::SocketAddr,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Pinger, ProbeError> {
        let invalid = |detail: &str| ProbeError::new(Reason::Configuration, Phase::Setup, detail);
        let engine = cx.services.icmp.as_ref().ok_or_else(|| invalid("this program runs no ICMP engine"))?;
        let approved = cx.policy.approve(address).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        let hop_limit = Some(self.settings.hop_limit).filter(|limit| *limit > 0);
        let options = PingOptions {
            payload_size: self
                .settings
                .payload()
                .ok_or_else(|| invalid("payload_size: no packet can carry this"))?,
            dont_fragment: self.settings.dont_fragment,
            egress: self.settings.egress.resolve(address.ip(), hop_limit)?,
            socket: self.settings.socket,
        };
        match engine.pinger(approved, &options) {
            Ok(pinger) => {
                for refusal in pinger.refusals() {
                    out.refused(refusal.clone());
                }
                out.note("socket", pinger.socket().as_str());
                Ok(pinger)
            }
            Err(error) => Err(refused(error, out)),
        }
    }
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

fn refused(error: OpenError, out: &mut Recorder) -> ProbeError {
    for refusal in &error.refusals {
        out.refused(refusal.clone());
    }
    ProbeError::new(error.reason, Phase::Setup, error.problem)
}

/// The packets of one probe.
struct Run {
    deadline: Instant,
    count: u64,
    interval: Duration,
    packet_timeout: Option<Duration>,
    trips: RoundTrips,
    worst_clock: Option<Clock>,
    queued: u64,
    /// Packets that have not come to their end.
    open: Vec<u64>,
    next: Instant,
}

impl Run {
    fn new(settings: &IcmpSettings, cx: &Context<'_>) -> Self {
        Self {
            deadline: Instant::from_std(cx.deadline.instant()),
            count: settings.count.into(),
            interval: settings.interval,
            packet_timeout: settings.packet_timeout,
            trips: RoundTrips::default(),
            worst_clock: None,
            queued: 0,
            open: Vec::new(),
            next: Instant::now(),
        }
    }

    /// Sends every packet that fits before the deadline and waits until each has come to its end.
    async fn finish(&mut self, pinger: &mut Pinger, out: &mut Recorder) -> Result<(), ProbeError> {
        loop {
            let now = Instant::now();
            let more = self.queued < self.count && self.next < self.deadline;
            if more && now >= self.next {
                let left = self.deadline.saturating_duration_since(now);
                self.open.push(pinger.send(self.packet_timeout.map_or(left, |timeout| timeout.min(left))));
                self.queued += 1;
                self.next += self.interval;
                continue;
            }
            if !more && self.open.is_empty() {
                break;
            }
            let until = if more { self.next } else { self.deadline };
            match timeout_at(until, pinger.next()).await {
                Ok(Some(event)) => self.account(event, out)?,
                Ok(None) => {
                    return Err(ProbeError::new(Reason::Internal, Phase::Rtt, "the ICMP engine has stopped"));
                }
                Err(_) if until == self.deadline => break,
                Err(_) => {}
            }
        }
        for &sequence in &self.open {
            out.exchange(Exchange { sequence, outcome: Outcome::Lost });
        }
        if self.queued < self.count {
            let note = format!("{} of {} packets fit before the deadline", self.queued, self.count);
            out.note("packets", note);
        }
        Ok(())
    }

    fn account(&mut self, event: Event, out: &mut Recorder) -> Result<(), ProbeError> {
        match event {
            Event::Sent { .. } => self.trips.sent(),
            Event::Reply(reply) => {
                self.ended(reply.index);
                self.trips.reply(reply.index, reply.rtt);
                self.worst_clock = self.worst_clock.max(Some(reply.clock));
                if let Some(limit) = reply.hop_limit {
                    out.put(&HOP_LIMIT, f64::from(limit.0));
                }
                let hop_limit = reply.hop_limit.map(|limit| limit.0);
                let outcome = Outcome::Reply { rtt: reply.rtt, hop_limit, bytes: reply.bytes };
                out.exchange(Exchange { sequence: reply.index, outcome });
            }
            Event::Duplicate(reply) => {
                self.trips.duplicates += 1;
                let outcome = Outcome::Duplicate { rtt: reply.rtt };
                out.exchange(Exchange { sequence: reply.index, outcome });
            }
            Event::Late(reply) => {
                self.trips.late += 1;
                out.exchange(Exchange { sequence: reply.index, outcome: Outcome::Late { rtt: reply.rtt } });
            }
            Event::Lost { index } => {
                self.ended(index);
                out.exchange(Exchange { sequence: index, outcome: Outcome::Lost });
            }
            Event::Failed { index, error } => {
                self.ended(index);
                self.trips.errors += 1;
                let error = failure(error);
                out.exchange(Exchange { sequence: index, outcome: Outcome::Error(error.chain()) });
                return Err(error);
            }
        }
        Ok(())
    }

    fn ended(&mut self, index: u64) {
        self.open.retain(|open| *open != index);
    }

    fn record(&self, settings: &IcmpSettings, out: &mut Recorder) {
        if let Some(mean) = self.trips.mean() {
            out.set(&DURATION, ["rtt"], mean);
        }
        if let Some(clock) = self.worst_clock {
            out.note("clock", clock.as_str());
        }
        if settings.count > 1 {
            record(&self.trips, out);
        }
    }

    fn judge(&self, settings: &IcmpSettings) -> Result<(), ProbeError> {
        let Some(mean) = self.trips.mean() else {
            let detail = match self.trips.sent {
                1 => "no answer in time".to_owned(),
                sent => format!("no answer in time to any of {sent} packets"),
            };
            return Err(ProbeError::new(Reason::Timeout, Phase::Rtt, detail));
        };
        let unmet = |detail: String| Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail));
        let loss = self.trips.loss_ratio();
        if let Some(most) = settings.max_loss_ratio
            && loss > most
        {
            return unmet(format!("packet loss of {loss:.3} is over max_loss_ratio {most}"));
        }
        if let Some(longest) = settings.max_rtt
            && mean > longest
        {
            return unmet(format!("mean round trip of {mean:?} is over max_rtt {longest:?}"));
        }
        Ok(())
    }
}

/// What a packet's error means for the probe.
fn failure(error: PacketError) -> ProbeError {
    let reason = match &error {
        PacketError::Icmp { .. } | PacketError::TooBig { .. } => Reason::Network,
        PacketError::NoSequence => Reason::Resource,
        PacketError::Send(refused) => match refused.raw_os_error() {
            Some(libc::EINVAL | libc::ENODEV | libc::EACCES | libc::EADDRNOTAVAIL) => Reason::Configuration,
            Some(libc::ENOMEM | libc::EMFILE | libc::ENFILE) => Reason::Resource,
            _ => Reason::Network,
        },
    };
    let detail = error.to_string();
    match error {
        PacketError::Send(cause) => ProbeError::new(reason, Phase::Rtt, detail).caused_by(cause),
        _ => ProbeError::new(reason, Phase::Rtt, detail),
    }
}
