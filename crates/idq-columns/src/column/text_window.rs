//! Windows of eight bytes into strings, from which normalized sort keys are built.
//!
//! A sort reads strings eight bytes at a time, most of them only once. A window is computed without decoding the whole
//! string.

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
        let mut bytes = [0; WINDOW_BYTES];
        match rest.first_chunk() {
            // A copy of fixed length is one load.
            Some(first) => bytes = *first,
            None => bytes[..rest.len()].copy_from_slice(rest),
        }
        Self {
            bytes,
            remaining: rest.len(),
        }
    }

    /// Returns the window of the concatenation of two texts.
    pub(crate) fn of_parts([first, second]: [&str; 2], from: usize) -> Self {
        let mut window = Self::new(first.as_bytes(), from);
        let rest = Self::new(second.as_bytes(), from.saturating_sub(first.len()));
        if window.remaining < WINDOW_BYTES {
            let free = &mut window.bytes[window.remaining..];
            free.copy_from_slice(&rest.bytes[..free.len()]);
        }
        window.remaining += rest.remaining;
        window
    }
}
