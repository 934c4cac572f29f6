//! The parameters of a request as PHP's array of arrays.

use std::collections::HashMap;

use super::Key;
use crate::query::Parameter;
use crate::text::{Span, Spanned};

/// One step from the array of all parameters to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Key; `None` for the number after the greatest one (`[]`).
    pub(crate) key: Option<Key>,
    /// Span of the key; `None` for one from code.
    pub(crate) span: Option<Span>,
}

/// An array: entries in the order in which their keys were first given.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    entries: Vec<Entry>,
    /// Positions of the entries by their keys.
    positions: HashMap<Key, usize>,
    /// Key of the next entry without one; `None` before the first index.
    next_index: Option<i64>,
}

/// An entry of an array.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Key.
    pub(crate) key: Key,
    /// Span of the key where it was given last.
    pub(crate) span: Option<Span>,
    /// Value.
    pub(crate) node: Node,
}

/// A value of an array. The last of several at one place counts.
#[derive(Debug)]
pub(crate) enum Node {
    /// A trimmed text. The empty one is no value.
    Text(Spanned<String>),
    /// An array.
    Tree(Tree),
}

impl Tree {
    /// Sets the value at a path. A value of another kind on the way is replaced.
    pub(crate) fn set(&mut self, path: &[Step], node: Node) {
        let Some((step, rest)) = path.split_first() else {
            return;
        };
        let Some(entry) = self.entry(step.key.clone()) else {
            return;
        };
        entry.span = step.span;
        if rest.is_empty() {
            entry.node = node;
            return;
        }
        if let Node::Text(_) = entry.node {
            entry.node = Node::Tree(Self::default());
        }
        if let Node::Tree(tree) = &mut entry.node {
            tree.set(rest, node);
        }
    }

    /// Adds a value under the next index.
    pub(crate) fn push(&mut self, node: Node) {
        if let Some(entry) = self.entry(None) {
            entry.node = node;
        }
    }

    /// Returns the entry of a key, or of the next index, which is added without a value if it is missing; `None` if no
    /// index is left.
    pub(crate) fn entry(&mut self, key: Option<Key>) -> Option<&mut Entry> {
        let is_given = key.is_some();
        let key = key.unwrap_or(Key::Index(self.next_index.unwrap_or(0)));
        let position = match self.positions.get(&key) {
            // The greatest index is taken, so that PHP drops the value.
            Some(_) if !is_given => return None,
            Some(&position) => position,
            None => {
                if let Key::Index(number) = key {
                    let next = number.saturating_add(1);
                    self.next_index = self.next_index.max(Some(next));
                }
                self.positions.insert(key.clone(), self.entries.len());
                self.entries.push(Entry {
                    key,
                    span: None,
                    node: Node::Text(Spanned::without_span(String::new())),
                });
                self.entries.len() - 1
            }
        };
        self.entries.get_mut(position)
    }

    /// Returns the value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        let position = *self.positions.get(&Key::new(name))?;
        self.entries.get(position).map(|entry| &entry.node)
    }

    /// Returns the value of a name.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let position = *self.positions.get(&Key::new(name))?;
        self.entries.get_mut(position).map(|entry| &mut entry.node)
    }

    /// Returns the entries.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entries.
    pub(crate) fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// Returns the values that are texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.entries.iter().filter_map(|entry| match &entry.node {
            Node::Text(text) => Some(text),
            Node::Tree(_) => None,
        })
    }

    /// Returns the parameters as the paginator writes them: each value under its whole name, without empty ones.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for entry in &self.entries {
            entry.node.write(entry.key.to_string(), &mut parameters);
        }
        parameters
    }
}

impl Node {
    /// Adds the parameters of a value with this name.
    fn write(&self, name: String, parameters: &mut Vec<Parameter>) {
        match self {
            Self::Text(text) if text.value.is_empty() => {}
            Self::Text(text) => parameters.push(Parameter {
                name,
                value: text.value.clone(),
            }),
            // The depth is bounded by the keys of a name.
            Self::Tree(tree) => {
                for entry in &tree.entries {
                    entry
                        .node
                        .write(format!("{name}[{}]", entry.key), parameters);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_path;
    use super::*;

    /// Returns the written parameters of pairs of names and values.
    fn written(pairs: &str) -> String {
        let mut tree = Tree::default();
        for pair in pairs.split('&') {
            let (name, value) = pair.split_once('=').expect("a pair");
            let path = parse_path(name).expect("a name");
            let value = Spanned::without_span(value.to_owned());
            let step = |(key, _)| Step { key, span: None };
            let path: Vec<Step> = path.into_iter().map(step).collect();
            tree.set(&path, Node::Text(value));
        }
        let parameters = tree.parameters();
        let pair = |each: &Parameter| format!("{}={}", each.name, each.value);
        parameters.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn parameters_are_written_as_they_were_parsed() {
        for (pairs, expected) in [
            ("b=1&a=2", "b=1&a=2"),
            ("b=1&a=2&b=3", "b=3&a=2"),
            ("b=1&a=2&b=", "a=2"),
            ("f[s]=1&u=2&f[e]=3", "f[s]=1&f[e]=3&u=2"),
            ("f[s][]=1&f[s][]=2", "f[s][0]=1&f[s][1]=2"),
            ("f[s][]=&f[s][]=2", "f[s][1]=2"),
            (
                "f[s][5]=1&f[s][]=2&f[s][a]=3",
                "f[s][5]=1&f[s][6]=2&f[s][a]=3",
            ),
            ("f[s][5]=1&f[s][2]=2&f[s][5]=3", "f[s][5]=3&f[s][2]=2"),
            ("f[s][-5]=1&f[s][]=2", "f[s][-5]=1&f[s][-4]=2"),
            (
                "f[s][9223372036854775807]=1&f[s][]=2",
                "f[s][9223372036854775807]=1",
            ),
            ("f=1&f[s]=2", "f[s]=2"),
            ("f[s]=2&f=1", "f=1"),
            ("f[s]=1&f[s][]=2", "f[s][0]=2"),
            ("f[s][]=1&f[s]=2", "f[s]=2"),
            ("a[b][c][d]=1&a[b][x]=2", "a[b][c][d]=1&a[b][x]=2"),
            ("a.b=1&a_b=2", "a_b=2"),
        ] {
            assert_eq!(written(pairs), expected, "{pairs}");
        }
    }
}
