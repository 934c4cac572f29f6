//! Keeps a process alive that reads a mapped file which has been cut short.
//!
//! A read of a page that the file no longer has raises SIGBUS in the thread that reads. [`install`] sets a handler for it:
//! an address inside a registered range gets pages of zeros in place of the whole range, the range is marked, and the
//! read goes on. An answer that was made of zeros is never given: every reader of the range checks the mark afterwards.
//! Any other address goes to the handler that was there before, so that a process dies of its own faults as ever.
//!
//! The handler allocates nothing and takes no lock. It walks a list of ranges that only ever grows and whose entries are
//! used again; an entry that is being written has an odd version, as in a sequence lock, and is passed over: the
//! range of the thread that has faulted is not being written, as that thread holds the map.
#![expect(
    unsafe_code,
    reason = "the handler of a signal is made of system calls"
)]

use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Where a file is mapped.
#[derive(Debug, Default)]
struct Range {
    /// Odd while the range is being written.
    version: AtomicUsize,
    start: AtomicUsize,
    /// In bytes, whole pages; 0 where nothing is mapped.
    length: AtomicUsize,
    is_cut: AtomicBool,
    next: OnceLock<&'static Range>,
}

/// The first of the ranges.
static FIRST: OnceLock<&'static Range> = OnceLock::new();

/// The ranges that are free, and the last of all, for those who change the list. The handler does not look at it.
static LIST: Mutex<List> = Mutex::new(List {
    free: Vec::new(),
    last: None,
});

struct List {
    free: Vec<&'static Range>,
    last: Option<&'static Range>,
}

fn list() -> MutexGuard<'static, List> {
    // Each change is one push or pop.
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Range {
    /// A range that nothing else uses: one that was given back, or a new one. As many are made as files are ever open at
    /// the same time.
    fn take() -> &'static Self {
        let mut list = list();
        if let Some(range) = list.free.pop() {
            return range;
        }
        let range: &'static Self = Box::leak(Box::default());
        let place = list.last.map_or(&FIRST, |last| &last.next);
        // Nothing else sets it: the lock is held.
        let _ = place.set(range);
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

    /// Its start and its length, unless they are being written.
    fn read(&self) -> Option<(usize, usize)> {
        let version = self.version.load(Ordering::SeqCst);
        let start = self.start.load(Ordering::SeqCst);
        let length = self.length.load(Ordering::SeqCst);
        let is_stable = version.is_multiple_of(2) && version == self.version.load(Ordering::SeqCst);
        is_stable.then_some((start, length))
    }
}

/// A mapped range that is looked after until this is dropped, which has to be before the range is unmapped.
#[derive(Debug)]
pub(super) struct Guarded(&'static Range);

impl Guarded {
    /// Looks after a map.
    pub(super) fn new(map: &[u8]) -> Self {
        let range = Range::take();
        range.write(
            map.as_ptr() as usize,
            map.len().next_multiple_of(page_size()),
        );
        Self(range)
    }

    /// Whether a page could not be read, so that zeros stand in place of the file.
    pub(super) fn is_cut(&self) -> bool {
        // Orders the earlier reads before that of the mark.
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
    // SAFETY: it reads a constant of the system.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096).max(1)
}

/// The action that was there before ours.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();

/// Sets the handler; the second time nothing happens.
pub(super) fn install() -> io::Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Ok(());
    }
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action, which may be null, nothing is changed; the old one is written to where there is room
    // for it.
    if unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), previous.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has succeeded, and has written it.
    let previous = unsafe { previous.assume_init() };
    // Before the handler can be called, which reads it.
    PREVIOUS.get_or_init(|| previous);
    // SAFETY: it consists of numbers and of pointers that may be null, for which zeros will do.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_bus_error;
    action.sa_sigaction = handler as usize;
    // On the alternate stack, where the thread has one: the handler before ours may be that of an overflown stack.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: the action is complete, and its handler does only what a handler may: see there.
    if unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    *installed = true;
    Ok(())
}

/// Puts zeros in place of a file that has been cut short. It reads atomics, and makes a system call that keeps nothing in
/// the process (`mmap` over what is mapped already), which Linux and the BSDs allow in a handler.
extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system gives a handler that has asked for it the information on the signal.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    // Codes above 0 come from the system; there is an address in no other.
    if code > 0 && put_zeros(address) {
        return;
    }
    pass_on(signal, info, context);
}

/// Replaces the range that an address lies in: all of it at once, so that what is read of it is of one kind.
fn put_zeros(address: usize) -> bool {
    let mut next = FIRST.get();
    while let Some(range) = next {
        if let Some((start, length)) = range.read()
            && address.checked_sub(start).is_some_and(|at| at < length)
        {
            range.is_cut.store(true, Ordering::SeqCst);
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the range is a map of whole pages that can be read only. The thread that has faulted borrows it, so
            // it is not unmapped meanwhile, and its owner unmaps the same pages later.
            let zeros =
                unsafe { libc::mmap(start as *mut c_void, length, libc::PROT_READ, flags, -1, 0) };
            return zeros != libc::MAP_FAILED;
        }
        next = range.next.get();
    }
    false
}

/// Does what would have happened without the guard.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let previous = PREVIOUS.get().filter(|previous| {
        let handler = previous.sa_sigaction;
        handler != libc::SIG_DFL && handler != libc::SIG_IGN
    });
    let Some(previous) = previous else {
        // SAFETY: an action of zeros is the default one. The signal waits until the handler returns, and ends the process.
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
        // SAFETY: a handler that was set without the flag takes the signal alone.
        let handler =
            unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(previous.sa_sigaction) };
        handler(signal);
    }
}
