//! One bit for each target.

/// Which targets have answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// None of `count` targets has.
    pub(super) fn new(count: u64) -> Self {
        Self { words: vec![0; count.div_ceil(64) as usize] }
    }

    /// Sets a target's bit, and says whether it was set before.
    pub(super) fn set(&mut self, target: u64) -> bool {
        let Some(word) = self.words.get_mut((target / 64) as usize) else { return true };
        let bit = 1 << (target % 64);
        let was_set = *word & bit != 0;
        *word |= bit;
        was_set
    }

    pub(super) fn is_set(&self, target: u64) -> bool {
        self.words.get((target / 64) as usize).is_some_and(|word| word & 1 << (target % 64) != 0)
    }

    /// As bytes, eight targets each, the first in the lowest bit.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// From such bytes; `None` unless they are for `count` targets.
    pub(super) fn from_bytes(bytes: &[u8], count: u64) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        (rest.is_empty() && words.len() as u64 == count.div_ceil(64)).then_some(Self { words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_kept_apart_and_survive_as_bytes() {
        let mut marks = Marks::new(130);
        for target in [0, 63, 64, 129] {
            assert!(!marks.set(target));
            assert!(marks.set(target));
        }
        let marks = Marks::from_bytes(&marks.to_bytes(), 130).expect("as many");
        let set: Vec<u64> = (0..130).filter(|target| marks.is_set(*target)).collect();
        assert_eq!(set, [0, 63, 64, 129]);
        assert_eq!(Marks::from_bytes(&[0; 16], 130), None);
    }
}
