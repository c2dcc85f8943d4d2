//! Attaches the filter programs of [`wire::filter`](crate::wire::filter) to sockets.

use std::io;

use socket2::{SockFilter, Socket};

use crate::wire::filter::Instruction;

/// Every raw socket of a host is offered every packet of its protocol: the kernel drops what the program refuses before
/// it is queued.
pub(crate) fn attach(socket: &Socket, program: &[Instruction]) -> io::Result<()> {
    let program: Vec<SockFilter> =
        program.iter().map(|step| SockFilter::new(step.code, step.jt, step.jf, step.k)).collect();
    socket.attach_filter(&program)
}
