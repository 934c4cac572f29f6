//! Tests of texts: equality, parts, order and regular expressions, with and without case.

use std::borrow::Cow;
use std::cmp::Ordering;

use idq_columns::kernels::{self, StringTest};
use idq_columns::{Column, Patterns, casefold};
use memchr::memmem::Finder;

use super::automaton::{Automaton, required_literal};
use super::memo::DictionaryMemo;
use super::{Evaluate, EvaluateColumn, OnField, Order, PredicateKind};
use crate::selection::Selection;

/// The text of a field satisfies a test.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextMatch {
    /// Field of texts.
    pub field: usize,
    /// Test.
    pub test: TextTest,
}

/// A test of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextTest {
    /// Operator with its texts.
    pub operator: TextOperator,
    /// Whether case counts.
    pub case: Case,
}

/// Treatment of case in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// Casefolded texts are compared.
    Folded,
    /// Texts are compared as written.
    Exact,
}

/// Operator of a test of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextOperator {
    /// The text is one of these.
    In(Vec<String>),
    /// The text contains this one.
    Contains(String),
    /// The text starts with this one.
    StartsWith(String),
    /// The text ends with this one.
    EndsWith(String),
    /// The text compares with this one by its UTF-8 bytes.
    Compare(Order, String),
    /// The text contains a match of the regular expression, which has been checked.
    Matches(String),
}

/// A compiled test of a text.
#[derive(Debug)]
pub(super) struct CompiledText {
    operator: CompiledOperator,
    /// Whether casefolded texts are tested.
    pub(super) case: Case,
}

/// An operator with its texts in the form that is compared.
#[derive(Debug)]
enum CompiledOperator {
    /// Distinct texts, sorted for binary search.
    In(Vec<Vec<u8>>),
    /// Substring search, prepared once.
    Contains(Box<Finder<'static>>),
    /// Prefix.
    StartsWith(Vec<u8>),
    /// Suffix.
    EndsWith(Vec<u8>),
    /// Order by bytes, which is that of UTF-8's code points.
    Compare(Order, Vec<u8>),
    /// Search for a match, in linear time.
    Matches(Automaton),
    /// No text: a regular expression that binding should have refused.
    Nothing,
}

impl TextTest {
    /// Prepares the test.
    pub(super) fn compile(&self) -> CompiledText {
        let form = |text: &String| match self.case {
            Case::Folded => casefold(text).into_owned().into_bytes(),
            Case::Exact => text.clone().into_bytes(),
        };
        let operator = match &self.operator {
            TextOperator::In(texts) => {
                let mut texts: Vec<Vec<u8>> = texts.iter().map(form).collect();
                texts.sort_unstable();
                texts.dedup();
                CompiledOperator::In(texts)
            }
            TextOperator::Contains(text) => {
                let finder = Finder::new(&form(text)).into_owned();
                CompiledOperator::Contains(Box::new(finder))
            }
            TextOperator::StartsWith(text) => CompiledOperator::StartsWith(form(text)),
            TextOperator::EndsWith(text) => CompiledOperator::EndsWith(form(text)),
            TextOperator::Compare(order, text) => CompiledOperator::Compare(*order, form(text)),
            TextOperator::Matches(pattern) => {
                Automaton::new(pattern).map_or(CompiledOperator::Nothing, CompiledOperator::Matches)
            }
        };
        let case = match &self.operator {
            TextOperator::Matches(_) => Case::Exact,
            _ => self.case,
        };
        CompiledText { operator, case }
    }
}

impl CompiledText {
    /// Returns whether a text, casefolded if the test ignores case, satisfies the test.
    #[inline]
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        // A second part that is empty is never joined.
        self.passes([text, b""], &mut Vec::new())
    }

    /// Returns the substring search, if a casefolded text satisfies the test exactly if it finds something; `None` if
    /// it finds the empty text, which lies between texts as well.
    pub(super) fn finder(&self) -> Option<&Finder<'static>> {
        match &self.operator {
            CompiledOperator::Contains(finder) if self.case == Case::Folded => {
                Some(&**finder).filter(|finder| !finder.needle().is_empty())
            }
            _ => None,
        }
    }

    /// Returns the form of a text that is tested.
    pub(super) fn form<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.case {
            Case::Folded => casefold(text),
            Case::Exact => Cow::Borrowed(text),
        }
    }
}

impl StringTest for CompiledText {
    #[inline]
    fn passes(&self, parts: [&[u8]; 2], joined: &mut Vec<u8>) -> bool {
        let [first, second] = parts;
        match &self.operator {
            CompiledOperator::In(texts) => match &texts[..] {
                [one] => one.strip_prefix(first) == Some(second),
                texts => {
                    let order = |one: &Vec<u8>| compare_parts(parts, one).reverse();
                    texts.binary_search_by(order).is_ok()
                }
            },
            CompiledOperator::Contains(finder) if second.is_empty() => finder.find(first).is_some(),
            CompiledOperator::Contains(finder) => {
                joined.clear();
                joined.extend_from_slice(first);
                joined.extend_from_slice(second);
                finder.find(joined).is_some()
            }
            CompiledOperator::StartsWith(start) => match start.get(..first.len()) {
                Some(in_first) => in_first == first && second.starts_with(&start[first.len()..]),
                None => first.starts_with(start),
            },
            CompiledOperator::EndsWith(end) => match end.len().checked_sub(second.len()) {
                Some(in_first) => &end[in_first..] == second && first.ends_with(&end[..in_first]),
                None => second.ends_with(end),
            },
            CompiledOperator::Compare(order, other) => order.holds(compare_parts(parts, other)),
            CompiledOperator::Matches(automaton) => automaton.is_match(parts, joined),
            CompiledOperator::Nothing => false,
        }
    }

    fn passes_by_start(&self, start: &[u8]) -> Option<bool> {
        match &self.operator {
            CompiledOperator::StartsWith(wanted) if wanted.len() <= start.len() => {
                Some(start.starts_with(wanted))
            }
            CompiledOperator::StartsWith(wanted) if !wanted.starts_with(start) => Some(false),
            CompiledOperator::In(texts) => {
                // Texts with this start follow each other.
                let first = texts.partition_point(|text| text.as_slice() < start);
                let is_start = texts.get(first).is_some_and(|text| text.starts_with(start));
                (!is_start).then_some(false)
            }
            CompiledOperator::Contains(finder) if finder.find(start).is_some() => Some(true),
            CompiledOperator::Matches(automaton) => automaton.is_match_by_start(start),
            _ => None,
        }
    }

    fn passes_by_end(&self, end: &[u8]) -> Option<bool> {
        match &self.operator {
            CompiledOperator::EndsWith(wanted) if wanted.len() <= end.len() => {
                Some(end.ends_with(wanted))
            }
            CompiledOperator::EndsWith(wanted) if !wanted.ends_with(end) => Some(false),
            CompiledOperator::Contains(finder) if finder.find(end).is_some() => Some(true),
            _ => None,
        }
    }
}

/// Compares a text in two parts with another one, by bytes.
fn compare_parts([first, second]: [&[u8]; 2], other: &[u8]) -> Ordering {
    let (in_first, rest) = other.split_at(first.len().min(other.len()));
    first.cmp(in_first).then_with(|| second.cmp(rest))
}

impl PredicateKind for TextMatch {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        match self.test.operator {
            // An automaton per text costs some times a comparison.
            TextOperator::Matches(_) => 48,
            _ => 16,
        }
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let required = match &self.test.operator {
            TextOperator::Matches(pattern) => required_literal(pattern),
            _ => None,
        };
        let compiled = CompiledMatch {
            test: self.test.compile(),
            required: required.map(|literal| Patterns::new([literal])),
            memo: DictionaryMemo::default(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

/// A compiled [`TextMatch`].
#[derive(Debug)]
struct CompiledMatch {
    /// Test of one text.
    test: CompiledText,
    /// A text that each matching text contains, without regard to case.
    required: Option<Patterns>,
    /// Verdicts on the distinct texts of a dictionary.
    memo: DictionaryMemo,
}

impl EvaluateColumn for CompiledMatch {
    fn evaluate(&self, column: &Column) -> Selection {
        let test = &self.test;
        Selection::Some(match column {
            Column::Text(column) => match test.case {
                Case::Folded => kernels::casefolded_matching(column, test),
                Case::Exact => match &self.required {
                    Some(required) => {
                        let candidates = kernels::text_contains(column, required);
                        kernels::text_matching_among(column, &candidates, test)
                    }
                    None => kernels::text_matching(column, test),
                },
            },
            Column::Keyword(column) => self.memo.rows(column, |dictionary| {
                dictionary.codes_matching(|text| test.holds(test.form(text).as_bytes()))
            }),
            _ => return Selection::None,
        })
    }
}
