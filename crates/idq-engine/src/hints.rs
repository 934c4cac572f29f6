use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use idq_api::{Kind, Match};
use idq_columns::Column;
use idq_grammar::{nearest, quote};
use idq_load::Snapshot;

use crate::condition::{Condition, Leaf};
use crate::page::BoundQuery;

/// How many values a hint lists.
const LISTED: usize = 12;

/// Why a query may not have found what was expected, for a person to read; `total` is how many records match.
///
/// Deleted records are left out unless the request asks for them, a page may lie past the last one, and an exact filter
/// may name a value that no record has, or has in another case.
pub fn hints(query: &BoundQuery, snapshot: &Snapshot, total: u64) -> Vec<String> {
    let mut hints = Vec::new();
    if snapshot.rows() == 0 {
        return hints;
    }
    hints.extend(trashed(query));
    let last = total.div_ceil(query.per_page()).max(1);
    if total > 0 && query.page_number() > last {
        let page = query.page_number();
        hints.push(format!("page {page} is past the last page, {last}"));
    }
    if total > 0 {
        return hints;
    }
    for filter in query.filters() {
        let Some(Condition::Leaf(Leaf::Exact { field, values })) = &filter.condition else {
            continue;
        };
        let name = filter.rule.name;
        if query.api().fields[*field].kind == Kind::Keyword {
            hints.extend(absent(snapshot, name, *field, values));
        } else if let Some(partial) = query.api().filter(&format!("{name}_search")) {
            let partial = partial.name;
            hints.push(format!(
                "filter[{name}] minds upper and lower case: filter[{partial}] does not"
            ));
        }
    }
    hints
}

/// A date filter on records that are deleted, or mostly are, while those are left out.
fn trashed(query: &BoundQuery) -> Option<String> {
    let rule = query
        .api()
        .filters
        .iter()
        .find(|rule| rule.matching == Match::Trashed)?;
    let leaves_out = query.filters().iter().all(|filter| {
        !std::ptr::eq(filter.rule, rule)
            || matches!(&filter.condition, Some(Condition::Not(inner)) if matches!(**inner, Condition::Leaf(_)))
    });
    // Offboarding deprovisions an account and then deletes it.
    let deprovisioned = query
        .api()
        .filters
        .iter()
        .find(|rule| matches!(rule.matching, Match::SetUnless { .. }));
    let about_deleted =
        |field: usize| field == rule.field || deprovisioned.is_some_and(|rule| rule.field == field);
    let filter = query.filters().iter().find(|filter| {
        matches!(filter.rule.matching, Match::Before | Match::After)
            && about_deleted(filter.rule.field)
    })?;
    let name = filter.rule.name;
    leaves_out.then(|| {
        format!("filter[{name}] finds no deleted records by itself: add filter[trashed]=with or filter[trashed]=only")
    })
}

/// The values of an exact filter that no record has.
fn absent(snapshot: &Snapshot, filter: &str, field: usize, values: &[String]) -> Vec<String> {
    let mut texts: BTreeSet<Cow<'_, str>> = BTreeSet::new();
    let mut last = None;
    for chunk in snapshot.chunks() {
        match chunk.column(field) {
            Some(Column::Keyword(column)) => {
                if last.is_some_and(|last| Arc::ptr_eq(last, column.shared_dictionary())) {
                    continue;
                }
                last = Some(column.shared_dictionary());
                texts.extend(column.dictionary().iter().flatten().map(Cow::Borrowed));
            }
            Some(Column::Text(column)) => {
                texts.extend((0..chunk.rows()).filter_map(|row| column.value(row)));
            }
            _ => {}
        }
    }
    let present: BTreeSet<&str> = texts.iter().map(|text| &**text).collect();
    let hint = |value: &&String| {
        let near = nearest(value, present.iter().copied(), 3);
        let shown: Vec<&str> = if near.is_empty() {
            present.iter().copied().take(LISTED).collect()
        } else {
            near
        };
        let shown: Vec<String> = shown.into_iter().map(quote).collect();
        let rest = if shown.is_empty() {
            String::new()
        } else {
            format!("; there is {}", shown.join(", "))
        };
        format!("no record has {} for filter[{filter}]{rest}", quote(value))
    };
    values
        .iter()
        .filter(|value| !present.contains(value.as_str()))
        .collect::<Vec<_>>()
        .iter()
        .map(hint)
        .collect()
}
