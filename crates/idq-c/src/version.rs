//! The versions of the library.

use std::ffi::c_char;

/// The version of the binary interface, which is also the number in the name of the shared library. It increases when a
/// function, a structure or a constant is changed or removed. A program runs with any library of the same version that is at
/// least as new as its header.
pub const ABI_VERSION: u32 = 0;

/// Returns the `IDQ_ABI_VERSION` of the library, for programs that load it by name.
#[unsafe(no_mangle)]
pub extern "C" fn idq_abi_version() -> u32 {
    ABI_VERSION
}

/// Returns the version of idq, such as `0.1.0`. The text is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
