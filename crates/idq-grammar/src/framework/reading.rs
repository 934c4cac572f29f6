//! The framework's reading of the parameters of a query: filters, sorts, pages and the parameters of page URLs.

use super::{Key, Node, Step, Tree, framework_trimmed_range, parse_path};
use crate::filter::{Filter, FilterValue};
use crate::query::Parameter;
use crate::sort::{Direction, Sort, SortTerm};
use crate::spanned_str::{SpannedStr, part};
use crate::text::{Origin, Spanned, Text};

/// A part of a query as given, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A parameter with its trimmed value.
    Parameter {
        path: Vec<Step>,
        value: Spanned<String>,
    },
    /// A filter from code, which replaces an earlier one of its name.
    Filter { name: String, value: FilterValue },
    /// Sort terms of a flag or from code, which follow those given before.
    SortTerms(Vec<SortTerm>),
    /// An expression: its number among the operands of the query, and its text if it has one.
    Expression {
        operand: usize,
        text: Option<String>,
    },
}

impl Given {
    /// Creates a pair of a query string; `None` for one that PHP drops.
    pub(crate) fn pair(name: &SpannedStr, value: &SpannedStr) -> Option<Self> {
        let path = parse_path(name.as_str())?.into_iter();
        let path = path.map(|(key, range)| Step {
            key,
            span: Some(name.span(range)),
        });
        Some(Self::Parameter {
            path: path.collect(),
            value: value.spanned(framework_trimmed_range(value.as_str())),
        })
    }

    /// Creates a value of a filter flag: an element of the list of its name.
    pub(crate) fn filter_flag(name: &Spanned<String>, value: &SpannedStr) -> Self {
        let key = |key, span| Step { key, span };
        Self::Parameter {
            path: vec![
                key(Some(Key::new("filter")), None),
                key(Some(Key::new(&name.value)), name.span),
                key(None, None),
            ],
            value: value.spanned(framework_trimmed_range(value.as_str())),
        }
    }

    /// Creates a parameter without brackets.
    pub(crate) fn parameter(name: &str, value: &Spanned<String>, texts: &[Text]) -> Self {
        Self::Parameter {
            path: vec![Step {
                key: Some(Key::new(name)),
                span: None,
            }],
            value: trimmed(value, texts),
        }
    }

    /// Returns whether this is a part of the selection of records: a filter or an expression.
    pub(crate) fn selects(&self) -> bool {
        match self {
            Self::Parameter { path, .. } => {
                path.first().and_then(|step| step.key.as_ref()) == Some(&Key::new("filter"))
            }
            Self::Filter { .. } | Self::Expression { .. } => true,
            Self::SortTerms(_) => false,
        }
    }

    /// Returns whether this is the parameter of a name without brackets.
    pub(crate) fn is_parameter(&self, name: &str) -> bool {
        match self {
            Self::Parameter { path, .. } => {
                matches!(&path[..], [step] if step.key == Some(Key::new(name)))
            }
            _ => false,
        }
    }
}

/// A query as the framework reads it.
pub(crate) struct Reading {
    /// Filters, each name once.
    pub(crate) filters: Vec<Filter>,
    /// The sort; none without terms.
    pub(crate) sort: Option<Sort>,
    /// The page; none for that of an array.
    pub(crate) page: Option<Spanned<String>>,
    /// The page size.
    pub(crate) per_page: Option<Spanned<String>>,
    /// The parameters in the order and the spelling of page URLs.
    pub(crate) parameters: Vec<Parameter>,
}

impl Reading {
    /// Reads the parts of a query whose texts are `texts`.
    pub(crate) fn new(given: &[Given], texts: &[Text]) -> Self {
        let (mut tree, terms) = build_tree(given, texts);
        unwrap_single_flags(&mut tree, texts);
        let text = |name| match tree.get(name) {
            Some(Node::Text(text)) if !text.value.is_empty() => Some(text.clone()),
            _ => None,
        };
        let (page, per_page) = (text("page"), text("per_page"));
        if let Some(node @ Node::Tree(_)) = tree.get_mut("page") {
            // Page URLs have their own page, whatever the form of the given one is.
            *node = Node::Text(Spanned::without_span(String::new()));
        }
        let filters = match tree.get("filter") {
            Some(Node::Tree(filters)) => read_filters(filters),
            _ => Vec::new(),
        };
        let mut sort = read_sort(tree.get("sort"), texts);
        add_sort_terms(&mut tree, &mut sort, terms);
        Self {
            filters,
            sort: (!sort.is_empty()).then_some(Sort {
                terms: sort,
                parameter: 0,
            }),
            page,
            per_page,
            parameters: tree.parameters(),
        }
    }
}

/// Builds the array of all parameters. Also returns the sort terms that follow the value of its `sort`.
fn build_tree(given: &[Given], texts: &[Text]) -> (Tree, Vec<SortTerm>) {
    let (mut tree, mut terms) = (Tree::default(), Vec::new());
    for part in given {
        match part {
            Given::Parameter { path, value } => {
                tree.set(path, Node::Text(value.clone()));
                if part.is_parameter("sort") {
                    terms.clear();
                }
            }
            Given::Filter { name, value } => {
                let path = ["filter", name].map(|key| Step {
                    key: Some(Key::new(key)),
                    span: None,
                });
                tree.set(&path, filter_node(value, texts));
            }
            Given::SortTerms(more) => {
                // The sort has its place among the parameters even if flags alone give it.
                tree.entry(Some(Key::new("sort")));
                terms.extend_from_slice(more);
            }
            Given::Expression { operand, text } => {
                if let Some(text) = text
                    && let Some(entry) = tree.entry(Some(Key::Expression(*operand)))
                {
                    entry.node = Node::Text(Spanned::without_span(text.clone()));
                }
            }
        }
    }
    (tree, terms)
}

/// Returns the value of a filter from code as a value of an array.
fn filter_node(value: &FilterValue, texts: &[Text]) -> Node {
    match value {
        FilterValue::Text(text) => Node::Text(trimmed(text, texts)),
        FilterValue::List(items) => {
            let mut list = Tree::default();
            for item in items {
                list.push(Node::Text(trimmed(item, texts)));
            }
            Node::Tree(list)
        }
    }
}

/// Replaces lists of one filter flag by its text if a text means the same, because the framework reads a list of one
/// word (`trashed`) otherwise than the word.
fn unwrap_single_flags(tree: &mut Tree, texts: &[Text]) {
    let Some(Node::Tree(filters)) = tree.get_mut("filter") else {
        return;
    };
    let is_flag = |text: &Spanned<String>| {
        let span = text.span.and_then(|span| texts.get(span.text));
        span.is_some_and(|text| text.origin == Origin::Filter)
    };
    for entry in filters.entries_mut() {
        let Node::Tree(list) = &entry.node else {
            continue;
        };
        let items: Vec<_> = list.texts().take(2).collect();
        if let [text] = items[..]
            && is_flag(text)
            && !text.value.contains(',')
        {
            entry.node = Node::Text(text.clone());
        }
    }
}

/// Reads the filters.
fn read_filters(filters: &Tree) -> Vec<Filter> {
    let filter = |entry: &super::tree::Entry| Filter {
        name: Spanned {
            value: entry.key.to_string(),
            span: entry.span,
        },
        value: match &entry.node {
            Node::Text(text) => FilterValue::Text(text.clone()),
            Node::Tree(list) => FilterValue::List(list.texts().cloned().collect()),
        },
    };
    filters.entries().iter().map(filter).collect()
}

/// Reads the terms of a sort: a text is split at commas, an array is not.
fn read_sort(sort: Option<&Node>, texts: &[Text]) -> Vec<SortTerm> {
    match sort {
        None => Vec::new(),
        Some(Node::Text(text)) => {
            let mut start = 0;
            let terms = text.value.split(',').filter_map(|term| {
                let range = start..start + term.len();
                start = range.end + 1;
                read_term(&part(texts, text, range), texts)
            });
            terms.collect()
        }
        Some(Node::Tree(list)) => {
            let terms = list.texts().filter_map(|term| read_term(term, texts));
            terms.collect()
        }
    }
}

/// Reads one term of a sort; `None` for an empty one and for `0`, which PHP takes for false. Any number of signs
/// descends; a term of signs alone is left with them, so that it is an unknown name.
fn read_term(term: &Spanned<String>, texts: &[Text]) -> Option<SortTerm> {
    if matches!(term.value.as_str(), "" | "0") {
        return None;
    }
    let direction = if term.value.starts_with('-') {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    let start = term.value.len() - term.value.trim_start_matches('-').len();
    let start = if start == term.value.len() { 0 } else { start };
    Some(SortTerm {
        name: part(texts, term, start..term.value.len()),
        direction,
    })
}

/// Adds terms of flags or from code to the value of the sort and to the terms that are read from it.
fn add_sort_terms(tree: &mut Tree, sort: &mut Vec<SortTerm>, terms: Vec<SortTerm>) {
    for term in terms {
        let text = term.to_string();
        match tree.get_mut("sort") {
            Some(Node::Text(value)) if value.value.is_empty() => value.value = text.clone(),
            Some(Node::Text(value)) => {
                value.value.push(',');
                value.value.push_str(&text);
            }
            Some(Node::Tree(list)) => list.push(Node::Text(Spanned::without_span(text.clone()))),
            None => {}
        }
        // The span of the name serves the whole term: it is the nearest one that is known.
        let spelled = Spanned {
            value: text,
            span: term.name.span,
        };
        sort.extend(read_term(&spelled, &[]));
    }
}

/// Returns a value without white space and invisible characters at its ends.
fn trimmed(value: &Spanned<String>, texts: &[Text]) -> Spanned<String> {
    part(texts, value, framework_trimmed_range(&value.value))
}
