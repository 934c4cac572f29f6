//! Parts of columns: a column of documents can be loaded for some of its paths alone, or for the documents that a search
//! may find.

/// A column of an API, or a part of a column of documents.
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
    /// The values of the column that belong to the part.
    pub extent: Extent,
}

/// The values of a column that belong to a [`ColumnPart`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// All values.
    Whole,
    /// The values at a path of documents, by the keys that lead to it, and below it.
    Path(Vec<String>),
    /// The documents in which a key or a scalar contains one of these texts, in any case. Of other documents only
    /// whether they are present is known.
    Containing(Vec<String>),
}

impl From<usize> for ColumnPart {
    fn from(column: usize) -> Self {
        let extent = Extent::Whole;
        Self { column, extent }
    }
}

impl ColumnPart {
    /// Returns the part of a path; the whole column without keys.
    pub fn path(column: usize, keys: &[String]) -> Self {
        let extent = if keys.is_empty() {
            Extent::Whole
        } else {
            Extent::Path(keys.to_vec())
        };
        Self { column, extent }
    }

    /// Returns the part of the documents that contain one of some texts.
    pub fn containing(column: usize, texts: &[String]) -> Self {
        let extent = Extent::Containing(texts.to_vec());
        Self { column, extent }
    }

    /// Returns whether this part includes another one.
    pub fn covers(&self, other: &Self) -> bool {
        self.column == other.column
            && match (&self.extent, &other.extent) {
                (Extent::Whole, _) => true,
                (Extent::Path(outer), Extent::Path(keys)) => keys.starts_with(outer),
                (Extent::Containing(loaded), Extent::Containing(texts)) => {
                    texts.iter().all(|text| loaded.contains(text))
                }
                _ => false,
            }
    }
}
