//! The exceptions of the library's errors. Their classes are in Python, in `idq/_errors.py`, so that they have fields and
//! documentation, and can be pickled.

use std::io;
use std::path::Path;

use idq::{
    BindErrors, Error, ListedNames, LoadError, LoadErrorKind, Origin, ParseErrors, Problem, Report,
    RequestText, SettingError,
};
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The module of the exceptions.
const MODULE: &str = "idq._errors";

/// Returns an error of the arguments of a call, without a place in a text.
pub(crate) fn request_error(py: Python<'_>, message: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raise(py, &CLASS, "RequestError", (python_options(message),))
}

/// Returns the error of an argument that is a setting of a load.
pub(crate) fn setting_error(py: Python<'_>, mut error: SettingError) -> PyErr {
    error.setting = error.setting.replace('-', "_");
    request_error(py, &error.to_string())
}

/// Returns the exception of an error of the library.
pub(crate) fn error(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Load(error) => load_error(py, &error),
        Error::Parse(errors) => parse_errors(py, &errors),
        Error::Bind(errors) => bind_errors(py, &errors),
        Error::NotLoaded(error) => request_error(
            py,
            &format!("{error}\n  help: open the sources with columns=\"all\", the default"),
        ),
        Error::Setting(error) => setting_error(py, error),
        Error::Cancelled => PyKeyboardInterrupt::new_err(()),
        Error::Write(error) => io_error(error),
        error => plain_error(py, &error.to_string()),
    }
}

/// Returns the exception of a load.
pub(crate) fn load_error(py: Python<'_>, error: &LoadError) -> PyErr {
    static LOAD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static MISSING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if matches!(*error.kind, LoadErrorKind::Cancelled) {
        return PyKeyboardInterrupt::new_err(());
    }
    let (class, name) = if error.kind.is_missing_source() {
        (&MISSING, "MissingFileError")
    } else {
        (&LOAD, "LoadError")
    };
    let arguments = (
        python_options(&error.to_string()),
        error.file.as_str(),
        error.record,
        error.line,
        error.offset,
        error.path.as_deref(),
    );
    raise(py, class, name, arguments)
}

/// Returns the exception of an error without fields.
pub(crate) fn plain_error(py: Python<'_>, message: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raise(py, &CLASS, "Error", (message,))
}

/// Returns the exception of an error of the system.
fn io_error(error: io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(_) => error.into(),
        None => PyOSError::new_err(error.to_string()),
    }
}

/// Returns the exception of an error of the system with a path, of the class for its number: `FileNotFoundError`.
pub(crate) fn path_error(py: Python<'_>, error: io::Error, path: &Path) -> PyErr {
    let Some(number) = error.raw_os_error() else {
        return io_error(error);
    };
    let text = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (number,)))
        .and_then(|text| text.extract::<String>());
    match text {
        Ok(text) => PyOSError::new_err((number, text, path.as_os_str().to_owned())),
        Err(error) => error,
    }
}

/// Returns the exception of mistakes in the syntax of a request.
pub(crate) fn parse_errors(py: Python<'_>, errors: &ParseErrors) -> PyErr {
    problems(py, errors.texts(), errors.problems())
}

/// Returns the exception of a request that does not suit the API.
pub(crate) fn bind_errors(py: Python<'_>, errors: &BindErrors) -> PyErr {
    problems(py, errors.texts(), errors.problems(ListedNames::Nearest))
}

/// Returns the exception of all mistakes of a request.
fn problems(py: Python<'_>, texts: &[RequestText], mut problems: Vec<Problem>) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    // The texts are arguments of methods here, and not of options of the command.
    let texts: Vec<RequestText> = texts
        .iter()
        .map(|text| RequestText::new(method_of(text.origin), text.text.as_str()))
        .collect();
    for problem in &mut problems {
        problem.message = python_options(&problem.message);
        problem.help = problem.help.as_deref().map(python_options);
    }
    let report = Report::new(&texts, &problems).to_string();
    let first = problems.iter().find_map(|problem| problem.span);
    let text = first.and_then(|span| texts.get(span.text));
    let span = first.zip(text).map(|(span, text)| {
        // Positions in bytes become positions in characters.
        let characters = |end: usize| text.text[..end].chars().count();
        (characters(span.start), characters(span.end))
    });
    let messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    let messages = pyo3::types::PyTuple::new(py, messages);
    match messages {
        Ok(messages) => raise(
            py,
            &CLASS,
            "RequestError",
            (report, text.map(|text| text.text.as_str()), span, messages),
        ),
        Err(error) => error,
    }
}

/// Returns the method that takes a text, as the label of the text in a report.
fn method_of(origin: Origin) -> Origin {
    Origin::Named(match origin {
        Origin::Filter => "filter",
        Origin::Where => "where",
        Origin::Sort => "sort",
        Origin::Page => "page",
        Origin::PerPage => "per_page",
        Origin::Now => "now",
        Origin::By => "by",
        Origin::Named(name) => name,
        _ => "request",
    })
}

/// Replaces the options of the command in a message by the arguments of functions.
fn python_options(message: &str) -> String {
    [
        ("`--on-bad-record skip`", "`on_bad_record=\"skip\"`"),
        ("--on-bad-record skip", "on_bad_record=\"skip\""),
        ("`--dates epoch-s`", "`dates=\"epoch-s\"`"),
        ("`--dates epoch-ms`", "`dates=\"epoch-ms\"`"),
        ("`--dates dotnet`", "`dates=\"dotnet\"`"),
        ("--dates epoch-s", "dates=\"epoch-s\""),
        ("--dates epoch-ms", "dates=\"epoch-ms\""),
        ("--dates dotnet", "dates=\"dotnet\""),
        ("--ids as-text", "ids_as_text=True"),
        ("`--records ", "`records="),
        ("--timezone", "timezone="),
        ("`--api`", "`api=`"),
        // The labels of texts in errors that are texts already.
        ("  -w: ", "  where: "),
        ("  --by: ", "  by: "),
        ("with --api (", "with api= ("),
    ]
    .iter()
    .fold(message.to_owned(), |text, (option, argument)| {
        text.replace(option, argument)
    })
}

/// Returns an exception of a class of the package.
fn raise<'py, A>(py: Python<'py>, class: &PyOnceLock<Py<PyType>>, name: &str, arguments: A) -> PyErr
where
    A: pyo3::call::PyCallArgs<'py>,
{
    let exception = class
        .import(py, MODULE, name)
        .and_then(|class| class.call1(arguments));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
