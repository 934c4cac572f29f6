//! The guard against SIGBUS: a signal handler that keeps the process alive when it reads a truncated mapped file.
//!
//! A read of a page beyond the new end of the file raises SIGBUS in the reading thread. [`install`] sets a handler: for
//! an address inside a registered range, it maps zeros over the whole range, marks the range, and the read continues.
//! Every reader of the range checks the mark afterwards, so an answer that was computed from zeros is never returned. A
//! signal for any other address is passed to the previous handler, so that other faults end the process as before.
//!
//! The handler does not allocate or lock. It walks a list of ranges that never shrinks and whose entries are reused. An
//! entry that is being written has an odd version (a sequence lock), and is skipped. The range of the faulting thread
//! is never skipped, because that thread borrows the map.
#![expect(unsafe_code, reason = "a signal handler consists of system calls")]

use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The range of a mapped file.
#[derive(Debug, Default)]
struct Range {
    /// Odd while the range is being written.
    version: AtomicUsize,
    start: AtomicUsize,
    /// The length in bytes, a multiple of the page size; 0 for a free range.
    length: AtomicUsize,
    is_cut: AtomicBool,
    next: OnceLock<&'static Range>,
}

/// The first range of the list.
static FIRST: OnceLock<&'static Range> = OnceLock::new();

/// The free ranges and the last range, which only changes of the list use. The handler does not read it.
static LIST: Mutex<List> = Mutex::new(List {
    free: Vec::new(),
    last: None,
});

struct List {
    free: Vec<&'static Range>,
    last: Option<&'static Range>,
}

fn list() -> MutexGuard<'static, List> {
    // Each change is one push or pop, so a panic leaves the list valid.
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Range {
    /// Returns a free range, or a new one. The number of ranges is the maximum number of files that were open at the
    /// same time.
    fn take() -> &'static Self {
        let mut list = list();
        if let Some(range) = list.free.pop() {
            return range;
        }
        let range: &'static Self = Box::leak(Box::default());
        let link = list.last.map_or(&FIRST, |last| &last.next);
        // The lock is held, so no other thread sets it.
        let _ = link.set(range);
        list.last = Some(range);
        range
    }

    fn write(&self, start: usize, length: usize) {
        self.version.fetch_add(1, Ordering::SeqCst);
        self.start.store(start, Ordering::SeqCst);
        self.length.store(length, Ordering::SeqCst);
        self.is_cut.store(false, Ordering::SeqCst);
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns the start and the length, unless they are being written.
    fn read(&self) -> Option<(usize, usize)> {
        let version = self.version.load(Ordering::SeqCst);
        let start = self.start.load(Ordering::SeqCst);
        let length = self.length.load(Ordering::SeqCst);
        let is_stable = version.is_multiple_of(2) && version == self.version.load(Ordering::SeqCst);
        is_stable.then_some((start, length))
    }
}

/// A guarded range. It must be dropped before the range is unmapped.
#[derive(Debug)]
pub(super) struct Guarded(&'static Range);

impl Guarded {
    /// Guards a map.
    pub(super) fn new(map: &[u8]) -> Self {
        let range = Range::take();
        range.write(
            map.as_ptr() as usize,
            map.len().next_multiple_of(page_size()),
        );
        Self(range)
    }

    /// Returns whether the handler has replaced the file's bytes with zeros.
    pub(super) fn is_cut(&self) -> bool {
        // Orders the earlier reads before the read of the mark.
        fence(Ordering::SeqCst);
        self.0.is_cut.load(Ordering::SeqCst)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.write(0, 0);
        list().free.push(self.0);
    }
}

fn page_size() -> usize {
    // SAFETY: the call reads a constant of the system.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096).max(1)
}

/// The action that was set before the handler.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();

/// Sets the handler, once.
pub(super) fn install() -> io::Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Ok(());
    }
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action changes nothing, and the old action is written to memory of its size.
    if unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), previous.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written the action.
    let previous = unsafe { previous.assume_init() };
    // Set before the handler is installed, because the handler reads it.
    PREVIOUS.get_or_init(|| previous);
    // SAFETY: the type consists of numbers and of pointers that may be null, so zeros are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_bus_error;
    action.sa_sigaction = handler as usize;
    // On the alternate stack, if the thread has one: the previous handler may be one for stack overflows.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: the action is complete, and the handler is async-signal-safe: see `on_bus_error`.
    if unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    *installed = true;
    Ok(())
}

/// Maps zeros over a truncated file. It reads atomics and makes one system call, `mmap` over an existing map, which
/// Linux and the BSDs allow in a signal handler.
extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: with `SA_SIGINFO` the system passes a valid pointer to the information on the signal.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    // Codes above 0 come from the system, and only those have an address.
    if code > 0 && put_zeros(address) {
        return;
    }
    pass_on(signal, info, context);
}

/// Maps zeros over the range that contains an address. The whole range is replaced at once, so that reads after the
/// fault are consistent. Returns false if no range contains the address.
fn put_zeros(address: usize) -> bool {
    let mut next = FIRST.get();
    while let Some(range) = next {
        if let Some((start, length)) = range.read()
            && address.checked_sub(start).is_some_and(|at| at < length)
        {
            range.is_cut.store(true, Ordering::SeqCst);
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the range is a read-only map of whole pages. The faulting thread borrows it, so it is not
            // unmapped meanwhile, and its owner unmaps the same pages later.
            let zeros =
                unsafe { libc::mmap(start as *mut c_void, length, libc::PROT_READ, flags, -1, 0) };
            return zeros != libc::MAP_FAILED;
        }
        next = range.next.get();
    }
    false
}

/// Calls the previous action.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let previous = PREVIOUS.get().filter(|previous| {
        let handler = previous.sa_sigaction;
        handler != libc::SIG_DFL && handler != libc::SIG_IGN
    });
    let Some(previous) = previous else {
        // SAFETY: an action of zeros is the default action. The raised signal is blocked until the handler returns, and
        // then ends the process.
        unsafe {
            let default: libc::sigaction = MaybeUninit::zeroed().assume_init();
            libc::sigaction(signal, &raw const default, ptr::null_mut());
            libc::raise(signal);
        }
        return;
    };
    if previous.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: a handler that was set with this flag takes these arguments.
        let handler = unsafe {
            std::mem::transmute::<usize, extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void)>(
                previous.sa_sigaction,
            )
        };
        handler(signal, info, context);
    } else {
        // SAFETY: a handler that was set without the flag takes only the signal.
        let handler =
            unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(previous.sa_sigaction) };
        handler(signal);
    }
}
