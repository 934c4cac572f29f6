//! Options of a dump: generator, rows, seed, shape and style.

use std::fmt;

use crate::generators::Generator;
use crate::style::Style;

/// The framing of a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One JSON array, on one line.
    #[default]
    Array,
    /// Newline-delimited JSON: a record on each line.
    Ndjson,
    /// The pages of the API, an envelope on each line, each with the number of records that the API has on a page. A
    /// dump without rows is one empty page. Records are in row order, even where the API itself has another default
    /// order.
    Pages,
}

/// The options that determine a dump: equal options give equal bytes, on every machine and number of threads.
///
/// A dump is a prefix, record by record, of a longer dump with the same seed, and a record is the same in every shape.
///
/// ```
/// use idq_generate::{Generator, Options, Shape};
///
/// let options = Options::new(Generator::PERMISSION_ASSIST).rows(200).seed(7).shape(Shape::Pages);
/// assert_eq!(options.rows, 200);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The generator of the records.
    pub generator: Generator,
    /// The number of records.
    pub rows: u64,
    /// The seed of all random choices.
    pub seed: u64,
    /// The framing of the records.
    pub shape: Shape,
    /// The spelling and the content of the records.
    pub style: Style,
}

impl Options {
    /// Returns the options of a thousand records in an array, with seed 0, in the style of the server.
    #[must_use]
    pub const fn new(generator: Generator) -> Self {
        Self {
            generator,
            rows: 1000,
            seed: 0,
            shape: Shape::Array,
            style: Style::Server,
        }
    }

    /// Sets the number of records.
    #[must_use]
    pub const fn rows(self, rows: u64) -> Self {
        Self { rows, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the framing.
    #[must_use]
    pub const fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    /// Sets the style.
    #[must_use]
    pub const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Returns an error if no dump can have these options.
    ///
    /// # Errors
    /// The records of [`Style::Indented`] have line breaks, which the lines of [`Shape::Ndjson`] cannot have.
    pub fn check(&self) -> Result<(), OptionsError> {
        if self.style == Style::Indented && self.shape == Shape::Ndjson {
            return Err(OptionsError);
        }
        Ok(())
    }
}

impl Default for Options {
    /// Returns the options of a thousand records of Provisionr in an array, with seed 0.
    fn default() -> Self {
        Self::new(Generator::PROVISIONR)
    }
}

/// The error that a style has line breaks in its records, and the shape has a record on each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsError;

impl fmt::Display for OptionsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "expected the shape array or pages for the style indented, found ndjson: \
             an indented record takes several lines, and ndjson has a record on each",
        )
    }
}

impl std::error::Error for OptionsError {}
