//! A short ASCII text on the stack, for identifiers: records are generated without an allocation for each.

use std::fmt;
use std::ops::Deref;

/// The maximum bytes of a text. The longest identifiers are GUIDs with 36.
const CAPACITY: usize = 48;

/// A text of at most [`CAPACITY`] ASCII characters; other characters, and those beyond, are dropped.
#[derive(Clone, Copy)]
pub(crate) struct ShortText {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl ShortText {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    pub(crate) fn push(&mut self, byte: u8) {
        if self.length < CAPACITY && byte.is_ascii() {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
    }

    pub(crate) fn push_text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push(byte));
    }

    /// Appends the lowest `width` decimal digits of `value`, led by zeros.
    pub(crate) fn push_decimal(&mut self, value: u64, width: u32) {
        for place in (0..width).rev() {
            self.push(b'0' + (value / 10_u64.pow(place) % 10) as u8);
        }
    }

    /// Appends the lowest `width` digits of `bits` in base `1 << shift`, led by zeros.
    pub(crate) fn push_digits(&mut self, bits: u64, width: u32, shift: u32, digits: &[u8]) {
        let mask = (1 << shift) - 1;
        for place in (0..width).rev() {
            let digit = bits.checked_shr(place * shift).unwrap_or(0) & mask;
            self.push(digits[digit as usize]);
        }
    }
}

impl Deref for ShortText {
    type Target = str;

    fn deref(&self) -> &str {
        // Only ASCII is pushed, so that the default is never used.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Display for ShortText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}
