//! The service manager: sockets it hands over (`sd_listen_fds(3)`), and what it wants to know (`sd_notify(3)`).

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use listenfd::ListenFd;
use rustix::time::{ClockId, clock_gettime};
use thiserror::Error;
use tracing::debug;

use crate::server::Bound;

/// Why there is nothing to listen on.
#[derive(Debug, Error)]
pub(crate) enum HandoverError {
    #[error("no socket activation file descriptors found")]
    None,
    #[error("socket {number} of socket activation cannot be used: {source}")]
    Socket { number: usize, source: io::Error },
}

/// The sockets that systemd opened, each as often as there are `threads` to accept from it.
pub(crate) fn inherited(threads: usize) -> Result<Vec<Bound>, HandoverError> {
    let mut handed_over = ListenFd::from_env();
    let mut bound = Vec::with_capacity(handed_over.len());
    for number in 0..handed_over.len() {
        let failed = |source| HandoverError::Socket { number, source };
        let Some(listener) = handed_over.take_tcp_listener(number).map_err(failed)? else { continue };
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let listeners =
            (0..threads).map(|_| listener.try_clone()).collect::<io::Result<_>>().map_err(failed)?;
        bound.push(Bound { address, listeners });
    }
    if bound.is_empty() { Err(HandoverError::None) } else { Ok(bound) }
}

/// The service manager, if there is one that wants to know.
pub(crate) struct Service(Option<(UnixDatagram, SocketAddr)>);

impl Service {
    /// The one that the environment names.
    pub(crate) fn from_environment() -> Self {
        let name = env::var("NOTIFY_SOCKET").ok().filter(|name| !name.is_empty());
        Self(name.and_then(|name| open(&name).map_err(|err| debug!(%err, name, "Cannot notify")).ok()))
    }

    /// The exporter answers requests.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// The exporter reads its configuration anew; [`Self::ready`] follows.
    pub(crate) fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// The exporter is about to end.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// A service manager that does not listen is no reason to stop.
    fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.0
            && let Err(err) = socket.send_to_addr(state.as_bytes(), address)
        {
            debug!(%err, "Cannot notify the service manager");
        }
    }
}

/// A name that begins with `@` is not a file's.
fn open(name: &str) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_is_told_what_happens() {
        let name = format!("probe-exporter-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let manager = UnixDatagram::bind_addr(&address).expect("nobody else has the name");
        let service = Service(Some(open(&format!("@{name}")).expect("it is there")));
        service.ready();
        service.reloading();
        service.stopping();
        let received = || {
            let mut buffer = [0; 128];
            let length = manager.recv(&mut buffer).expect("a message");
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        };
        assert_eq!(received(), "READY=1");
        let reloading = received();
        let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("when");
        assert!(since.parse::<u64>().expect("a number") > 0);
        assert_eq!(received(), "STOPPING=1");
    }

    #[test]
    fn without_a_manager_nothing_is_told() {
        Service(None).ready();
    }
}
