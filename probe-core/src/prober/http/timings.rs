//! How long the steps of all hops took.

use std::fmt::{self, Display};

use tokio::time::Instant;

use super::series::add;
use crate::model::{Recorder, Severity};
use crate::net::http::Times;

/// Adds up the phases of all hops, and says the steps of each.
pub(super) fn record(hops: &[Times], out: &mut Recorder) {
    for (number, hop) in hops.iter().enumerate() {
        say(number, hop, out);
        // That of the first was looked up before it began.
        if number > 0 {
            add("resolve", hop.lookup, out);
        }
        let phases = [
            ("connect", hop.connecting()),
            ("tls", hop.tls()),
            ("processing", hop.processing()),
            ("transfer", hop.transfer()),
        ];
        for (phase, elapsed) in phases {
            if let Some(elapsed) = elapsed {
                add(phase, elapsed, out);
            }
        }
    }
}

fn say(number: usize, hop: &Times, out: &mut Recorder) {
    if !out.keeps_log(Severity::Debug) {
        return;
    }
    let start = hop.resolved.map(|resolved| resolved.checked_sub(hop.lookup).unwrap_or(resolved));
    let after = |instant| After { start, instant };
    out.log(
        Severity::Debug,
        "Response timings for roundtrip",
        &[
            ("roundtrip", &number),
            ("start", &after(start)),
            ("dnsDone", &after(hop.resolved)),
            ("connectDone", &after(hop.connected)),
            ("gotConn", &after(hop.ready)),
            ("responseStart", &after(hop.first_byte)),
            ("tlsStart", &after(hop.tls_started)),
            ("tlsDone", &after(hop.tls_done)),
            ("end", &after(hop.ended)),
        ],
    );
}

/// An instant as the time since a start; a dash for a step that was not reached.
struct After {
    start: Option<Instant>,
    instant: Option<Instant>,
}

impl Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.start, self.instant) {
            (Some(start), Some(instant)) => write!(f, "{:?}", instant.duration_since(start)),
            _ => f.write_str("-"),
        }
    }
}
