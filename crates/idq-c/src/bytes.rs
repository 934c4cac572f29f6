//! Bytes that the library returns.

use std::ffi::{CString, c_char};
use std::ptr;

/// Bytes of the library: UTF-8 without a zero byte, followed by one that `length` does not count. `idq_bytes_free` frees
/// them.
#[repr(C)]
#[derive(Debug)]
pub struct Bytes {
    /// The first byte; null without bytes.
    pub data: *mut c_char,
    /// The number of bytes.
    pub length: usize,
}

impl Bytes {
    /// No bytes.
    pub(crate) const NONE: Self = Self {
        data: ptr::null_mut(),
        length: 0,
    };

    /// Gives a text to the caller.
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        let text = c_string(text);
        Self {
            length: text.as_bytes().len(),
            data: text.into_raw(),
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

/// Frees bytes, and sets them to none. Null, and no bytes, do nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_bytes_free(bytes: *mut Bytes) {
    // SAFETY: the caller passes null or bytes of its own.
    if let Some(bytes) = unsafe { bytes.as_mut() } {
        let Bytes { data, .. } = std::mem::replace(bytes, Bytes::NONE);
        if !data.is_null() {
            // SAFETY: `Bytes::new` has made the pointer of a `CString`, and it was in no other `Bytes`.
            drop(unsafe { CString::from_raw(data) });
        }
    }
}
