//! The border to C: pointers, texts and results, and the end of every panic.

use std::any::Any;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::error::{Error, Failure, Status};

/// Calls a function, and gives its error to the caller: `error` is null, or gets the error, or null without one.
///
/// # Safety
/// `error` is null or valid for a write.
pub(crate) unsafe fn call(
    error: *mut *mut Error,
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
    if !error.is_null() {
        let value = failure.map_or(ptr::null_mut(), Failure::into_raw);
        // SAFETY: the caller passes null or a place for a pointer.
        unsafe { error.write(value) };
    }
    status
}

/// Calls a function that cannot fail otherwise than by a panic, which returns `default`.
pub(crate) fn call_or<T>(default: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(default)
}

/// Returns the message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let string = panic.downcast_ref::<String>().map(String::as_str);
    text.or(string).unwrap_or("a panic without a message")
}

/// Returns what a pointer to an object of the library points to; `name` is the argument.
///
/// # Safety
/// `pointer` is null, or points to an object that is not freed or changed before the result is dropped.
pub(crate) unsafe fn object<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: that of this function.
    unsafe { pointer.as_ref() }.ok_or_else(|| Failure::null(name))
}

/// Returns what a pointer to an object of the library points to, for a change.
///
/// # Safety
/// `pointer` is null, or points to an object that no other thread uses before the result is dropped.
pub(crate) unsafe fn object_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: that of this function.
    unsafe { pointer.as_mut() }.ok_or_else(|| Failure::null(name))
}

/// Returns a text.
///
/// # Safety
/// `text` is null, or points to bytes that end with a zero byte and live as long as the result.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: that of this function.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|error| {
        let at = error.valid_up_to();
        Failure::argument(format!(
            "{name}: expected UTF-8, found a wrong byte at offset {at}"
        ))
    })
}

/// Returns several texts.
///
/// # Safety
/// `count` is 0, or `texts` is null or points to `count` pointers, for each of which the rules of [`text`] hold.
pub(crate) unsafe fn texts<'a>(
    texts: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: that of this function.
    let texts = unsafe { slice(texts, count, name)? };
    let texts = texts.iter().enumerate();
    // SAFETY: that of this function.
    texts
        .map(|(index, &text)| unsafe { self::text(text, &format!("{name}[{index}]")) })
        .collect()
}

/// Returns the elements of an array.
///
/// # Safety
/// `count` is 0, or `elements` is null or points to `count` elements that live as long as the result.
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
    // SAFETY: that of this function.
    Ok(unsafe { std::slice::from_raw_parts(elements, count) })
}

/// A place for a result of the type `T`.
pub(crate) struct Out<T> {
    place: *mut T,
}

impl<T> Out<T> {
    /// Creates the place, with the value that stands there if the call fails.
    ///
    /// # Safety
    /// `place` is null or valid for writes.
    pub(crate) unsafe fn new(place: *mut T, on_failure: T, name: &str) -> Result<Self, Failure> {
        if place.is_null() {
            return Err(Failure::null(name));
        }
        // SAFETY: that of this function.
        unsafe { place.write(on_failure) };
        Ok(Self { place })
    }

    /// Writes the result.
    pub(crate) fn write(self, value: T) {
        // SAFETY: the pointer was valid in `new`, and is so during the call.
        unsafe { self.place.write(value) };
    }
}

impl<T> Out<*mut T> {
    /// Creates the place of an object, which is null if the call fails.
    ///
    /// # Safety
    /// As for [`new`](Self::new).
    pub(crate) unsafe fn object(place: *mut *mut T, name: &str) -> Result<Self, Failure> {
        // SAFETY: that of this function.
        unsafe { Self::new(place, ptr::null_mut(), name) }
    }

    /// Gives an object to the caller.
    pub(crate) fn give(self, object: T) {
        self.write(Box::into_raw(Box::new(object)));
    }
}

/// Frees an object that [`Out::give`] gave to the caller. Null does nothing.
///
/// # Safety
/// `object` is null, or of [`Out::give`] and not freed.
pub(crate) unsafe fn free<T>(object: *mut T) {
    if !object.is_null() {
        // SAFETY: that of this function.
        let object = unsafe { Box::from_raw(object) };
        call_or((), || drop(object));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_an_error() {
        let mut error = ptr::null_mut();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        // SAFETY: the place of the error is valid.
        let status = unsafe { call(&mut error, || panic!("out of {}", "luck")) };
        std::panic::set_hook(hook);
        assert_eq!(status, Status::Panicked);
        // SAFETY: the call has failed, so there is an error with a message.
        let message = unsafe { CStr::from_ptr((*error).message) };
        assert!(
            message
                .to_str()
                .is_ok_and(|text| text.contains("out of luck"))
        );
        // SAFETY: the error is of this library, and freed once.
        unsafe { crate::idq_error_free(error) };
    }

    #[test]
    fn error_of_an_earlier_call_is_overwritten_with_null() {
        let mut error = ptr::dangling_mut();
        // SAFETY: the place of the error is valid.
        let status = unsafe { call(&mut error, || Ok(())) };
        assert_eq!(status, Status::Ok);
        assert!(error.is_null());
    }
}
