//! The only unsafe code of the workspace: system calls that neither `socket2` nor `rustix` offers.
//!
//! One call a function, memory safety only: which options make sense on which socket is decided in the modules above.
#![allow(unsafe_code)]

mod batch;
#[cfg(feature = "sweep")]
mod keep;
#[cfg(feature = "sweep")]
mod link_layer;
mod options;
mod watch;

#[cfg(feature = "icmp")]
pub(crate) use batch::BATCH;
pub(crate) use batch::receive_batch;
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub(crate) use batch::send_batch;
#[cfg(feature = "sweep")]
pub(crate) use batch::{Names, receive_some, send_some};
#[cfg(feature = "sweep")]
pub(crate) use keep::keep_open;
#[cfg(feature = "sweep")]
pub(crate) use link_layer::link_address;
#[cfg(feature = "icmp")]
pub(crate) use options::block_icmp6_types;
#[cfg(feature = "tcp")]
pub(crate) use options::read_option;
pub(crate) use options::set_integer;
pub(crate) use watch::watch;
