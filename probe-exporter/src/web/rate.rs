//! How many requests are answered: of all clients together, and of each.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

/// Clients that are told apart at most.
const CLIENTS: usize = 10_000;

/// A limit: one more request every interval, and so many at once after a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Between two requests, in the long run.
    pub(super) interval: Duration,
    /// At once.
    pub(super) burst: u32,
}

/// What is left of a limit. Full at first, as the reference's is.
#[derive(Clone, Debug)]
pub(super) struct TokenBucket {
    rate: Rate,
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, tokens: rate.burst.into(), filled: now }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let there_is_one = self.tokens >= 1.0;
        if there_is_one {
            self.tokens -= 1.0;
        }
        there_is_one
    }

    fn fill(&mut self, now: Instant) {
        let intervals = now.duration_since(self.filled).as_secs_f64() / self.rate.interval.as_secs_f64();
        self.tokens = (self.tokens + intervals).min(self.rate.burst.into());
        self.filled = now;
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.rate.burst.into()
    }
}

/// What is left of every client's limit. A client is an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Debug)]
pub(super) struct ClientLimits {
    rate: Rate,
    buckets: HashMap<IpAddr, TokenBucket>,
}

impl ClientLimits {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Takes one of this client's, if there is one.
    pub(super) fn take(&mut self, client: IpAddr, now: Instant) -> bool {
        let client = network(client);
        if self.buckets.len() >= CLIENTS && !self.buckets.contains_key(&client) {
            self.forget(now);
        }
        let rate = self.rate;
        self.buckets.entry(client).or_insert_with(|| TokenBucket::new(rate, now)).take(now)
    }

    /// Makes room: of clients that have rested, or else of all, for memory is short and requests are cheap.
    fn forget(&mut self, now: Instant) {
        self.buckets.retain(|_, bucket| !bucket.is_full(now));
        if self.buckets.len() >= CLIENTS {
            self.buckets.clear();
        }
    }
}

fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { interval: Duration::from_secs(1), burst: 3 };

    fn taken(bucket: &mut TokenBucket, now: Instant) -> usize {
        (0..10).filter(|_| bucket.take(now)).count()
    }

    #[test]
    fn a_burst_is_followed_by_one_an_interval() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(RATE, start);
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let seen =
            [0, 500, 1000, 1000, 3500, 60_000].map(|milliseconds| taken(&mut bucket, at(milliseconds)));
        assert_eq!(seen, [3, 0, 1, 0, 2, 3]);
    }

    #[test]
    fn without_a_burst_nothing_is_ever_allowed() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(Rate { burst: 0, ..RATE }, start);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(60)), 0);
    }

    #[test]
    fn clients_are_limited_one_by_one() {
        let now = Instant::now();
        let mut limits = ClientLimits::new(Rate { burst: 1, ..RATE });
        let mut take = |client: &str| limits.take(client.parse().expect("an address"), now);
        assert!(take("192.0.2.1") && take("192.0.2.2") && !take("192.0.2.1"));
        assert!(!take("::ffff:192.0.2.1"), "the same client over a socket for both families");
        assert!(take("2001:db8::1") && !take("2001:db8::2") && take("2001:db8:0:1::1"));
    }

    #[test]
    fn the_number_of_clients_is_bounded() {
        let now = Instant::now();
        let mut limits = ClientLimits::new(RATE);
        for number in 0..3 * CLIENTS as u32 {
            limits.take(IpAddr::V4(number.into()), now);
            assert!(limits.buckets.len() <= CLIENTS);
        }
    }
}
