//! Ctrl-C and its relatives.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

/// A probe that is over sooner needs no handlers: until then the signals end the program as they always do.
const GRACE: Duration = Duration::from_millis(100);

/// Waits for one of the signals, from a moment on in which a person could have sent one.
pub(super) async fn interrupted() -> io::Result<()> {
    sleep(GRACE).await;
    Interrupt::listen()?.wait().await;
    Ok(())
}

/// The signals that ask a program to come to its end.
pub(super) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// From now on the signals are noted and no longer kill.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one of them.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
