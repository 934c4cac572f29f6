//! Options of a dump: API, rows, seed and shape.

/// An API whose records are generated.
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

/// The framing of a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One JSON array, on one line.
    #[default]
    Array,
    /// Newline-delimited JSON: a record on each line.
    Ndjson,
    /// The pages of the API, an envelope on each line: 15 records for each page of Provisionr, 50 for each of Permission
    /// Assist. A dump without rows is one empty page. Records are in row order, where Permission Assist itself orders them
    /// by name.
    Pages,
}

/// The options that determine a dump: equal options give equal bytes, on every machine and number of threads.
///
/// A dump is a prefix, record by record, of a longer dump with the same seed, and a record is the same in every shape.
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
    /// The API of the records.
    pub api: Api,
    /// The number of records.
    pub rows: u64,
    /// The seed of all random choices.
    pub seed: u64,
    /// The framing of the records.
    pub shape: Shape,
}

impl Options {
    /// Returns the options of a thousand records in an array, with seed 0.
    #[must_use]
    pub const fn new(api: Api) -> Self {
        Self {
            api,
            rows: 1000,
            seed: 0,
            shape: Shape::Array,
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
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Api::default())
    }
}
