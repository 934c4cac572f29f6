//! The versions of the library.

use std::ffi::c_char;

/// The version of the interface of the header. The library with that number in its name has every function of the
/// header, with the same meaning. It grows when a function, a structure or a constant changes or goes, and not when
/// some are added.
pub const ABI_VERSION: u32 = 0;

/// Returns the version of the interface of the library: compare it with `IDQ_ABI_VERSION` where the library is loaded by
/// name.
#[unsafe(no_mangle)]
pub extern "C" fn idq_abi_version() -> u32 {
    ABI_VERSION
}

/// Returns the version of idq, such as `0.1.0`. The text is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
