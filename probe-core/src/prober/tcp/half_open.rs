//! One SYN: open, closed, or filtered.

use std::net::SocketAddr;

use super::series::{HANDSHAKE, PORT_STATE};
use crate::model::{Exchange, Explanation, Outcome, Phase, ProbeError, Reason, Recorder};
use crate::net::privilege::{Facts, Rung, explain};
use crate::net::{Approved, DialError, Egress, PortState, SynAnswer, SynSocket};

/// Sends one SYN. `Ok(true)`: the port is open. `Ok(false)`: this process may not, which is noted; connect instead.
pub(super) async fn probe(
    address: Approved<SocketAddr>,
    egress: &Egress,
    out: &mut Recorder,
) -> Result<bool, ProbeError> {
    let socket = match SynSocket::open(address, egress) {
        Ok(socket) => socket,
        Err(DialError::Socket(error)) if matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES)) => {
            let ipv6 = address.is_ipv6();
            out.refused(Explanation::later(move || explain(Rung::RawTcp, ipv6, &error, &Facts::read())));
            out.note("socket", "connect");
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    out.note("socket", Rung::RawTcp.as_str());
    out.phase = Phase::Rtt;
    out.set(&PORT_STATE, ["filtered"], 1);
    let answer = socket.probe().await?;
    out.measurements.clear_family(&PORT_STATE);
    record(&answer, out);
    match answer.state {
        PortState::Open => Ok(true),
        PortState::Closed => {
            let detail = format!("port closed: {} answered with RST", *address);
            Err(ProbeError::new(Reason::Connect, Phase::Rtt, detail))
        }
        PortState::Unreachable { kind, from } => {
            let by = from.map(|from| format!(" (reported by {from})")).unwrap_or_default();
            Err(ProbeError::new(Reason::Network, Phase::Rtt, format!("{kind}{by}")))
        }
    }
}

fn record(answer: &SynAnswer, out: &mut Recorder) {
    let state = match answer.state {
        PortState::Open => "open",
        PortState::Closed => "closed",
        PortState::Unreachable { .. } => "filtered",
    };
    out.set(&PORT_STATE, [state], 1);
    out.note("clock", answer.clock.as_str());
    let outcome = match answer.state {
        PortState::Unreachable { kind, .. } => Outcome::Error(kind.to_string()),
        PortState::Open | PortState::Closed => {
            out.put(&HANDSHAKE, answer.rtt);
            let hop_limit = answer.hop_limit.map(|limit| limit.0);
            Outcome::Reply { rtt: answer.rtt, hop_limit, bytes: answer.bytes }
        }
    };
    out.exchange(Exchange { sequence: 0, outcome });
}
