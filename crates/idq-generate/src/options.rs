//! Options of a dump, and the registry of generators.

use std::fmt;

use idq_api::EscapeDialect;

/// A writer of synthetic records, which an API's description refers to by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Generator {
    /// Provisionr's directory identities: nested, some 1.8 KB a record.
    #[default]
    Provisionr,
    /// Permission Assist's identities: flat, some 550 bytes a record.
    PermissionAssist,
}

impl Generator {
    /// Every generator.
    pub const ALL: [Self; 2] = [Self::Provisionr, Self::PermissionAssist];

    /// Returns the name by which a description refers to the generator.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisionr => "provisionr",
            Self::PermissionAssist => "permission-assist",
        }
    }

    /// Returns the generator of a name.
    ///
    /// # Errors
    /// No generator has the name.
    pub fn by_name(name: &str) -> Result<Self, UnknownGenerator> {
        let mut generators = Self::ALL.into_iter();
        let found = generators.find(|generator| generator.name() == name);
        found.ok_or_else(|| UnknownGenerator(name.to_owned()))
    }

    /// Returns the dialect of the generated JSON, which is that of the API.
    pub const fn dialect(self) -> EscapeDialect {
        match self {
            Self::Provisionr => EscapeDialect::Php,
            Self::PermissionAssist => EscapeDialect::DotNet,
        }
    }
}

/// No generator has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownGenerator(pub String);

impl fmt::Display for UnknownGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Generator::ALL.map(Generator::name).join(" or ");
        write!(f, "expected a generator ({names}), found `{}`", self.0)
    }
}

impl std::error::Error for UnknownGenerator {}

/// How the records are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One JSON array, on one line.
    #[default]
    Array,
    /// Newline-delimited JSON: a record on each line.
    Ndjson,
    /// The API's answers to requests for one page after another, an envelope on each line: 15 records a page of
    /// Provisionr, 50 a page of Permission Assist. A dump of no rows is one empty page. Records are in row order, though
    /// Permission Assist itself would order them by name.
    Pages,
}

/// What to generate. Equal options give equal bytes, wherever and on however many threads.
///
/// A dump with fewer rows has the same records as the beginning of one with more, and a record is the same in every
/// shape.
///
/// ```
/// use idq_generate::{Generator, Options, Shape};
///
/// let options = Options::new(Generator::PermissionAssist).rows(200).seed(7).shape(Shape::Pages);
/// assert_eq!(options.rows, 200);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// Writer of the records.
    pub generator: Generator,
    /// How many records.
    pub rows: u64,
    /// Which of the possible dumps.
    pub seed: u64,
    /// How the records are laid out.
    pub shape: Shape,
}

impl Options {
    /// A thousand records in an array, from seed 0.
    #[must_use]
    pub const fn new(generator: Generator) -> Self {
        Self {
            generator,
            rows: 1000,
            seed: 0,
            shape: Shape::Array,
        }
    }

    /// Sets how many records to write.
    #[must_use]
    pub const fn rows(self, rows: u64) -> Self {
        Self { rows, ..self }
    }

    /// Sets which of the possible dumps to write.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets how the records are laid out.
    #[must_use]
    pub const fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Generator::default())
    }
}
