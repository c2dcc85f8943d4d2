//! The engine: one set of sockets for all pings of a thread.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::driver::Driver;
use super::group::PingGroup;
use super::pinger::Pinger;
use super::request::Flow;
use super::socket::KernelNetwork;
use super::state::State;
use super::statistics::EngineStatistics;
use crate::net::control::SendControl;
use crate::net::ladder::SocketChoice;
use crate::net::link::{Network, SocketKey, SocketKind};
use crate::net::literal::index_by_name;
use crate::net::{Approved, Egress, OpenError};
use crate::wire::{IpVersion, echo};

/// How the packets of a [`Pinger`] look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingOptions {
    /// Bytes after the ICMP header. The first eight carry the cookie.
    pub payload_size: usize,
    /// Whether routers may not fragment the packet.
    pub dont_fragment: bool,
    /// Whether to ask for the type of service of the answers ([`Reply::tos`](super::Reply::tos)); raw IPv4 sockets have it anyway.
    pub receive_tos: bool,
    /// How packets leave.
    pub egress: Egress,
    /// Which sockets may be used.
    pub socket: SocketChoice,
}

impl Default for PingOptions {
    /// 56 bytes, as `ping` sends.
    fn default() -> Self {
        Self {
            payload_size: 56,
            dont_fragment: false,
            receive_tos: false,
            egress: Egress::default(),
            socket: SocketChoice::Auto,
        }
    }
}

/// Leaves the waker of whoever waits.
pub(super) fn leave_waker(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        empty => *empty = Some(cx.waker().clone()),
    }
}

pub(super) struct Shared {
    state: Mutex<State>,
    handles: AtomicUsize,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody could still ask for something.
    pub(super) fn is_needed(&self) -> bool {
        self.handles.load(Ordering::Acquire) > 0
    }

    /// Queues one packet of a flow for the driver, and returns its index.
    pub(super) fn send(mut state: MutexGuard<'_, State>, flow: u32, timeout: Duration) -> u64 {
        let index = state.enqueue(flow, timeout, Instant::now().into_std());
        Self::release(state);
        index
    }

    /// Lets the driver at what was queued.
    pub(super) fn release(mut state: MutexGuard<'_, State>) {
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    pub(super) fn wake_driver(&self) {
        Self::release(self.lock());
    }
}

/// A handle on an engine; clones share it. When the last handle and the last [`Pinger`] are gone, its driver ends.
pub struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// An engine on the kernel's sockets, and the driver that does its work. Nothing happens until the driver is
    /// polled: spawn it on a current-thread runtime if you can, since a multi-thread runtime nearly doubles its cost.
    pub fn new() -> (Self, Driver) {
        Self::on_network(KernelNetwork)
    }

    /// An engine on any network, for example a simulated one.
    pub fn on_network(network: impl Network + 'static) -> (Self, Driver) {
        let state = State::new(Box::new(network), Instant::now().into_std());
        let shared = Arc::new(Shared { state: Mutex::new(state), handles: AtomicUsize::new(1) });
        (Self { shared: shared.clone() }, Driver::new(shared))
    }

    /// Prepares to ping `destination` (its port is not used). Opens a socket if no open one fits; a refusal explains
    /// itself.
    pub fn pinger(
        &self,
        destination: Approved<SocketAddr>,
        options: &PingOptions,
    ) -> Result<Pinger, OpenError> {
        let address = destination.ip().to_canonical();
        let version = IpVersion::of(address);
        let mut to = *destination;
        to.set_ip(address);
        to.set_port(0);
        let egress = &options.egress;
        let interface = egress.interface.as_deref().map_or(Ok(0), interface_index)?;
        let source = source_of(egress.source, version)?;
        let control =
            SendControl::new(version == IpVersion::V6, egress.hop_limit, egress.tos, source, interface);
        let mut state = self.shared.lock();
        if state.closed {
            return Err(OpenError::engine_gone());
        }
        if let Some(source) = source.filter(|source| !state.pool.may_send_from(*source)) {
            return Err(OpenError::foreign_source(source));
        }
        let wanted = key(version, options);
        let state = &mut *state;
        let now = Instant::now().into_std();
        let chosen = state.ladder.choose(&mut state.pool, options.socket, wanted, now)?;
        let flow = state.flows.add(|buffers| Flow {
            destination: to.into(),
            address,
            key: chosen.key,
            control: (!control.as_bytes().is_empty()).then(|| Box::new(control)),
            payload_size: options.payload_size,
            next_index: 0,
            buffers,
            waker: None,
            group: None,
        });
        Ok(Pinger::new(self.clone(), flow, chosen.key.kind, chosen.refusals))
    }

    /// Opens the socket that pings with these options need, and keeps it for good: for a process that gives its privileges
    /// up before it pings. Says which kind it is.
    pub fn keep_open(&self, version: IpVersion, options: &PingOptions) -> Result<SocketKind, OpenError> {
        let mut state = self.shared.lock();
        let state = &mut *state;
        let now = Instant::now().into_std();
        let chosen = state.ladder.choose(&mut state.pool, options.socket, key(version, options), now)?;
        state.pool.keep(&chosen.key);
        Ok(chosen.key.kind)
    }

    /// The engine's own figures.
    pub fn statistics(&self) -> EngineStatistics {
        self.shared.lock().figures()
    }

    /// An empty group, for pings to many destinations from one task.
    pub fn group(&self) -> PingGroup {
        PingGroup::new(self.clone())
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Clone for Engine {
    fn clone(&self) -> Self {
        self.shared.handles.fetch_add(1, Ordering::Relaxed);
        Self { shared: self.shared.clone() }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.shared.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.wake_driver();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

/// Round-trip time of one packet, for embedders who want no more: `None` if it was lost.
///
/// # Errors
/// The error that came back instead of an answer, or an I/O error if the engine's driver is gone.
pub async fn ping(pinger: &mut Pinger, timeout: Duration) -> io::Result<Option<super::Reply>> {
    let wanted = pinger.send(timeout);
    loop {
        match pinger.next().await {
            Some(super::Event::Reply(reply)) if reply.index == wanted => return Ok(Some(reply)),
            Some(super::Event::Lost { index }) if index == wanted => return Ok(None),
            Some(super::Event::Failed { index, error }) if index == wanted => {
                return Err(io::Error::other(error));
            }
            Some(_) => {}
            None => return Err(io::Error::other("the engine's driver is gone")),
        }
    }
}

/// The least privileged socket for these options.
fn key(version: IpVersion, options: &PingOptions) -> SocketKey {
    SocketKey {
        version,
        kind: SocketKind::Datagram,
        dont_fragment: options.dont_fragment || is_never_fragmented(version, options.payload_size),
        receives_tos: options.receive_tos,
        mark: options.egress.mark,
    }
}

/// Whether a packet is so small that no router would split it: then the flag that forbids it changes nothing, and spares the
/// kernel a number for the packet's parts. Over IPv6, routers do not split anything.
fn is_never_fragmented(version: IpVersion, payload_size: usize) -> bool {
    // The smallest MTU that Linux believes in (`ip_rt_min_pmtu`), with room for the options of an IPv4 header.
    const ALWAYS_FITS: usize = 552 - 60 - echo::HEADER_LENGTH;
    version == IpVersion::V4 && payload_size <= ALWAYS_FITS
}

fn interface_index(name: &str) -> Result<u32, OpenError> {
    index_by_name(name).ok_or_else(|| OpenError::no_interface(name))
}

fn source_of(source: Option<IpAddr>, version: IpVersion) -> Result<Option<IpAddr>, OpenError> {
    match source.map(|source| source.to_canonical()) {
        Some(source) if IpVersion::of(source) != version => Err(OpenError::source_family(source)),
        source => Ok(source),
    }
}
