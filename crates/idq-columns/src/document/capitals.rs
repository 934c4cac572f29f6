//! Texts as written, restored from their casefolded form and one bit for each of its bytes.
//!
//! Case folding mostly maps a capital letter to its small one. A bit for each byte of the folded text then takes an
//! eighth of the text as written: whether the character that starts there is written as a capital letter.

use std::sync::OnceLock;

use arrow_array::{Array, BinaryArray};

use super::{ValueKind, split_texts};
use crate::casefold::casefold;
use crate::encoding::strings::array_memory;

/// The difference of the ASCII codes of a capital letter and its small one.
const ASCII_CASE: u8 = b'a' ^ b'A';

/// The lowest bit of each byte of a word.
const LOWEST_BITS: u64 = 0x0101_0101_0101_0101;

/// Bit `i` of byte `i` of a word.
const DIAGONAL_BITS: u64 = 0x8040_2010_0804_0201;

/// A factor that gathers the lowest bit of each byte of a word in its highest byte, the first byte's lowest.
const GATHER_BITS: u64 = 0x0102_0408_1020_4080;

/// The bits of all paths of a column, and the texts restored from them.
#[derive(Debug)]
pub(super) struct Capitals {
    /// For each path one bit for each byte of its casefolded texts that differ from those written; empty for a path
    /// whose originals are stored.
    bits: BinaryArray,
    /// For each path the restored texts, by the first query that reads them; no cells if no path has bits.
    restored: Box<[OnceLock<Box<[u8]>>]>,
}

impl Capitals {
    /// Creates the capitals of a column from the bits of its paths.
    pub(super) fn new(bits: BinaryArray) -> Self {
        // Most columns of small documents have no capital letter.
        let has_bits = !bits.value_data().is_empty();
        let paths = if has_bits { bits.len() } else { 0 };
        Self {
            bits,
            restored: (0..paths).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Returns the bits of a path.
    pub(super) fn bits(&self, path: usize) -> &[u8] {
        self.bits.value(path)
    }

    /// Returns the texts of a path that casefolding changes, as written, each with its terminator; `None` if the path
    /// has no bits. The first call restores them.
    pub(super) fn originals(
        &self,
        path: usize,
        values: &[u8],
        original_bits: &[u8],
    ) -> Option<&[u8]> {
        let bits = Some(self.bits(path)).filter(|bits| !bits.is_empty())?;
        let restored = self.restored.get(path)?;
        Some(restored.get_or_init(|| restore(values, bits, original_bits).into()))
    }

    /// Returns the bytes of memory that the bits and the restored texts take.
    pub(super) fn memory(&self) -> usize {
        let restored = self.restored.iter().filter_map(OnceLock::get);
        let cells = size_of_val(&*self.restored);
        array_memory(&self.bits) + cells + restored.map(|texts| texts.len()).sum::<usize>()
    }
}

/// Returns the bits from which the texts of a path are restored as written; `None` if no bits restore them, as with `İ`
/// or the Kelvin sign.
///
/// `values`, `originals` and `original_bits` are those of a document column: see
/// [`DocumentColumn::to_paths`](super::DocumentColumn::to_paths).
pub(super) fn encode(values: &[u8], originals: &[u8], original_bits: &[u8]) -> Option<Vec<u8>> {
    let mut capitals = BitWriter::default();
    let mut texts = split_texts(originals);
    for (folded, _) in changed_texts(values, original_bits) {
        let (text, _) = texts.next()?;
        if folded.is_ascii() && text.is_ascii() && folded.len() == text.len() {
            capitals.push_ascii(folded, text);
        } else {
            push_characters(folded, text, &mut capitals)?;
        }
    }
    Some(capitals.finish())
}

/// Returns the texts that casefolding changed, as written, each with its terminator.
///
/// Any bits are accepted, as those of a damaged file: a bit that no capital letter belongs to has no effect.
pub(super) fn restore(values: &[u8], capitals: &[u8], original_bits: &[u8]) -> Vec<u8> {
    let mut originals = Vec::with_capacity(values.len());
    let mut bits = BitReader {
        bits: capitals,
        at: 0,
    };
    for (folded, kind) in changed_texts(values, original_bits) {
        match std::str::from_utf8(folded) {
            Ok(folded) if !folded.is_ascii() => {
                restore_characters(folded, &mut bits, &mut originals);
            }
            // Bytes that are not UTF-8 are those of a damaged file.
            _ => restore_ascii(folded, &mut bits, &mut originals),
        }
        originals.push(kind.terminator());
    }
    originals
}

/// Returns the texts whose bit is set.
fn changed_texts<'v>(
    values: &'v [u8],
    original_bits: &'v [u8],
) -> impl Iterator<Item = (&'v [u8], ValueKind)> {
    let is_changed = |position: usize| {
        let byte = original_bits.get(position / 8);
        byte.is_some_and(|byte| byte >> (position % 8) & 1 == 1)
    };
    let texts = split_texts(values).enumerate();
    texts.filter_map(move |(position, text)| is_changed(position).then_some(text))
}

/// Adds the bits of a text beyond ASCII; `None` if they do not restore it.
fn push_characters(folded: &[u8], text: &[u8], capitals: &mut BitWriter) -> Option<()> {
    let (folded, text) = (
        std::str::from_utf8(folded).ok()?,
        std::str::from_utf8(text).ok()?,
    );
    let mut written = text.chars();
    for small in folded.chars() {
        let character = written.next()?;
        let is_capital = character != small;
        if is_capital && capital_of(small) != Some(character) {
            return None;
        }
        capitals.push(u64::from(is_capital), small.len_utf8());
    }
    written.next().is_none().then_some(())
}

/// Returns the capital letter whose casefolded form is this character; `None` if there is none, or more than one
/// character.
fn capital_of(small: char) -> Option<char> {
    let mut upper = small.to_uppercase();
    let capital = upper.next().filter(|&capital| capital != small)?;
    let is_one = upper.next().is_none();
    let folded = casefold(capital.encode_utf8(&mut [0; 4])) == *small.encode_utf8(&mut [0; 4]);
    (is_one && folded).then_some(capital)
}

/// Appends a text of ASCII characters as it was written.
fn restore_ascii(folded: &[u8], bits: &mut BitReader<'_>, out: &mut Vec<u8>) {
    for word in folded.chunks(8) {
        let capitals = bits.take(word.len());
        // The bits of the word are spread to one byte each, and moved to the bit by which cases differ.
        let diagonal = (capitals * LOWEST_BITS) & DIAGONAL_BITS;
        let spread = ((diagonal + 0x7F * LOWEST_BITS) >> 7) & LOWEST_BITS;
        let cases = (spread * u64::from(ASCII_CASE)).to_le_bytes();
        let pairs = word.iter().zip(cases);
        out.extend(pairs.map(|(&byte, case)| {
            if byte.is_ascii_lowercase() {
                byte ^ case
            } else {
                byte
            }
        }));
    }
}

/// Appends a text beyond ASCII as it was written.
fn restore_characters(folded: &str, bits: &mut BitReader<'_>, out: &mut Vec<u8>) {
    for small in folded.chars() {
        let is_capital = bits.take(small.len_utf8()) & 1 == 1;
        let character = if is_capital { capital_of(small) } else { None };
        let mut buffer = [0; 4];
        out.extend_from_slice(
            character
                .unwrap_or(small)
                .encode_utf8(&mut buffer)
                .as_bytes(),
        );
    }
}

/// Writes bits, the least significant of each byte first.
#[derive(Debug, Default)]
struct BitWriter {
    /// The complete bytes.
    bytes: Vec<u8>,
    /// The bits that do not fill a byte yet.
    rest: u64,
    /// The number of bits in `rest`, below 8.
    count: usize,
}

impl BitWriter {
    /// Adds up to 8 bits.
    #[inline]
    fn push(&mut self, bits: u64, count: usize) {
        self.rest |= bits << self.count;
        self.count += count;
        if self.count >= 8 {
            self.bytes.push(self.rest as u8);
            self.rest >>= 8;
            self.count -= 8;
        }
    }

    /// Adds a bit for each byte of an ASCII text: whether it differs from the folded text.
    fn push_ascii(&mut self, folded: &[u8], text: &[u8]) {
        for (folded, text) in folded.chunks(8).zip(text.chunks(8)) {
            let word = |bytes: &[u8]| {
                let mut word = [0; 8];
                word[..bytes.len()].copy_from_slice(bytes);
                u64::from_le_bytes(word)
            };
            // Cases of a letter differ in one bit.
            let capitals = (word(folded) ^ word(text)) >> ASCII_CASE.trailing_zeros() & LOWEST_BITS;
            self.push(capitals.wrapping_mul(GATHER_BITS) >> 56, folded.len());
        }
    }

    /// Returns the bytes, the last one filled with zeros.
    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.rest as u8);
        }
        self.bytes
    }
}

/// Reads bits, the least significant of each byte first. Bits beyond the end are zero.
struct BitReader<'b> {
    /// The bytes.
    bits: &'b [u8],
    /// The position of the next bit.
    at: usize,
}

impl BitReader<'_> {
    /// Returns the next bits, at most 8.
    #[inline]
    fn take(&mut self, count: usize) -> u64 {
        let byte = |index: usize| self.bits.get(index).copied().unwrap_or_default();
        let bytes = u16::from_le_bytes([byte(self.at / 8), byte(self.at / 8 + 1)]);
        let bits = u64::from(bytes) >> (self.at % 8) & ((1 << count) - 1);
        self.at += count;
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casefold::casefold_into;

    /// Returns the parts of a path with these texts: the folded ones, the changed ones and their bits.
    fn parts(texts: &[&str]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let (mut values, mut originals) = (Vec::new(), Vec::new());
        let mut bits = vec![0; texts.len().div_ceil(8)];
        let terminator = ValueKind::String.terminator();
        for (position, text) in texts.iter().enumerate() {
            let start = values.len();
            casefold_into(text, &mut values);
            if values[start..] != *text.as_bytes() {
                originals.extend_from_slice(text.as_bytes());
                originals.push(terminator);
                bits[position / 8] |= 1 << (position % 8);
            }
            values.push(terminator);
        }
        (values, originals, bits)
    }

    #[test]
    fn texts_with_capital_letters_are_restored_from_bits() {
        for texts in [
            &[
                "Lars Schaefer",
                "lars",
                "",
                "B/23278",
                "DEPROVISIONED",
                "x",
                "00u0Bx9JP7qidOi9eRig",
            ][..],
            &["Émile", "Östersund", "ŁÓDŹ", "Ελλάδα", "a straße B", "K"],
            &[
                "1E5",
                "A",
                "é",
                "É",
                "Zz",
                "longer than Eight Bytes, in Several Words",
            ],
            &["nothing changes", ""],
        ] {
            let (values, originals, bits) = parts(texts);
            let capitals = encode(&values, &originals, &bits).unwrap();
            assert!(capitals.len() <= values.len().div_ceil(8), "{texts:?}");
            assert_eq!(restore(&values, &capitals, &bits), originals, "{texts:?}");
        }
    }

    #[test]
    fn texts_without_a_capital_for_each_character_are_refused() {
        // The final sigma, the dotted capital I, the Kelvin sign and the capital sharp s are not the capitals of the
        // characters that they fold to.
        for text in ["ΟΔΟς", "İzmir", "300 \u{212A}", "STRA\u{1E9E}E"] {
            let (values, originals, bits) = parts(&["Plain", text]);
            assert_eq!(encode(&values, &originals, &bits), None, "{text}");
        }
    }

    #[test]
    fn restoring_accepts_any_bits() {
        let (values, _, _) = parts(&["é1a", "ßx"]);
        let broken = [&values[..], b"\xC3a\xFF"].concat();
        let expected = "É1A\u{FF}ßX\u{FF}"
            .chars()
            .map(|character| match character {
                '\u{FF}' => vec![0xFF],
                character => character.to_string().into_bytes(),
            });
        let expected = [expected.collect::<Vec<_>>().concat(), b"\xC3A\xFF".to_vec()].concat();
        assert_eq!(restore(&broken, &[0xFF; 9], &[0xFF]), expected);
        assert_eq!(restore(&values, &[], &[0xFF]), values);
    }
}
