//! The parts of records that are masked.
//!
//! The names of a command and the fields of an API form one tree of keys. A name of a field or of an object stands for the
//! fields with texts at it and below it, so that dates and booleans stay readable; any other name is a path within a
//! document, or of a member that the API does not describe.

use idq::AttributePath;
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
    /// The names of the command that are paths and no fields.
    named_paths: Vec<String>,
    masks_undocumented: bool,
}

/// The treatment of the values of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// They become pseudonyms. The path is a named one of this number, or it is a field or below one.
    Masked(Option<usize>),
    /// They are dates, which may be shifted.
    Date,
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

impl Position {
    /// Returns whether the values at the position become pseudonyms.
    pub(crate) fn is_masked(self) -> bool {
        matches!(self, Self::In(Treatment::Masked(_)))
    }
}

impl MaskedFields {
    /// The position of the record itself.
    pub(crate) const ROOT: Position = Position::Above(PathTree::ROOT);

    /// Resolves names of fields, objects and paths.
    ///
    /// # Errors
    /// A name that is no path, or that has no texts.
    pub(crate) fn new(api: &Api, names: &[String]) -> Result<Self, Error> {
        let is_auto = names.iter().any(|name| name == AUTO);
        let mut paths: Vec<Vec<String>> = Vec::new();
        let mut treatments = Vec::new();
        let mut named_paths = Vec::new();
        for name in names.iter().filter(|name| *name != AUTO) {
            let path = AttributePath::parse(name).ok_or_else(|| Error::NoPath(name.clone()))?;
            let fields = fields_within(api, &path.keys);
            if fields.is_empty() {
                if is_auto && is_within_personal(api, &path.keys) {
                    continue;
                }
                treatments.push(Treatment::Masked(Some(named_paths.len())));
                named_paths.push(name.clone());
                paths.push(path.keys);
                continue;
            }
            let has_texts = |&&field: &&usize| is_text(api.fields[field].kind);
            let texts: Vec<usize> = fields.iter().filter(has_texts).copied().collect();
            if texts.is_empty() {
                return Err(no_texts(name, api.fields[fields[0]].kind));
            }
            for field in texts {
                treatments.push(Treatment::Masked(None));
                paths.push(keys_of(api, field));
            }
        }
        for (number, field) in api.fields.iter().enumerate() {
            paths.push(keys_of(api, number));
            treatments.push(match field.kind {
                _ if is_auto && field.is_personal => Treatment::Masked(None),
                Kind::Timestamp => Treatment::Date,
                _ => Treatment::Kept,
            });
        }
        Ok(Self {
            // The tree keeps the first of two equal paths, which is the named one.
            tree: PathTree::from_keys(paths),
            treatments,
            named_paths,
            masks_undocumented: is_auto,
        })
    }

    /// Returns the names of the command that are paths and no fields.
    pub(crate) fn named_paths(&self) -> &[String] {
        &self.named_paths
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
                Treatment::Masked(None)
            } else {
                Treatment::Kept
            });
        };
        match self.tree.leaf(child).map(|leaf| self.treatments[leaf]) {
            Some(masked @ Treatment::Masked(_)) => Position::In(masked),
            Some(treatment) if !self.tree.has_children(child) => Position::In(treatment),
            // A masked path may be named below a field that is kept.
            _ => Position::Above(child),
        }
    }
}

/// Returns the fields at a path and below it.
fn fields_within(api: &Api, keys: &[String]) -> Vec<usize> {
    let fields = 0..api.fields.len();
    fields
        .filter(|&field| keys_of(api, field).starts_with(keys))
        .collect()
}

/// Returns whether a path is below a field that `auto` masks.
fn is_within_personal(api: &Api, keys: &[String]) -> bool {
    let mut fields = 0..api.fields.len();
    fields.any(|field| api.fields[field].is_personal && keys.starts_with(&keys_of(api, field)))
}

/// Returns the keys that lead to a field.
fn keys_of(api: &Api, field: usize) -> Vec<String> {
    let keys = api.fields[field].name.split('.');
    keys.map(str::to_owned).collect()
}

/// Returns whether values of a kind are texts, or have texts in them.
fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Keyword | Kind::Document)
}

/// Returns the error of a name that has no texts.
fn no_texts(name: &str, kind: Kind) -> Error {
    Error::NoTexts {
        name: name.to_owned(),
        kind,
        help: if kind == Kind::Timestamp {
            "; --mask-dates shifts dates"
        } else {
            ""
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether the value at a path is masked.
    fn is_masked(names: &[&str], path: &str) -> bool {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let fields = MaskedFields::new(Api::provisionr(), &names).unwrap();
        let keys = AttributePath::from(path).keys;
        let position = keys.iter().fold(MaskedFields::ROOT, |position, key| {
            fields.member(position, key)
        });
        position.is_masked()
    }

    #[test]
    fn names_mask_fields_objects_and_paths() {
        for (names, path, expected) in [
            (&["email"][..], "email", true),
            (&["email"], "profile.email", false),
            (
                &["included.directory_user"],
                "included.directory_user.full_name",
                true,
            ),
            (
                &["included.directory_user"],
                "included.directory_user.is_manager",
                false,
            ),
            (&["profile.emails.address"], "profile.emails.address", true),
            (&["profile.emails.address"], "profile.emails.primary", false),
            (&[r#"profile."a.b""#], r#"profile."a.b""#, true),
            (&[r#"profile."a.b""#], "profile.a.b", false),
            (&[AUTO], "profile.anything.below", true),
            (&[AUTO], "state", false),
            (&[AUTO], "timestamp.created_at", false),
            (&[AUTO], "phone", true),
            (&[AUTO], "included.directory_user.phone", true),
            (&[AUTO], "included.directory_user.org.title", false),
            (
                &[AUTO, "profile.emails.address"],
                "profile.emails.address",
                true,
            ),
        ] {
            assert_eq!(is_masked(names, path), expected, "{names:?} {path}");
        }
        let timestamp = MaskedFields::new(Api::provisionr(), &["timestamp".to_owned()]);
        assert!(matches!(timestamp, Err(Error::NoTexts { .. })));
    }
}
