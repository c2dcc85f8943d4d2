//! The tasks and sockets that hickory needs for a lookup, owned by the lookup.
//!
//! hickory's own runtime keeps its tasks in a set that the tasks themselves hold on to, so that they end by
//! themselves some time after the last handle is gone. Here they hold it weakly, and dropping the set aborts them.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, Spawn, TokioRuntimeProvider, TokioTime};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// The tasks of one lookup; dropping it aborts them.
#[derive(Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    /// A runtime whose tasks are these.
    pub(super) fn runtime(&self) -> OwnedRuntime {
        OwnedRuntime { tasks: TaskHandle(Arc::downgrade(&self.0)), tokio: TokioRuntimeProvider::default() }
    }
}

/// Sockets and time of tokio, tasks of a [`Tasks`].
#[derive(Clone)]
pub(super) struct OwnedRuntime {
    tasks: TaskHandle,
    tokio: TokioRuntimeProvider,
}

impl RuntimeProvider for OwnedRuntime {
    type Handle = TaskHandle;
    type Timer = TokioTime;
    type Udp = ConnectedUdp;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> TaskHandle {
        self.tasks.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        self.tokio.connect_tcp(server, local, timeout)
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<ConnectedUdp>>>> {
        Box::pin(async move {
            let socket = UdpSocket::bind(local).await?;
            // hickory sends with the address all the same, which only Linux lets a connected socket do.
            if cfg!(target_os = "linux") {
                socket.connect(server).await?;
            }
            Ok(ConnectedUdp(socket))
        })
    }
}

/// Starts tasks for as long as their owner lives.
#[derive(Clone)]
pub(super) struct TaskHandle(Weak<Mutex<JoinSet<()>>>);

impl Spawn for TaskHandle {
    fn spawn_bg(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = self.0.upgrade() {
            tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(future);
        }
    }
}

/// A socket that is connected to the name server: it hears at once when nobody listens there, and nothing from
/// anybody else.
pub(super) struct ConnectedUdp(UdpSocket);

impl ConnectedUdp {
    /// Waits for a datagram or for the news that it cannot come, which tokio keeps from those who merely read.
    async fn receive(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        loop {
            let ready = self.0.ready(Interest::READABLE | Interest::ERROR).await?;
            if ready.is_error() {
                if let Some(error) = self.0.take_error()? {
                    return Err(error);
                }
                self.forget_error_readiness();
            }
            match self.0.try_recv_from(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received,
            }
        }
    }

    fn forget_error_readiness(&self) {
        // Nothing is read: the answer "would block" is what clears the readiness.
        let nothing: io::Result<()> =
            self.0.try_io(Interest::ERROR, || Err(io::ErrorKind::WouldBlock.into()));
        debug_assert!(nothing.is_err());
    }
}

impl DnsUdpSocket for ConnectedUdp {
    type Time = TokioTime;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        DnsUdpSocket::poll_recv_from(&self.0, cx, buf)
    }

    fn recv_from<'a, 'b, 'c>(
        &'a self,
        buf: &'b mut [u8],
    ) -> Pin<Box<dyn Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(self.receive(buf))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], target: SocketAddr) -> Poll<io::Result<usize>> {
        DnsUdpSocket::poll_send_to(&self.0, cx, buf, target)
    }
}
