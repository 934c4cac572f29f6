//! A counter of scanned bytes, for tests that bound the work of a load by the length of its input.
//!
//! Without the feature `count-work` it compiles to nothing.

#[cfg(feature = "count-work")]
thread_local! {
    static SCANNED_BYTES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Adds to the number of bytes that this thread has scanned.
#[inline(always)]
pub fn add(bytes: usize) {
    #[cfg(feature = "count-work")]
    SCANNED_BYTES.with(|scanned| scanned.set(scanned.get() + bytes as u64));
    #[cfg(not(feature = "count-work"))]
    let _ = bytes;
}

/// Returns the number of bytes that this thread has scanned since the last call, and resets it.
#[cfg(feature = "count-work")]
pub fn take() -> u64 {
    SCANNED_BYTES.with(std::cell::Cell::take)
}
