//! A random order of numbers in constant memory.

/// The numbers below a bound, each once, in an order that a seed decides.
///
/// A Feistel network over the least power of two that holds them all; what it makes of a number that is too large goes
/// through it again ("cycle walking", Black and Rogaway, 2002), on average not even once. It spreads work and hides no
/// secret: whoever knows the seed knows the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    bound: u64,
    /// Bits of the upper and of the lower half.
    upper: u32,
    lower: u32,
    keys: [u64; ROUNDS],
}

const ROUNDS: usize = 4;

impl Permutation {
    /// The order of the numbers below `bound` that belongs to `seed`.
    pub fn new(bound: u64, seed: u64) -> Self {
        let bits = u64::BITS - bound.saturating_sub(1).leading_zeros();
        let mut keys = [0; ROUNDS];
        let mut state = seed;
        for key in &mut keys {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *key = mixed(state);
        }
        Self { bound, upper: bits / 2, lower: bits - bits / 2, keys }
    }

    /// The number at a place below the bound.
    pub fn at(&self, place: u64) -> u64 {
        let mut number = self.pass(place);
        while number >= self.bound {
            number = self.pass(number);
        }
        number
    }

    /// One pass through the network. The halves change sides from round to round, and with them their widths.
    fn pass(&self, number: u64) -> u64 {
        let (mut left_bits, mut right_bits) = (self.upper, self.lower);
        let (mut left, mut right) = (number >> right_bits, number & low(right_bits));
        for key in self.keys {
            let new_right = left ^ (mixed(right ^ key) & low(left_bits));
            (left, right) = (right, new_right);
            std::mem::swap(&mut left_bits, &mut right_bits);
        }
        left << right_bits | right
    }
}

const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// The finishing steps of `SplitMix64` (Steele, Lea and Flood, 2014): every bit of the result depends on every bit given.
const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_number_comes_once() {
        for bound in (1..70).chain([255, 256, 257, 1000, 65_536, 131_072, 100_003]) {
            let order = Permutation::new(bound, 7);
            let mut seen = vec![false; bound as usize];
            for place in 0..bound {
                let number = order.at(place) as usize;
                assert!(!std::mem::replace(&mut seen[number], true), "{number} came twice below {bound}");
            }
        }
    }

    #[test]
    fn seeds_decide_the_order() {
        let order = |seed| (0..1000).map(|place| Permutation::new(1000, seed).at(place)).collect::<Vec<_>>();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_ne!(order(1), (0..1000).collect::<Vec<_>>());
    }

    /// What matters on a network: what is asked for in a row is not next to each other.
    #[test]
    fn neighbours_do_not_stay_together() {
        let order = Permutation::new(1 << 16, 3);
        let near = (1..1 << 16).filter(|place| order.at(*place).abs_diff(order.at(place - 1)) < 256).count();
        // One in 128 is near by chance.
        assert!((300..800).contains(&near), "{near} of 65535");
    }

    proptest! {
        #[test]
        fn large_bounds_are_kept(bound in 1..=u64::MAX >> 1, seed: u64, place: u64) {
            prop_assert!(Permutation::new(bound, seed).at(place % bound) < bound);
        }
    }
}
