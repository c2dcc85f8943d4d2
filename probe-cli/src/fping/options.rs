//! The options, and the text that tells of them.

use crate::getopt::Opt;

/// The keys of options without a letter.
pub(super) const CHECK_SOURCE: char = 'Ⓒ';
pub(super) const ICMP_TIMESTAMP: char = 'Ⓘ';
pub(super) const PRINT_TOS: char = 'Ⓞ';
pub(super) const PRINT_TTL: char = 'Ⓣ';
pub(super) const SEQMAP_TIMEOUT: char = 'Ⓠ';
pub(super) const TIMESTAMP_FORMAT: char = 'Ⓕ';

pub(super) const OPTIONS: &[Opt] = &[
    flag('4', "ipv4", "IPv4 addresses only"),
    flag('6', "ipv6", "IPv6 addresses only"),
    with('b', "size", "BYTES", "payload of a packet [56]"),
    with('B', "backoff", "N", "how much longer to wait at each further attempt, 1 to 5 [1.5]"),
    with('c', "count", "N", "N pings to each target, then what they came to"),
    with('C', "vcount", "N", "the same, and every round trip in the end"),
    flag(CHECK_SOURCE, "check-source", "accepted: an answer from elsewhere never counts"),
    with('f', "file", "FILE", "targets from a file, one a line; - is the standard input"),
    flag('g', "generate", "targets from FIRST LAST or ADDRESS/LENGTH, up to 131072 of them"),
    with('H', "ttl", "N", "hops that a packet may take"),
    with('i', "interval", "MSEC", "time between any two packets [10]"),
    with('I', "iface", "NAME", "the interface to use"),
    with('k', "fwmark", "MARK", "the firewall mark of the packets"),
    flag('l', "loop", "pings until interrupted"),
    flag('m', "all", "every address of a name, not only the first"),
    flag('M', "dontfrag", "routers may not fragment the packets"),
    with('O', "tos", "N", "type of service, decimal or 0x.."),
    with('p', "period", "MSEC", "time between the packets to one target, with -c, -C and -l [1000]"),
    with('r', "retry", "N", "further attempts, without -c, -C and -l [3]"),
    flag('R', "random", "accepted: what is sent is never all zeros"),
    with('S', "src", "ADDRESS", "the source address"),
    with(
        SEQMAP_TIMEOUT,
        "seqmap-timeout",
        "MSEC",
        "accepted: no number is used twice while it may be answered",
    ),
    with(
        't',
        "timeout",
        "MSEC",
        "how long to wait for an answer [500; with -c, -C and -l the period, up to 2000]",
    ),
    flag('a', "alive", "only the targets that answer"),
    flag('A', "addr", "addresses in place of names"),
    flag('d', "rdns", "the names of all addresses, looked up"),
    flag('D', "timestamp", "the time before each line, with -c, -C and -l"),
    with(
        TIMESTAMP_FORMAT,
        "timestamp-format",
        "ctime|iso|rfc3339",
        "how that time looks [seconds since 1970]",
    ),
    flag('e', "elapsed", "the round trip behind \"is alive\""),
    flag('J', "json", "JSON, an object a line, with -c, -C and -l"),
    flag('n', "name", "the names of addresses, looked up"),
    flag('N', "netdata", "for Netdata, with -l -Q"),
    flag('o', "outage", "lost packets times the period"),
    flag(PRINT_TOS, "print-tos", "the type of service of the answers"),
    flag(PRINT_TTL, "print-ttl", "the TTL of the answers"),
    flag('q', "quiet", "nothing but what it came to"),
    with('Q', "squiet", "SECS[,cumulative]", "the same, and what it came to every so often"),
    flag('s', "stats", "figures over all targets in the end"),
    with('T', "", "N", "accepted and without meaning"),
    flag('u', "unreach", "only the targets that do not answer"),
    with('x', "reachable", "N", "are at least N reachable?"),
    with('X', "fast-reachable", "N", "the same, and ends as soon as that is known"),
    flag(ICMP_TIMESTAMP, "icmp-timestamp", "not supported"),
    flag('h', "help", "this text"),
    flag('v', "version", "the version"),
];

const fn flag(short: char, long: &'static str, help: &'static str) -> Opt {
    Opt { short, long, value: "", help }
}

const fn with(short: char, long: &'static str, value: &'static str, help: &'static str) -> Opt {
    Opt { short, long, value, help }
}

/// What the options are.
pub(super) fn usage(name: &str) -> String {
    let mut text = format!(
        "Usage: {name} [options] [targets...]\n\nWithout targets they are read from the standard input.\n\n"
    );
    for option in OPTIONS {
        let short = if option.short.is_ascii() { format!("-{}", option.short) } else { "  ".to_owned() };
        let long = match (option.long, option.value) {
            ("", value) => format!(" {value}"),
            (long, "") => format!(", --{long}"),
            (long, value) => format!(", --{long}={value}"),
        };
        let names = if option.short.is_ascii() { short + &long } else { short + &long.replacen(',', " ", 1) };
        text.push_str(&format!("   {names:<24} {}\n", option.help));
    }
    text
}
