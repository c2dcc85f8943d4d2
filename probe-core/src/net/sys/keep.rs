//! Leaving it to the kernel's workers to close what takes them long.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// `IORING_REGISTER_FILES` (`linux/io_uring.h`).
const REGISTER_FILES: libc::c_uint = 2;
/// `struct io_uring_params`, all of it for the kernel to fill in.
type Parameters = [u32; 30];

/// Keeps the file behind a descriptor open until the result is dropped, which does not wait: a worker of the kernel closes the
/// file then, if nobody else has it open.
///
/// The keeper is an `io_uring` that is asked to do nothing: the kernel takes such a ring down in the background, with the files
/// it was given.
///
/// # Errors
/// Where there is no `io_uring`, or not for us.
pub(crate) fn keep_open(file: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut parameters: Parameters = [0; 30];
    // SAFETY: the kernel reads and writes 120 bytes at `parameters`, which lives through the call.
    let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1 as libc::c_uint, &raw mut parameters) };
    let ring = RawFd::try_from(ring).unwrap_or(-1);
    if ring < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows of it.
    let ring = unsafe { OwnedFd::from_raw_fd(ring) };
    let files = [file.as_raw_fd()];
    // SAFETY: the kernel reads one descriptor at `files`, which lives through the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_io_uring_register,
            ring.as_raw_fd(),
            REGISTER_FILES,
            files.as_ptr(),
            files.len() as libc::c_uint,
        )
    };
    if result == 0 { Ok(ring) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    #[test]
    fn file_lives_as_long_as_its_keeper() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
        theirs.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let Ok(keeper) = keep_open(ours.as_fd()) else {
            // No io_uring here, as in many containers: then there is no keeper, and whoever wanted one does without.
            return;
        };
        drop(ours);
        let error = theirs.read(&mut [0]).expect_err("it is open, and nobody writes");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(keeper);
        theirs.set_read_timeout(None).expect("no timeout");
        assert_eq!(theirs.read(&mut [0]).expect("it is closed"), 0);
    }
}
