//! Errors as structures.

use std::ffi::{CString, c_char};
use std::ptr;

use idq::{ListedNames, LoadError, LoadErrorKind, RequestText};

use crate::border::call_or;
use crate::bytes::c_string;

/// The result of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The call has done its work.
    Ok = 0,
    /// An argument is null or no UTF-8, or a setting has a wrong name or value.
    InvalidArgument = 1,
    /// A source does not exist, or a pattern or folder has no dumps.
    MissingSource = 2,
    /// A source cannot be read, a record is malformed, or a file has changed since it was loaded.
    LoadFailed = 3,
    /// The request has mistakes: `problems` lists all of them.
    InvalidRequest = 4,
    /// The request needs a field that was not loaded.
    NotLoaded = 5,
    /// The callback of the progress has stopped the load.
    Cancelled = 6,
    /// The system failed: a file cannot be written, a thread cannot start.
    SystemFailed = 7,
    /// A fault of idq, which should be reported. The objects of the call can be freed.
    Panicked = 8,
}

/// A mistake of a request.
#[repr(C)]
#[derive(Debug)]
pub struct Problem {
    /// One line: "expected X, found Y".
    pub message: *const c_char,
    /// Advice, or null.
    pub help: *const c_char,
    /// The text with the mistake: the request, an expression, a key. Null where the mistake has no place.
    pub text: *const c_char,
    /// The offset of the first wrong byte of the text.
    pub start: usize,
    /// The offset of the byte behind the last wrong one; `start` where something is missing.
    pub end: usize,
}

/// An error. `idq_error_free` frees it, with all its texts.
#[repr(C)]
#[derive(Debug)]
pub struct Error {
    /// The kind.
    pub status: Status,
    /// The whole message for a person, with place and advice; several lines, without a line feed at the end.
    pub message: *const c_char,
    /// Of a load: the source; null without one.
    pub file: *const c_char,
    /// Of a load: the dotted name of the field; null without one.
    pub field: *const c_char,
    /// Of a load: the number of the record in its source, from 1; 0 without one.
    pub record: u64,
    /// Of a load: the line, from 1; 0 without one.
    pub line: u64,
    /// Of a load: the offset of the byte in the decompressed source; `UINT64_MAX` without one.
    pub offset: u64,
    /// Of a request: its mistakes; null without one.
    pub problems: *const Problem,
    /// The number of `problems`.
    pub problem_count: usize,
}

/// An error inside this crate, before C sees it.
pub(crate) struct Failure {
    pub(crate) status: Status,
    message: String,
    details: Details,
}

/// The details of an error beside its message.
enum Details {
    None,
    Load(Box<Place>),
    Request(Box<Mistakes>),
}

/// The mistakes of a request, and the texts that they are in.
struct Mistakes {
    texts: Vec<RequestText>,
    problems: Vec<idq::Problem>,
}

/// The place of an error of a load.
struct Place {
    file: String,
    field: Option<String>,
    record: Option<u64>,
    line: Option<u64>,
    offset: Option<u64>,
}

impl Failure {
    pub(crate) fn new(status: Status, message: String) -> Self {
        Self {
            status,
            message,
            details: Details::None,
        }
    }

    /// Creates the error of an argument.
    pub(crate) fn argument(message: String) -> Self {
        Self::new(Status::InvalidArgument, message)
    }

    /// Creates the error of a pointer that must not be null.
    pub(crate) fn null(name: &str) -> Self {
        Self::argument(format!("{name}: expected a pointer, found null"))
    }

    /// Creates the error of a panic.
    pub(crate) fn panicked(message: &str) -> Self {
        let message = format!("a fault of idq, please report it: {message}");
        Self::new(Status::Panicked, message)
    }

    /// Creates the error of a request that has mistakes.
    fn request(message: String, texts: &[RequestText], problems: Vec<idq::Problem>) -> Self {
        let texts = texts.to_vec();
        Self {
            details: Details::Request(Box::new(Mistakes { texts, problems })),
            ..Self::new(Status::InvalidRequest, message)
        }
    }

    /// Moves the error to the caller.
    pub(crate) fn into_raw(self) -> *mut Error {
        OwnedError::new(&self).cast()
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let status = match &*error.kind {
            LoadErrorKind::Cancelled => Status::Cancelled,
            kind if kind.is_missing_source() => Status::MissingSource,
            _ => Status::LoadFailed,
        };
        Self {
            details: Details::Load(Box::new(Place {
                file: error.file.clone(),
                field: error.path.clone(),
                record: error.record,
                line: error.line,
                offset: error.offset,
            })),
            ..Self::new(status, error.to_string())
        }
    }
}

impl From<idq::Error> for Failure {
    fn from(error: idq::Error) -> Self {
        let message = error.to_string();
        match error {
            idq::Error::Load(error) => error.into(),
            idq::Error::Parse(errors) => Self::request(message, errors.texts(), errors.problems()),
            idq::Error::Bind(errors) => {
                let problems = errors.problems(ListedNames::Nearest);
                Self::request(message, errors.texts(), problems)
            }
            idq::Error::NotLoaded(_) => Self::new(Status::NotLoaded, message),
            idq::Error::Setting(_) => Self::argument(message),
            idq::Error::Cancelled => Self::new(Status::Cancelled, message),
            _ => Self::new(Status::SystemFailed, message),
        }
    }
}

impl From<idq_export::Error> for Failure {
    fn from(error: idq_export::Error) -> Self {
        match error {
            idq_export::Error::Read(error) => error.into(),
            error => Self::new(Status::SystemFailed, error.to_string()),
        }
    }
}

/// An error with what its pointers point to. Its first field is what C sees, so a pointer to one is a pointer to the
/// other.
#[repr(C)]
struct OwnedError {
    error: Error,
    texts: Vec<CString>,
    problems: Vec<Problem>,
}

impl OwnedError {
    fn new(failure: &Failure) -> *mut Self {
        // The bytes of a text stay where they are when the vector grows.
        let mut texts = Vec::new();
        let mut pointer = |text: &str| {
            let text = c_string(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        let (place, mistakes) = match &failure.details {
            Details::None => (None, None),
            Details::Load(place) => (Some(place), None),
            Details::Request(mistakes) => (None, Some(mistakes)),
        };
        let request_texts = mistakes.iter().flat_map(|mistakes| &mistakes.texts);
        let request_texts: Vec<*const c_char> =
            request_texts.map(|text| pointer(&text.text)).collect();
        let problems = mistakes.iter().flat_map(|mistakes| &mistakes.problems);
        let problems = problems.map(|problem| {
            let text = problem.span.and_then(|span| request_texts.get(span.text));
            let span = problem.span.filter(|_| text.is_some());
            Problem {
                message: pointer(&problem.message),
                help: problem.help.as_deref().map_or(ptr::null(), &mut pointer),
                text: text.copied().unwrap_or(ptr::null()),
                start: span.map_or(0, |span| span.start),
                end: span.map_or(0, |span| span.end),
            }
        });
        let problems: Vec<Problem> = problems.collect();
        let file = place.map(|place| place.file.as_str());
        let field = place.and_then(|place| place.field.as_deref());
        let error = Error {
            status: failure.status,
            message: pointer(&failure.message),
            file: file
                .filter(|file| !file.is_empty())
                .map_or(ptr::null(), &mut pointer),
            field: field.map_or(ptr::null(), &mut pointer),
            record: place.and_then(|place| place.record).unwrap_or(0),
            line: place.and_then(|place| place.line).unwrap_or(0),
            offset: place.and_then(|place| place.offset).unwrap_or(u64::MAX),
            problems: if problems.is_empty() {
                ptr::null()
            } else {
                problems.as_ptr()
            },
            problem_count: problems.len(),
        };
        Box::into_raw(Box::new(Self {
            error,
            texts,
            problems,
        }))
    }
}

/// Frees an error. Null does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_error_free(error: *mut Error) {
    if !error.is_null() {
        // SAFETY: every error of this library is the first field of an `OwnedError`, and the caller frees it once.
        let owned = unsafe { Box::from_raw(error.cast::<OwnedError>()) };
        call_or((), || {
            let OwnedError {
                texts, problems, ..
            } = *owned;
            drop((texts, problems));
        });
    }
}
