//! The tree of one generated JSON value, with the order of its keys and the spelling of its numbers.

use std::borrow::Cow;

use idq_json::{Error, Event, Reader, Scalar};

/// A member of an object.
pub(super) type Member<'a> = (Cow<'a, str>, Tree<'a>);

/// A JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum Tree<'a> {
    /// JSON text that is written as it is: numbers, `true`, `false` and `null`, or a value in the final spelling.
    Literal(Cow<'a, str>),
    /// A string, decoded.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Tree<'a>>),
    /// An object, with its members in the order of the text.
    Object(Vec<Member<'a>>),
}

impl<'a> Tree<'a> {
    /// Null.
    pub(super) const NULL: Self = Self::Literal(Cow::Borrowed("null"));

    /// Parses one JSON value.
    ///
    /// # Errors
    /// The text is no JSON.
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(json);
        // A reader yields an event before its end, or fails.
        let first = reader.next_event()?;
        let tree = first.map_or(Ok(Self::NULL), |event| Self::after(event, &mut reader))?;
        reader.next_event()?;
        Ok(tree)
    }

    /// Parses the rest of the value that starts with an event.
    fn after(event: Event<'a>, reader: &mut Reader<'a>) -> Result<Self, Error> {
        Ok(match event {
            Event::Scalar(Scalar::String(text)) => Self::Text(text.decode()),
            Event::Scalar(scalar) => Self::Literal(scalar.to_text()),
            Event::ArrayStart => {
                let mut items = Vec::new();
                while let Some(event) = reader.next_event()? {
                    if event == Event::ArrayEnd {
                        break;
                    }
                    items.push(Self::after(event, reader)?);
                }
                Self::Array(items)
            }
            _ => {
                let mut members = Vec::new();
                while let Some(Event::Key(key)) = reader.next_event()? {
                    if let Some(event) = reader.next_event()? {
                        members.push((key.decode(), Self::after(event, reader)?));
                    }
                }
                Self::Object(members)
            }
        })
    }

    /// Returns the text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is null.
    pub(super) fn is_null(&self) -> bool {
        *self == Self::NULL
    }

    /// Returns the value at a path of keys, if all objects on the way exist.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, key| match tree {
            Self::Object(members) => {
                let member = members.iter().find(|(name, _)| name == key);
                member.map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// Returns the value at a path of keys, to change it.
    pub(super) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |tree, key| match tree {
            Self::Object(members) => {
                let member = members.iter_mut().find(|(name, _)| name == key);
                member.map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// Sets a member of the object at a path. Does nothing where the path leads to no object.
    pub(super) fn set(&mut self, path: &[&str], key: &'static str, value: Self) {
        let Some(Self::Object(members)) = self.at_mut(path) else {
            return;
        };
        match members.iter_mut().find(|(name, _)| name == key) {
            Some((_, present)) => *present = value,
            None => members.push((key.into(), value)),
        }
    }

    /// Returns a text.
    pub(super) fn from_text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a number in the format of `Display`.
    pub(super) fn from_number(number: impl std::fmt::Display) -> Self {
        Self::Literal(number.to_string().into())
    }

    /// Returns an object of members with fixed keys.
    pub(super) fn from_members<const N: usize>(members: [(&'static str, Self); N]) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(key, value)| (key.into(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsed_value_keeps_order_and_spelling() {
        let json = br#"{"b":[1.50,{"\u00e9":null}],"a":"x\/y"}"#;
        let expected = Tree::from_members([
            (
                "b",
                Tree::Array(vec![
                    Tree::Literal("1.50".into()),
                    Tree::from_members([("é", Tree::NULL)]),
                ]),
            ),
            ("a", Tree::from_text("x/y")),
        ]);
        assert_eq!(Tree::parse(json).unwrap(), expected);
        assert!(Tree::parse(b"{} {}").is_err() && Tree::parse(b"").is_err());
    }

    #[test]
    fn member_of_a_missing_object_is_not_set() {
        let mut tree = Tree::parse(br#"{"a":{"b":1},"c":[]}"#).unwrap();
        tree.set(&["a"], "b", Tree::from_number(2));
        tree.set(&["a"], "d", Tree::from_number(3));
        tree.set(&["c"], "e", Tree::NULL);
        tree.set(&["missing"], "f", Tree::NULL);
        let expected = br#"{"a":{"b":2,"d":3},"c":[]}"#;
        assert_eq!(tree, Tree::parse(expected).unwrap());
    }
}
