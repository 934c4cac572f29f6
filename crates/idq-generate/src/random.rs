//! Random choices that depend on a seed and on what they are for, and on nothing else.
//!
//! Every row and every person has a stream of its own, so that any of them can be made alone, in any order and on any
//! thread. Drawing from ranges is spelled out here, as only the generator itself promises never to change its values.

use rand_pcg::Mcg128Xsl64;
use rand_pcg::rand_core::Rng;

/// What a stream decides; streams for different things never run alike.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Workspace = 1,
    Integration,
    Person,
    PersonIdentifier,
    Identity,
    IdentityIdentifier,
}

/// One stream of random choices.
pub(crate) struct Random(Mcg128Xsl64);

impl Random {
    pub(crate) fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let low = scatter(mixed_seed(seed, purpose).wrapping_add(number));
        let high = scatter(low ^ seed);
        Self(Mcg128Xsl64::new(u128::from(high) << 64 | u128::from(low)))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        // The high half of a product of 64-bit numbers fits 64 bits.
        (product >> 64) as u64
    }

    /// A number in `low..=high`; `low` where the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high
            .checked_sub(low)
            .and_then(|width| u64::try_from(width).ok())
            .unwrap_or(0);
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// True `share` times in a thousand.
    pub(crate) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    pub(crate) fn pick<'items, T>(&mut self, items: &'items [T]) -> &'items T {
        // Below the length of a slice, so it is an index.
        &items[self.below(items.len() as u64) as usize]
    }

    /// One of the words.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let word: &&'static str = self.pick(words);
        word
    }

    /// One of the choices, each as likely as its weight says.
    pub(crate) fn weighted<'items, T>(&mut self, choices: &'items [(T, u32)]) -> &'items T {
        &choices[self.weighted_index(choices)].0
    }

    /// The place of one of the choices. The last one stands in where all weights are 0.
    pub(crate) fn weighted_index<T>(&mut self, choices: &[(T, u32)]) -> usize {
        let total = choices.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (index, (_, weight)) in choices.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                None => return index,
                Some(rest) => left = rest,
            }
        }
        choices.len() - 1
    }
}

/// A number that no other `number` of the same seed and purpose gets, and that looks like none of them.
pub(crate) fn unique_bits(seed: u64, purpose: Purpose, number: u64) -> u64 {
    scatter(mixed_seed(seed, purpose).wrapping_add(number))
}

fn mixed_seed(seed: u64, purpose: Purpose) -> u64 {
    scatter(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ scatter(purpose as u64))
}

/// A one-to-one map of the 64-bit numbers onto themselves: xor-shifts and odd multipliers can all be undone.
fn scatter(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_for_ever() {
        let mut random = Random::new(7, Purpose::Identity, 3);
        let drawn: Vec<u64> = (0..4).map(|_| random.below(1_000_000)).collect();
        assert_eq!(drawn, [694_033, 583_960, 942_718, 307_784]);
    }

    #[test]
    fn ranges_hold() {
        let mut random = Random::new(1, Purpose::Person, 1);
        for _ in 0..1000 {
            assert!(random.below(3) < 3);
            assert!((-2..=2).contains(&random.between(-2, 2)));
            assert_eq!(*random.weighted(&[('a', 0), ('b', 5), ('c', 0)]), 'b');
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.between(5, 4), 5);
    }
}
