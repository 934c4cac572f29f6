//! A change of one value in a record, with its path.

use std::borrow::Cow;
use std::fmt;

use idq::AttributePath;

/// A step from a container to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// The key of a member.
    Key(Cow<'a, str>),
    /// The position of an element in an array that is compared by position.
    Index(usize),
    /// The position of an element in an array that is compared as a set: in the old array if the element is not in the
    /// new one, and the other way round.
    Element(usize),
}

/// A value that differs between the old and the new version of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange<'a> {
    /// The steps from the record to the value; at least one.
    pub path: Vec<Step<'a>>,
    /// The old value, as spelled; `None` if the old version has no such member or element.
    pub old: Option<&'a [u8]>,
    /// The new value, as spelled; `None` if the new version has no such member or element.
    pub new: Option<&'a [u8]>,
}

impl ValueChange<'_> {
    /// Returns the dotted name of the field or path, the same for all elements of an array.
    pub fn field(&self) -> String {
        AttributePath::new(self.path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.clone()),
            Step::Index(_) | Step::Element(_) => None,
        }))
        .to_string()
    }

    /// Returns the path as a JSON Pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => pointer.push_str(&index.to_string()),
                // New elements of a set are appended.
                Step::Element(index) if self.new.is_none() => pointer.push_str(&index.to_string()),
                Step::Element(_) => pointer.push('-'),
            }
        }
        pointer
    }
}

/// Writes the dotted path with the positions of elements: `profile.emails[0].address`; `[]` for an element of a set.
impl fmt::Display for ValueChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut keys: Vec<&str> = Vec::new();
        let write_keys = |f: &mut fmt::Formatter<'_>, keys: &mut Vec<&str>, is_first: bool| {
            if keys.is_empty() {
                return Ok(());
            }
            let dot = if is_first { "" } else { "." };
            write!(f, "{dot}{}", AttributePath::new(keys.drain(..)))
        };
        let mut is_first = true;
        for step in &self.path {
            match step {
                Step::Key(key) => {
                    keys.push(key);
                    continue;
                }
                Step::Index(_) | Step::Element(_) => write_keys(f, &mut keys, is_first)?,
            }
            is_first = false;
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                _ => f.write_str("[]")?,
            }
        }
        write_keys(f, &mut keys, is_first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_a_change_is_written_as_a_name_a_path_and_a_pointer() {
        let key = |key: &'static str| Step::Key(key.into());
        let cases = [
            (vec![key("state")], "state", "state", "/state"),
            (
                vec![key("profile"), key("cost.center")],
                r#"profile."cost.center""#,
                r#"profile."cost.center""#,
                "/profile/cost.center",
            ),
            (
                vec![key("profile"), key("100_")],
                "profile.100_",
                "profile.100_",
                "/profile/100_",
            ),
            (
                vec![key("a"), Step::Index(0), key("b/c~d"), Step::Index(12)],
                r#"a."b/c~d""#,
                r#"a[0]."b/c~d"[12]"#,
                "/a/0/b~1c~0d/12",
            ),
            (
                vec![key("a"), Step::Index(0), key("100_")],
                "a.100_",
                r#"a[0]."100_""#,
                "/a/0/100_",
            ),
            (vec![key("a"), Step::Element(3)], "a", "a[]", "/a/3"),
        ];
        for (path, field, text, pointer) in cases {
            let change = ValueChange {
                path,
                old: Some(b"1"),
                new: None,
            };
            assert_eq!(change.field(), field);
            assert_eq!(change.to_string(), text);
            assert_eq!(change.pointer(), pointer);
        }
    }
}
