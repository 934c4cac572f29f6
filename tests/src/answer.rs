//! The oracle's evaluation of a request: filter, stable sort and page, record by record.

use std::cmp::Ordering;

use serde_json::Value;

use crate::filter::{Test, is_deleted, test};
use crate::request::{OracleApi, Request, Tree};
use crate::sort::terms;

/// The answer to a request, as positions of records in load order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Every match, in order.
    pub order: Vec<usize>,
    /// The matches on the page.
    pub page: Vec<usize>,
    /// The page's number, from 1.
    pub number: u64,
    /// Records on a full page.
    pub per_page: u64,
}

impl Answer {
    /// Returns the number of matches.
    pub fn total(&self) -> u64 {
        self.order.len() as u64
    }

    /// Returns the number of pages with records.
    pub fn pages(&self) -> u64 {
        self.total().div_ceil(self.per_page)
    }
}

/// Evaluates a request record by record; `None` if a strict reading refuses it.
pub fn answer(request: &Request, records: &[Value]) -> Option<Answer> {
    let mut tests = Vec::new();
    let mut trashed_is_given = false;
    for (name, value) in request.filters() {
        tests.push(test(request.api, name, value, request.now)?);
        trashed_is_given |= name == "trashed";
    }
    if let Some(tree) = &request.tree {
        tests.push(test_of(tree, request)?);
        // A filter on deleted records counts wherever it is.
        trashed_is_given |= tree.has_filter("trashed");
    }
    if request.api == OracleApi::Provisionr && !trashed_is_given {
        tests.push(Box::new(|record| !is_deleted(record)));
    }
    let terms = terms(request.api, request.value("sort"))?;
    let number = positive(request.value("page"), 1)?;
    let per_page = match request.api {
        OracleApi::Provisionr => positive(request.value("per_page"), 15)?,
        OracleApi::PermissionAssist if request.value("per_page").is_some() => return None,
        OracleApi::PermissionAssist => 50,
    };

    let matches = |&index: &usize| tests.iter().all(|test| test(&records[index]));
    let mut order: Vec<usize> = (0..records.len()).filter(matches).collect();
    // Stable, so equal keys keep load order.
    order.sort_by(|&one, &other| {
        terms.iter().fold(Ordering::Equal, |order, term| {
            order.then_with(|| term.compare(&records[one], &records[other]))
        })
    });
    let skipped = usize::try_from((number - 1).saturating_mul(per_page)).ok()?;
    let taken = usize::try_from(per_page).ok()?;
    let page = order.iter().copied().skip(skipped).take(taken).collect();
    Some(Answer {
        order,
        page,
        number,
        per_page,
    })
}

/// Returns the test of a tree; `None` where a strict reading refuses one of its filters.
fn test_of(tree: &Tree, request: &Request) -> Option<Test> {
    let tests_of = |trees: &[Tree]| -> Option<Vec<Test>> {
        trees.iter().map(|tree| test_of(tree, request)).collect()
    };
    Some(match tree {
        Tree::And(trees) => {
            let tests = tests_of(trees)?;
            Box::new(move |record| tests.iter().all(|test| test(record)))
        }
        Tree::Or(trees) => {
            let tests = tests_of(trees)?;
            Box::new(move |record| tests.iter().any(|test| test(record)))
        }
        Tree::Not(tree) => {
            let test = test_of(tree, request)?;
            Box::new(move |record| !test(record))
        }
        Tree::Filter(name, value) => test(request.api, name, value, request.now)?,
    })
}

/// Parses a whole number from 1.
fn positive(text: Option<&str>, default: u64) -> Option<u64> {
    let Some(text) = text else {
        return Some(default);
    };
    text.trim().parse().ok().filter(|&number| number > 0)
}
