//! Streams of random numbers, each derived from a seed, a purpose and a number.
//!
//! Every row and every person has its own stream, so that it can be generated alone, in any order and on any thread.
//! The generator is PCG (`Mcg128Xsl64`), whose values are fixed. The distributions are written here, since those of the
//! crate `rand` may change between versions, and fixtures must not.

use rand_pcg::Mcg128Xsl64;
use rand_pcg::rand_core::Rng;

/// The purpose of a stream. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Facts of the workspace.
    Workspace = 1,
    /// Facts of an integration.
    Integration,
    /// Facts of a person.
    Person,
    /// Unique part of a person's identifier.
    PersonIdentifier,
    /// Facts of an account.
    Identity,
    /// Unique part of an account's identifier.
    IdentityIdentifier,
    /// Choices of a style.
    Style,
    /// Key of a group.
    Group,
}

/// A stream of random numbers.
pub(crate) struct Random(Mcg128Xsl64);

impl Random {
    /// Returns the stream of a thing, which its purpose and number identify. Streams need no common state, so records
    /// can be written in any order.
    pub(crate) fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let low = scatter(mixed_seed(seed, purpose).wrapping_add(number));
        let high = scatter(low ^ seed);
        Self(Mcg128Xsl64::new(u128::from(high) << 64 | u128::from(low)))
    }

    /// Returns 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns a number in `0..bound`, or 0 where the bound is 0: the high half of a product (Lemire), whose bias is
    /// below `bound / 2^64`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        // The high half of a product of 64-bit numbers fits 64 bits.
        (product >> 64) as u64
    }

    /// Returns a number in `low..=high`, or `low` where the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high
            .checked_sub(low)
            .and_then(|width| u64::try_from(width).ok())
            .unwrap_or(0);
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// Returns true with a probability of `share` per mille.
    pub(crate) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    /// Returns one of the items, each with the same probability.
    pub(crate) fn pick<'items, T>(&mut self, items: &'items [T]) -> &'items T {
        // Below the length of a slice, so it is an index.
        &items[self.below(items.len() as u64) as usize]
    }

    /// Returns one of the words.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let word: &&'static str = self.pick(words);
        word
    }

    /// Returns one of the choices, with a probability in proportion to its weight.
    pub(crate) fn weighted<'items, T>(&mut self, choices: &'items [(T, u32)]) -> &'items T {
        &choices[self.weighted_index(choices)].0
    }

    /// Returns the index of one of the choices, of the last one where all weights are 0.
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

/// Returns 64 bits that are unique among the numbers of a seed and purpose, and look random.
pub(crate) fn unique_bits(seed: u64, purpose: Purpose, number: u64) -> u64 {
    scatter(mixed_seed(seed, purpose).wrapping_add(number))
}

/// Returns a start for the numbers of a purpose. The factor is 2^64 divided by the golden ratio, as in `SplitMix64`.
fn mixed_seed(seed: u64, purpose: Purpose) -> u64 {
    scatter(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ scatter(purpose as u64))
}

/// Permutes the 64-bit numbers (the finalizer of SplitMix64): xor-shifts and odd multipliers are invertible, so that
/// different numbers stay different.
fn scatter(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_values_are_fixed() {
        let mut random = Random::new(7, Purpose::Identity, 3);
        let drawn: Vec<u64> = (0..4).map(|_| random.below(1_000_000)).collect();
        assert_eq!(drawn, [694_033, 583_960, 942_718, 307_784]);
    }

    #[test]
    fn drawn_numbers_are_in_their_ranges() {
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
