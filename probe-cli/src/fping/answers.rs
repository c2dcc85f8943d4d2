//! The pings of all targets, one after the other, and what becomes of them.

mod flight;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use probe_core::net::icmp::{Engine, Event, Member, PacketError, PingGroup, PingOptions, Pinger, Reply};
use probe_core::net::{Approved, Policy};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use self::flight::Flights;
use super::format::{Answer, Printer};
use super::host::{Account, Record};
use super::icmp_words::icmp_words;
use super::settings::{Mode, Refusal, Settings};
use super::targets::{Host, without_number};
use crate::output::Output;

/// Packets sent before answers are read, where no time lies between them.
const BURST: u32 = 32;
/// How far behind its time a packet may be and still count as sent in time: timers ring to the millisecond.
const SLACK: Duration = Duration::from_millis(2);

/// What is due when. Sorted by time, then by the order in which it came up.
type Agenda<T> = BinaryHeap<Reverse<(Instant, u64, T)>>;

struct Run<'s> {
    settings: &'s Settings,
    printer: Printer<'s>,
    account: Account,
    group: PingGroup,
    flights: Vec<Flights>,
    /// Whose flights a member's are.
    targets: Vec<usize>,
    /// Targets that get a packet.
    sends: Agenda<usize>,
    /// Target and index of packets that brought an error: they count as lost when their time is over, and not before.
    ends: Agenda<(usize, u64)>,
    order: u64,
    /// Packets whose end is not known.
    open: usize,
    next_send: Instant,
    next_interim: Option<Instant>,
    is_over: bool,
}

/// Pings all targets until all is done, or a signal says that it is enough.
pub(super) async fn collect(
    hosts: Vec<Host>,
    settings: &Settings,
    engine: &Engine,
    output: &mut Output<'_>,
) -> Result<Account, Refusal> {
    let refused = |error| Refusal::System(format!("signals: {}", without_number(&error)));
    let listen = |kind| signal(kind).map_err(refused);
    let (mut interrupt, mut quit) = (listen(SignalKind::interrupt())?, listen(SignalKind::quit())?);
    let begin = Instant::now();
    let mut run = Run::new(hosts, settings, engine, begin)?;
    loop {
        run.read(output);
        run.work(Instant::now(), output);
        if run.is_over || output.is_closed() {
            break;
        }
        let Some(next) = run.next() else { break };
        tokio::select! {
            biased;
            _ = interrupt.recv() => break,
            _ = quit.recv() => run.show_so_far(output),
            () = sleep_until(next) => {}
            Some((member, event)) = run.group.next() => run.event(member, event, output),
        }
    }
    run.account.elapsed = begin.elapsed();
    Ok(run.account)
}

impl<'s> Run<'s> {
    fn new(
        hosts: Vec<Host>,
        settings: &'s Settings,
        engine: &Engine,
        begin: Instant,
    ) -> Result<Self, Refusal> {
        let mut account = Account::default();
        let mut group = engine.group();
        let mut flights = Vec::with_capacity(hosts.len());
        let mut targets = Vec::with_capacity(hosts.len());
        for (target, host) in hosts.into_iter().enumerate() {
            let destination = Policy::allow_all()
                .approve(host.address.with_port(0))
                .map_err(|denied| Refusal::System(denied.to_string()))?;
            let pinger = pinger(engine, destination, &settings.ping)?;
            let member = group.adopt(pinger).map_err(|_| Refusal::System("another engine".to_owned()))?;
            if targets.len() <= member.index() {
                targets.resize(member.index() + 1, target);
            }
            targets[member.index()] = target;
            flights.push(Flights::new(member, host.address.ip, settings.timeout));
            account.hosts.push(Record { name: host.name, ..Record::default() });
        }
        let mut run = Self {
            settings,
            printer: Printer::new(settings, &account.hosts),
            account,
            group,
            flights,
            targets,
            sends: Agenda::new(),
            ends: Agenda::new(),
            order: 0,
            open: 0,
            next_send: begin,
            next_interim: settings.interim.map(|interim| begin + interim.every).filter(|next| *next > begin),
            is_over: false,
        };
        for target in 0..run.flights.len() {
            run.plan_send(begin, target);
        }
        Ok(run)
    }

    fn plan_send(&mut self, at: Instant, target: usize) {
        self.order += 1;
        self.sends.push(Reverse((at, self.order, target)));
    }

    /// When something is to be done next; `None` if all is done.
    fn next(&self) -> Option<Instant> {
        if self.open == 0 && self.sends.is_empty() {
            return None;
        }
        let send = self.sends.peek().map(|Reverse((at, ..))| (*at).max(self.next_send));
        let end = self.ends.peek().map(|Reverse((at, ..))| *at);
        // An answer wakes by itself; the engine tells of every packet, so waiting an hour costs nothing.
        let idle = Instant::now() + Duration::from_secs(3600);
        [send, end, self.next_interim].into_iter().flatten().min().or(Some(idle))
    }

    /// Does what is due.
    fn work(&mut self, now: Instant, output: &mut Output<'_>) {
        if let Some(next) = self.next_interim.filter(|next| *next <= now)
            && let Some(interim) = self.settings.interim
        {
            self.printer.interim(&mut self.account.hosts, output);
            self.next_interim = Some((next + interim.every).max(now));
        }
        while let Some((_, (target, index))) = pop_due(&mut self.ends, now) {
            self.timed_out(target, index, output);
        }
        for _ in 0..BURST {
            if self.is_over || self.next_send > now {
                return;
            }
            let Some((at, target)) = pop_due(&mut self.sends, now) else { return };
            self.next_send = (self.next_send + self.settings.interval)
                .max((now + self.settings.interval).checked_sub(SLACK).unwrap_or(now));
            self.send(target, at, now);
        }
        // More is due, but answers come first.
        self.next_send = self.next_send.max(now);
    }

    fn send(&mut self, target: usize, due: Instant, now: Instant) {
        let flights = &mut self.flights[target];
        flights.send(&mut self.group, now);
        let sent = flights.sent;
        self.open += 1;
        let more = match self.settings.mode {
            Mode::Alive { .. } => false,
            Mode::Count { count, .. } => sent < u64::from(count),
            Mode::Loop => true,
        };
        if more {
            self.plan_send(due + self.settings.period, target);
        }
    }

    /// What the engine has told so far.
    fn read(&mut self, output: &mut Output<'_>) {
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some((member, event))) = self.group.poll_event(&mut cx) {
            self.event(member, event, output);
        }
    }

    fn event(&mut self, member: Member, event: Event, output: &mut Output<'_>) {
        let target = self.targets[member.index()];
        match event {
            Event::Sent { .. } => self.account.sent += 1,
            Event::Reply(reply) => self.answered(target, &reply, output),
            Event::Duplicate(reply) => {
                self.account.received += 1;
                let host = &self.account.hosts[target];
                self.printer.duplicate(host, reply.index, &answer(&reply), output);
            }
            Event::Lost { index } => self.timed_out(target, index, output),
            Event::Failed { index, error } => self.failed(target, index, &error, output),
            _ => {}
        }
    }

    fn answered(&mut self, target: usize, reply: &Reply, output: &mut Output<'_>) {
        self.account.received += 1;
        self.account.trips.add(Some(reply.rtt));
        let host = &mut self.account.hosts[target];
        if host.tally.received == 0 {
            self.account.alive += 1;
        }
        self.open -= 1;
        note(host, reply.index, Some(reply.rtt), self.settings);
        match self.settings.mode {
            Mode::Alive { .. } => self.printer.alive(host, &answer(reply), output),
            _ => self.printer.reply(host, reply.index, &answer(reply), output),
        }
        if let Some(enough) = self.settings.enough.filter(|enough| enough.at_once) {
            self.is_over = self.account.alive >= enough.reachable;
        }
    }

    fn timed_out(&mut self, target: usize, index: u64, output: &mut Output<'_>) {
        self.account.timeouts += 1;
        self.open -= 1;
        let host = &mut self.account.hosts[target];
        note(host, index, None, self.settings);
        if let Mode::Alive { attempts } = self.settings.mode {
            self.flights[target].wait_longer(self.settings.backoff);
            if self.flights[target].sent < u64::from(attempts) {
                self.plan_send(Instant::now(), target);
            }
        } else {
            self.printer.timeout(host, index, output);
        }
    }

    fn failed(&mut self, target: usize, index: u64, error: &PacketError, output: &mut Output<'_>) {
        let name = &self.account.hosts[target].name;
        let why = match error {
            PacketError::Icmp { kind, from } => {
                let flights = &self.flights[target];
                let (words, from) = (icmp_words(*kind), from.unwrap_or(flights.address));
                if !self.settings.quiet {
                    output.talk(&format!("{words} from {from} for ICMP Echo sent to {name}\n"));
                }
                self.account.other += 1;
                self.order += 1;
                self.ends.push(Reverse((flights.end_of(index), self.order, (target, index))));
                return;
            }
            PacketError::Send(error) => without_number(error),
            PacketError::TooBig { .. } => "Message too long".to_owned(),
            error => error.to_string(),
        };
        // It never left, so there is nothing to wait for, and the next attempt would not either.
        self.account.sent += 1;
        self.open -= 1;
        if self.settings.verbose && matches!(self.settings.mode, Mode::Alive { .. }) {
            output.talk(&format!("{name}: error while sending ping: {why}\n"));
        }
        note(&mut self.account.hosts[target], index, None, self.settings);
    }

    /// What all came to so far, for whoever sends SIGQUIT.
    fn show_so_far(&mut self, output: &mut Output<'_>) {
        if !matches!(self.settings.mode, Mode::Alive { .. }) {
            output.talk("\n");
            self.printer.interim(&mut self.account.hosts, output);
        }
    }
}

/// What has been due the longest, and since when.
fn pop_due<T: Ord>(agenda: &mut Agenda<T>, now: Instant) -> Option<(Instant, T)> {
    let Reverse((at, ..)) = agenda.peek()?;
    if *at > now {
        return None;
    }
    agenda.pop().map(|Reverse((at, _, task))| (at, task))
}

/// Prepares to ping a target. A source address counts for targets of its family, and says nothing about others.
fn pinger(engine: &Engine, target: Approved<SocketAddr>, options: &PingOptions) -> Result<Pinger, Refusal> {
    let mut options = options.clone();
    options.egress.source = options.egress.source.filter(|source| source.is_ipv4() == target.is_ipv4());
    engine.pinger(target, &options).map_err(|error| {
        let problem = error.to_string();
        // An interface that is not there is a wrong argument; all else is the system's.
        let interface = options.egress.interface.take();
        if interface.is_some() && engine.pinger(target, &options).is_ok() {
            Refusal::Wrong(problem)
        } else {
            Refusal::System(problem)
        }
    })
}

fn answer(reply: &Reply) -> Answer {
    Answer { trip: reply.rtt, bytes: reply.bytes, ttl: reply.hop_limit.map(|hops| hops.0), tos: reply.tos }
}

/// Counts the end of a packet.
fn note(host: &mut Record, index: u64, trip: Option<Duration>, settings: &Settings) {
    host.tally.add(trip);
    host.interim.add(trip);
    if matches!(settings.mode, Mode::Count { values: true, .. }) {
        let index = index as usize;
        if host.values.len() <= index {
            host.values.resize(index + 1, None);
        }
        host.values[index] = trip;
    }
}
