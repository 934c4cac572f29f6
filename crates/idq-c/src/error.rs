//! Errors as structures.

use std::ffi::{CString, c_char};
use std::ptr;

use idq::{BindErrors, ListedNames, LoadError, Origin, ParseErrors, Report, RequestText};

use crate::ffi::free;
use crate::text::c_string;

/// The result of a call. Later versions may add statuses.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The call succeeded.
    Ok = 0,
    /// An argument is null or not valid UTF-8, or a setting has a wrong name or value.
    InvalidArgument = 1,
    /// A source does not exist, or a pattern matches nothing.
    MissingSource = 2,
    /// A source cannot be read or has no records of an API, a record is malformed, or a file has changed since it was loaded.
    LoadFailed = 3,
    /// The request, an expression, a key or a column has mistakes: `problems` lists all of them; where a text breaks the grammar,
    /// those that come after parsing may be missing.
    InvalidRequest = 4,
    /// The request needs a field that was not loaded: see the setting `columns`.
    NotLoaded = 5,
    /// The callback of the progress has stopped the load.
    Cancelled = 6,
    /// The system refused a resource, such as a thread.
    SystemFailed = 7,
    /// A bug in idq; please report it. The objects of the call can only be freed.
    Panicked = 8,
}

/// A mistake in a request. This structure never changes.
#[repr(C)]
#[derive(Debug)]
pub struct Problem {
    /// One line: "expected X, found Y".
    pub message: *const c_char,
    /// One line of advice; null if there is none.
    pub help: *const c_char,
    /// The text with the mistake: the request, an expression, a key, a column. Null if unknown; `start` and `end` are then 0.
    pub text: *const c_char,
    /// The byte offset of the mistake in `text`.
    pub start: usize,
    /// The byte offset after the mistake; equal to `start` if something is missing.
    pub end: usize,
}

/// An error. The program frees it by `idq_error_free`, with all that it points to. Later versions may add members at its end.
#[repr(C)]
#[derive(Debug)]
pub struct Error {
    /// The status that the call returned.
    pub status: Status,
    /// The whole message for a person, with place and advice: several lines, without a line feed at the end.
    pub message: *const c_char,
    /// The name of the source; null unless a load failed in one. It may have control characters, which `message` escapes.
    pub file: *const c_char,
    /// The dotted name of the field that a load failed in; null if unknown.
    pub field: *const c_char,
    /// The number of the record that a load failed in, counted from 1 in its source; 0 if unknown.
    pub record: u64,
    /// The line on which that record starts, counted from 1; 0 if unknown.
    pub line: u64,
    /// The byte offset of the mistake in the decompressed source; `UINT64_MAX` if unknown.
    pub offset: u64,
    /// The mistakes of a request; null if there are none.
    pub problems: *const Problem,
    /// The number of `problems`.
    pub problem_count: usize,
}

/// An error inside this crate.
pub(crate) struct Failure {
    pub(crate) status: Status,
    message: String,
    details: Details,
}

/// The details of an error beside its message.
enum Details {
    None,
    Load(Box<LoadError>),
    Request(Box<RequestProblems>),
}

/// The mistakes of a request, and the texts that they are in.
struct RequestProblems {
    texts: Vec<RequestText>,
    problems: Vec<idq::Problem>,
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
        let message = format!("a bug in idq, please report it: {message}");
        Self::new(Status::Panicked, message)
    }

    /// Creates the error of a request. The texts are named after arguments of functions, not after options of the command.
    pub(crate) fn request(texts: &[RequestText], problems: Vec<idq::Problem>) -> Self {
        let texts: Vec<RequestText> = texts
            .iter()
            .map(|text| {
                let argument = match text.origin {
                    Origin::Where => "expression",
                    Origin::By => "key",
                    Origin::Named(name) => name,
                    _ => "request",
                };
                RequestText::new(Origin::Named(argument), text.text.as_str())
            })
            .collect();
        let message = Report::new(&texts, &problems).to_string();
        Self {
            details: Details::Request(Box::new(RequestProblems { texts, problems })),
            ..Self::new(Status::InvalidRequest, message)
        }
    }

    /// Moves the error to the program.
    pub(crate) fn into_raw(self) -> *mut Error {
        OwnedError::into_raw(&self).cast()
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let status = if error.kind.is_missing_source() {
            Status::MissingSource
        } else {
            Status::LoadFailed
        };
        let message = error.to_string();
        Self {
            details: Details::Load(Box::new(error)),
            ..Self::new(status, message)
        }
    }
}

impl From<ParseErrors> for Failure {
    fn from(errors: ParseErrors) -> Self {
        Self::request(errors.texts(), errors.problems())
    }
}

impl From<BindErrors> for Failure {
    fn from(errors: BindErrors) -> Self {
        Self::request(errors.texts(), errors.problems(ListedNames::Nearest))
    }
}

impl From<idq::Error> for Failure {
    fn from(error: idq::Error) -> Self {
        let message = error.to_string();
        match error {
            idq::Error::Load(error) => error.into(),
            idq::Error::Parse(errors) => errors.into(),
            idq::Error::Bind(errors) => errors.into(),
            idq::Error::NotLoaded(_) => Self::new(Status::NotLoaded, message),
            idq::Error::Setting(_) => Self::argument(message),
            idq::Error::Cancelled => Self::new(Status::Cancelled, message),
            _ => Self::new(Status::SystemFailed, message),
        }
    }
}

impl From<idq_export::Error> for Failure {
    fn from(error: idq_export::Error) -> Self {
        let message = error.to_string();
        match error {
            idq_export::Error::Read(error) => error.into(),
            idq_export::Error::Record(_) => Self::new(Status::LoadFailed, message),
            error if error.is_usage_error() => Self::argument(message),
            _ => Self::new(Status::SystemFailed, message),
        }
    }
}

/// An error with what its pointers point to. Its first field is what C sees, so a pointer to one is a pointer to the
/// other.
#[repr(C)]
struct OwnedError {
    error: Error,
    texts: Vec<*mut c_char>,
    _problems: Vec<Problem>,
}

impl Drop for OwnedError {
    fn drop(&mut self) {
        for &text in &self.texts {
            // SAFETY: `into_raw` has made each pointer of a text.
            drop(unsafe { CString::from_raw(text) });
        }
    }
}

impl OwnedError {
    fn into_raw(failure: &Failure) -> *mut Self {
        // A raw pointer each, because a text that moves with its box invalidates the pointers to it.
        let mut texts: Vec<*mut c_char> = Vec::new();
        let mut pointer = |text: &str| {
            let text = c_string(text).into_raw();
            texts.push(text);
            text.cast_const()
        };
        let (load, request) = match &failure.details {
            Details::None => (None, None),
            Details::Load(error) => (Some(error), None),
            Details::Request(request) => (None, Some(request)),
        };
        let request_texts = request.iter().flat_map(|request| &request.texts);
        let request_texts: Vec<*const c_char> =
            request_texts.map(|text| pointer(&text.text)).collect();
        let problems = request.iter().flat_map(|request| &request.problems);
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
        let file = load.map(|error| error.file.as_str());
        let field = load.and_then(|error| error.path.as_deref());
        let error = Error {
            status: failure.status,
            message: pointer(&failure.message),
            file: file
                .filter(|file| !file.is_empty())
                .map_or(ptr::null(), &mut pointer),
            field: field.map_or(ptr::null(), &mut pointer),
            record: load.and_then(|error| error.record).unwrap_or(0),
            line: load.and_then(|error| error.line).unwrap_or(0),
            offset: load.and_then(|error| error.offset).unwrap_or(u64::MAX),
            problems: if problems.is_empty() {
                ptr::null()
            } else {
                problems.as_ptr()
            },
            problem_count: problems.len(),
        };
        crate::ffi::into_raw(Self {
            error,
            texts,
            _problems: problems,
        })
    }
}

/// Frees an error. Null is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_error_free(error: *mut Error) {
    if !error.is_null() {
        // SAFETY: every error of this library is the first field of an `OwnedError`, and the program frees it once.
        free(Some(unsafe { Box::from_raw(error.cast::<OwnedError>()) }));
    }
}
