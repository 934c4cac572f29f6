//! Reports a refused allocation, removes unfinished outputs, and exits as after any other failure, where Rust would abort.
//!
//! The allocator is the system's. Only its refusals are looked at, so that an allocation that succeeds costs one comparison
//! more. An allocator cannot distinguish the few callers that could go on without the memory (`try_reserve`: of std, those
//! that read a file as a whole) from the others, so their refusals end the command as well: they would have ended it by an error
//! anyway. Memory of the zstd library is not Rust's: its refusals come as errors of their own, or as a panic where a context
//! cannot be made, which the command's panic hook knows by its message.
#![expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait, and after a refused allocation only system calls are safe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::failure::BAD_DATA;

#[global_allocator]
static ALLOCATOR: Reporting = Reporting;

/// The system's allocator, whose refusals end the process.
struct Reporting;

// SAFETY: every call is the system allocator's own, with the same arguments; a refusal is passed on or never returns.
unsafe impl GlobalAlloc for Reporting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        granted(unsafe { System.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc_zeroed`.
        granted(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `GlobalAlloc::realloc`.
        granted(unsafe { System.realloc(memory, layout, size) }, size)
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[inline]
fn granted(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        refused(size);
    }
    memory
}

/// Memory that is given back for what has to be done at the end: paths take some.
const RESERVE: Layout = Layout::new::<[u8; 64 << 10]>();

static RESERVED: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Sets memory aside for the end.
pub(crate) fn reserve() {
    // SAFETY: the layout is not empty.
    let memory = unsafe { System.alloc(RESERVE) };
    RESERVED.store(memory, Ordering::Relaxed);
}

thread_local! {
    /// Whether this thread is ending the process.
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
}

/// Ends the process. It may be in the middle of anything, so nothing is unwound, no buffer is flushed, and locks are tried,
/// not waited for.
#[cold]
#[inline(never)]
fn refused(size: usize) -> ! {
    end(|| complain(size))
}

/// A part of the panic by which the zstd library's wrapper reports that it was refused memory for a new context.
const ZSTD_REFUSED: &str = "zstd returned null pointer";

/// Ends the process if a panic's message is that of a refused allocation.
pub(crate) fn end_if_refused(panic: &str) {
    if panic.contains(ZSTD_REFUSED) {
        end(|| {
            write(&[
                b"error: out of memory: the system refuses memory to a compressor",
                ADVICE,
            ]);
        });
    }
}

fn end(complain: impl FnOnce()) -> ! {
    static IS_ENDED: AtomicBool = AtomicBool::new(false);
    // Without memory even for the end; a thread that has no locals any more is ending as well.
    if IS_ENDING
        .try_with(|ending| ending.replace(true))
        .unwrap_or(true)
    {
        exit();
    }
    if IS_ENDED.swap(true, Ordering::SeqCst) {
        // Another thread is at it.
        loop {
            // SAFETY: it returns only after a signal, and touches nothing.
            unsafe { libc::pause() };
        }
    }
    let reserved = RESERVED.swap(ptr::null_mut(), Ordering::Relaxed);
    if !reserved.is_null() {
        // SAFETY: it was allocated by the same allocator with this layout, and is given back once.
        unsafe { System.dealloc(reserved, RESERVE) };
    }
    complain();
    let _stopped = idq_files::try_remove_temporaries();
    exit();
}

fn exit() -> ! {
    // SAFETY: it ends the process at once.
    unsafe { libc::_exit(i32::from(BAD_DATA)) }
}

/// Says what was refused, without allocating.
fn complain(size: usize) {
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
    write(&[
        b"error: out of memory: the system refuses ",
        &digits[first..],
        b" bytes more",
        ADVICE,
    ]);
}

const ADVICE: &[u8] = b": raise the limit on memory, or load less at a time\n";

fn write(parts: &[&[u8]]) {
    for part in parts {
        // SAFETY: the bytes are there, as many as are said. A failed write has no other place to be reported.
        unsafe { libc::write(libc::STDERR_FILENO, part.as_ptr().cast(), part.len()) };
    }
}
