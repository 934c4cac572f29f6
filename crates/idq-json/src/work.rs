//! A count of the bytes that are looked at, for tests of how work grows with the input.
//!
//! It counts with the feature `count-work` alone; otherwise nothing is left of it.

#[cfg(feature = "count-work")]
thread_local! {
    static LOOKED_AT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Adds bytes that were looked at, on this thread.
#[inline(always)]
pub fn add(bytes: usize) {
    #[cfg(feature = "count-work")]
    LOOKED_AT.with(|looked_at| looked_at.set(looked_at.get() + bytes as u64));
    #[cfg(not(feature = "count-work"))]
    let _ = bytes;
}

/// Returns the bytes that were looked at on this thread since the last call, and starts anew.
#[cfg(feature = "count-work")]
pub fn take() -> u64 {
    LOOKED_AT.with(std::cell::Cell::take)
}
