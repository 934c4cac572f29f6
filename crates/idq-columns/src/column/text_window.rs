//! Windows of eight bytes into strings, from which normalized sort keys are built.
//!
//! A sort reads strings eight bytes at a time, most of them only once. A window is computed without decoding the whole
//! string.

use crate::casefold::casefold_character_into;

/// Bytes of a window.
pub(crate) const WINDOW_BYTES: usize = 8;

/// Eight bytes of a string, from some offset.
///
/// ```
/// use idq_columns::TextWindow;
///
/// let window = TextWindow::new(b"abcdefghijk", 6);
/// assert_eq!((&window.bytes, window.remaining), (b"ghijk\0\0\0", 5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextWindow {
    /// The bytes; zeros after the end of the string.
    pub bytes: [u8; 8],
    /// The number of bytes from the window's start to the end of the string.
    pub remaining: usize,
}

impl TextWindow {
    /// Returns the window of a text that starts at byte `from`.
    pub fn new(text: &[u8], from: usize) -> Self {
        let rest = text.get(from..).unwrap_or_default();
        Self {
            bytes: first_bytes(rest),
            remaining: rest.len(),
        }
    }

    /// Returns the window of the casefolded form of a text, which starts at byte `from` of the form. No more of the text
    /// is folded, so `remaining` may be too small, but not less than the bytes of the window.
    pub fn casefolded(text: &str, from: usize) -> Self {
        let end = from.saturating_add(WINDOW_BYTES);
        let start = &text.as_bytes()[..end.min(text.len())];
        if start.is_ascii() {
            return Self::new(start, from).to_ascii_lowercase();
        }
        let mut folded = Vec::with_capacity(start.len() + WINDOW_BYTES);
        for character in text.chars() {
            if folded.len() >= end {
                break;
            }
            casefold_character_into(character, &mut folded);
        }
        Self::new(&folded, from)
    }

    /// Returns the window with ASCII letters in lower case.
    pub(crate) fn to_ascii_lowercase(self) -> Self {
        Self {
            bytes: self.bytes.map(|byte| byte.to_ascii_lowercase()),
            ..self
        }
    }

    /// Returns the window of the concatenation of two texts.
    pub(crate) fn of_parts([first, second]: [&str; 2], from: usize) -> Self {
        let mut window = Self::new(first.as_bytes(), from);
        let rest = Self::new(second.as_bytes(), from.saturating_sub(first.len()));
        if window.remaining < WINDOW_BYTES {
            let shifted = u64::from_le_bytes(rest.bytes) << (8 * window.remaining);
            window.bytes = (u64::from_le_bytes(window.bytes) | shifted).to_le_bytes();
        }
        window.remaining += rest.remaining;
        window
    }
}

/// Returns the first bytes of a text; zeros after its end.
///
/// A short text is read by loads of fixed lengths, two of which may overlap: a copy of variable length is a call.
#[inline]
fn first_bytes(text: &[u8]) -> [u8; WINDOW_BYTES] {
    if let Some(first) = text.first_chunk() {
        return *first;
    }
    let shift = |part: usize| 8 * (text.len() - part);
    let word = if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift(4)
    } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << shift(2)
    } else {
        text.first().map_or(0, |&byte| u64::from(byte))
    };
    word.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casefold;

    #[test]
    fn casefolded_window_is_that_of_the_casefolded_text() {
        for text in [
            "",
            "Ab",
            "ABCDEFGHIJ",
            "Åse LARSEN",
            "STRASSE \u{130}",
            "\u{212A}elvin ΣΣ",
        ] {
            for from in 0..20 {
                let window = TextWindow::casefolded(text, from);
                let expected = TextWindow::new(casefold(text).as_bytes(), from);
                assert_eq!(window.bytes, expected.bytes, "{text} {from}");
                let capped = |window: TextWindow| window.remaining.min(WINDOW_BYTES);
                assert_eq!(capped(window), capped(expected), "{text} {from}");
            }
        }
    }

    #[test]
    fn window_of_any_two_parts_has_the_bytes_of_the_whole_text() {
        let text = "abcdefghijklmnopqrst";
        for length in 0..text.len() {
            for split in 0..=length {
                for from in 0..=length + 1 {
                    let window = TextWindow::of_parts([&text[..split], &text[split..length]], from);
                    let rest = text.as_bytes()[..length].get(from..).unwrap_or_default();
                    let mut bytes = [0; WINDOW_BYTES];
                    let copied = rest.len().min(WINDOW_BYTES);
                    bytes[..copied].copy_from_slice(&rest[..copied]);
                    assert_eq!(
                        window,
                        TextWindow {
                            bytes,
                            remaining: rest.len()
                        }
                    );
                }
            }
        }
    }
}
