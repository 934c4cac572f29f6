//! The account of an expression: the records that it selects, those that it does not, and those whose attributes have
//! no value, which a comparison leaves out without a word.

use idq_columns::{Column, RowSet};
use idq_snapshot::{ColumnError, ColumnView, Snapshot};
use rayon::prelude::*;

use crate::attribute::Attribute;
use crate::bind::{TestedAttribute, is_never};
use crate::bound_query::BoundQuery;
use crate::caches::Caches;
use crate::compiled::CompiledCondition;
use crate::condition::Condition;
use crate::evaluate::evaluate_filter;

/// The number of records by the verdict of an expression, and by the value of each attribute that it compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Number of records among which the expression selects: those that the rest of the request selects.
    pub population: u64,
    /// Number of records that the expression selects.
    pub matched: u64,
    /// Attributes without a value in some record of the population, in the order of the expression.
    pub attributes: Vec<AttributeAccount>,
}

/// The records of a population in which an attribute has no value that could be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeAccount {
    /// Dotted name.
    pub name: String,
    /// Number of records with `null`.
    pub null: u64,
    /// Number of records without the attribute.
    pub missing: u64,
    /// Number of records with an object or array without a value.
    pub empty: u64,
    /// Number of records with a date that means never.
    pub never: u64,
    /// Number of records whose values are all of another kind than the expression compares with.
    pub other_kind: u64,
}

impl AttributeAccount {
    /// Returns the number of records without a value.
    pub fn absent(&self) -> u64 {
        self.null + self.missing + self.empty + self.never
    }

    /// Returns the sum of the counts of two chunks.
    fn add(mut self, other: &Self) -> Self {
        self.null += other.null;
        self.missing += other.missing;
        self.empty += other.empty;
        self.never += other.never;
        self.other_kind += other.other_kind;
        self
    }
}

/// Returns the account of the expressions of a query; `None` if it has none.
///
/// # Errors
/// As for [`BoundQuery::count`].
pub fn account(
    query: &BoundQuery,
    snapshot: &Snapshot,
    caches: &Caches,
) -> Result<Option<Account>, ColumnError> {
    if !query.has_expression() {
        return Ok(None);
    }
    let population = evaluate_filter(&query.population(), snapshot, caches, &query.cancel)?;
    let matched = query.count(snapshot, caches)?;
    let mut attributes = Vec::new();
    for tested in query.tested.iter().filter(|tested| tested.is_compared) {
        let columns = snapshot.columns_with(&[tested.attribute.part()])?;
        let never = never(query, &tested.attribute, snapshot)?;
        let of_chunk = |chunk: usize| {
            let rows = snapshot.chunks()[chunk].rows();
            let selected = population.chunks[chunk].selection.clone().into_rows(rows);
            let never = never.as_ref().map(|never| never.rows(chunk));
            chunk_account(&columns, chunk, tested, &selected, never.as_ref())
        };
        let chunks = 0..snapshot.chunks().len();
        let chunks = chunks.into_par_iter().map(of_chunk);
        let sum = chunks.reduce(AttributeAccount::default, |one, other| one.add(&other));
        if sum.absent() + sum.other_kind > 0 {
            let name = tested.name.clone();
            attributes.push(AttributeAccount { name, ..sum });
        }
    }
    Ok(Some(Account {
        population: population.total as u64,
        matched,
        attributes,
    }))
}

/// Returns the condition that a field has a date that means never; `None` if no date does.
fn never<'s>(
    query: &BoundQuery,
    attribute: &Attribute,
    snapshot: &'s Snapshot,
) -> Result<Option<CompiledCondition<'s>>, ColumnError> {
    let Attribute::Field(field) = *attribute else {
        return Ok(None);
    };
    let never = &query.api().fields[field].never;
    if never.is_empty() {
        return Ok(None);
    }
    let never = never.iter().map(|&instant| is_never(field, instant));
    CompiledCondition::new(&Condition::Or(never.collect()), snapshot).map(Some)
}

/// Counts the selected rows of one chunk.
fn chunk_account(
    columns: &ColumnView<'_>,
    chunk: usize,
    tested: &TestedAttribute,
    selected: &RowSet,
    never: Option<&RowSet>,
) -> AttributeAccount {
    let count = |rows: &RowSet| (rows & selected).count_set_bits() as u64;
    let column = columns.column(chunk, tested.attribute.column());
    let mut account = AttributeAccount {
        never: never.map_or(0, count),
        ..AttributeAccount::default()
    };
    let keys: &[String] = match &tested.attribute {
        Attribute::Path { keys, .. } => keys,
        _ => &[],
    };
    if let Column::Document(documents) = column {
        let presence = documents.presence(keys);
        account.null = count(&presence.null);
        account.empty = count(&presence.empty);
        let value = count(&presence.value);
        account.missing = selected.count_set_bits() as u64 - value - account.null - account.empty;
        if !tested.tests.is_empty() {
            let suits = |path: idq_columns::DocumentPath<'_>| {
                path.rows_where(|value| tested.tests.iter().any(|test| test.suits(value)))
            };
            let suited = documents.path(keys).map(suits);
            account.other_kind = value - suited.as_ref().map_or(0, count);
        }
        return account;
    }
    // Validity tells the states of a field; the presence of an object is a boolean beside them.
    let states = column.validity().count(Some(selected));
    account.null = states.null;
    account.missing = states.missing;
    if let (Column::Boolean(presence), Attribute::Object(_)) = (column, &tested.attribute) {
        let empty = !presence.values().values();
        account.empty = count(&(&empty & &presence.validity().valid_rows()));
    }
    account
}
