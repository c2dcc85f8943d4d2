//! An engine on a thread of its own, for embedders who ask for one.

use std::io;
use std::thread;

use tokio::runtime::Builder;

use super::engine::Engine;

impl Engine {
    /// An engine on the kernel's sockets with a thread of its own, named `icmp-engine`: for programs on a multi-thread
    /// runtime, which would drive it at nearly twice the cost. The thread ends with the last handle and the last pinger.
    ///
    /// # Errors
    /// When the thread or its event queue cannot be had.
    pub fn on_own_thread() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let (engine, driver) = Self::new();
        thread::Builder::new().name("icmp-engine".into()).spawn(move || runtime.block_on(driver))?;
        Ok(engine)
    }
}
