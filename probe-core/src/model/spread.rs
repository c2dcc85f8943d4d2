//! How times are spread: their quantiles, in memory that grows with the spread and not with their number.

use std::time::Duration;

/// Buckets to a doubling, as a power of two: a quantile is off by at most a thirty-second.
const FINENESS: u32 = 4;

/// Buckets to begin with, around the first duration.
const AROUND: usize = 1 << FINENESS;

/// A histogram of durations with logarithmic buckets, sixteen to a doubling.
///
/// A host whose round trips stay within a factor of two needs some hundred bytes, however many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The bucket that `counts` begins with.
    first: usize,
    counts: Vec<u32>,
    total: u64,
}

impl Spread {
    /// Counts one duration.
    pub fn add(&mut self, duration: Duration) {
        let bucket = bucket_of(duration);
        if self.counts.is_empty() {
            // With room on both sides, since few stay with their first one.
            self.first = bucket.saturating_sub(AROUND / 2);
            self.counts.resize(AROUND, 0);
        }
        if bucket < self.first {
            self.counts.splice(..0, std::iter::repeat_n(0, self.first - bucket));
            self.first = bucket;
        }
        let at = bucket - self.first;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(1);
        self.total += 1;
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The duration that the share `quantile` of all (0 to 1) does not exceed, to within a thirty-second; `None` if there are none.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let rank = (quantile.clamp(0.0, 1.0) * self.total as f64).ceil().max(1.0) as u64;
        let mut counted = 0;
        let at = self.counts.iter().position(|&count| {
            counted += u64::from(count);
            counted >= rank
        })?;
        Some(middle_of(self.first + at))
    }
}

/// Sixteen buckets to a doubling of the nanoseconds; below sixteen, one for each.
fn bucket_of(duration: Duration) -> usize {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let shift = nanoseconds.max(1 << FINENESS).ilog2() - FINENESS;
    ((shift as usize) << FINENESS) + (nanoseconds >> shift) as usize
}

fn middle_of(bucket: usize) -> Duration {
    let least = 1_usize << FINENESS;
    let shift = (bucket >> FINENESS).saturating_sub(1);
    let mantissa = bucket - (shift << FINENESS);
    debug_assert!(mantissa < 2 * least);
    let start = (mantissa as u64) << shift;
    Duration::from_nanos(start + ((1_u64 << shift) >> 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_near_the_true_ones() {
        let mut spread = Spread::default();
        assert_eq!((spread.quantile(0.5), spread.total()), (None, 0));
        // From the middle outwards, so that it grows at both ends.
        for step in 0..5_000_u64 {
            spread.add(Duration::from_micros(5_000 - step));
            spread.add(Duration::from_micros(5_001 + step));
        }
        assert_eq!(spread.total(), 10_000);
        for (quantile, micros) in
            [(0.0, 1.0), (0.01, 100.0), (0.5, 5_000.0), (0.99, 9_900.0), (1.0, 10_000.0)]
        {
            let found = spread.quantile(quantile).expect("there are some").as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() <= 1.0 / 32.0, "{quantile}: {found} for {micros}");
        }
    }

    #[test]
    fn every_duration_has_a_bucket() {
        for nanoseconds in (0..2_000).chain((0..64).map(|shift| (1_u64 << shift) + (1 << shift) / 3)) {
            let duration = Duration::from_nanos(nanoseconds);
            let bucket = bucket_of(duration);
            let middle = middle_of(bucket).as_nanos() as f64;
            assert!(
                (middle - nanoseconds as f64).abs() <= nanoseconds as f64 / 32.0 + 0.5,
                "{nanoseconds}: {middle}"
            );
        }
        let mut spread = Spread::default();
        spread.add(Duration::MAX);
        assert!(spread.quantile(1.0).is_some());
    }

    #[test]
    fn memory_follows_the_spread() {
        let mut spread = Spread::default();
        for step in 0..100_000 {
            spread.add(Duration::from_micros(10_000 + step % 9_000));
        }
        assert!(spread.counts.len() <= 17 + AROUND / 2, "{}", spread.counts.len());
    }
}
