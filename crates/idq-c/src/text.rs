//! Texts that the library returns.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::ffi::call_or;

/// A text that the library returns: UTF-8, followed by a zero byte that `length` does not count. The program must not change
/// it, and frees it by `idq_text_free`.
#[repr(C)]
#[derive(Debug)]
pub struct Text {
    /// The first byte; null without a text.
    pub data: *const c_char,
    /// The number of bytes.
    pub length: usize,
}

impl Text {
    /// No text.
    pub(crate) const NONE: Self = Self {
        data: ptr::null(),
        length: 0,
    };

    /// Moves a text to the program.
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        let text = c_string(text).into_bytes_with_nul().into_boxed_slice();
        let length = text.len() - 1;
        Self {
            data: Box::into_raw(text).cast_const().cast(),
            length,
        }
    }
}

/// Returns a text for C. A zero byte, which JSON never has, would end it: it becomes a replacement character.
pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let text = String::from_utf8_lossy(&error.into_vec()).replace('\0', "\u{fffd}");
        CString::new(text).unwrap_or_default()
    })
}

/// Frees a text, and sets its `data` to null and its `length` to 0. A null pointer, and a text without data, are ignored.
#[unsafe(no_mangle)]
pub extern "C" fn idq_text_free(text: Option<&mut Text>) {
    let Some(text) = text else {
        return;
    };
    let Text { data, length } = std::mem::replace(text, Text::NONE);
    if !data.is_null() {
        let bytes = ptr::slice_from_raw_parts_mut(data.cast_mut().cast::<u8>(), length + 1);
        // SAFETY: `Text::new` has made the pointer of a box of `length` bytes and one more.
        call_or((), || drop(unsafe { Box::from_raw(bytes) }));
    }
}
