//! Random expressions over the attributes of a dump, with values of the dump or near them.

use std::collections::BTreeSet;

use idq::{AttributePath, Expression, Literal, Operand, Operator};
use idq_tests::{Json, Kind, OracleApi, attribute_of, fields, instant_of};

use crate::choices::Choices;
use crate::documents::NUMBERS;

/// Literals of any type, for comparisons with another kind of value.
const TEXTS: &[&str] = &[
    "a",
    "",
    "high",
    "now",
    "today",
    "2026",
    "2026-01",
    "2026-01-31",
    "-90d",
    "-3mo",
    "-2w",
    "true",
    "1",
];

const REGEXES: &[&str] = &["^[a-z]+$", "(?i)^x", "\\d", "", "1$", "[.]", "o(r|d)", "^$"];

const ORDERS: &[Operator] = &[
    Operator::Equal,
    Operator::NotEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::Less,
    Operator::LessOrEqual,
];

const TEXT_OPERATORS: &[Operator] = &[
    Operator::Contains,
    Operator::StartsWith,
    Operator::EndsWith,
    Operator::EqualCase,
    Operator::ContainsCase,
    Operator::StartsWithCase,
    Operator::EndsWithCase,
];

/// Attributes that the expressions of a dump can name, and their values.
pub(crate) struct Attributes<'r> {
    api: OracleApi,
    records: &'r [Json],
    /// Fields and objects around them.
    documented: Vec<Vec<String>>,
    /// Paths in documents, and undocumented members.
    free_form: Vec<Vec<String>>,
}

/// The values at which the paths of a test start.
#[derive(Clone)]
enum Scope<'r> {
    Record,
    /// Elements that the brackets of a value path test.
    Elements(Vec<&'r Json>),
}

impl<'r> Attributes<'r> {
    pub(crate) fn new(api: OracleApi, records: &'r [Json]) -> Self {
        let mut documented = BTreeSet::new();
        for (name, _) in fields(api) {
            let keys: Vec<String> = name.split('.').map(str::to_owned).collect();
            documented.extend((1..=keys.len()).map(|length| keys[..length].to_vec()));
        }
        let mut paths = BTreeSet::new();
        records
            .iter()
            .for_each(|record| add_paths(record, &[], &mut paths));
        let is_free_form = |path: &Vec<String>| {
            attribute_of(api, path).is_some_and(|attribute| {
                attribute.kind == Kind::Document || attribute.kind.is_free_form()
            })
        };
        Self {
            api,
            records,
            documented: documented.into_iter().collect(),
            free_form: paths.into_iter().filter(is_free_form).collect(),
        }
    }

    /// Chooses an expression.
    pub(crate) fn expression(&self, choices: &mut Choices) -> Expression {
        self.tree(choices, &Scope::Record, 3)
    }

    fn tree(&self, choices: &mut Choices, scope: &Scope<'r>, depth: usize) -> Expression {
        let operands = |count: usize, choices: &mut Choices| -> Vec<Expression> {
            (0..count)
                .map(|_| self.tree(choices, scope, depth - 1))
                .collect()
        };
        match choices.below(if depth == 0 { 4 } else { 8 }) {
            4 => Expression::And(operands(2, choices)),
            5 => Expression::Or(operands(2, choices)),
            6 => !operands(1, choices).remove(0),
            7 => {
                let count = 1 + choices.below(3);
                Expression::Or(operands(count, choices))
            }
            3 => self.value_path(choices, scope, depth),
            _ => self.comparison(choices, scope),
        }
    }

    fn value_path(&self, choices: &mut Choices, scope: &Scope<'r>, depth: usize) -> Expression {
        let path = self.free_path(choices, scope);
        let Some(path) = path else {
            return self.comparison(choices, scope);
        };
        let elements = self.values(scope, &path);
        let condition = self.tree(choices, &Scope::Elements(elements), depth.saturating_sub(1));
        Expression::some(
            AttributePath::new(self.cased(choices, scope, path)),
            condition,
        )
    }

    /// Chooses a path in a document, or one that no record has; `None` if there is none.
    fn free_path(&self, choices: &mut Choices, scope: &Scope<'r>) -> Option<Vec<String>> {
        let paths = match scope {
            Scope::Record => self.free_form.clone(),
            Scope::Elements(elements) => {
                let mut paths = BTreeSet::new();
                elements
                    .iter()
                    .for_each(|element| add_paths(element, &[], &mut paths));
                paths.into_iter().collect()
            }
        };
        if paths.is_empty() {
            return match scope {
                Scope::Record => None,
                Scope::Elements(_) => Some(vec!["a".to_owned()]),
            };
        }
        let mut path = choices.one(&paths).clone();
        let is_in_undocumented = matches!(scope, Scope::Record)
            && attribute_of(self.api, &path).is_some_and(|each| each.kind == Kind::Undocumented);
        if choices.once_in(8) && !is_in_undocumented {
            path.push(choices.one(&["a", "value", "B"]).to_string());
        }
        Some(path)
    }

    fn comparison(&self, choices: &mut Choices, scope: &Scope<'r>) -> Expression {
        let path = self.path(choices, scope);
        let kind = self.kind(scope, &path);
        let field = Expression::field(AttributePath::new(self.cased(choices, scope, path.clone())));
        match (kind, choices.below(10)) {
            (_, 8) | (Kind::Object | Kind::Document, 0..8) => {
                field.compare(Operator::Present, Operand::None)
            }
            (_, 9) => {
                let operator = *choices.one(&[Operator::Equal, Operator::NotEqual]);
                field.compare(operator, Literal::Null)
            }
            (_, 7) if matches!(scope, Scope::Record) => {
                let other = self.comparable_path(choices, kind);
                let other = self.cased(choices, scope, other);
                field.compare(*choices.one(ORDERS), AttributePath::new(other))
            }
            (_, 6) => {
                let count = 1 + choices.below(3);
                field.is_in((0..count).map(|_| self.literal(choices, scope, &path, kind)))
            }
            (_, 5) => field.matches(*choices.one(REGEXES)),
            (_, 4) => {
                let literal = self.literal(choices, scope, &path, kind);
                let operator = match literal {
                    Literal::Text(_) => *choices.one(TEXT_OPERATORS),
                    _ => Operator::Equal,
                };
                field.compare(operator, literal)
            }
            _ => {
                let literal = self.literal(choices, scope, &path, kind);
                let operators = match literal {
                    Literal::Null | Literal::Boolean(_) => &ORDERS[..2],
                    _ => ORDERS,
                };
                field.compare(*choices.one(operators), literal)
            }
        }
    }

    /// Chooses the path of an attribute.
    fn path(&self, choices: &mut Choices, scope: &Scope<'r>) -> Vec<String> {
        let documented = matches!(scope, Scope::Record) && choices.below(2) == 0;
        if !documented && let Some(path) = self.free_path(choices, scope) {
            return path;
        }
        if choices.once_in(100) {
            // A member that no record has, or a member of a field.
            let wrong: [&[&str]; 2] = [&["nowhere"], &["id", "a"]];
            return choices
                .one(&wrong)
                .iter()
                .map(ToString::to_string)
                .collect();
        }
        choices.one(&self.documented).clone()
    }

    /// Chooses an attribute that can mostly be compared with one of this kind.
    fn comparable_path(&self, choices: &mut Choices, kind: Kind) -> Vec<String> {
        let is_text = |kind| matches!(kind, Kind::Exact | Kind::Folded);
        for _ in 0..20 {
            let path = self.path(choices, &Scope::Record);
            let other = self.kind(&Scope::Record, &path);
            let is_comparable = other == kind
                || other.is_free_form()
                || kind.is_free_form()
                || is_text(kind) && is_text(other)
                || kind.is_date() && other.is_date();
            if is_comparable {
                return path;
            }
        }
        vec!["id".to_owned()]
    }

    /// Returns the kind of an attribute; that of a path into a field is the field's.
    fn kind(&self, scope: &Scope<'r>, path: &[String]) -> Kind {
        match scope {
            Scope::Record => attribute_of(self.api, path).map_or(Kind::Exact, |each| each.kind),
            Scope::Elements(_) => Kind::Path,
        }
    }

    /// Returns a path with the names of the API in another case.
    fn cased(
        &self,
        choices: &mut Choices,
        scope: &Scope<'r>,
        mut path: Vec<String>,
    ) -> Vec<String> {
        if matches!(scope, Scope::Elements(_)) || !choices.once_in(4) {
            return path;
        }
        let names = self.documented.iter().filter(|name| path.starts_with(name));
        let length = names.map(Vec::len).max().unwrap_or(0);
        for key in &mut path[..length] {
            *key = match choices.below(2) {
                0 => key.to_uppercase(),
                _ => key.to_lowercase(),
            };
        }
        path
    }

    /// Returns the scalars and objects at a path in all records.
    fn values(&self, scope: &Scope<'r>, path: &[String]) -> Vec<&'r Json> {
        let values: Vec<&Json> = match scope {
            Scope::Record => {
                let keys = attribute_of(self.api, path).map_or_else(Vec::new, |each| each.keys);
                let records = self.records.iter();
                records.flat_map(|record| record.at(&keys)).collect()
            }
            Scope::Elements(elements) => elements
                .iter()
                .flat_map(|element| element.at(path))
                .collect(),
        };
        values.into_iter().flat_map(Json::elements).collect()
    }

    /// Chooses a literal: mostly a value of the attribute, or one near it.
    fn literal(
        &self,
        choices: &mut Choices,
        scope: &Scope<'r>,
        path: &[String],
        kind: Kind,
    ) -> Literal {
        let is_wrong = choices.once_in(if kind.is_free_form() { 6 } else { 60 });
        let values = self.values(scope, path);
        if !is_wrong && !values.is_empty() {
            match choices.one(&values) {
                Json::Text(text) if kind.is_date() => return date(choices, text).into(),
                Json::Text(text) => return near(choices, text).into(),
                Json::Number(number) => return Literal::Number(respelled(choices, number)),
                Json::Boolean(value) => return Literal::Boolean(*value ^ choices.once_in(4)),
                _ => {}
            }
        }
        match kind {
            _ if is_wrong => match choices.below(4) {
                0 => Literal::Boolean(choices.once_in(2)),
                1 => Literal::Number(choices.one(NUMBERS).to_string()),
                2 => Literal::Null,
                _ => (*choices.one(TEXTS)).into(),
            },
            Kind::Number => Literal::Number(choices.one(NUMBERS).to_string()),
            Kind::Boolean => Literal::Boolean(choices.once_in(2)),
            Kind::Date | Kind::DateOrNever => date(choices, "2026-01-31T09:30:00Z").into(),
            _ => (*choices.one(TEXTS)).into(),
        }
    }
}

/// Adds every path in a value, through arrays.
fn add_paths(value: &Json, outer: &[String], paths: &mut BTreeSet<Vec<String>>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| add_paths(item, outer, paths)),
        Json::Object(members) => {
            for (key, member) in members {
                let path = [outer, std::slice::from_ref(key)].concat();
                add_paths(member, &path, paths);
                paths.insert(path);
            }
        }
        _ => {}
    }
}

/// Chooses a text near another one.
fn near(choices: &mut Choices, text: &str) -> String {
    match choices.below(8) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => format!("{text}x"),
        3 => {
            let characters: Vec<char> = text.chars().collect();
            let start = choices.below(characters.len() + 1);
            characters[start..].iter().take(3).collect()
        }
        4 if instant_of(text).is_some() => date(choices, text),
        _ => text.to_owned(),
    }
}

/// Chooses a date near an instant, in any form.
fn date(choices: &mut Choices, instant: &str) -> String {
    match choices.below(10) {
        0 => instant[..10].to_owned(),
        1 => instant[..7].to_owned(),
        2 => instant[..4].to_owned(),
        3 => instant[..16].replace('T', " "),
        4 => format!(
            "-{}{}",
            choices.below(120),
            choices.one(&["d", "h", "mo", "y", "w", "min"])
        ),
        5 => choices.one(&["now", "today"]).to_string(),
        // A leap second is a date with its offset only.
        6 if &instant[17..19] != "60" => instant[..19].replace('T', " "),
        _ => instant.to_owned(),
    }
}

/// Chooses another spelling of a number, or another number.
fn respelled(choices: &mut Choices, number: &str) -> String {
    match choices.below(5) {
        0 if !number.contains(['e', 'E']) => format!("{number}e0"),
        1 if !number.contains(['e', 'E', '.']) => format!("{number}.0"),
        2 => choices.one(NUMBERS).to_string(),
        _ => number.to_owned(),
    }
}
