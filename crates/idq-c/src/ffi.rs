//! The border to C: texts, results, and the end of every panic.
//!
//! Objects are references that may be null (`Option<&T>`), results are references to memory without a value
//! (`Option<&mut MaybeUninit<T>>`), and objects are freed as boxes (`Option<Box<T>>`): for C, all of these are pointers.
//! Texts and arrays remain pointers here.

use std::any::Any;
use std::ffi::{CStr, OsStr, c_char};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::error::{Error, Failure, Status};

/// Runs `work`, stores its error in `*error` unless `error` is null (null on success), and returns its status. A panic is an
/// error.
pub(crate) fn call(
    error: Option<&mut MaybeUninit<*mut Error>>,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Status {
    // A panic leaves what it touched in a valid state, if not in a useful one: the locks of the library recover.
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(panic) => Some(Failure::panicked(panic_message(&*panic))),
    };
    let status = failure
        .as_ref()
        .map_or(Status::Ok, |failure| failure.status);
    if let Some(error) = error {
        error.write(failure.map_or(ptr::null_mut(), Failure::into_raw));
    }
    status
}

/// Runs `work`, and returns `on_panic` if it panics.
pub(crate) fn call_or<T>(on_panic: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(on_panic)
}

/// Frees an object of this library.
pub(crate) fn free<T>(object: Option<Box<T>>) {
    call_or((), || drop(object));
}

/// Moves an object to the program, which frees it.
pub(crate) fn into_raw<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Returns the message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let string = panic.downcast_ref::<String>().map(String::as_str);
    text.or(string).unwrap_or("a panic without a message")
}

/// Returns an argument that must not be null.
pub(crate) fn not_null<T>(argument: Option<T>, name: &str) -> Result<T, Failure> {
    argument.ok_or_else(|| Failure::null(name))
}

/// Returns the memory of a result, which has the value `on_failure` until another one is assigned.
pub(crate) fn result<'r, T>(
    memory: Option<&'r mut MaybeUninit<T>>,
    on_failure: T,
    name: &str,
) -> Result<&'r mut T, Failure> {
    Ok(not_null(memory, name)?.write(on_failure))
}

/// Returns a text.
///
/// # Safety
/// `text` is null, or points to bytes that end with a zero byte and do not change as long as the result lives.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Failure> {
    // SAFETY: `text` is as this function requires.
    let bytes = unsafe { bytes(text, name)? };
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        Failure::argument(format!(
            "{name}: expected UTF-8, found a wrong byte at offset {offset}"
        ))
    })
}

/// Returns a path: any bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn path<'a>(path: *const c_char, name: &str) -> Result<&'a OsStr, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        // SAFETY: `path` is as this function requires.
        unsafe { bytes(path, name) }.map(OsStr::from_bytes)
    }
    #[cfg(not(unix))]
    {
        // SAFETY: `path` is as this function requires.
        unsafe { text(path, name) }.map(OsStr::new)
    }
}

/// Returns the bytes of a text without the zero byte at its end.
///
/// # Safety
/// As for [`text`].
unsafe fn bytes<'a>(text: *const c_char, name: &str) -> Result<&'a [u8], Failure> {
    if text.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: `text` is not null, and otherwise as this function requires.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Returns several texts or paths, each of which `read` reads.
///
/// # Safety
/// As for [`slice`]; each element is as `read` requires.
pub(crate) unsafe fn texts<T>(
    texts: *const *const c_char,
    count: usize,
    name: &str,
    read: unsafe fn(*const c_char, &str) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    // SAFETY: the array is as this function requires.
    let texts = unsafe { slice(texts, count, name)? };
    let texts = texts.iter().enumerate();
    // SAFETY: each element is as this function requires.
    texts
        .map(|(index, &text)| unsafe { read(text, &format!("{name}[{index}]")) })
        .collect()
}

/// Returns the elements of an array.
///
/// # Safety
/// `count` is 0, or `elements` is null or points to `count` elements that do not change as long as the result lives.
pub(crate) unsafe fn slice<'a, T>(
    elements: *const T,
    count: usize,
    name: &str,
) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if elements.is_null() {
        return Err(Failure::null(name));
    }
    // Such as the -1 of a function that has failed.
    if count > isize::MAX as usize / size_of::<T>() {
        let message = format!("{name}: expected a number of elements, found {count}");
        return Err(Failure::argument(message));
    }
    // SAFETY: the pointer is not null, and there are as many elements as this function requires.
    Ok(unsafe { std::slice::from_raw_parts(elements, count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_an_error() {
        let mut error = MaybeUninit::uninit();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let status = call(Some(&mut error), || panic!("out of {}", "luck"));
        std::panic::set_hook(hook);
        assert_eq!(status, Status::Panicked);
        // SAFETY: the call has failed, so there is an error with a message, which is freed once.
        unsafe {
            let error = error.assume_init();
            let message = CStr::from_ptr((*error).message).to_str();
            assert!(message.is_ok_and(|text| text.contains("out of luck")));
            crate::idq_error_free(error);
        }
    }

    #[test]
    fn error_of_an_earlier_call_is_overwritten_with_null() {
        let mut error = MaybeUninit::new(ptr::dangling_mut());
        assert_eq!(call(Some(&mut error), || Ok(())), Status::Ok);
        // SAFETY: the call has written it.
        assert!(unsafe { error.assume_init() }.is_null());
    }
}
