//! Loss, round-trip times and jitter of a run of packets, in constant memory.

use std::time::Duration;

use super::spread::Spread;

/// Accumulates what happened to a run of packets.
///
/// Mean and deviation by Welford's method; jitter is the interarrival estimate of RFC 3550 section 6.4.1,
/// with round-trip times in the place of transit times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundTrips {
    /// Packets handed to the kernel, those it refused included.
    pub sent: u64,
    /// Packets answered in time, copies not counted.
    pub received: u64,
    /// Answers to packets already answered.
    pub duplicates: u64,
    /// Answers that arrived after one to a later packet.
    pub reordered: u64,
    /// Answers that came after their timeout.
    pub late: u64,
    /// Packets that brought an error back.
    pub errors: u64,
    minimum: Option<Duration>,
    maximum: Duration,
    mean: f64,
    squares: f64,
    jitter: f64,
    last: Option<Duration>,
    newest: Option<u64>,
    spread: Option<Spread>,
}

impl RoundTrips {
    /// Nothing counted yet. Keeps the [`Spread`] of the round-trip times too.
    pub fn with_spread() -> Self {
        Self { spread: Some(Spread::default()), ..Self::default() }
    }

    /// Counts a packet that was handed to the kernel.
    pub fn sent(&mut self) {
        self.sent += 1;
    }

    /// Counts the answer to packet `sequence`.
    pub fn reply(&mut self, sequence: u64, rtt: Duration) {
        self.received += 1;
        match self.newest {
            Some(newest) if newest > sequence => self.reordered += 1,
            _ => self.newest = Some(sequence),
        }
        self.minimum = Some(self.minimum.map_or(rtt, |minimum| minimum.min(rtt)));
        self.maximum = self.maximum.max(rtt);
        let seconds = rtt.as_secs_f64();
        let from_mean = seconds - self.mean;
        self.mean += from_mean / self.received as f64;
        self.squares += from_mean * (seconds - self.mean);
        if let Some(last) = self.last {
            self.jitter += ((seconds - last.as_secs_f64()).abs() - self.jitter) / 16.0;
        }
        self.last = Some(rtt);
        if let Some(spread) = &mut self.spread {
            spread.add(rtt);
        }
    }

    /// Packets sent and not answered in time.
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.received)
    }

    /// The share of packets lost; 0 before anything was sent.
    pub fn loss_ratio(&self) -> f64 {
        if self.sent == 0 { 0.0 } else { self.lost() as f64 / self.sent as f64 }
    }

    /// The shortest round trip.
    pub fn minimum(&self) -> Option<Duration> {
        self.minimum
    }

    /// The mean round trip.
    pub fn mean(&self) -> Option<Duration> {
        (self.received > 0).then(|| Duration::from_secs_f64(self.mean))
    }

    /// The longest round trip.
    pub fn maximum(&self) -> Option<Duration> {
        (self.received > 0).then_some(self.maximum)
    }

    /// The standard deviation over all round trips.
    pub fn deviation(&self) -> Option<Duration> {
        (self.received > 0)
            .then(|| Duration::from_secs_f64((self.squares / self.received as f64).max(0.0).sqrt()))
    }

    /// The round trip that the share `quantile` (0 to 1) does not exceed, if the [`Spread`] is kept.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let found = self.spread.as_ref()?.quantile(quantile)?;
        Some(found.clamp(self.minimum?, self.maximum))
    }

    /// The RFC 3550 jitter; known from the second answer on.
    pub fn jitter(&self) -> Option<Duration> {
        (self.received > 1).then(|| Duration::from_secs_f64(self.jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn nothing_sent_has_no_loss_and_no_times() {
        let trips = RoundTrips::default();
        assert_eq!(trips.loss_ratio().to_bits(), 0.0_f64.to_bits());
        assert_eq!((trips.minimum(), trips.mean(), trips.jitter()), (None, None, None));
    }

    #[test]
    fn statistics_of_a_known_run() {
        let mut trips = RoundTrips::default();
        for (sequence, rtt) in [10, 20, 10, 40].into_iter().enumerate() {
            trips.sent();
            trips.reply(sequence as u64, millis(rtt));
        }
        trips.sent();
        assert_eq!(trips.lost(), 1);
        assert!((trips.loss_ratio() - 0.2).abs() < 1e-12);
        assert_eq!(trips.minimum(), Some(millis(10)));
        assert_eq!(trips.maximum(), Some(millis(40)));
        assert_eq!(trips.mean(), Some(millis(20)));
        // variance of 10 20 10 40 around 20: (100 + 0 + 100 + 400) / 4 = 150
        assert!(
            (trips.deviation().expect("replies").as_secs_f64() - 0.150_f64.sqrt() / 1000.0_f64.sqrt()).abs()
                < 1e-9
        );
        // 10/16 = 0.625; + (10 - 0.625)/16 = 1.2109375; + (30 - 1.2109375)/16 = 3.01025390625
        assert!((trips.jitter().expect("two").as_secs_f64() - 0.003_010_253_906).abs() < 1e-9);
    }

    #[test]
    fn older_answer_after_newer_is_reordered() {
        let mut trips = RoundTrips::default();
        for sequence in [0, 2, 1, 3] {
            trips.sent();
            trips.reply(sequence, millis(1));
        }
        assert_eq!(trips.reordered, 1);
    }
}
