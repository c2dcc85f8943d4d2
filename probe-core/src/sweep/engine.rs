//! The loop: a batch out, a batch in, until everybody was asked and has answered or had time to.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::account::Account;
use super::departures::Departures;
use super::family::Family;
use super::hit::Hit;
use super::marks::Marks;
use super::options::{Memory, Method, Shard, SweepOptions, SweepSocket};
use super::pace::Pace;
use super::permutation::Permutation;
use super::progress::{Checkpoint, Progress, Stopper, SweepError};
use super::space::Space;
use crate::model::Explanation;
use crate::net::bulk::{BulkSocket, BulkUse};
use crate::net::{OpenError, Policy};
use crate::wire::IpVersion;

/// Batches after which others on the same thread get their turn.
const TURN: u32 = 64;
/// How long to wait for room that the kernel does not have.
const NO_ROOM: Duration = Duration::from_millis(1);
/// How often a waiting sweep looks whether it is to stop.
const ATTENTION: Duration = Duration::from_millis(50);

/// A sweep: many targets asked once, or again if they do not answer.
///
/// It belongs to one task. On several cores there is a sweep for each, over a [part](Shard::part) of the targets.
pub struct Sweep {
    pub(super) space: Arc<Space>,
    pub(super) ports: Arc<[u16]>,
    pub(super) has_ports: bool,
    order: Permutation,
    pub(super) shard: Shard,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
    pub(super) policy: Policy,
    pub(super) egress: crate::net::Egress,
    pub(super) families: Vec<Family>,
    refusals: Vec<Explanation>,
    pub(super) pace: Pace,
    pub(super) marks: Option<Marks>,
    pub(super) account: Account,
    pub(super) pass: u32,
    pub(super) place: u64,
    pub(super) stopper: Stopper,
    pub(super) progress: Arc<Progress>,
    pub(super) departures: Departures,
    /// What was read and is still to be told.
    pub(super) found: Vec<Hit>,
}

impl Sweep {
    /// Opens the sockets for a sweep over `space`.
    ///
    /// # Errors
    /// When no socket can be had that its packets may leave through: every kind that was tried, and what would allow it.
    pub fn open(space: Arc<Space>, options: SweepOptions) -> Result<Self, OpenError> {
        let ports = options.method.ports();
        let purpose = options.method.purpose();
        let mut families = Vec::new();
        let mut refusals = Vec::new();
        let kinds = options.socket.kinds(purpose);
        for version in [IpVersion::V4, IpVersion::V6] {
            if space.len_of(version) == 0 || kinds.is_empty() {
                continue;
            }
            match Family::open(version, &space, &options, kinds.clone()) {
                Ok(family) => {
                    refusals.extend_from_slice(family.socket.refusals());
                    families.push(family);
                }
                Err(error) if purpose == BulkUse::Syn && options.socket.allows_connect() => {
                    // Then by connections, for both families alike.
                    families.clear();
                    refusals = error.refusals;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let targets = space.len() * ports.len() as u64;
        let length = families.first().map_or(60, |family| family.codec.length());
        let marks = (options.memory == Memory::Marks || options.retries > 0).then(|| Marks::new(targets));
        Ok(Self {
            order: Permutation::new(targets, options.seed),
            has_ports: options.method != Method::Echo,
            space,
            ports,
            shard: options.shard,
            retries: options.retries,
            timeout: options.timeout,
            policy: options.policy,
            egress: options.egress,
            families,
            refusals,
            pace: Pace::new(options.rate, length, Instant::now()),
            marks,
            account: Account { targets: options.shard.share(targets), ..Account::default() },
            pass: 0,
            place: 0,
            stopper: Stopper::default(),
            progress: Arc::default(),
            departures: Departures::new(),
            found: Vec::new(),
        })
    }

    /// How packets leave, one word for each address family in use.
    pub fn sockets(&self) -> Vec<SweepSocket> {
        if self.families.is_empty() {
            return vec![SweepSocket::Connect];
        }
        self.families.iter().map(|family| SweepSocket::Bulk(family.socket.kind())).collect()
    }

    /// The kinds of socket that were tried before, and why they cannot be used.
    pub fn refusals(&self) -> &[Explanation] {
        &self.refusals
    }

    /// Something that stops it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// How far it is, while it runs.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// What is known so far.
    pub fn account(&self) -> Account {
        self.account
    }

    /// Whether all tries are over.
    pub fn is_done(&self) -> bool {
        self.pass > self.retries || (self.place >= self.account.targets && self.everybody_answered())
    }

    /// Where it stands.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            pass: self.pass,
            place: self.place,
            marks: self.marks.as_ref().map(Marks::to_bytes).unwrap_or_default(),
            account: self.account,
        }
    }

    /// Goes on where another one of the same targets and options was stopped.
    ///
    /// # Errors
    /// When it was not the same.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), SweepError> {
        let targets = self.space.len() * self.ports.len() as u64;
        if checkpoint.account.targets != self.account.targets {
            return Err(SweepError::ForeignCheckpoint);
        }
        if self.marks.is_some() {
            let marks = Marks::from_bytes(&checkpoint.marks, targets);
            self.marks = Some(marks.ok_or(SweepError::ForeignCheckpoint)?);
        }
        (self.pass, self.place, self.account) = (checkpoint.pass, checkpoint.place, checkpoint.account);
        Ok(())
    }

    /// Asks everybody, and tells of each answer as it comes. Ends when all tries are over, or when it is stopped.
    ///
    /// It waits through the current runtime, which needs its timer and its event queue, and sends and reads in between.
    ///
    /// # Errors
    /// When a socket is broken; what was found is told by then.
    pub async fn run(&mut self, mut on: impl FnMut(Hit)) -> Result<Account, SweepError> {
        while !self.is_done() && !self.stopper.is_stopped() {
            self.progress.pass.store(self.pass.into(), Ordering::Relaxed);
            if self.families.is_empty() {
                self.connect_to_all(&mut on).await;
            } else {
                self.send_to_all(&mut on).await?;
                self.wait_for_answers(&mut on).await?;
            }
            if !self.stopper.is_stopped() {
                self.pass += 1;
                if self.pass <= self.retries && !self.everybody_answered() {
                    self.place = 0;
                }
            }
        }
        Ok(self.account)
    }

    async fn send_to_all(&mut self, on: &mut impl FnMut(Hit)) -> Result<(), SweepError> {
        let mut batches = 0;
        while !self.stopper.is_stopped() {
            let start = Instant::now();
            let wanted = self.pace.allowance(start, BulkSocket::BATCH);
            let staged = self.stage(wanted);
            let is_blocked = self.flush(staged);
            self.receive(on)?;
            self.report();
            if self.place >= self.account.targets && !is_blocked {
                break;
            }
            let now = Instant::now();
            let pause = if is_blocked { now + NO_ROOM } else { self.pace.next(now) };
            batches += 1;
            if pause > now {
                self.pause(pause, on).await?;
            } else if batches % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Waits as long as anybody may still answer.
    async fn wait_for_answers(&mut self, on: &mut impl FnMut(Hit)) -> Result<(), SweepError> {
        let end = Instant::now() + self.timeout;
        while !self.everybody_answered() && !self.stopper.is_stopped() && Instant::now() < end {
            self.pause(end, on).await?;
            self.report();
        }
        Ok(())
    }

    /// Reads answers until `end`, or for a while.
    async fn pause(&mut self, end: Instant, on: &mut impl FnMut(Hit)) -> Result<(), SweepError> {
        let end = end.min(Instant::now() + ATTENTION);
        // The runtime's timer is too coarse for less.
        if end.saturating_duration_since(Instant::now()) < Duration::from_millis(1) {
            self.receive(on)?;
            tokio::task::yield_now().await;
            return Ok(());
        }
        let families = &mut self.families;
        let readable = poll_fn(|cx| {
            for family in &mut *families {
                if let Poll::Ready(outcome) = family.socket.poll_readable(cx) {
                    return Poll::Ready(outcome);
                }
            }
            Poll::Pending
        });
        if let Ok(outcome) = tokio::time::timeout_at(end.into(), readable).await {
            outcome.map_err(SweepError::Socket)?;
        }
        while self.receive(on)? {}
        Ok(())
    }

    /// The place of the order that is the next one for this shard, turned into a target; `None` after the last one.
    pub(super) fn next_target(&mut self) -> Option<(u64, SocketAddr)> {
        while self.place < self.account.targets {
            let target = self.order.at(self.shard.index + self.shard.count * self.place);
            self.place += 1;
            if self.pass > 0 && self.marks.as_ref().is_some_and(|marks| marks.is_set(target)) {
                continue;
            }
            let ports = self.ports.len() as u64;
            // Mostly one port, and a division is not cheap.
            let (number, port) =
                if ports == 1 { (target, 0) } else { (target / ports, (target % ports) as usize) };
            return Some((target, SocketAddr::new(self.space.address(number), self.ports[port])));
        }
        None
    }

    /// Reads what is there and tells of it; whether there may be more.
    fn receive(&mut self, on: &mut impl FnMut(Hit)) -> Result<bool, SweepError> {
        let more = self.read();
        self.found.drain(..).for_each(on);
        more
    }

    pub(super) fn everybody_answered(&self) -> bool {
        self.account.answered + self.account.forbidden >= self.account.targets && self.marks.is_some()
    }

    pub(super) fn report(&self) {
        let set = |place: &AtomicU64, value| place.store(value, Ordering::Relaxed);
        set(&self.progress.sent, self.account.sent);
        set(&self.progress.answered, self.account.answered);
        set(&self.progress.open, self.account.open);
        set(&self.progress.place, self.place);
        set(&self.progress.dropped, self.account.dropped);
    }
}
