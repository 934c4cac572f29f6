use memchr::memmem::Finder;

use crate::fold::fold;

/// The texts that a search looks for, folded and prepared once for all chunks.
///
/// A row matches if it contains one of them; an empty one is in every text.
#[derive(Debug, Clone)]
pub struct Needles {
    pub(crate) finders: Vec<Finder<'static>>,
}

impl Needles {
    /// Prepares these texts.
    pub fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let finder = |text: S| Finder::new(fold(text.as_ref()).as_bytes()).into_owned();
        Self {
            finders: texts.into_iter().map(finder).collect(),
        }
    }

    /// Whether a text contains one of them.
    pub fn are_in(&self, text: &str) -> bool {
        let folded = fold(text);
        self.finders
            .iter()
            .any(|finder| finder.find(folded.as_bytes()).is_some())
    }
}
