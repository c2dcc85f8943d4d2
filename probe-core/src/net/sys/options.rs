//! Socket options as plain integers and byte blocks.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

#[cfg(feature = "icmp")]
/// `ICMPV6_FILTER`, absent from `libc` for some targets (linux/icmpv6.h).
const ICMPV6_FILTER: libc::c_int = 1;

/// Sets an option whose value is one C integer.
pub(crate) fn set_integer(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the kernel reads `size_of::<c_int>()` bytes from a live local; an option of another shape answers EINVAL.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(feature = "icmp")]
/// Blocks ICMPv6 message types on a raw socket: bit `n` of the mask set means that type `n` is not delivered.
pub(crate) fn block_icmp6_types(socket: BorrowedFd<'_>, mask: &[u32; 8]) -> io::Result<()> {
    // SAFETY: the kernel reads exactly the 32 bytes of `mask`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_ICMPV6,
            ICMPV6_FILTER,
            mask.as_ptr().cast(),
            size_of::<[u32; 8]>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(feature = "tcp")]
/// Reads an option into `buffer` and returns how many bytes the kernel wrote.
pub(crate) fn read_option(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let mut length = buffer.len() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into `buffer`, whose length that is, and the count into `length`.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, name, buffer.as_mut_ptr().cast(), &raw mut length)
    };
    if result == 0 { Ok((length as usize).min(buffer.len())) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    #[test]
    fn integer_options_are_set_and_read_back() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback socket");
        set_integer(socket.as_fd(), libc::IPPROTO_IP, libc::IP_TTL, 33).expect("hop limit");
        let mut bytes = [0; size_of::<libc::c_int>()];
        let length =
            read_option(socket.as_fd(), libc::IPPROTO_IP, libc::IP_TTL, &mut bytes).expect("hop limit");
        assert_eq!((length, libc::c_int::from_ne_bytes(bytes)), (4, 33));
    }

    #[test]
    fn option_of_another_shape_is_refused() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback socket");
        assert!(set_integer(socket.as_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, 1).is_err());
        assert!(block_icmp6_types(socket.as_fd(), &[0; 8]).is_err());
    }
}
