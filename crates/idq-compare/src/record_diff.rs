//! The comparison of two versions of a record.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::VecDeque;

use idq::columns::compare_numbers;
use idq::json::{Error, valid_elements};

use crate::canonical::{Member, canonical_form, last_members, text};
use crate::path_rules::{PathRules, RulePosition};
use crate::value_change::{Step, ValueChange};

/// Members of an object up to which a search is faster than a table.
const MAX_SEARCHED_MEMBERS: usize = 16;

/// Returns the values that differ between two versions of a record, each of which is valid JSON: those of the old
/// version in its order, each followed by what is new beside it.
///
/// White space, escapes, the order of keys and the spelling of numbers are no differences. Objects are compared member by
/// member, arrays element by element; where one version has no such container, the whole value differs.
///
/// # Errors
/// Some bytes that are not valid JSON.
pub fn diff_records<'a>(
    old: &'a [u8],
    new: &'a [u8],
    rules: &PathRules,
) -> Result<Vec<ValueChange<'a>>, Error> {
    let mut comparison = Comparison {
        rules,
        path: Vec::new(),
        changes: Vec::new(),
    };
    comparison.compare(Some(old), Some(new), rules.root())?;
    Ok(comparison.changes)
}

/// The state of the comparison of two records.
struct Comparison<'r, 'a> {
    rules: &'r PathRules,
    /// The steps to the current value.
    path: Vec<Step<'a>>,
    /// The differences up to the current value.
    changes: Vec<ValueChange<'a>>,
}

impl<'a> Comparison<'_, 'a> {
    /// Compares the values at the current path.
    fn compare(
        &mut self,
        old: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
        position: RulePosition,
    ) -> Result<(), Error> {
        if old == new || !self.rules.may_compare(position) {
            return Ok(());
        }
        match (old, new) {
            (Some(old), Some(new)) if is_object(old) && is_object(new) => {
                self.members(old, new, position)
            }
            (Some(old), Some(new)) if is_array(old) && is_array(new) => {
                if self.rules.is_set(position) {
                    self.sets(old, new, position)
                } else {
                    self.elements(old, new, position)
                }
            }
            _ if self.rules.is_compared(position) => {
                if !are_equal_values(old, new) {
                    self.push(old, new);
                }
                Ok(())
            }
            _ => self.parts(old, new, position),
        }
    }

    /// Compares what the rules select within two values that are not compared as a whole, and are not containers of one
    /// kind.
    fn parts(
        &mut self,
        old: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
        position: RulePosition,
    ) -> Result<(), Error> {
        let object = |value: Option<&'a [u8]>| value.filter(|value| is_object(value));
        let array = |value: Option<&'a [u8]>| value.filter(|value| is_array(value));
        self.members(
            object(old).unwrap_or(b"{}"),
            object(new).unwrap_or(b"{}"),
            position,
        )?;
        self.elements(
            array(old).unwrap_or(b"[]"),
            array(new).unwrap_or(b"[]"),
            position,
        )
    }

    /// Compares two objects.
    fn members(
        &mut self,
        old: &'a [u8],
        new: &'a [u8],
        position: RulePosition,
    ) -> Result<(), Error> {
        let (old, new) = (last_members(old)?, last_members(new)?);
        let mut others = Members::new(&new);
        for (key, value) in &old {
            let other = others.take(key);
            if other != Some(value) {
                self.member(key.clone(), Some(value), other, position)?;
            }
        }
        let left: Vec<usize> = others.left().collect();
        for member in left {
            let (key, value) = &new[member];
            self.member(key.clone(), None, Some(value), position)?;
        }
        Ok(())
    }

    /// Compares the members of one key.
    fn member(
        &mut self,
        key: Cow<'a, str>,
        old: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
        position: RulePosition,
    ) -> Result<(), Error> {
        let position = self.rules.member(position, &key);
        self.path.push(Step::Key(key));
        let compared = self.compare(old, new, position);
        self.path.pop();
        compared
    }

    /// Compares two arrays by position.
    fn elements(
        &mut self,
        old: &'a [u8],
        new: &'a [u8],
        position: RulePosition,
    ) -> Result<(), Error> {
        let (mut old, mut new) = (valid_elements(old), valid_elements(new));
        for index in 0.. {
            let (old, new) = (old.next().transpose()?, new.next().transpose()?);
            if old.is_none() && new.is_none() {
                break;
            }
            self.path.push(Step::Index(index));
            let compared = self.compare(old, new, position);
            self.path.pop();
            compared?;
        }
        Ok(())
    }

    /// Compares two arrays as sets, in which an element may occur several times.
    fn sets(&mut self, old: &'a [u8], new: &'a [u8], position: RulePosition) -> Result<(), Error> {
        // The positions of the new elements by their forms, of which that of an element without compared parts is empty.
        let mut added: HashMap<Vec<u8>, VecDeque<usize>> = HashMap::new();
        let new = valid_elements(new).collect::<Result<Vec<_>, Error>>()?;
        for (index, element) in new.iter().enumerate() {
            let form = canonical_form(element, self.rules, position)?;
            if !form.is_empty() {
                added.entry(form).or_default().push_back(index);
            }
        }
        for (index, element) in valid_elements(old).enumerate() {
            let element = element?;
            let form = canonical_form(element, self.rules, position)?;
            let is_kept = added
                .get_mut(&form)
                .is_some_and(|same| same.pop_front().is_some());
            if !is_kept && !form.is_empty() {
                self.push_element(index, Some(element), None);
            }
        }
        let mut added: Vec<usize> = added.into_values().flatten().collect();
        added.sort_unstable();
        for index in added {
            self.push_element(index, None, Some(new[index]));
        }
        Ok(())
    }

    /// Adds the change of an element of a set.
    fn push_element(&mut self, index: usize, old: Option<&'a [u8]>, new: Option<&'a [u8]>) {
        self.path.push(Step::Element(index));
        self.push(old, new);
        self.path.pop();
    }

    /// Adds the change of the current value.
    fn push(&mut self, old: Option<&'a [u8]>, new: Option<&'a [u8]>) {
        self.changes.push(ValueChange {
            path: self.path.clone(),
            old,
            new,
        });
    }
}

fn is_object(value: &[u8]) -> bool {
    value.starts_with(b"{")
}

fn is_array(value: &[u8]) -> bool {
    value.starts_with(b"[")
}

/// Returns whether two values, which are not containers of one kind, are equal or both missing.
fn are_equal_values(old: Option<&[u8]>, new: Option<&[u8]>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return old == new;
    };
    match (old.first(), new.first()) {
        (Some(b'"'), Some(b'"')) => text(old) == text(new),
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            compare_numbers(old, new).is_some_and(std::cmp::Ordering::is_eq)
        }
        _ => old == new,
    }
}

/// The members of an object that are found by key, each once.
struct Members<'m, 'a> {
    members: &'m [Member<'a>],
    is_taken: Vec<bool>,
    /// The position after the last found member, where the next one mostly is.
    next: usize,
    /// The positions by key, of an object with many members.
    positions: HashMap<&'m str, usize>,
}

impl<'m, 'a> Members<'m, 'a> {
    fn new(members: &'m [Member<'a>]) -> Self {
        Self {
            members,
            is_taken: vec![false; members.len()],
            next: 0,
            positions: HashMap::new(),
        }
    }

    /// Returns the value of a key.
    fn take(&mut self, key: &str) -> Option<&'a [u8]> {
        let is_next = self
            .members
            .get(self.next)
            .is_some_and(|(next, _)| next == key);
        let position = if is_next {
            self.next
        } else {
            self.search(key)?
        };
        self.is_taken[position] = true;
        self.next = position + 1;
        Some(self.members[position].1)
    }

    fn search(&mut self, key: &str) -> Option<usize> {
        if self.members.len() <= MAX_SEARCHED_MEMBERS {
            return self.members.iter().position(|(other, _)| other == key);
        }
        if self.positions.is_empty() {
            let members = self.members.iter().enumerate();
            self.positions = members
                .map(|(position, (key, _))| (&**key, position))
                .collect();
        }
        self.positions.get(key).copied()
    }

    /// Returns the positions of the members that were not found.
    fn left(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.members.len()).filter(|&member| !self.is_taken[member])
    }
}
