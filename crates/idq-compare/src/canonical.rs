//! The canonical form of a value: bytes that are equal for equal values and differ for others.

use std::borrow::Cow;

use idq::columns::Decimal;
use idq::json::{Error, Scalar, Text, valid_elements, valid_members};

use crate::path_rules::{PathRules, RulePosition};

/// Returns the canonical form of a value that is valid JSON: without white space, escapes, spellings of numbers, the
/// order of keys, the order of sets, and everything that the rules leave out. It is empty if nothing is left.
///
/// Each part starts with its kind and length, so that no two values have one form.
pub(crate) fn canonical_form(
    value: &[u8],
    rules: &PathRules,
    position: RulePosition,
) -> Result<Vec<u8>, Error> {
    let is_compared = rules.is_compared(position);
    let mut form = Vec::new();
    match value.first() {
        Some(b'{') => {
            let mut members = Vec::new();
            for (key, value) in last_members(value)? {
                let position = rules.member(position, &key);
                if rules.may_compare(position) {
                    members.push((key, canonical_form(value, rules, position)?));
                }
            }
            members.retain(|(_, form)| !form.is_empty());
            members.sort_unstable();
            if is_compared || !members.is_empty() {
                append_length(b'{', members.len(), &mut form);
            }
            for (key, value) in members {
                append_bytes(b'"', key.as_bytes(), &mut form);
                form.extend_from_slice(&value);
            }
        }
        Some(b'[') => {
            let elements = valid_elements(value);
            let elements = elements.map(|element| canonical_form(element?, rules, position));
            let mut elements = elements.collect::<Result<Vec<_>, Error>>()?;
            if rules.is_set(position) {
                elements.retain(|form| !form.is_empty());
                elements.sort_unstable();
            }
            // At the end, an element without compared parts is like none.
            let last = elements.iter().rposition(|form| !form.is_empty());
            elements.truncate(last.map_or(0, |last| last + 1));
            if is_compared || !elements.is_empty() {
                append_length(b'[', elements.len(), &mut form);
            }
            for element in elements {
                // An empty form marks the place of an element.
                append_bytes(b'e', &element, &mut form);
            }
        }
        // Only members at this position are compared, and a scalar has none.
        _ if !is_compared => {}
        Some(b'"') => append_bytes(b'"', text(value).as_bytes(), &mut form),
        Some(b'-' | b'0'..=b'9') => {
            let number = Decimal::parse(value).and_then(|number| number.canonical());
            match number {
                Some(number) => append_bytes(b'0', number.as_ref(), &mut form),
                None => append_bytes(b'0', value, &mut form),
            }
        }
        _ => append_bytes(b'n', value, &mut form),
    }
    Ok(form)
}

fn append_bytes(kind: u8, bytes: &[u8], form: &mut Vec<u8>) {
    append_length(kind, bytes.len(), form);
    form.extend_from_slice(bytes);
}

fn append_length(kind: u8, length: usize, form: &mut Vec<u8>) {
    form.push(kind);
    form.extend_from_slice(&(length as u64).to_le_bytes());
}

/// A member of an object: its key, decoded, and the spelling of its value.
pub(crate) type Member<'a> = (Cow<'a, str>, &'a [u8]);

/// Returns the members of an object in the order of their keys in it. The last of several equal keys replaces the others,
/// as everywhere in idq.
pub(crate) fn last_members(object: &[u8]) -> Result<Vec<Member<'_>>, Error> {
    let members = valid_members(object);
    let members = members.map(|member| member.map(|(key, value)| (key.decode(), value)));
    let members = members.collect::<Result<Vec<_>, Error>>()?;
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&one, &other| members[one].0.cmp(&members[other].0));
    let is_repeated = |pair: &[usize]| members[pair[0]].0 == members[pair[1]].0;
    if !order.windows(2).any(is_repeated) {
        return Ok(members);
    }
    let mut last: Vec<usize> = Vec::with_capacity(order.len());
    for &member in &order {
        match last.last_mut() {
            Some(previous) if members[*previous].0 == members[member].0 => *previous = member,
            _ => last.push(member),
        }
    }
    last.sort_unstable();
    let mut members: Vec<_> = members.into_iter().map(Some).collect();
    Ok(last
        .into_iter()
        .filter_map(|member| members[member].take())
        .collect())
}

/// Returns the text of a string that is valid JSON, with its quotes.
pub(crate) fn text(string: &[u8]) -> Cow<'_, str> {
    let raw = string
        .get(1..string.len().saturating_sub(1))
        .unwrap_or_default();
    match Text::from_utf8(raw) {
        Ok(text) => Scalar::String(text).to_text(),
        Err(_) => String::from_utf8_lossy(raw),
    }
}
