//! `sendmmsg` and `recvmmsg` with control messages for each packet.

use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};

#[cfg(any(feature = "icmp", feature = "tcp"))]
use crate::net::packet::Outgoing;
use crate::net::packet::{CONTROL_SPACE, Incoming, NAME_SPACE};

/// Packets handed to the kernel in one call: enough to save calls, few enough to keep round-trip times short.
pub(crate) const BATCH: usize = 32;

/// Whether the addresses beside packets mean something: not where they are in the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    #[cfg(feature = "sweep")]
    Unused,
    Used,
}

#[cfg(any(feature = "icmp", feature = "tcp"))]
/// Sends up to [`BATCH`] packets from the front of `packets`; returns how many the kernel took.
/// An error concerns the first of them; nothing was sent then.
pub(crate) fn send_batch(socket: BorrowedFd<'_>, packets: &[Outgoing]) -> io::Result<usize> {
    send_some::<BATCH>(socket, packets, Names::Used)
}

#[cfg(any(feature = "icmp", feature = "tcp"))]
/// The same for up to `MOST` packets.
pub(crate) fn send_some<const MOST: usize>(
    socket: BorrowedFd<'_>,
    packets: &[Outgoing],
    names: Names,
) -> io::Result<usize> {
    let count = packets.len().min(MOST);
    let mut vectors = [const { MaybeUninit::uninit() }; MOST];
    let mut headers = [const { MaybeUninit::uninit() }; MOST];
    for (at, packet) in packets[..count].iter().enumerate() {
        let vector = vectors[at].write(libc::iovec {
            iov_base: packet.bytes.as_ptr().cast_mut().cast(),
            iov_len: packet.bytes.len(),
        });
        let header = headers[at].write(message(vector));
        if names == Names::Used {
            let name = packet.destination.as_bytes();
            header.msg_hdr.msg_name = name.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = name.len() as libc::socklen_t;
        }
        let control = packet.control.as_bytes();
        if !control.is_empty() {
            header.msg_hdr.msg_control = control.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_controllen = control.len() as _;
        }
    }
    // SAFETY: `count` headers are initialised; every pointer in them refers to `packets` or `vectors`, which outlive the
    // call, with their true lengths; the kernel only reads through them when sending.
    let sent = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr().cast::<libc::mmsghdr>(),
            count as libc::c_uint,
            libc::MSG_DONTWAIT as _,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// A message of one piece, without a name or control messages.
fn message(vector: &mut libc::iovec) -> libc::mmsghdr {
    // SAFETY: all-zero is a valid value of this plain C structure.
    let mut header: libc::mmsghdr = unsafe { zeroed() };
    header.msg_hdr.msg_iov = &raw mut *vector;
    header.msg_hdr.msg_iovlen = 1;
    header
}

/// Receives up to [`BATCH`] packets into the front of `packets` without waiting; returns how many came.
/// Nothing there is `WouldBlock`. With `errors`, reads the socket's error queue instead.
pub(crate) fn receive_batch(
    socket: BorrowedFd<'_>,
    errors: bool,
    packets: &mut [Incoming],
) -> io::Result<usize> {
    receive_some::<BATCH>(socket, errors, packets, Names::Used)
}

#[allow(clippy::unnecessary_cast, reason = "the length of control messages is narrower on musl")]
/// The same for up to `MOST` packets.
pub(crate) fn receive_some<const MOST: usize>(
    socket: BorrowedFd<'_>,
    errors: bool,
    packets: &mut [Incoming],
    names: Names,
) -> io::Result<usize> {
    let count = packets.len().min(MOST);
    let mut vectors = [const { MaybeUninit::uninit() }; MOST];
    let mut headers = [const { MaybeUninit::uninit() }; MOST];
    for (at, packet) in packets[..count].iter_mut().enumerate() {
        let vector = vectors[at]
            .write(libc::iovec { iov_base: packet.buffer.as_mut_ptr().cast(), iov_len: packet.buffer.len() });
        let header = headers[at].write(message(vector));
        if names == Names::Used {
            header.msg_hdr.msg_name = packet.name.bytes.0.as_mut_ptr().cast();
            header.msg_hdr.msg_namelen = NAME_SPACE as libc::socklen_t;
        }
        header.msg_hdr.msg_control = packet.control.0.as_mut_ptr().cast();
        header.msg_hdr.msg_controllen = CONTROL_SPACE as _;
    }
    let flags = libc::MSG_DONTWAIT | if errors { libc::MSG_ERRQUEUE } else { 0 };
    // SAFETY: `count` headers are initialised; every pointer in them refers to distinct buffers of `packets` or to
    // `vectors`, with their true lengths, borrowed mutably for the whole call. No timeout is given.
    let received = unsafe {
        libc::recvmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr().cast::<libc::mmsghdr>(),
            count as libc::c_uint,
            flags as _,
            std::ptr::null_mut(),
        )
    };
    let received = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    for (packet, header) in packets[..count].iter_mut().zip(&headers[..received]) {
        // SAFETY: the kernel fills headers from the first on, and at most as many as it was told of, all of them initialised.
        let header = unsafe { header.assume_init_ref() };
        packet.length = (header.msg_len as usize).min(packet.buffer.len());
        packet.name.length = header.msg_hdr.msg_namelen as usize;
        packet.control_length = (header.msg_hdr.msg_controllen as usize).min(CONTROL_SPACE);
        packet.truncated = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
    }
    Ok(received)
}

#[cfg(all(test, any(feature = "icmp", feature = "tcp")))]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    fn outgoing(to: &UdpSocket, bytes: &[u8]) -> Outgoing {
        let mut packet = Outgoing::new(to.local_addr().expect("bound"));
        packet.bytes.extend_from_slice(bytes);
        packet
    }

    #[test]
    fn batch_arrives_in_order_with_lengths_and_sources() {
        let (from, to) =
            (UdpSocket::bind("127.0.0.1:0").expect("bind"), UdpSocket::bind("127.0.0.1:0").expect("bind"));
        let packets = [outgoing(&to, b"one"), outgoing(&to, b""), outgoing(&to, &[7; 100])];
        assert_eq!(send_batch(from.as_fd(), &packets).expect("send"), 3);
        let mut arrivals: Vec<Incoming> = (0..4).map(|_| Incoming::new(64)).collect();
        assert_eq!(receive_batch(to.as_fd(), false, &mut arrivals).expect("receive"), 3);
        assert_eq!(arrivals[0].bytes(), b"one");
        assert_eq!(arrivals[1].bytes(), b"");
        assert_eq!((arrivals[2].bytes().len(), arrivals[2].truncated), (64, true));
        assert_eq!(arrivals[0].source(), Some(from.local_addr().expect("bound").ip()));
        let empty = receive_batch(to.as_fd(), false, &mut arrivals).expect_err("nothing left");
        assert_eq!(empty.kind(), io::ErrorKind::WouldBlock);
    }
}
