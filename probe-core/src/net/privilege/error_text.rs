//! What the kernel said, with the symbol people search for.

use std::io;

/// The errors that opening or preparing a socket can meet, in words.
const KNOWN: [(i32, &str); 16] = [
    (libc::EACCES, "permission denied (EACCES)"),
    (libc::EADDRINUSE, "address already in use (EADDRINUSE)"),
    (libc::EADDRNOTAVAIL, "address not available (EADDRNOTAVAIL)"),
    (libc::EAFNOSUPPORT, "address family not supported (EAFNOSUPPORT)"),
    (libc::EINVAL, "invalid argument (EINVAL)"),
    (libc::EMFILE, "too many open files (EMFILE)"),
    (libc::ENETUNREACH, "network unreachable (ENETUNREACH)"),
    (libc::ENFILE, "too many open files in the system (ENFILE)"),
    (libc::ENOBUFS, "no buffer space (ENOBUFS)"),
    (libc::ENODEV, "no such device (ENODEV)"),
    (libc::ENOMEM, "out of memory (ENOMEM)"),
    (libc::ENOPROTOOPT, "option not supported (ENOPROTOOPT)"),
    (libc::ENOSYS, "system call not available (ENOSYS)"),
    (libc::EPERM, "operation not permitted (EPERM)"),
    (libc::EPROTONOSUPPORT, "protocol not supported (EPROTONOSUPPORT)"),
    (libc::ESOCKTNOSUPPORT, "socket type not supported (ESOCKTNOSUPPORT)"),
];

/// `error` in words; one that is not in the table speaks for itself.
pub(super) fn error_text(error: &io::Error) -> String {
    let known = KNOWN.iter().find(|(number, _)| error.raw_os_error() == Some(*number));
    known.map_or_else(|| error.to_string(), |(_, text)| (*text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors_carry_their_symbol() {
        let text = |number| error_text(&io::Error::from_raw_os_error(number));
        assert_eq!(text(libc::EPERM), "operation not permitted (EPERM)");
        assert_eq!(text(libc::EAFNOSUPPORT), "address family not supported (EAFNOSUPPORT)");
        assert_eq!(text(libc::EPROTONOSUPPORT), "protocol not supported (EPROTONOSUPPORT)");
    }

    #[test]
    fn other_errors_speak_for_themselves() {
        assert_eq!(error_text(&io::Error::from(io::ErrorKind::TimedOut)), "timed out");
    }
}
