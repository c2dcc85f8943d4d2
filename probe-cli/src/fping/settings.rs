//! What a command line asks for.

mod values;

use std::net::IpAddr;
use std::time::Duration;

use probe_core::net::icmp::PingOptions;
use probe_core::net::{Egress, Families, SocketChoice};

use self::values::{milliseconds, number, read_any_base};
use super::options::{self, OPTIONS};
use super::stamp::StampFormat;
use crate::getopt::{OptionError, Options};

/// The largest payload that fits an IPv4 packet.
const LARGEST: usize = 65_507;
/// Without `-t`, how long one ping of many may be waited for at most.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How often targets are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Until one answer comes, or this many attempts failed.
    Alive { attempts: u32 },
    /// This many times.
    Count { count: u32, values: bool },
    /// For ever.
    Loop,
}

/// How the lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Text,
    Json,
    Netdata,
}

/// How many targets are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Enough {
    pub(super) reachable: u32,
    /// Whether to end as soon as they are.
    pub(super) at_once: bool,
}

/// Summaries while pings go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interim {
    pub(super) every: Duration,
    pub(super) cumulative: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) look: Look,
    pub(super) families: Families,
    pub(super) all_addresses: bool,
    pub(super) generate: bool,
    pub(super) file: Option<String>,
    pub(super) words: Vec<String>,
    /// Between any two packets.
    pub(super) interval: Duration,
    /// Between two packets to one target.
    pub(super) period: Duration,
    pub(super) timeout: Duration,
    pub(super) backoff: f64,
    pub(super) ping: PingOptions,
    /// `-a`: bare names of those that answer.
    pub(super) only_alive: bool,
    /// `-u`: bare names of those that do not.
    pub(super) only_unreachable: bool,
    /// Whether each target is told of in words, or each ping with `-c`, `-C` and `-l`.
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    pub(super) interim: Option<Interim>,
    pub(super) enough: Option<Enough>,
    pub(super) by_address: bool,
    pub(super) names_of_addresses: bool,
    pub(super) names_of_all: bool,
    pub(super) elapsed: bool,
    pub(super) outage: bool,
    pub(super) statistics: bool,
    pub(super) print_ttl: bool,
    pub(super) print_tos: bool,
    pub(super) stamp: Option<StampFormat>,
}

/// Why there is nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Help,
    Version,
    /// A value that says so little that the whole text is the answer.
    Usage,
    Unreadable(String),
    Wrong(String),
    Unsupported(&'static str),
    System(String),
}

impl From<OptionError> for Refusal {
    fn from(error: OptionError) -> Self {
        Self::Unreadable(match error {
            OptionError::Unknown { name } | OptionError::Ambiguous(name) => {
                format!("invalid option -- '{name}'")
            }
            OptionError::LacksValue(long, short) => {
                let name = if short.is_ascii() { short.to_string() } else { long.to_owned() };
                format!("option requires an argument -- '{name}'")
            }
            OptionError::TakesNoValue(long, _) => format!("option takes no argument -- '{long}'"),
        })
    }
}

impl Settings {
    pub(super) fn read(words: Vec<String>, only_v6: bool) -> Result<Self, Refusal> {
        let given = Options::read(words, OPTIONS)?;
        refuse_at_once(&given)?;
        let mode = mode(&given)?;
        let look = look(&given, mode)?;
        let counting = !matches!(mode, Mode::Alive { .. });
        let period = milliseconds(&given, 'p')?.unwrap_or(Duration::from_secs(1));
        let interim = given.value('Q').map(interim).transpose()?;
        let enough = enough(&given)?;
        let quiet = given.has('q') || interim.is_some();
        let (alive, unreachable) = (given.has('a'), given.has('u'));
        let told = quiet || (!counting && (alive || unreachable || enough.is_some()));
        Ok(Self {
            mode,
            look,
            families: families(&given, only_v6)?,
            all_addresses: given.has('m'),
            generate: given.has('g'),
            file: given.value('f').map(str::to_owned),
            interval: milliseconds(&given, 'i')?.unwrap_or(Duration::from_millis(10)),
            period,
            timeout: milliseconds(&given, 't')?.unwrap_or_else(|| {
                if counting { period.min(LONGEST_WAIT) } else { Duration::from_millis(500) }
            }),
            backoff: backoff(&given)?,
            ping: ping(&given)?,
            only_alive: alive && !counting,
            only_unreachable: unreachable && !counting,
            verbose: !told,
            quiet,
            interim,
            enough,
            by_address: given.has('A'),
            names_of_addresses: given.has('n'),
            names_of_all: given.has('d'),
            elapsed: given.has('e'),
            outage: given.has('o'),
            statistics: given.has('s'),
            print_ttl: given.has(options::PRINT_TTL),
            print_tos: given.has(options::PRINT_TOS),
            stamp: stamp(&given)?,
            words: given.words,
        })
    }
}

fn refuse_at_once(given: &Options) -> Result<(), Refusal> {
    if given.has('h') {
        return Err(Refusal::Help);
    }
    if given.has('v') {
        return Err(Refusal::Version);
    }
    if given.has(options::ICMP_TIMESTAMP) {
        return Err(Refusal::Unsupported("--icmp-timestamp"));
    }
    for (one, other, problem) in
        [('d', 'n', "use either one of -d or -n"), ('a', 'u', "specify only one of a, u")]
    {
        if given.has(one) && given.has(other) {
            return Err(Refusal::Wrong(problem.to_owned()));
        }
    }
    if given.has('f') && (given.has('g') || !given.words.is_empty()) {
        return Err(Refusal::Usage);
    }
    Ok(())
}

fn mode(given: &Options) -> Result<Mode, Refusal> {
    let count = |short| {
        let count = number::<u32>(given, short)?;
        if count == Some(0) { Err(Refusal::Usage) } else { Ok(count) }
    };
    let (plain, values) = (count('c')?, count('C')?);
    let retries = number::<u32>(given, 'r')?.unwrap_or(3);
    match (plain, values, given.has('l')) {
        (None, None, false) => Ok(Mode::Alive { attempts: retries.saturating_add(1) }),
        (None, None, true) => Ok(Mode::Loop),
        (_, _, true) => Err(Refusal::Wrong("specify only one of c, l".to_owned())),
        (_, Some(count), _) => Ok(Mode::Count { count, values: true }),
        (Some(count), None, _) => Ok(Mode::Count { count, values: false }),
    }
}

fn look(given: &Options, mode: Mode) -> Result<Look, Refusal> {
    let counting = !matches!(mode, Mode::Alive { .. });
    if given.has('J') && !counting {
        return Err(Refusal::Wrong("option -J, --json requires -c, -C, or -l".to_owned()));
    }
    Ok(match (given.has('J'), given.has('N')) {
        (true, _) => Look::Json,
        (false, true) => Look::Netdata,
        (false, false) => Look::Text,
    })
}

fn families(given: &Options, only_v6: bool) -> Result<Families, Refusal> {
    match (given.has('4'), given.has('6') || only_v6) {
        (true, true) => Err(Refusal::Wrong("can't specify both -4 and -6".to_owned())),
        (true, false) => Ok(Families::V4),
        (false, true) => Ok(Families::V6),
        (false, false) => Ok(Families::Both),
    }
}

fn ping(given: &Options) -> Result<PingOptions, Refusal> {
    let payload_size = number(given, 'b')?.unwrap_or(PingOptions::default().payload_size);
    if payload_size > LARGEST {
        let problem = format!("data size {payload_size} not valid, must not be larger than {LARGEST}");
        return Err(Refusal::Wrong(problem));
    }
    let hop_limit = match number::<u32>(given, 'H')? {
        Some(0) => return Err(Refusal::Usage),
        Some(hops) => {
            Some(u8::try_from(hops).map_err(|_| Refusal::Wrong(format!("ttl {hops} out of range")))?)
        }
        None => None,
    };
    let source = given.value('S').map(|text| {
        text.parse::<IpAddr>().map_err(|_| Refusal::Wrong(format!("can't parse source address: {text}")))
    });
    Ok(PingOptions {
        payload_size,
        dont_fragment: given.has('M'),
        receive_tos: given.has(options::PRINT_TOS),
        socket: SocketChoice::Auto,
        egress: Egress {
            source: source.transpose()?,
            interface: given.value('I').map(str::to_owned),
            tos: given
                .value('O')
                .map(|text| read_any_base(text)?.try_into().map_err(|_| Refusal::Usage))
                .transpose()?,
            mark: given.value('k').map(read_any_base).transpose()?,
            hop_limit,
        },
    })
}

fn backoff(given: &Options) -> Result<f64, Refusal> {
    let Some(text) = given.value('B') else { return Ok(1.5) };
    let factor: f64 = text.parse().map_err(|_| Refusal::Usage)?;
    if (1.0..=5.0).contains(&factor) {
        return Ok(factor);
    }
    Err(Refusal::Wrong(format!("backoff factor {factor:.1} not valid, must be between 1.0 and 5.0")))
}

/// `SECS[,cumulative]`.
fn interim(text: &str) -> Result<Interim, Refusal> {
    let (seconds, words) =
        text.split_once(',').map_or((text, None), |(seconds, words)| (seconds, Some(words)));
    let cumulative = match words {
        None => false,
        Some("cumulative") => true,
        Some(_) => return Err(Refusal::Usage),
    };
    let every = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(Interim { every: every.ok_or(Refusal::Usage)?, cumulative })
}

fn enough(given: &Options) -> Result<Option<Enough>, Refusal> {
    let patient = number(given, 'x')?.map(|reachable| Enough { reachable, at_once: false });
    let at_once = number(given, 'X')?.map(|reachable| Enough { reachable, at_once: true });
    let enough = at_once.or(patient);
    if enough.is_some_and(|enough| enough.reachable == 0) { Err(Refusal::Usage) } else { Ok(enough) }
}

fn stamp(given: &Options) -> Result<Option<StampFormat>, Refusal> {
    let format = match given.value(options::TIMESTAMP_FORMAT) {
        None => StampFormat::Unix,
        Some("ctime") => StampFormat::Ctime,
        Some("iso") => StampFormat::Iso,
        Some("rfc3339") => StampFormat::Rfc3339,
        Some(_) => return Err(Refusal::Usage),
    };
    Ok(given.has('D').then_some(format))
}
