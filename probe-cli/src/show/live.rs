//! Packets shown as they come.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use probe_core::model::{Exchange, Observed, Observer, Outcome, Report, Target};
use probe_core::render::json;
use probe_core::render::text::{self, Style, Subject};
use tokio::sync::mpsc::UnboundedSender;

use super::Show;

/// A sparkline of fewer packets says nothing that their lines do not.
const SPARKLINE_ABOVE: usize = 10;

/// What is seen of a probe while it runs.
pub(crate) enum Sight {
    Address(IpAddr),
    Exchange(Exchange),
    End(Box<Report>),
}

/// An observer that passes on what it sees of target number `index`.
pub(crate) fn watcher(index: usize, to: UnboundedSender<(usize, Sight)>) -> Observer {
    Arc::new(move |observed| {
        let sight = match observed {
            Observed::Address(address) => Sight::Address(address),
            Observed::Exchange(exchange) => Sight::Exchange(exchange.clone()),
            _ => return,
        };
        // Nobody listens any more once the program is about to end.
        let _ = to.send((index, sight));
    })
}

/// The targets of a run and what was shown of each.
pub(crate) struct Live {
    seen: Vec<Seen>,
    width: usize,
    memory: usize,
}

struct Seen {
    target: Target,
    addresses: u32,
    recent: VecDeque<Exchange>,
}

impl Live {
    /// Nothing shown yet. `memory` packets of each target are remembered.
    pub(crate) fn new(targets: &[Target], memory: usize) -> Self {
        let width = targets.iter().map(|target| target.as_str().chars().count()).max().unwrap_or_default();
        let seen = |target: &Target| Seen { target: target.clone(), addresses: 0, recent: VecDeque::new() };
        Self { seen: targets.iter().map(seen).collect(), width, memory }
    }

    /// Whether a target's head line was due.
    pub(crate) fn has_begun(&self, index: usize) -> bool {
        self.seen[index].addresses > 0
    }

    /// The line above the packets, once the address is known. Each further address is one more attempt.
    pub(crate) fn address(&mut self, index: usize, address: IpAddr, show: &mut Show<'_, '_>) {
        let seen = &mut self.seen[index];
        seen.addresses += 1;
        if !show.is_text_with_packets() {
            return;
        }
        let line = if seen.addresses == 1 {
            let target = &seen.target;
            text::head(
                &Subject { module: "icmp", prober: "icmp", target, address: Some(address) },
                show.style(),
            )
        } else {
            format!("attempt {}", seen.addresses)
        };
        show.output().print(&(line + "\n"));
    }

    /// One packet's line.
    pub(crate) fn exchange(&mut self, index: usize, exchange: Exchange, show: &mut Show<'_, '_>) {
        if show.has_event_lines() {
            let line = json::event_line(&self.seen[index].target, SystemTime::now(), &exchange);
            show.output().print(&(line + "\n"));
        } else if show.is_text_with_packets() {
            let line = text::exchange_line(&exchange, show.style());
            show.output().print(&format!("{}{line}\n", self.column(index)));
        }
        // Only a single target gets a picture.
        if self.seen.len() > 1 {
            return;
        }
        let recent = &mut self.seen[index].recent;
        if recent.len() == self.memory {
            recent.pop_front();
        }
        recent.push_back(exchange);
    }

    /// A picture of the packets that are remembered, where there is one target and enough of them.
    pub(crate) fn sparkline(&mut self, index: usize) -> String {
        let alone = self.seen.len() == 1;
        let recent = self.seen[index].recent.make_contiguous();
        if alone && recent.len() > SPARKLINE_ABOVE { text::sparkline(recent) + "\n" } else { String::new() }
    }

    /// The summary of the packets that are remembered.
    pub(crate) fn summary(&mut self, index: usize, style: Style) -> String {
        text::summary(&text::tally(self.seen[index].recent.make_contiguous()), style) + "\n"
    }

    /// Whether any remembered packet was answered in time.
    pub(crate) fn was_answered(&self, index: usize) -> bool {
        self.seen[index].recent.iter().any(|exchange| matches!(exchange.outcome, Outcome::Reply { .. }))
    }

    /// The target in front of a line, where there are several.
    pub(crate) fn column(&self, index: usize) -> String {
        if self.seen.len() == 1 {
            return String::new();
        }
        format!("{:<width$}  ", self.seen[index].target.as_str(), width = self.width)
    }
}
