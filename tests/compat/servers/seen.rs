//! What servers saw.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::super::certificates::Certificates;
use super::super::places::Places;
use super::Context;

/// How long connections may stay open after a probe. Nothing waits so long if all is well.
const PATIENCE: Duration = Duration::from_secs(3);

/// Lines by connection, in the order of the connections.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    connections: Vec<Vec<String>>,
    open: usize,
    markers: BTreeSet<SocketAddr>,
    met: BTreeSet<SocketAddr>,
}

impl Seen {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while holding it")
    }

    /// Whether this is no client but [`settle`](Self::settle).
    pub(crate) fn is_marker(&self, peer: SocketAddr) -> bool {
        let mut state = self.state();
        let is = state.markers.contains(&peer);
        if is {
            state.met.insert(peer);
            self.changed.notify_all();
        }
        is
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.state().connections.concat()
    }

    /// Waits until all connections that clients have made are taken and over. `false` if that takes too long.
    pub(crate) fn settle(&self, address: Option<SocketAddr>) -> bool {
        // Connections are taken in order: once ours is, all before it are.
        let marker = address.and_then(|address| self.mark(address));
        let waiting = |state: &mut State| {
            state.open > 0 || marker.as_ref().is_some_and(|(_, marker)| !state.met.contains(marker))
        };
        let waited = self.changed.wait_timeout_while(self.state(), PATIENCE, waiting);
        !waited.expect("no panic while holding it").1.timed_out()
    }

    /// Connects as nobody's client.
    fn mark(&self, address: SocketAddr) -> Option<(Socket, SocketAddr)> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).ok()?;
        let any = SocketAddr::new(address.ip(), 0);
        socket.bind(&any.into()).ok()?;
        let own = socket.local_addr().ok()?.as_socket()?;
        self.state().markers.insert(own);
        socket.connect(&address.into()).ok()?;
        Some((socket, own))
    }
}

/// One connection, for the server that serves it.
pub struct Visit {
    index: usize,
    context: Context,
    /// The client's address.
    pub peer: String,
    /// What was agreed on by ALPN.
    pub protocol: Option<Vec<u8>>,
}

impl Visit {
    pub(crate) fn new(context: Context, peer: String) -> Self {
        let index = {
            let mut state = context.seen.state();
            state.connections.push(Vec::new());
            state.open += 1;
            state.connections.len() - 1
        };
        Self { index, context, peer, protocol: None }
    }

    /// Keeps a line.
    pub fn saw(&self, line: impl Into<String>) {
        self.context.seen.state().connections[self.index].push(line.into());
    }

    /// Whether the connection is to end with a reset: not to be shut down first.
    pub fn resets(&self) -> bool {
        self.context.resets
    }

    /// Names of servers and files.
    pub fn places(&self) -> &Places {
        &self.context.places
    }

    /// The certificates of this run.
    pub fn certificates(&self) -> &Arc<Certificates> {
        &self.context.certificates
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.context.seen.state().open -= 1;
        self.context.seen.changed.notify_all();
    }
}
