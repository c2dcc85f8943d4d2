//! The hosts under watch: one task pings them all, since waking a task for each would cost more than the pings.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use probe_core::model::{ProbeError, Recorder};
use probe_core::net::icmp::{Event, Member, PingGroup, Pinger};
use probe_core::prober::icmp::Packets;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// What was sent to one host, and what came of it.
pub(super) struct Account {
    pub(super) packets: Packets,
    pub(super) out: Recorder,
    /// What the last error meant.
    pub(super) failure: Option<ProbeError>,
    /// Packets to send.
    pub(super) left: u64,
}

/// When a host's packets leave, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) first: Instant,
    /// Who is too late for the first moment takes one that is a multiple of this later, where others leave as well; if it
    /// is zero, the next.
    pub(super) step: Duration,
    pub(super) interval: Duration,
    pub(super) wait: Duration,
}

/// All hosts that have an address, and the agenda of their packets.
#[derive(Clone, Default)]
pub(super) struct Field {
    shared: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    group: Option<PingGroup>,
    /// By the member's index.
    hosts: Vec<Option<Host>>,
    /// Who is due when. Those of one moment stay together.
    agenda: BTreeMap<Instant, Vec<Seat>>,
    tickets: u64,
    /// The task that pings, when it waits.
    keeper: Option<Waker>,
}

struct Host {
    ticket: u64,
    account: Account,
    timing: Timing,
    done: oneshot::Sender<Account>,
}

impl Host {
    /// Reads a little of everything that sending and answering needs.
    fn touch(&self) -> u64 {
        let trips = self.account.packets.trips();
        let packets = trips.sent ^ trips.received ^ trips.errors ^ self.account.packets.open() as u64;
        packets
            ^ self.ticket
            ^ self.account.left
            ^ self.timing.wait.as_secs()
            ^ self.timing.interval.as_secs()
    }
}

/// A member, and what tells it from a later one of the same number.
#[derive(Clone, Copy)]
struct Seat {
    member: Member,
    ticket: u64,
}

/// A host's place in the field, given up when this is dropped.
pub(super) struct Place {
    field: Field,
    seat: Seat,
    done: oneshot::Receiver<Account>,
}

impl Field {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a host its place: from now on it is pinged. `None` if its pinger is of another engine than the first one's.
    pub(super) fn enter(&self, pinger: Pinger, account: Account, timing: Timing) -> Option<Place> {
        let mut state = self.lock();
        let member = state.group.get_or_insert_with(|| pinger.group()).adopt(pinger).ok()?;
        state.tickets += 1;
        let seat = Seat { member, ticket: state.tickets };
        let (to, done) = oneshot::channel();
        if state.hosts.len() <= member.index() {
            state.hosts.resize_with(member.index() + 1, || None);
        }
        state.hosts[member.index()] = Some(Host { ticket: seat.ticket, account, timing, done: to });
        state.agenda.entry(timing.start(Instant::now())).or_default().push(seat);
        let keeper = state.keeper.take();
        drop(state);
        if let Some(keeper) = keeper {
            keeper.wake();
        }
        Some(Place { field: self.clone(), seat, done })
    }

    /// Pings whoever is here, until it is dropped.
    pub(super) async fn keep(self) {
        let mut timer = pin!(sleep_until(Instant::now()));
        poll_fn::<(), _>(|cx| {
            loop {
                let next = {
                    let mut state = self.lock();
                    state.keeper = Some(cx.waker().clone());
                    let next = state.work(Instant::now());
                    // After sending, since that may end a packet at once.
                    state.read(cx);
                    next
                };
                let Some(next) = next else { return Poll::Pending };
                if timer.deadline() != next {
                    timer.as_mut().reset(next);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }
}

impl State {
    /// Sends what is due, and says when more is.
    fn work(&mut self, now: Instant) -> Option<Instant> {
        while let Some(due) = self.agenda.first_entry().filter(|due| *due.key() <= now) {
            let (at, seats) = due.remove_entry();
            self.send(at, seats, now);
        }
        self.agenda.first_key_value().map(|(at, _)| *at)
    }

    /// Sends a packet to each, and puts them on the agenda again.
    fn send(&mut self, at: Instant, mut seats: Vec<Seat>, now: Instant) {
        let Some(group) = &mut self.group else { return };
        let mut burst = group.burst();
        // A processor that waits for the memory of one host after the other waits long; asked for all of it first, it fetches
        // many at once.
        let touched = seats.iter().map(|seat| {
            let host = self.hosts.get(seat.member.index()).and_then(Option::as_ref);
            host.map_or(0, Host::touch) ^ burst.touch(seat.member)
        });
        std::hint::black_box(touched.fold(0, |all, one| all ^ one));
        let mut interval = Duration::ZERO;
        seats.retain(|&seat| {
            let Some(host) = host_on(&mut self.hosts, seat) else { return false };
            if let Some(index) = burst.send(seat.member, host.timing.wait) {
                host.account.packets.queued(index);
            }
            host.account.left -= 1;
            interval = host.timing.interval;
            host.account.left > 0
        });
        drop(burst);
        if seats.is_empty() {
            return;
        }
        // Who slept through some of them does not make up for it.
        let behind = now.saturating_duration_since(at).as_nanos() / interval.as_nanos().max(1);
        let next = at + interval.saturating_mul(u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(1));
        self.agenda.entry(next).or_default().append(&mut seats);
    }

    /// Reads what the engine tells.
    fn read(&mut self, cx: &mut Context<'_>) {
        while let Some(group) = &mut self.group
            && let Poll::Ready(told) = group.poll_event(cx)
        {
            let Some((member, event)) = told else {
                // The engine has stopped. Whoever waits finds out.
                self.hosts.clear();
                self.group = None;
                return;
            };
            self.account(member, event);
        }
    }

    fn account(&mut self, member: Member, event: Event) {
        let Some(Host { account, .. }) = &mut self.hosts[member.index()] else { return };
        if let Err(failure) = account.packets.account(event, &mut account.out) {
            account.failure = Some(failure);
        }
        if account.left == 0
            && account.packets.open() == 0
            && let Some(host) = self.remove(member)
        {
            // Whoever does not wait for it any more has no use for it.
            let _ = host.done.send(host.account);
        }
    }

    /// Takes a host off the field.
    fn leave(&mut self, seat: Seat) -> Option<Account> {
        host_on(&mut self.hosts, seat)?;
        self.remove(seat.member).map(|host| host.account)
    }

    fn remove(&mut self, member: Member) -> Option<Host> {
        if let Some(group) = &mut self.group {
            group.remove(member);
        }
        self.hosts[member.index()].take()
    }
}

/// The host on a seat, if it still is.
fn host_on(hosts: &mut [Option<Host>], seat: Seat) -> Option<&mut Host> {
    hosts.get_mut(seat.member.index())?.as_mut().filter(|host| host.ticket == seat.ticket)
}

impl Timing {
    /// When the first packet leaves, seen from `now`.
    fn start(self, now: Instant) -> Instant {
        let late = now.saturating_duration_since(self.first);
        match self.step.as_nanos() {
            0 => self.first.max(now),
            step => {
                let steps = late.as_nanos().div_ceil(step);
                self.first + self.step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
            }
        }
    }
}

impl Place {
    /// Waits until all packets have come to their end; `None` if the engine has stopped.
    pub(super) async fn done(&mut self) -> Option<Account> {
        (&mut self.done).await.ok()
    }

    /// Gives the place up before that.
    pub(super) fn leave(&mut self) -> Option<Account> {
        let account = self.field.lock().leave(self.seat);
        account.or_else(|| self.done.try_recv().ok())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.field.lock().leave(self.seat);
    }
}

#[cfg(test)]
mod tests {
    use probe_core::net::Policy;
    use probe_core::net::icmp::{Engine, PingOptions};
    use probe_core::sim::{Faults, SimNetwork};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn enter(field: &Field, engine: &Engine, host: u8, timing: Timing, packets: u64) -> Place {
        let address = std::net::SocketAddr::from(([198, 18, 0, host], 0));
        let approved = Policy::allow_all().approve(address).expect("allowed");
        let pinger = engine.pinger(approved, &PingOptions::default()).expect("a simulated socket");
        let account = Account {
            packets: Packets::with_spread(),
            out: Recorder::new(true, None),
            failure: None,
            left: packets,
        };
        field.enter(pinger, account, timing).expect("the same engine")
    }

    fn field(faults: Faults) -> (Field, Engine) {
        let (engine, driver) = Engine::on_network(SimNetwork::new(7, faults));
        tokio::spawn(driver);
        let field = Field::default();
        tokio::spawn(field.clone().keep());
        (field, engine)
    }

    #[tokio::test(start_paused = true)]
    async fn each_host_gets_its_packets_at_its_times() {
        let (field, engine) = field(Faults::default());
        let start = Instant::now();
        let timing = |slot: u32| Timing {
            first: start + SECOND / 4 * slot,
            step: SECOND / 4,
            interval: SECOND,
            wait: SECOND,
        };
        let mut places: Vec<Place> =
            (0..4).map(|slot| enter(&field, &engine, 1 + slot as u8, timing(slot), 10)).collect();
        for (slot, place) in (0_u32..).zip(&mut places) {
            let account = place.done().await.expect("the engine runs");
            let trips = account.packets.trips();
            assert_eq!((trips.sent, trips.received, account.failure.is_none()), (10, 10, true));
            assert!(trips.quantile(0.5).is_some());
            // Nine intervals after its first packet, and a round trip.
            let ended = Instant::now() - start;
            let expected = SECOND * 9 + SECOND / 4 * slot;
            assert!(ended >= expected && ended < expected + SECOND / 8, "host {slot}: {ended:?}");
        }
        assert!(field.lock().agenda.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn late_hosts_join_others_and_missed_packets_are_not_made_up_for() {
        let (field, engine) = field(Faults::default());
        let start = Instant::now();
        let timing = Timing { first: start, step: SECOND / 4, interval: SECOND, wait: SECOND };
        let early = enter(&field, &engine, 1, Timing { first: start + SECOND / 2, ..timing }, 100);
        tokio::time::sleep(Duration::from_millis(260)).await;
        let late = enter(&field, &engine, 2, timing, 100);
        assert_eq!(timing.start(Instant::now()), start + SECOND / 2);
        assert_eq!(Timing { step: Duration::ZERO, ..timing }.start(Instant::now()), Instant::now());
        tokio::task::yield_now().await;
        assert_eq!(field.lock().agenda.len(), 1, "one moment for both");
        // Nobody runs for ten seconds.
        tokio::time::advance(10 * SECOND).await;
        for mut place in [early, late] {
            let account = place.leave().expect("it is here");
            assert!(account.left >= 98, "{}", account.left);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_is_forgotten_and_the_others_go_on() {
        let (field, engine) = field(Faults { loss: 1.0, ..Faults::default() });
        let timing = Timing { first: Instant::now(), step: Duration::ZERO, interval: SECOND, wait: SECOND };
        let mut places: Vec<Place> = (1..=3).map(|host| enter(&field, &engine, host, timing, 5)).collect();
        tokio::time::sleep(SECOND * 5 / 2).await;
        let account = places[1].leave().expect("it is here");
        assert_eq!((account.packets.open(), account.left), (1, 2));
        assert!(places[1].leave().is_none());
        // Its number is taken over by another one, which its agenda does not reach.
        let mut other = enter(&field, &engine, 9, timing, 1);
        assert_eq!(other.seat.member, places[1].seat.member);
        drop(places.remove(1));
        let account = other.done().await.expect("the engine runs");
        assert_eq!((account.packets.trips().sent, account.packets.trips().received), (1, 0));
        for place in &mut places {
            let account = place.done().await.expect("the engine runs");
            assert_eq!((account.packets.trips().sent, account.packets.trips().lost()), (5, 5));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_engine_that_stops_ends_everybody() {
        let (engine, driver) = Engine::on_network(SimNetwork::new(7, Faults::default()));
        let driver = tokio::spawn(driver);
        let field = Field::default();
        tokio::spawn(field.clone().keep());
        let timing = Timing { first: Instant::now(), step: Duration::ZERO, interval: SECOND, wait: SECOND };
        let mut place = enter(&field, &engine, 1, timing, u64::MAX);
        tokio::time::sleep(SECOND).await;
        driver.abort();
        assert!(place.done().await.is_none());
        assert!(field.lock().group.is_none());
    }
}
