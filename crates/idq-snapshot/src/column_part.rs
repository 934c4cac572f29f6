//! Parts of columns: a column of documents can be loaded for some of its paths alone.

/// A column of an API, or the values at one path of a column of documents and below it.
///
/// ```
/// use idq_snapshot::ColumnPart;
///
/// let department = ColumnPart::path(3, &["profile".to_owned(), "department".to_owned()]);
/// assert!(ColumnPart::from(3).covers(&department));
/// assert!(!department.covers(&ColumnPart::from(3)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnPart {
    /// Number of the column.
    pub column: usize,
    /// Keys from the document to the values; none for the whole column.
    pub keys: Vec<String>,
}

impl From<usize> for ColumnPart {
    fn from(column: usize) -> Self {
        let keys = Vec::new();
        Self { column, keys }
    }
}

impl ColumnPart {
    /// Returns the part of a path.
    pub fn path(column: usize, keys: &[String]) -> Self {
        let keys = keys.to_vec();
        Self { column, keys }
    }

    /// Returns whether this part includes another one.
    pub fn covers(&self, other: &Self) -> bool {
        self.column == other.column && other.keys.starts_with(&self.keys)
    }

    /// Returns the paths of a column that some parts have; `None` if a part is the whole column.
    pub fn paths_of(column: usize, parts: &[Self]) -> Option<Vec<Vec<String>>> {
        let parts = parts.iter().filter(|part| part.column == column);
        let paths = parts.map(|part| Some(&part.keys).filter(|keys| !keys.is_empty()).cloned());
        paths.collect()
    }
}
