//! What the kernel says about this process: the `process_*` series, and the limit of open files.

use std::fs;
use std::io;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::exposition::{Counter, Gauge, Page};

/// Ticks per second of the times in `/proc`; the same on every architecture that is supported (proc(5), `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;
/// How the reference exporter shows that there is no limit.
const UNLIMITED: f64 = u64::MAX as f64;

/// How a figure is read.
type Read = fn(&Reading) -> f64;

const COUNTERS: [(Counter, Read); 3] = [
    (Counter::new("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."), |it| {
        it.cpu_seconds
    }),
    (
        Counter::new(
            "process_network_receive_bytes_total",
            "Number of bytes received by the process over the network.",
        ),
        |it| it.received_bytes,
    ),
    (
        Counter::new(
            "process_network_transmit_bytes_total",
            "Number of bytes sent by the process over the network.",
        ),
        |it| it.sent_bytes,
    ),
];

const GAUGES: [(Gauge, Read); 6] = [
    (Gauge::new("process_max_fds", "Maximum number of open file descriptors."), |it| it.max_fds),
    (Gauge::new("process_open_fds", "Number of open file descriptors."), |it| it.open_fds),
    (Gauge::new("process_resident_memory_bytes", "Resident memory size in bytes."), |it| it.resident_bytes),
    (
        Gauge::new("process_start_time_seconds", "Start time of the process since unix epoch in seconds."),
        |it| it.start_seconds,
    ),
    (Gauge::new("process_virtual_memory_bytes", "Virtual memory size in bytes."), |it| it.virtual_bytes),
    (
        Gauge::new(
            "process_virtual_memory_max_bytes",
            "Maximum amount of virtual memory available in bytes.",
        ),
        |it| it.virtual_limit_bytes,
    ),
];

/// One reading.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reading {
    cpu_seconds: f64,
    max_fds: f64,
    open_fds: f64,
    resident_bytes: f64,
    start_seconds: f64,
    virtual_bytes: f64,
    virtual_limit_bytes: f64,
    received_bytes: f64,
    sent_bytes: f64,
}

/// Adds the `process_*` series, with the help texts of the reference exporter; none if the kernel does not tell.
pub(crate) fn add(page: &mut Page<'_>) {
    // When the machine started does not change; the figure in the file does, by jumps of the clock.
    static BOOTED: LazyLock<f64> = LazyLock::new(boot_seconds);
    let Some(reading) = read(*BOOTED) else { return };
    for (counter, read) in &COUNTERS {
        page.add(counter, read(&reading));
    }
    for (gauge, read) in &GAUGES {
        page.add(gauge, read(&reading));
    }
}

/// Lets the process have as many open files as it may, as the reference exporter's runtime does.
pub(crate) fn raise_descriptor_limit() -> io::Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit)?;
    }
    Ok(())
}

/// Seconds since the epoch, for series that hold an instant.
pub(crate) fn now_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn read(booted: f64) -> Option<Reading> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (cpu_seconds, since_boot) = times(&stat)?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let (received_bytes, sent_bytes) =
        fs::read_to_string("/proc/self/net/netstat").ok().and_then(|text| octets(&text)).unwrap_or_default();
    Some(Reading {
        cpu_seconds,
        max_fds: limit(&limits, "Max open files")?,
        // The folder itself is open while it is read.
        open_fds: fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64,
        resident_bytes: kibibytes(&status, "VmRSS:")?,
        start_seconds: booted + since_boot,
        virtual_bytes: kibibytes(&status, "VmSize:")?,
        virtual_limit_bytes: limit(&limits, "Max address space")?,
        received_bytes,
        sent_bytes,
    })
}

fn boot_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "));
    line.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or_default()
}

/// Seconds of processor time, and from the machine's start to the process's (proc(5), fields 14, 15 and 22).
fn times(stat: &str) -> Option<(f64, f64)> {
    // The second field is the program's name in parentheses, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    Some(((ticks(14)? + ticks(15)?) / TICKS_PER_SECOND, ticks(22)? / TICKS_PER_SECOND))
}

/// A line of `/proc/self/status` in bytes.
fn kibibytes(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|size| size * 1024.0)
}

/// The soft limit of a line of `/proc/self/limits`.
fn limit(limits: &str, name: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => Some(UNLIMITED),
        number => number.parse().ok(),
    }
}

/// Bytes in and out: a line of names, and a line of values below it.
fn octets(netstat: &str) -> Option<(f64, f64)> {
    let mut lines = netstat.lines().filter_map(|line| line.strip_prefix("IpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let value = |wanted: &str| {
        let at = names.split_ascii_whitespace().position(|name| name == wanted)?;
        values.split_ascii_whitespace().nth(at)?.parse().ok()
    };
    Some((value("InOctets")?, value("OutOctets")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_past_an_odd_program_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 4 0 12345 1000000 500 18446744073709551615";
        assert_eq!(times(stat), Some((3.0, 123.45)));
        assert_eq!(times("7 (a) S 1"), None);
    }

    #[test]
    fn reads_sizes_and_limits() {
        assert_eq!(
            kibibytes("Name:\tx\nVmSize:\t    2048 kB\nVmRSS:\t 4 kB\n", "VmSize:"),
            Some(2_097_152.0)
        );
        assert_eq!(kibibytes("Name:\tx\n", "VmSize:"), None);
        let limits = "Max open files            1024                 20000                files     \n\
            Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(limit(limits, "Max open files"), Some(1024.0));
        assert_eq!(limit(limits, "Max address space"), Some(UNLIMITED));
    }

    #[test]
    fn reads_octets_by_their_name() {
        let netstat = "TcpExt: A\nTcpExt: 1\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 1 22 333\n";
        assert_eq!(octets(netstat), Some((22.0, 333.0)));
    }

    #[test]
    fn this_process_can_be_read() {
        let reading = read(boot_seconds()).expect("Linux has these files");
        assert!(reading.open_fds >= 3.0 && reading.max_fds >= reading.open_fds, "{reading:?}");
        assert!(
            reading.resident_bytes > 0.0 && reading.virtual_bytes > reading.resident_bytes,
            "{reading:?}"
        );
        assert!(reading.start_seconds > 1e9 && reading.start_seconds <= now_seconds() + 2.0, "{reading:?}");
    }
}
