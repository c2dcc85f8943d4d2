//! The only unsafe code of the workspace: system calls that neither `socket2` nor `rustix` offers.
//!
//! One call a function, memory safety only: which options make sense on which socket is decided in the modules above.
#![allow(unsafe_code)]

mod batch;
mod options;
mod watch;

pub(crate) use batch::{BATCH, receive_batch, send_batch};
pub(crate) use options::{block_icmp6_types, read_option, set_integer};
pub(crate) use watch::watch;
