//! The oracle of the API's own reading: a query string as PHP, Laravel and spatie/laravel-query-builder read it, in the
//! order in which they do. It has few filters and sort keys, because only the reading of the request differs.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use crate::envelope::encode;
use crate::filter::{Test, is_deleted};
use crate::fold::fold;
use crate::record::text;

/// A value of PHP's array of parameters.
#[derive(Debug, Clone)]
enum Php {
    Text(String),
    Array(Vec<(String, Php)>),
}

/// The answer by the API's own reading.
#[derive(Debug, PartialEq, Eq)]
pub struct FrameworkAnswer {
    /// The positions of all matches, in order.
    pub order: Vec<usize>,
    /// The page's number.
    pub number: u64,
    /// Records on a full page.
    pub per_page: u64,
    /// The parameters of page URLs before the page.
    pub parameters: String,
}

/// Evaluates a query string over Provisionr records; `None` if it is refused: for an unknown name, or for a form of a
/// name that `idq` refuses under both readings.
pub fn framework_answer(query: &str, records: &[Value]) -> Option<FrameworkAnswer> {
    let parameters = parse(query)?;
    let value = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value)
    };
    let mut order: Vec<usize> = (0..records.len()).collect();
    let mut excludes_deleted = true;
    if let Some(Php::Array(filters)) = value("filter") {
        for (name, value) in filters {
            excludes_deleted &= name != "trashed";
            let test = test(name, value)?;
            order.retain(|&index| test(&records[index]));
        }
    }
    order.retain(|&index| !excludes_deleted || !is_deleted(&records[index]));
    // From the last term to the first, because the sort is stable.
    for (key, descends) in terms(value("sort"))?.iter().rev() {
        order.sort_by(|&one, &other| {
            let ascending = compare(key, &records[one], &records[other]);
            if *descends {
                ascending.reverse()
            } else {
                ascending
            }
        });
    }
    Some(FrameworkAnswer {
        order,
        number: number(value("page")).unwrap_or(1),
        per_page: number(value("per_page")).unwrap_or(15),
        parameters: written(&parameters),
    })
}

/// Parses and trims the parameters; `None` if `idq` refuses the form of a name or bytes that are not UTF-8.
fn parse(query: &str) -> Option<Vec<(String, Php)>> {
    let filter = Regex::new(r"^filter\[[^\]]+\](\[[^\]]*\])?$").ok()?;
    let nested_sort = Regex::new(r"^sort\[[^\]]*\]\[[^\]]*\]").ok()?;
    let mut parameters = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let lossy = String::from_utf8_lossy(&name)
            .trim_start_matches(' ')
            .to_owned();
        let is_read = ["filter", "sort", "page", "per_page", "where"]
            .contains(&lossy.split('[').next().unwrap_or_default());
        let (Ok(name), Ok(value)) = (String::from_utf8(name), String::from_utf8(value)) else {
            if is_read {
                return None;
            }
            continue;
        };
        if lossy.starts_with("filter[") && !filter.is_match(&lossy) || nested_sort.is_match(&lossy)
        {
            return None;
        }
        if name == "where" {
            // An extension: each one is a parameter of its own.
            parameters.push((name, Php::Text(value)));
        } else {
            register(&mut parameters, &lossy, trim(&value));
        }
    }
    Some(parameters)
}

/// Decodes `+` and escapes; a `%` without two hexadecimal digits is literal.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.replace('+', " ").into_bytes();
    let mut at = 0;
    while at + 2 < bytes.len() {
        let digits: String = bytes[at + 1..at + 3]
            .iter()
            .map(|&byte| char::from(byte))
            .collect();
        let is_escape = bytes[at] == b'%' && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let (true, Ok(byte)) = (is_escape, u8::from_str_radix(&digits, 16)) {
            bytes.splice(at..at + 3, [byte]);
        }
        at += 1;
    }
    bytes
}

/// Sets a value in the array of all parameters, as `php_register_variable` does for a name without spaces before it.
fn register(parameters: &mut Vec<(String, Php)>, name: &str, value: String) {
    let is_list = Regex::new(r"^[^\[]+\[[^\]]*\]").is_ok_and(|list| list.is_match(name));
    let (base, mut rest) = match name.split_once('[') {
        Some((base, _)) if is_list => (base, &name[base.len()..]),
        _ => (name, ""),
    };
    if base.is_empty() || base.starts_with('[') {
        return;
    }
    let mut keys = vec![Some(base.replace([' ', '.', '['], "_"))];
    while let Some((key, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_next = key.is_empty() || key == " ";
        keys.push((!is_next).then(|| key.to_owned()));
        rest = after;
    }
    set(parameters, &keys, value);
}

fn set(array: &mut Vec<(String, Php)>, keys: &[Option<String>], value: String) {
    let Some((key, rest)) = keys.split_first() else {
        return;
    };
    let key = key.clone().unwrap_or_else(|| next_index(array));
    let position = array
        .iter()
        .position(|(name, _)| *name == key && key != "where");
    let position = position.unwrap_or_else(|| {
        array.push((key, Php::Text(String::new())));
        array.len() - 1
    });
    let place = &mut array[position].1;
    if rest.is_empty() {
        *place = Php::Text(value);
        return;
    }
    if let Php::Text(_) = place {
        *place = Php::Array(Vec::new());
    }
    if let Php::Array(inner) = place {
        set(inner, rest, value);
    }
}

/// Returns the number after the greatest one among the keys.
fn next_index(array: &[(String, Php)]) -> String {
    let index = |name: &String| {
        name.parse::<i64>()
            .ok()
            .filter(|number| number.to_string() == *name)
    };
    let indices = array.iter().filter_map(|(name, _)| index(name));
    indices.max().map_or(0, |greatest| greatest + 1).to_string()
}

/// Trims white space and the invisible characters of Laravel.
fn trim(value: &str) -> String {
    const CLASS: &str = r"[\s\x00\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180e}\u{200b}-\u{200f}\u{2060}-\u{2065}\u{206a}-\u{206f}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{1d159}\u{1d173}-\u{1d17a}\u{e0020}]";
    let ends = Regex::new(&format!("^{CLASS}+|{CLASS}+$"));
    ends.map_or_else(
        |_| value.to_owned(),
        |ends| ends.replace_all(value, "").into_owned(),
    )
}

/// Returns the test of a filter; `None` if its name is unknown.
fn test(name: &str, value: &Php) -> Option<Test> {
    let (parts, is_list) = match value {
        Php::Text(text) if text.is_empty() => (Vec::new(), false),
        Php::Text(text) => (text.split(',').map(str::to_owned).collect(), false),
        Php::Array(items) => (items.iter().filter_map(item).collect(), true),
    };
    let word = (parts.len() == 1 && !is_list).then(|| parts[0].clone());
    let is_ignored = parts.is_empty() && !is_list;
    let field = name.trim_end_matches("_search").to_owned();
    match name {
        "state" | "email" => Some(Box::new(move |record| {
            is_ignored
                || text(record, &field).is_some_and(|text| parts.iter().any(|part| part == text))
        })),
        "email_search" => {
            let needles: Vec<String> = parts
                .iter()
                .filter(|part| !part.is_empty())
                .map(|part| fold(part))
                .collect();
            Some(Box::new(move |record| {
                let holds = |text: &str| needles.iter().any(|needle| fold(text).contains(needle));
                needles.is_empty() || text(record, &field).is_some_and(holds)
            }))
        }
        "trashed" => Some(Box::new(move |record| match word.as_deref() {
            Some("with") => true,
            Some("only") => is_deleted(record),
            _ => !is_deleted(record),
        })),
        _ => None,
    }
}

/// Returns the text of an item of a list; the empty one is null.
fn item((_, value): &(String, Php)) -> Option<String> {
    match value {
        Php::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Returns the keys of a sort and whether they descend; `None` if one is unknown.
fn terms(sort: Option<&Php>) -> Option<Vec<(String, bool)>> {
    let terms: Vec<String> = match sort {
        None => Vec::new(),
        Some(Php::Text(text)) => text.split(',').map(str::to_owned).collect(),
        Some(Php::Array(items)) => items.iter().filter_map(item).collect(),
    };
    let terms = terms
        .into_iter()
        .filter(|term| !term.is_empty() && term != "0");
    let term = |term: String| {
        let key = term.trim_start_matches('-').to_owned();
        let is_known = ["email", "state"].contains(&key.as_str());
        is_known.then(|| (key, term.starts_with('-')))
    };
    terms.map(term).collect()
}

fn compare(key: &str, one: &Value, other: &Value) -> Ordering {
    let value = |record| {
        let value = text(record, key)?;
        Some(if key == "email" {
            fold(value)
        } else {
            value.to_owned()
        })
    };
    value(one).cmp(&value(other))
}

/// Returns a page number as `FILTER_VALIDATE_INT` accepts it.
fn number(value: Option<&Php>) -> Option<u64> {
    let Some(Php::Text(text)) = value else {
        return None;
    };
    let form = Regex::new(r"^\+?[1-9][0-9]*$").ok()?;
    let number: u128 = text.trim_start_matches('+').parse().ok()?;
    let is_valid = form.is_match(text) && number < 1 << 63;
    u64::try_from(number).ok().filter(|_| is_valid)
}

/// Writes the parameters but the page as `http_build_query` does.
fn written(parameters: &[(String, Php)]) -> String {
    let mut pairs = Vec::new();
    for (name, value) in parameters.iter().filter(|(name, _)| name != "page") {
        write(name, value, &mut pairs);
    }
    pairs.join("&")
}

fn write(name: &str, value: &Php, pairs: &mut Vec<String>) {
    match value {
        Php::Text(text) if text.is_empty() => {}
        Php::Text(text) => pairs.push(format!("{}={}", encode(name), encode(text))),
        Php::Array(items) => {
            for (key, value) in items {
                write(&format!("{name}[{key}]"), value, pairs);
            }
        }
    }
}
