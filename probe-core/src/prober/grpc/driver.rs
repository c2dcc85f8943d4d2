//! What moves the frames of an HTTP/2 connection while a call waits (RFC 9113).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use h2::client::{Builder, Connection, SendRequest};

use super::call::CallError;
use crate::net::BoxStream;
use crate::net::meter::{Meter, Reading};

/// The most that the fields of an answer may take, decoded. Details of a status come in fields, hence so much.
const LONGEST_HEAD: u32 = 256 << 10;
/// How much of an answer may be under way.
const WINDOW: u32 = 1 << 20;
/// How much may arrive beside the message: settings, pings, fields.
const LARGEST_OVERHEAD: u64 = 1 << 20;

/// A connection, moved by whoever waits for something that comes over it. Nothing runs beside the probe.
pub(super) struct Driver {
    connection: Box<Connection<Meter<BoxStream>>>,
    arrived: Reading,
    /// How much of what arrived was message.
    received: u64,
    is_over: bool,
}

impl Driver {
    /// Greets the server. It need not have answered yet.
    pub(super) async fn open(stream: BoxStream) -> Result<(SendRequest<Bytes>, Self), CallError> {
        let (stream, arrived) = Meter::new(stream);
        let (requests, connection) = Builder::new()
            .enable_push(false)
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(LONGEST_HEAD)
            .handshake(stream)
            .await?;
        Ok((requests, Self { connection: Box::new(connection), arrived, received: 0, is_over: false }))
    }

    /// Counts a piece of the message.
    pub(super) fn received(&mut self, length: usize) {
        self.received += length as u64;
    }

    /// Waits for `work`, moving frames meanwhile.
    pub(super) async fn run<T>(
        &mut self,
        work: impl Future<Output = Result<T, h2::Error>>,
    ) -> Result<T, CallError> {
        let mut work = pin!(work);
        poll_fn(|task| {
            // First what is there: a connection that is broken by now has still delivered it.
            if let Poll::Ready(result) = work.as_mut().poll(task) {
                return Poll::Ready(result.map_err(CallError::from));
            }
            if !self.is_over {
                self.is_over = Pin::new(&mut self.connection).poll(task).is_ready();
            }
            if self.arrived.bytes() > 2 * self.received + u64::from(WINDOW) + LARGEST_OVERHEAD {
                return Poll::Ready(Err(CallError::Flood));
            }
            match work.as_mut().poll(task) {
                Poll::Pending if self.is_over => Poll::Ready(Err(CallError::Closed)),
                result => result.map_err(CallError::from),
            }
        })
        .await
    }
}
