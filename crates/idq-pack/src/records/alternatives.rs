//! What the values of one place have in common: what the columns tell of them, and which are frequent.

use std::cmp::Reverse;
use std::ops::Range;

use hashbrown::HashMap;
use memchr::memmem::Finder;

use super::encode::{makes_all, unquoted};
use super::reference::{Cell, Reference};
use super::shapes::HOLE;
use super::spelling::Style;

/// So many references are of use at a place.
const REFERENCES: usize = 3;

/// What makes fewer of the values of a place than one in so many is not worth looking for.
const RARE: usize = 20;

/// So many texts are of use at a place; no longer ones, and none that was seen less often.
const TEXTS: usize = 250;
const TEXT_BYTES: usize = 64;
const FEW: usize = 3;

/// The fewest bytes of a part of a text that is no accident.
const PART_BYTES: usize = 3;

/// What the columns of a row can make.
pub(super) struct Makings<'c> {
    cells: &'c [Option<Cell<'c>>],
    style: Style,
    /// Texts and parts of texts, spelled.
    parts: Vec<(To, Finder<'static>)>,
}

impl<'c> Makings<'c> {
    pub(super) fn new(cells: &'c [Option<Cell<'c>>], style: Style) -> Self {
        let mut parts = Vec::new();
        for (column, cell) in (0..).zip(cells) {
            let Some(cell @ Cell::Text(text)) = *cell else {
                continue;
            };
            for reference in Reference::OF_PARTS {
                let mut spelled = Vec::new();
                let is_other = reference == Reference::Text || reference.part(text) != Some(text);
                if is_other
                    && reference.spell(cell, style, b"", &mut spelled).is_some()
                    && spelled.len() >= PART_BYTES
                {
                    parts.push(((reference, column), Finder::new(&spelled).into_owned()));
                }
            }
        }
        Self {
            cells,
            style,
            parts,
        }
    }

    /// What they make of a value.
    fn of(&self, value: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        let mut add = |to, made| told.push(Told { to, made });
        let mut scratch = Vec::new();
        let string = unquoted(value);
        for (column, cell) in (0..).zip(self.cells) {
            let Some(cell) = *cell else { continue };
            for reference in [Reference::Value, Reference::Instant] {
                if makes_all(reference, cell, self.style, value, &mut scratch) {
                    add((reference, column), 0..value.len());
                }
            }
            if let (Cell::Instant(_), Some(string)) = (cell, string) {
                for reference in [Reference::Microseconds, Reference::Seconds] {
                    let length = reference.clock_length();
                    let Some(behind) = string.get(length..) else {
                        continue;
                    };
                    scratch.clear();
                    let spelled = reference.spell(cell, self.style, behind, &mut scratch);
                    if spelled.is_some() && string[..length] == *scratch {
                        add((reference, column), 1..1 + length);
                    }
                }
            }
        }
        for (to, part) in &self.parts {
            let length = part.needle().len();
            match string {
                Some(string) => {
                    if let Some(start) = part.find(string) {
                        add(*to, 1 + start..1 + start + length);
                    }
                }
                // A number.
                None if to.0 == Reference::Text && value == part.needle() => {
                    add(*to, 0..value.len());
                }
                None => {}
            }
        }
        told
    }
}

/// A value that was seen, and what the columns tell of it.
pub(super) struct SeenValue {
    text: String,
    told: Vec<Told>,
}

/// A part of a value that is made of a column.
#[derive(Debug, Clone)]
struct Told {
    to: To,
    made: Range<usize>,
}

type To = (Reference, u8);

impl SeenValue {
    pub(super) fn new(text: &str, makings: &Makings<'_>) -> Self {
        Self {
            text: text.to_owned(),
            told: makings.of(text.as_bytes()),
        }
    }

    fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// What a reference makes of it.
    fn made(&self, to: To) -> Option<Range<usize>> {
        let told = self.told.iter().find(|told| told.to == to)?;
        Some(told.made.clone())
    }

    /// The texts around what a reference makes.
    fn sides(&self, to: To) -> Option<(&str, &str)> {
        let made = self.made(to)?;
        Some((&self.text[..made.start], &self.text[made.end..]))
    }
}

/// What the values of a place can be: see
/// [`PlaceDescription::values`](super::shapes::PlaceDescription).
pub(super) fn describe(values: &[SeenValue], with_texts: bool) -> Vec<String> {
    let mut others: Vec<&SeenValue> = values.iter().collect();
    let mut alternatives = Vec::new();
    let frequent = (values.iter().filter(|value| !value.is_null()).count() / RARE).max(2);
    for _ in 0..REFERENCES {
        let Some(to) = best(&others, frequent) else {
            break;
        };
        let (more, left) = describe_by(to, &others, frequent);
        if more.is_empty() {
            // It makes a part of many values, with other texts around it in each.
            others.retain(|value| value.made(to).is_none() || value.is_null());
            continue;
        }
        alternatives.extend(more);
        others = left;
    }
    let texts = match with_texts {
        true => frequent_texts(&others),
        false => Vec::new(),
    };
    let is_other_string =
        |value: &&SeenValue| value.text.starts_with('"') && !texts.contains(&value.text);
    let has_strings = others.iter().any(is_other_string);
    alternatives.extend(texts);
    let hole = char::from(HOLE);
    if has_strings {
        alternatives.push(format!("\"{hole}\""));
    }
    alternatives.push(hole.to_string());
    alternatives
}

/// The reference to try next: of those that make many of these values, one to the column that makes most of them, and of
/// those the one that makes most of a value.
fn best(values: &[&SeenValue], frequent: usize) -> Option<To> {
    let mut hits: HashMap<To, usize> = HashMap::new();
    for value in values.iter().filter(|value| !value.is_null()) {
        for told in &value.told {
            *hits.entry(told.to).or_default() += 1;
        }
    }
    hits.retain(|_, hits| *hits >= frequent);
    let ((_, column), _) = hits
        .iter()
        .max_by_key(|(to, hits)| (**hits, Reverse(**to)))?;
    hits.keys().filter(|(_, of)| of == column).min().copied()
}

/// What values can be that a reference makes in part, and the values that it does not make.
fn describe_by<'v>(
    to: To,
    values: &[&'v SeenValue],
    frequent: usize,
) -> (Vec<String>, Vec<&'v SeenValue>) {
    let (reference, column) = to;
    let mark = [reference as u8, column].map(char::from);
    let mark: String = mark.iter().collect();
    if reference.is_whole() {
        let others = values.iter().copied();
        return (
            vec![mark],
            others.filter(|value| value.made(to).is_none()).collect(),
        );
    }
    let hole = char::from(HOLE);
    let mut alternatives = Vec::new();
    let mut others = values.to_vec();
    let sides: Vec<(&str, &str)> = values.iter().filter_map(|value| value.sides(to)).collect();
    if let Some((before, behind)) = most_frequent(&sides, sides.len() / 2) {
        alternatives.push(format!("{before}{mark}{behind}"));
        others.retain(|value| value.sides(to) != Some((before, behind)));
    }
    let sides: Vec<(&str, &str)> = others.iter().filter_map(|value| value.sides(to)).collect();
    if sides.len() < frequent {
        return (alternatives, others);
    }
    let befores: Vec<&str> = sides.iter().map(|(before, _)| *before).collect();
    let behinds: Vec<&str> = sides.iter().map(|(_, behind)| *behind).collect();
    let most = sides.len() * 4 / 5;
    if let Some(before) = most_frequent(&befores, most) {
        alternatives.push(format!("{before}{mark}{hole}"));
        others.retain(|value| value.sides(to).is_none_or(|sides| sides.0 != before));
    } else if let Some(behind) = most_frequent(&behinds, most) {
        alternatives.push(format!("{hole}{mark}{behind}"));
        others.retain(|value| value.sides(to).is_none_or(|sides| sides.1 != behind));
    }
    (alternatives, others)
}

/// What is there most often, if more often than this.
fn most_frequent<T: Copy + Eq + std::hash::Hash + Ord>(all: &[T], least: usize) -> Option<T> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for one in all {
        *counts.entry(*one).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(one, count)| (*count, Reverse(*one)));
    most.filter(|(_, count)| *count > least).map(|(one, _)| one)
}

/// The values that are there again and again.
fn frequent_texts(values: &[&SeenValue]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for value in values {
        *counts.entry(&value.text).or_default() += 1;
    }
    let mut texts: Vec<(usize, &str)> = counts
        .into_iter()
        .filter(|(text, count)| *count >= FEW && text.len() <= TEXT_BYTES)
        .map(|(text, count)| (count, text))
        .collect();
    texts.sort_unstable_by_key(|&(count, text)| (Reverse(count), text));
    texts.truncate(TEXTS);
    texts.into_iter().map(|(_, text)| text.to_owned()).collect()
}
