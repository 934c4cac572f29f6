//! Refused allocations: reports them, removes unfinished outputs and exits with an error status, where Rust would
//! abort.
//!
//! The allocator is the system's. A successful allocation costs one additional comparison. An allocator cannot
//! distinguish the few callers that handle a refusal (`try_reserve`, which std uses to read whole files) from the
//! others, so their refusals end the command too; they would fail it anyway. The zstd library calls `malloc` itself:
//! its refusals are errors of the library, or a panic if a context cannot be created, which the panic hook of the
//! command recognizes by its message.
#![expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait, and after a refused allocation only system calls are safe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::exit::STATUS_DATA_ERROR;

/// The allocator of the process.
#[global_allocator]
static ALLOCATOR: ReportingAllocator = ReportingAllocator;

/// The allocator of the system, with refusals that end the process.
struct ReportingAllocator;

// SAFETY: every call is forwarded to the system allocator with the same arguments; a refusal never returns.
unsafe impl GlobalAlloc for ReportingAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc`.
        check_allocation(unsafe { System.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::alloc_zeroed`.
        check_allocation(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::realloc`.
        check_allocation(unsafe { System.realloc(memory, layout, size) }, size)
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Returns the allocated memory, or ends the process if the system has refused it.
#[inline]
fn check_allocation(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        exit_refused(size);
    }
    memory
}

/// The layout of memory that is freed before the process ends, because removing files allocates paths.
const RESERVE_LAYOUT: Layout = Layout::new::<[u8; 64 << 10]>();

/// The reserve, or null after it has been freed.
static RESERVED: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Allocates the reserve.
pub(crate) fn reserve_memory() {
    // SAFETY: the layout has a size above 0.
    let memory = unsafe { System.alloc(RESERVE_LAYOUT) };
    RESERVED.store(memory, Ordering::Relaxed);
}

thread_local! {
    /// Whether this thread is ending the process, so that a refusal meanwhile is a second one.
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
}

/// Reports a refusal and ends the process.
///
/// An allocation can fail anywhere, also while a lock is held: no stack is unwound, no buffer is flushed, and no lock
/// is acquired.
#[cold]
#[inline(never)]
fn exit_refused(size: usize) -> ! {
    remove_unfinished_and_exit(|| report_refusal(size))
}

/// A part of the panic message of the zstd wrapper for a context that cannot be allocated.
const ZSTD_REFUSAL: &str = "zstd returned null pointer";

/// Ends the process if the message of a panic is that of a refused allocation.
pub(crate) fn exit_if_refused(panic: &str) {
    if panic.contains(ZSTD_REFUSAL) {
        remove_unfinished_and_exit(|| {
            write_stderr(&[
                b"error: out of memory: the system refuses memory to a compressor",
                ADVICE,
            ]);
        });
    }
}

/// Calls `report`, removes unfinished files and ends the process.
fn remove_unfinished_and_exit(report: impl FnOnce()) -> ! {
    // Set by the first thread that ends the process.
    static IS_ENDED: AtomicBool = AtomicBool::new(false);
    // A refusal of the memory that ending takes. A thread whose locals are destroyed is ending as well.
    if IS_ENDING
        .try_with(|ending| ending.replace(true))
        .unwrap_or(true)
    {
        exit_now();
    }
    if IS_ENDED.swap(true, Ordering::SeqCst) {
        // Another thread is ending the process.
        loop {
            // SAFETY: the call has no memory effects, and returns only after a signal.
            unsafe { libc::pause() };
        }
    }
    let reserved = RESERVED.swap(ptr::null_mut(), Ordering::Relaxed);
    if !reserved.is_null() {
        // SAFETY: the memory was allocated by the same allocator with this layout, and the swap frees it once.
        unsafe { System.dealloc(reserved, RESERVE_LAYOUT) };
    }
    report();
    let _stopped = idq_files::try_remove_temporaries();
    exit_now();
}

/// Ends the process without destructors or exit handlers, which could allocate or block.
fn exit_now() -> ! {
    // SAFETY: the call ends the process without running any further code.
    unsafe { libc::_exit(i32::from(STATUS_DATA_ERROR)) }
}

/// Prints the refused size, without allocating.
fn report_refusal(size: usize) {
    // The decimal digits of the size, from the last one to the first.
    let mut digits = [0; 20];
    let mut left = size;
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    write_stderr(&[
        b"error: out of memory: the system refuses ",
        &digits[first..],
        b" bytes more",
        ADVICE,
    ]);
}

/// The end of every report.
const ADVICE: &[u8] = b": raise the limit on memory, or load less at a time\n";

/// Writes to standard error without a buffer or a lock.
fn write_stderr(parts: &[&[u8]]) {
    for part in parts {
        // SAFETY: pointer and length are those of a slice. A failed write cannot be reported anywhere else.
        unsafe { libc::write(libc::STDERR_FILENO, part.as_ptr().cast(), part.len()) };
    }
}
