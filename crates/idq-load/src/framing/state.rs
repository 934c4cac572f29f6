//! The state of the parser between two records: the stack of open containers.
//!
//! The state is small and comparable: a block that was parsed from an assumed state is valid if the previous block ends
//! in an equal state. Therefore the state contains everything that influences the parse of later bytes, and nothing
//! else.

use crate::records_path::RecordsPath;

/// The state of a parse between two records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FramingState {
    /// The open containers, outermost first.
    pub(super) containers: Vec<Container>,
    /// The path to the records, if objects other than the pages of an API are around them.
    pub(crate) records_path: Option<RecordsPath>,
    /// Whether the source has a value so far.
    pub(super) has_value: bool,
    /// Whether the position is inside a reject that is longer than a record may be, and whose end was not found yet.
    pub(super) in_oversized_record: bool,
    /// The number of rejects since the last record.
    pub(super) consecutive_rejects: usize,
    /// The bytes since the last record, until a separator is learned from them. `None` after a bracket or a reject,
    /// because such a gap is not typical.
    pub(super) gap: Option<Vec<u8>>,
}

/// A container around records, and its next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// An array of records, of pages, of wrappers, or of arrays.
    Array(Expecting),
    /// A wrapper: an object on the path to the records.
    Wrapper(Expecting),
    /// A saved page.
    Page(Expecting),
    /// The array of a page's records.
    Records(Expecting),
}

/// The tokens that a container allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expecting {
    /// The first item, or the closing bracket.
    FirstOrEnd,
    /// An item, after a comma.
    Item,
    /// A comma, or the closing bracket.
    SeparatorOrEnd,
    /// In a wrapper: the value that has the records.
    Value,
}

impl FramingState {
    /// Returns the state at the start of a source.
    pub(crate) fn start(records_path: Option<RecordsPath>) -> Self {
        Self {
            records_path,
            ..Self::default()
        }
    }

    /// Returns the innermost open container.
    pub(super) fn innermost(&self) -> Option<Container> {
        self.containers.last().copied()
    }

    /// Sets the next token of the innermost container, if one is open.
    pub(super) fn set_expecting(&mut self, next: Expecting) {
        if let Some(
            Container::Array(expecting)
            | Container::Wrapper(expecting)
            | Container::Page(expecting)
            | Container::Records(expecting),
        ) = self.containers.last_mut()
        {
            *expecting = next;
        }
    }

    /// Opens a container, which is an item of its parent. The state inside it does not depend on the items before it, so
    /// that blocks are parsed speculatively after any of them.
    pub(super) fn push(&mut self, container: fn(Expecting) -> Container) {
        self.set_expecting(Expecting::SeparatorOrEnd);
        self.containers.push(container(Expecting::FirstOrEnd));
    }

    /// Closes the innermost container.
    pub(super) fn pop(&mut self) {
        self.containers.pop();
    }

    /// Returns the key of the next wrapper on the path to the records; `None` if records are expected.
    pub(super) fn next_key(&self) -> Option<&str> {
        let keys = self.records_path.as_ref()?.keys();
        keys.get(self.open_wrappers()).map(String::as_str)
    }

    /// Returns the key of the outermost wrapper; `None` if records are not wrapped.
    pub(super) fn outermost_key(&self) -> Option<&str> {
        self.records_path
            .as_ref()?
            .keys()
            .first()
            .map(String::as_str)
    }

    /// Returns the key under which the innermost wrapper has the records.
    pub(super) fn wrapper_key(&self) -> Option<&str> {
        let keys = self.records_path.as_ref()?.keys();
        let innermost = self.open_wrappers().checked_sub(1)?;
        keys.get(innermost).map(String::as_str)
    }

    /// Returns the number of open wrappers.
    pub(super) fn open_wrappers(&self) -> usize {
        let is_wrapper = |container: &&Container| matches!(container, Container::Wrapper(_));
        self.containers.iter().filter(is_wrapper).count()
    }

    /// Closes the open page or wrapper, if there is one, and its records. The parent expects its next item.
    pub(super) fn leave_page(&mut self) {
        if let Some(page) = page_index(&self.containers) {
            self.containers.truncate(page);
        }
        self.set_expecting(Expecting::Item);
    }
}

/// Returns the position of the page, or of the outermost wrapper, among open containers.
pub(super) fn page_index(containers: &[Container]) -> Option<usize> {
    containers
        .iter()
        .position(|container| matches!(container, Container::Page(_) | Container::Wrapper(_)))
}
