//! What to generate.

/// The API whose records to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Api {
    /// Provisionr's directory identities: nested, some 1.8 KB a record.
    #[default]
    Provisionr,
    /// Permission Assist's identities: flat, some 550 bytes a record.
    PermissionAssist,
}

impl Api {
    /// Every API that has a generator.
    pub const ALL: [Self; 2] = [Self::Provisionr, Self::PermissionAssist];

    /// Returns the name of the API: `provisionr` or `permission-assist`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisionr => "provisionr",
            Self::PermissionAssist => "permission-assist",
        }
    }

    /// Returns the API of a name, or `None` where no generator has it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|api| api.name() == name)
    }
}

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
/// use idq_generate::{Api, Options, Shape};
///
/// let options = Options::new(Api::PermissionAssist).rows(200).seed(7).shape(Shape::Pages);
/// assert_eq!(options.rows, 200);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// The API whose records to write.
    pub api: Api,
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
    pub const fn new(api: Api) -> Self {
        Self {
            api,
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
        Self::new(Api::default())
    }
}
