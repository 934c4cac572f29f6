//! The parts of records that are masked.

use idq::api::{Api, Kind};
use idq::json::{Node, PathTree};

use crate::error::Error;

/// The name that stands for everything that the API's description marks as personal, and for what it does not describe.
pub const AUTO: &str = "auto";

/// The masked parts of the records of one API.
#[derive(Debug)]
pub(crate) struct MaskedFields {
    tree: PathTree,
    /// For each path of the tree.
    treatments: Vec<Treatment>,
    masks_undocumented: bool,
}

/// What happens to the values of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// They become pseudonyms.
    Masked,
    /// They are dates, which may be shifted.
    Date,
    /// They are kept, but for masked values within them. Keys inside them belong to the vendor or the user.
    Free,
    /// They are kept, but for masked values within them.
    Kept,
}

/// A position in a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Position {
    /// Above documented fields and named paths.
    Above(Node),
    /// In a value, with its treatment.
    In(Treatment),
}

impl MaskedFields {
    /// The position of the record itself.
    pub(crate) const ROOT: Position = Position::Above(PathTree::ROOT);

    /// Resolves names of fields, objects and paths.
    ///
    /// # Errors
    /// A field that has no texts.
    pub(crate) fn new(api: &Api, names: &[String]) -> Result<Self, Error> {
        let is_auto = names.iter().any(|name| name == AUTO);
        let named = names.iter().filter(|name| *name != AUTO);
        for name in named.clone() {
            check(api, name)?;
        }
        let mut paths: Vec<&str> = named.map(String::as_str).collect();
        let mut treatments = vec![Treatment::Masked; paths.len()];
        for field in &api.fields {
            paths.push(&field.name);
            treatments.push(match field.kind {
                _ if is_auto && field.is_personal => Treatment::Masked,
                Kind::Timestamp => Treatment::Date,
                Kind::Document => Treatment::Free,
                _ => Treatment::Kept,
            });
        }
        Ok(Self {
            // Of two equal paths, the first one counts: the named one.
            tree: PathTree::new(paths),
            treatments,
            masks_undocumented: is_auto,
        })
    }

    /// Returns the position of the value of a key.
    pub(crate) fn member(&self, position: Position, key: &str) -> Position {
        let node = match position {
            Position::In(_) => return position,
            Position::Above(node) => node,
        };
        let Some(child) = self.tree.child(node, key, &mut 0) else {
            let is_inside_document = self.tree.leaf(node).is_some();
            return Position::In(if self.masks_undocumented && !is_inside_document {
                Treatment::Masked
            } else {
                Treatment::Free
            });
        };
        let treatment = self.tree.leaf(child).map(|leaf| self.treatments[leaf]);
        match treatment {
            // A masked path may be named below a field that is kept.
            Some(treatment) if treatment == Treatment::Masked || !self.tree.has_children(child) => {
                Position::In(treatment)
            }
            _ => Position::Above(child),
        }
    }

    /// Returns whether the keys of an object at a position belong to the API, which are never replaced.
    pub(crate) fn has_documented_keys(&self, position: Position) -> bool {
        matches!(position, Position::Above(node) if self.tree.leaf(node).is_none())
    }
}

/// Refuses a field without texts.
fn check(api: &Api, name: &str) -> Result<(), Error> {
    let Some(field) = api.field(name) else {
        return Ok(());
    };
    let kind = api.fields[field].kind;
    let help = match kind {
        Kind::Text | Kind::Keyword | Kind::Document => return Ok(()),
        Kind::Timestamp => "; --mask-dates shifts dates",
        Kind::Boolean | Kind::Number => "",
    };
    Err(Error::NoTexts {
        name: name.to_owned(),
        kind,
        help,
    })
}
