//! A server that holds its side of a dialogue, over TCP or a unix socket.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use probe_core::model::Target;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::task::JoinHandle;

/// What the server does, in order. At the end it closes the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    /// Says no more, but listens on.
    CloseHalf,
    /// Sends this again and again, until nobody listens.
    Flood(&'static [u8]),
    /// Waits until the prober has closed.
    Hold,
    /// Reads a line and keeps it.
    Read,
    /// Sends this.
    Send(&'static [u8]),
}

/// A server for one connection. What it read is the task's result.
pub(crate) struct Peer {
    pub(crate) target: Target,
    pub(crate) task: JoinHandle<Vec<String>>,
    socket: Option<PathBuf>,
}

impl Peer {
    pub(crate) async fn tcp(script: &[Do]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let target = listener.local_addr().expect("it is bound").to_string().into();
        let script = script.to_vec();
        let task = tokio::spawn(async move {
            let (connection, _) = listener.accept().await.expect("the prober connects");
            talk(connection, &script).await
        });
        Self { target, task, socket: None }
    }

    /// A server that resets the connection once it has sent this.
    pub(crate) async fn resets(after: &'static [u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let target = listener.local_addr().expect("it is bound").to_string().into();
        let task = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.expect("the prober connects");
            let _ = BufReader::new(&mut connection).read_line(&mut String::new()).await;
            reset(connection, after).await;
            Vec::new()
        });
        Self { target, task, socket: None }
    }

    pub(crate) fn unix(script: &[Do]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("probe-dialogue-{}-{number}", std::process::id()));
        let listener = UnixListener::bind(&path).expect("the path is free");
        let target = path.display().to_string().into();
        let script = script.to_vec();
        let task = tokio::spawn(async move {
            let (connection, _) = listener.accept().await.expect("the prober connects");
            talk(connection, &script).await
        });
        Self { target, task, socket: Some(path) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(path) = &self.socket {
            let _ = std::fs::remove_file(path);
        }
    }
}

async fn reset(mut connection: TcpStream, after: &[u8]) {
    let _ = connection.write_all(after).await;
    let socket = socket2::SockRef::from(&connection);
    socket.set_linger(Some(Duration::ZERO)).expect("an option of every TCP socket");
}

/// The prober may leave at any time, so nothing here must succeed.
async fn talk(connection: impl AsyncRead + AsyncWrite + Unpin, script: &[Do]) -> Vec<String> {
    let mut connection = BufReader::new(connection);
    let mut read = Vec::new();
    for action in script {
        match action {
            Do::CloseHalf => drop(connection.shutdown().await),
            Do::Flood(bytes) => while connection.write_all(bytes).await.is_ok() {},
            Do::Hold => drop(connection.read_line(&mut String::new()).await),
            Do::Read => {
                let mut line = Vec::new();
                let _ = connection.read_until(b'\n', &mut line).await;
                read.push(line.escape_ascii().to_string());
            }
            Do::Send(bytes) => {
                let _ = connection.write_all(bytes).await;
                let _ = connection.flush().await;
            }
        }
    }
    read
}
