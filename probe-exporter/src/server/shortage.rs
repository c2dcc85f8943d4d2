//! What the machine is short of, in words that say where more is to be had.

use std::fmt;
use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// Displays an error of the operating system, and what to do about it where that is known.
pub(super) fn in_short(error: &io::Error) -> impl fmt::Display {
    let code = error.raw_os_error();
    let is = |errno: Errno| code == Some(errno.raw_os_error());
    let advice = if is(Errno::MFILE) {
        let limit = getrlimit(Resource::Nofile).current;
        let limit = limit.map_or_else(|| "all".to_owned(), |limit| limit.to_string());
        format!(
            "the process has the {limit} files open that it may have, raise the limit (ulimit -n, or LimitNOFILE= in the \
             unit file)"
        )
    } else if is(Errno::NFILE) {
        "the machine has as many files open as it may have, raise the limit (sysctl fs.file-max)".to_owned()
    } else if is(Errno::NOBUFS) || is(Errno::NOMEM) {
        "the kernel has no memory left for sockets (sysctl net.core.optmem_max, net.ipv4.tcp_mem, or the memory limit of \
         the container)"
            .to_owned()
    } else {
        return error.to_string();
    };
    format!("{error}: {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_that_was_reached_is_named() {
        for (errno, words) in [
            (Errno::MFILE, "LimitNOFILE="),
            (Errno::NFILE, "fs.file-max"),
            (Errno::NOBUFS, "memory"),
            (Errno::CONNABORTED, "abort"),
        ] {
            let text = in_short(&io::Error::from_raw_os_error(errno.raw_os_error())).to_string();
            assert!(text.contains(words), "{text}");
        }
    }
}
