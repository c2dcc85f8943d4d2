//! Addresses below IP, for packet sockets.

use socket2::SockAddr;

/// A neighbour on an Ethernet link, and the protocol spoken to it; all zero for an interface as such.
pub(crate) fn link_address(protocol: u16, interface: u32, neighbour: [u8; 6]) -> SockAddr {
    let mut hardware = [0; 8];
    hardware[..6].copy_from_slice(&neighbour);
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as _,
        sll_protocol: protocol.to_be(),
        sll_ifindex: interface.cast_signed(),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 6,
        sll_addr: hardware,
    };
    // SAFETY: the storage is zeroed, large enough and aligned for every address of the kernel's, `sockaddr_ll` included; it and
    // its true length are written.
    let made = unsafe {
        SockAddr::try_init(|storage, length| {
            storage.cast::<libc::sockaddr_ll>().write(address);
            *length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            Ok(())
        })
    };
    made.map_or_else(|never: std::io::Error| unreachable!("{never}"), |((), address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_the_kernels() {
        let address = link_address(0x0800, 7, [2, 0, 0, 0, 0, 9]);
        assert_eq!(i32::from(address.family()), libc::AF_PACKET);
        assert_eq!(address.len() as usize, size_of::<libc::sockaddr_ll>());
        assert!(address.as_socket().is_none());
    }
}
