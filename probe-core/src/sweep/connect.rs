//! Ports by ordinary connections: slower, and what every process may do.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::engine::Sweep;
use super::hit::{Hit, HitState};
use crate::model::Reason;
use crate::net::{Approved, DialError, Egress, connect};

/// Connections under way at once; each costs a descriptor.
const CONNECTIONS: usize = 256;

/// What a connection came to.
struct Outcome {
    target: u64,
    address: SocketAddr,
    state: Option<HitState>,
    rtt: Duration,
    is_ours: bool,
}

impl Sweep {
    /// Connects to everybody who has not answered.
    pub(super) async fn connect_to_all(&mut self, on: &mut impl FnMut(Hit)) {
        let mut under_way = JoinSet::new();
        loop {
            let now = Instant::now();
            let room = CONNECTIONS - under_way.len();
            let mut allowance = self.pace.allowance(now, room);
            while allowance > 0 && !self.stopper.is_stopped() {
                let Some((target, address)) = self.next_target() else { break };
                let Ok(approved) = self.policy.approve(address) else {
                    self.account.forbidden += u64::from(self.pass == 0);
                    continue;
                };
                self.account.sent += 1;
                self.account.retries += u64::from(self.pass > 0);
                self.pace.spend(1);
                under_way.spawn(attempt(target, approved, self.egress.clone(), self.timeout));
                allowance -= 1;
            }
            let is_last = self.place >= self.account.targets || self.stopper.is_stopped();
            if is_last && under_way.is_empty() {
                break;
            }
            let next = self.pace.next(Instant::now());
            if !is_last && under_way.len() < CONNECTIONS && next > Instant::now() {
                let _ = tokio::time::timeout_at(next.into(), std::future::pending::<()>()).await;
            }
            let finished = if under_way.len() == CONNECTIONS || is_last {
                under_way.join_next().await
            } else {
                under_way.try_join_next()
            };
            let mut finished = finished;
            while let Some(outcome) = finished {
                if let Ok(outcome) = outcome {
                    self.enter_connection(&outcome, on);
                }
                finished = under_way.try_join_next();
            }
            self.report();
        }
    }

    fn enter_connection(&mut self, outcome: &Outcome, on: &mut impl FnMut(Hit)) {
        if outcome.is_ours {
            self.account.refused += 1;
        }
        let Some(state) = outcome.state else { return };
        if self.marks.as_mut().is_some_and(|marks| marks.set(outcome.target)) {
            self.account.duplicates += 1;
            return;
        }
        self.account.count(state);
        let address = outcome.address;
        on(Hit { address: address.ip(), port: Some(address.port()), state, rtt: Some(outcome.rtt) });
    }
}

async fn attempt(target: u64, approved: Approved<SocketAddr>, egress: Egress, limit: Duration) -> Outcome {
    let started = Instant::now();
    let outcome = timeout(limit, connect(approved, &egress)).await;
    let rtt = started.elapsed();
    let address = *approved;
    let mut is_ours = false;
    let state = match outcome {
        Ok(Ok(stream)) => {
            // Nothing was said, so nothing is lost by a reset, and no port stays taken for a minute.
            let _ = stream.set_zero_linger();
            Some(HitState::Open)
        }
        Ok(Err(error)) => match &error {
            DialError::Connect(_) if error.reason() == Reason::Connect => Some(HitState::Closed),
            DialError::Connect(_) if error.reason() == Reason::Network => None,
            _ => {
                is_ours = true;
                None
            }
        },
        Err(_) => None,
    };
    Outcome { target, address, state, rtt, is_ours }
}
