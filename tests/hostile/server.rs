//! Servers that do the same to everybody who comes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Listens on 127.0.0.1 and 127.0.0.2, or for one datagram on the first.
pub(crate) struct Hostile {
    pub(crate) port: u16,
    visits: Arc<Visits>,
}

/// How many came, and how many are still there.
#[derive(Default)]
struct Visits {
    count: Mutex<Count>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Count {
    come: usize,
    here: usize,
}

impl Hostile {
    /// Does this to every connection, until it ends or fails because the other side has gone.
    pub(crate) fn new(
        behaviour: impl Fn(TcpStream, &Surroundings) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (listeners, port) = listeners();
        let visits = Arc::new(Visits::default());
        let behaviour = Arc::new(behaviour);
        // They live as long as this process, which is not long.
        for listener in listeners {
            let (visits, behaviour) = (Arc::clone(&visits), Arc::clone(&behaviour));
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let visit = visits.begin();
                    let (visits, behaviour) = (Arc::clone(&visits), Arc::clone(&behaviour));
                    thread::spawn(move || {
                        let _ = behaviour(stream, &Surroundings { port, visit });
                        visits.end();
                    });
                }
            });
        }
        Self { port, visits }
    }

    /// Does this to everybody who sends a datagram; the socket speaks to them alone.
    pub(crate) fn over_udp(
        behaviour: impl Fn(&[u8], &UdpSocket) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = socket.local_addr().expect("it is bound").port();
        let visits = Arc::new(Visits::default());
        let counted = Arc::clone(&visits);
        thread::spawn(move || {
            let mut query = [0; 4096];
            // One visitor is enough: connecting the socket is what tells when they have gone.
            if let Ok((length, visitor)) = socket.recv_from(&mut query) {
                counted.begin();
                let _ = socket.connect(visitor).and_then(|()| behaviour(&query[..length], &socket));
                counted.end();
            }
        });
        Self { port, visits }
    }

    /// Whether anybody came at all.
    pub(crate) fn was_visited(&self) -> bool {
        self.visits.lock().come > 0
    }

    /// Whether somebody comes within this time.
    pub(crate) fn is_visited_within(&self, most: Duration) -> bool {
        let nobody = |count: &mut Count| count.come == 0;
        let waited = self.visits.changed.wait_timeout_while(self.visits.lock(), most, nobody);
        waited.unwrap_or_else(PoisonError::into_inner).0.come > 0
    }

    /// Whether everybody has gone, or goes within this time.
    pub(crate) fn is_left_alone(&self, most: Duration) -> bool {
        let stays = |count: &mut Count| count.here > 0;
        let waited = self.visits.changed.wait_timeout_while(self.visits.lock(), most, stays);
        waited.unwrap_or_else(PoisonError::into_inner).0.here == 0
    }
}

impl Visits {
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts somebody in, and says how many came before.
    fn begin(&self) -> usize {
        let mut count = self.lock();
        *count = Count { come: count.come + 1, here: count.here + 1 };
        self.changed.notify_all();
        count.come - 1
    }

    fn end(&self) {
        self.lock().here -= 1;
        self.changed.notify_all();
    }
}

/// What a behaviour may want to know.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings {
    /// The server's own port.
    pub(crate) port: u16,
    /// How many connections came before this one.
    pub(crate) visit: usize,
}

/// Listeners on two addresses and the same port.
fn listeners() -> ([TcpListener; 2], u16) {
    for _ in 0..100 {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = first.local_addr().expect("it is bound").port();
        if let Ok(second) = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port)) {
            return ([first, second], port);
        }
    }
    panic!("no port is free on both");
}

/// Reads the head of a request.
pub(crate) fn read_head(stream: &mut (impl Read + ?Sized)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// Reads until the other side has gone.
pub(crate) fn read_forever(stream: &mut (impl Read + ?Sized)) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(|_| ())
}

/// Writes the same again and again, until the other side has gone.
pub(crate) fn write_forever(stream: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<()> {
    // In large pieces, so that it is the other side that has the work.
    let piece = bytes.repeat((64 << 10) / bytes.len() + 1);
    loop {
        stream.write_all(&piece)?;
    }
}

/// Writes the same a little at a time, until the other side has gone.
pub(crate) fn drip_forever(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        for byte in bytes {
            stream.write_all(&[*byte])?;
            pause(stream)?;
        }
    }
}

/// Waits a little, and fails if the other side goes meanwhile.
pub(crate) fn pause(stream: &mut TcpStream) -> io::Result<()> {
    const PAUSE: Duration = Duration::from_millis(20);
    stream.set_read_timeout(Some(PAUSE))?;
    match stream.read(&mut [0; 4096]) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
}
