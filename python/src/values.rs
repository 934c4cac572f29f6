//! Arguments that Python programs give in several forms.

use std::path::PathBuf;

use idq::{Expansion, FilterValue, Source, expand};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyString};

use crate::errors::{load_error, request_error};

/// One text, or several.
#[derive(FromPyObject)]
pub(crate) enum Texts {
    /// One text.
    One(String),
    /// Several texts.
    Several(Vec<String>),
}

impl Texts {
    /// Returns the texts.
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

/// Returns the texts of an optional argument; none without one.
pub(crate) fn texts(texts: Option<Texts>) -> Vec<String> {
    texts.map(Texts::into_vec).unwrap_or_default()
}

/// Returns a whole number from 0 on. Names the argument where it is another one.
pub(crate) fn whole_number(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    value.extract().map_err(|error: PyErr| {
        let py = value.py();
        // A number below 0, or beyond 64 bits.
        if error.is_instance_of::<PyOverflowError>(py) {
            let found = value.str().map(|text| text.to_string()).unwrap_or_default();
            let found = idq::quote(&found);
            let message = format!("expected a whole number from 1 for {argument}, found {found}");
            return request_error(py, &message);
        }
        error
    })
}

/// Returns the value of a filter: a text, a boolean, an integer, a date, or several of them.
pub(crate) fn filter_value(value: &Bound<'_, PyAny>) -> PyResult<FilterValue> {
    if let Some(text) = scalar_text(value)? {
        return Ok(text.into());
    }
    // Bytes would be numbers, and a mapping its keys.
    let is_several = !value.is_instance_of::<PyBytes>() && !value.is_instance_of::<PyDict>();
    if !is_several {
        return Err(wrong_value(value));
    }
    let mut items = Vec::new();
    for item in value.try_iter().map_err(|_| wrong_value(value))? {
        let item = item?;
        items.push(scalar_text(&item)?.ok_or_else(|| wrong_value(&item))?);
    }
    Ok(items.into())
}

/// Returns the text of one value of a filter; `None` for another object.
fn scalar_text(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.extract().map(Some);
    }
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(Some(value.is_true().to_string()));
    }
    // An integer of any library.
    if value.hasattr("__index__")? {
        return Ok(Some(value.call_method0("__index__")?.str()?.extract()?));
    }
    // A date or a time.
    if value.hasattr("isoformat")? {
        return Ok(Some(value.call_method0("isoformat")?.extract()?));
    }
    Ok(None)
}

/// Returns the error of an object that is no value of a filter.
fn wrong_value(value: &Bound<'_, PyAny>) -> PyErr {
    let kind = value.get_type().name();
    let kind = kind.map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    let message = format!(
        "expected a text, a boolean, an integer, a date or several of them as the value of a filter, found {kind}"
    );
    PyTypeError::new_err(message)
}

/// Returns the sources that an argument of `open` names: a path, bytes, a file object, or several of them; and the entries of
/// folders and archives that are passed over, each with the reason.
pub(crate) fn sources(argument: &Bound<'_, PyAny>) -> PyResult<(Vec<Source>, Vec<String>)> {
    let mut found = Expansion::default();
    if !add_source(argument, &mut found)? {
        let items = argument.try_iter();
        for item in items.map_err(|_| wrong_source(argument))? {
            let item = item?;
            if !add_source(&item, &mut found)? {
                return Err(wrong_source(&item));
            }
        }
    }
    let ignored = found.ignored.iter().map(ToString::to_string);
    Ok((found.sources, ignored.collect()))
}

/// Adds the sources of one object, and returns whether it is a source.
fn add_source(object: &Bound<'_, PyAny>, found: &mut Expansion) -> PyResult<bool> {
    let py = object.py();
    // Sources without a name of their own are numbered.
    let number = found.sources.len() + 1;
    if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
        let bytes: Vec<u8> = object.extract()?;
        found
            .sources
            .push(Source::bytes(format!("bytes {number}"), bytes));
        return Ok(true);
    }
    if object.hasattr("read")? {
        let content = object.call_method0("read")?;
        let name = object.getattr("name").and_then(|name| name.extract());
        let name: String = name.unwrap_or_else(|_| format!("file object {number}"));
        let bytes: Vec<u8> = match content.cast::<PyString>() {
            Ok(text) => text.extract::<String>()?.into_bytes(),
            Err(_) => content.extract()?,
        };
        found.sources.push(Source::bytes(name, bytes));
        return Ok(true);
    }
    let is_path = object.is_instance_of::<PyString>() || object.hasattr("__fspath__")?;
    if !is_path {
        return Ok(false);
    }
    let path: PathBuf = object.extract()?;
    let expansion = py
        .detach(|| expand(&[path.into_os_string()]))
        .map_err(|error| load_error(py, &error))?;
    found.sources.extend(expansion.sources);
    found.ignored.extend(expansion.ignored);
    Ok(true)
}

/// Returns the error of an object that is no source.
fn wrong_source(object: &Bound<'_, PyAny>) -> PyErr {
    let kind = object.get_type().name();
    let kind = kind.map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    let message = format!("expected a path, bytes, a file object or several of them, found {kind}");
    PyTypeError::new_err(message)
}

/// Returns the position among `length` items that Python's `position` names: a negative one counts from the end.
pub(crate) fn position_in(position: isize, length: usize) -> Option<usize> {
    let from_start = if position < 0 {
        position + length as isize
    } else {
        position
    };
    usize::try_from(from_start).ok().filter(|&at| at < length)
}

/// Returns the Python object of a text of JSON, as the module `json` reads it.
pub(crate) fn parse_json<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let loads = py.import("json")?.getattr("loads")?;
    loads.call1((PyBytes::new(py, json),))
}

/// Refuses to pickle an object, and says how its data get into another process.
pub(crate) fn refuse_pickling(class: &str) -> PyErr {
    let message = format!(
        "cannot pickle '{class}' object: it refers to a loaded snapshot; open the sources in the other process, best from \
         a snapshot file (Snapshot.pack)"
    );
    PyTypeError::new_err(message)
}

/// Sets an item of a dictionary for each name and number.
pub(crate) fn counts<'py, 'n>(
    py: Python<'py>,
    counts: impl IntoIterator<Item = (&'n str, u64)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dictionary = PyDict::new(py);
    for (name, count) in counts {
        dictionary.set_item(name, count)?;
    }
    Ok(dictionary)
}
