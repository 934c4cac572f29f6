//! Random queries: names of the contract, values of the dump or near them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use idq::{Clock, Expression};
use idq_tests::{
    Now, OracleApi, PERMISSION_ASSIST_DATES, PERMISSION_ASSIST_TEXTS, Request, Tree, encode,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::cells::{TEXTS, TIMES};

const PROVISIONR_TEXTS: &[&str] = &[
    "id",
    "id_search",
    "workspace_integration_id",
    "directory_user_id",
    "vendor_id",
    "vendor_id_search",
    "email",
    "email_search",
    "state",
    // Profile search has the most rules.
    "profile_search",
    "profile_search",
    "profile_search",
];

const PROVISIONR_DATES: &[&str] = &[
    "created",
    "updated",
    "deleted",
    "provisioned",
    "profile_changed",
    "last_authenticated",
    "deprovisioned",
];

const PROVISIONR_SORTS: &[&str] = &[
    "workspace_integration_id",
    "source_id",
    "directory_user_id",
    "user_id",
    "vendor_id",
    "user_full-name",
    "user_email",
    "email",
    "state",
    "created_at",
    "updated_at",
    "deleted_at",
    "provisioned_at",
    "profile_changed_at",
    "last_authenticated_at",
    "deprovisioned_at",
];

/// The origin of a value, chosen before the dump exists.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    record: Index,
    text: Index,
    start: Index,
    length: usize,
    twist: u8,
}

/// A boolean tree of filters, chosen before the dump exists.
#[derive(Debug, Clone)]
enum TreePlan {
    And(Vec<TreePlan>),
    Or(Vec<TreePlan>),
    Not(Box<TreePlan>),
    Drawn(String, Vec<Draw>),
    Word(&'static str, &'static str),
}

/// Generates trees of a few levels, an `and` or `or` of no operands among them.
fn tree(api: OracleApi) -> impl Strategy<Value = TreePlan> {
    let drawn = (filter(api), draws()).prop_map(|(name, draws)| TreePlan::Drawn(name, draws));
    let word = select(
        &[
            ("trashed", "with"),
            ("trashed", "only"),
            ("trashed", "without"),
            ("deprovisioned_pending_deactivation", "true"),
            ("deprovisioned_pending_deactivation", "false"),
        ][..],
    );
    let word = word.prop_map(|(name, word)| TreePlan::Word(name, word));
    let leaf = match api {
        OracleApi::Provisionr => prop_oneof![3 => drawn, 1 => word].boxed(),
        OracleApi::PermissionAssist => drawn.boxed(),
    };
    leaf.prop_recursive(3, 8, 3, |inner| {
        let operands = || proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            2 => operands().prop_map(TreePlan::And),
            2 => operands().prop_map(TreePlan::Or),
            1 => inner.clone().prop_map(|tree| TreePlan::Not(Box::new(tree))),
        ]
    })
}

impl TreePlan {
    /// Returns the tree with values of these records.
    fn tree(&self, records: &[Value]) -> Tree {
        let trees = |plans: &[Self]| plans.iter().map(|plan| plan.tree(records)).collect();
        match self {
            Self::And(plans) => Tree::And(trees(plans)),
            Self::Or(plans) => Tree::Or(trees(plans)),
            Self::Not(plan) => Tree::Not(Box::new(plan.tree(records))),
            Self::Drawn(name, draws) => Tree::Filter(name.clone(), value(name, draws, records)),
            Self::Word(name, word) => Tree::Filter((*name).to_owned(), (*word).to_owned()),
        }
    }
}

/// Returns the value of a filter, taken from these records.
fn value(name: &str, draws: &[Draw], records: &[Value]) -> String {
    if name.ends_with("_before") || name.ends_with("_after") {
        return draws[0].date(records);
    }
    let parts: Vec<String> = draws.iter().map(|draw| draw.text(name, records)).collect();
    parts.join(",")
}

/// Builds the expression of a tree.
pub(crate) fn expression(tree: &Tree) -> Expression {
    match tree {
        Tree::And(trees) => Expression::And(trees.iter().map(expression).collect()),
        Tree::Or(trees) => Expression::Or(trees.iter().map(expression).collect()),
        Tree::Not(tree) => !expression(tree),
        Tree::Filter(name, value) => Expression::filter(name, value),
    }
}

/// A query, chosen before the dump exists.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    api: OracleApi,
    filters: Vec<(String, Vec<Draw>)>,
    trashed: Option<&'static str>,
    pending: Option<&'static str>,
    tree: Option<TreePlan>,
    sorts: Vec<(String, bool)>,
    pages: Vec<(&'static str, u64)>,
    order: Vec<Index>,
    zone: Tz,
}

pub(crate) fn plan(api: OracleApi) -> impl Strategy<Value = Plan> {
    let filters = proptest::collection::vec((filter(api), draws()), 0..3);
    let sorts = proptest::collection::vec((sort(api), any::<bool>()), 0..4);
    let trashed = select(
        &[
            None,
            Some("with"),
            Some("with"),
            Some("only"),
            Some("without"),
        ][..],
    );
    let pending = select(&[None, None, None, Some("true"), Some("false")][..]);
    let page = prop_oneof![
        3 => Just(None),
        4 => (1_u64..16).prop_map(Some),
        1 => select(&[1_000, u64::MAX][..]).prop_map(Some),
    ];
    // Usually small pages, so that the window of links has gaps.
    let per_page = select(&[None, Some(1), Some(1), Some(2), Some(7)][..]);
    let order = proptest::collection::vec(any::<Index>(), 8);
    let tree = proptest::option::of(tree(api));
    (
        filters,
        tree,
        (trashed, zone()),
        pending,
        sorts,
        page,
        per_page,
        order,
    )
        .prop_map(
            move |(filters, tree, (trashed, zone), pending, sorts, page, per_page, order)| {
                let provisionr = api == OracleApi::Provisionr;
                let pages = [
                    ("page", page),
                    ("per_page", per_page.filter(|_| provisionr)),
                ];
                Plan {
                    api,
                    filters,
                    trashed: trashed.filter(|_| provisionr),
                    zone,
                    pending: pending.filter(|_| provisionr),
                    tree,
                    sorts,
                    pages: pages
                        .into_iter()
                        .filter_map(|(name, page)| Some((name, page?)))
                        .collect(),
                    order,
                }
            },
        )
}

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (
        any::<Index>(),
        any::<Index>(),
        any::<Index>(),
        1_usize..6,
        0_u8..12,
    );
    let draw = draw.prop_map(|(record, text, start, length, twist)| Draw {
        record,
        text,
        start,
        length,
        twist,
    });
    proptest::collection::vec(draw, 1..4)
}

fn filter(api: OracleApi) -> BoxedStrategy<String> {
    let (texts, dates) = match api {
        OracleApi::Provisionr => (PROVISIONR_TEXTS, PROVISIONR_DATES),
        OracleApi::PermissionAssist => (&PERMISSION_ASSIST_TEXTS[..], &PERMISSION_ASSIST_DATES[..]),
    };
    let text = (select(texts), any::<bool>()).prop_map(move |(name, search)| match api {
        OracleApi::PermissionAssist if search => format!("{name}_search"),
        _ => name.to_owned(),
    });
    let date = (select(dates), any::<bool>())
        .prop_map(|(name, before)| format!("{name}_{}", if before { "before" } else { "after" }));
    prop_oneof![3 => text, 1 => date].boxed()
}

fn sort(api: OracleApi) -> BoxedStrategy<String> {
    match api {
        OracleApi::Provisionr => select(PROVISIONR_SORTS).prop_map(str::to_owned).boxed(),
        OracleApi::PermissionAssist => prop_oneof![
            select(&PERMISSION_ASSIST_TEXTS[..]),
            select(&PERMISSION_ASSIST_DATES[..]),
        ]
        .prop_map(str::to_owned)
        .boxed(),
    }
}

/// Time zones as the engine parses them, and as the oracle has them: UTC is the simplest, and the others are ahead and
/// behind, with and without clock changes, at midnight and in the night, and across the date line.
pub(crate) const ZONES: &[(&str, Tz)] = &[
    ("UTC", Tz::UTC),
    ("+02:00", Tz::Etc__GMTMinus2),
    ("-03:00", Tz::Etc__GMTPlus3),
    ("Europe/London", Tz::Europe__London),
    ("America/Sao_Paulo", Tz::America__Sao_Paulo),
    ("Asia/Kathmandu", Tz::Asia__Kathmandu),
    ("Pacific/Apia", Tz::Pacific__Apia),
];

/// The time of every request.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-02-01T12:00:00Z".parse().unwrap()
}

/// Generates a time zone.
pub(crate) fn zone() -> impl Strategy<Value = Tz> {
    select(ZONES).prop_map(|(_, zone)| zone)
}

/// Returns the engine's clock of a request.
pub(crate) fn clock(now: Now) -> Clock {
    let (text, _) = ZONES
        .iter()
        .find(|(_, zone)| *zone == now.timezone())
        .unwrap();
    Clock::fixed(now.to_utc()).with_time_zone(text.parse().unwrap())
}

impl Plan {
    /// Returns the query with values of these records.
    pub(crate) fn request(&self, records: &[Value]) -> Request {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, draws) in &self.filters {
            parameters.push((format!("filter[{name}]"), value(name, draws, records)));
        }
        let words = [
            ("trashed", self.trashed),
            ("deprovisioned_pending_deactivation", self.pending),
        ];
        for (name, word) in words {
            parameters.extend(word.map(|word| (format!("filter[{name}]"), word.to_owned())));
        }
        if !self.sorts.is_empty() {
            let term = |(name, descends): &(String, bool)| {
                format!("{}{name}", if *descends { "-" } else { "" })
            };
            let terms: Vec<_> = self.sorts.iter().map(term).collect();
            parameters.push(("sort".to_owned(), terms.join(",")));
        }
        let pages = self.pages.iter();
        parameters.extend(pages.map(|(name, page)| ((*name).to_owned(), page.to_string())));
        for (index, other) in self.order.iter().enumerate().take(parameters.len()) {
            let other = other.index(parameters.len());
            parameters.swap(index, other);
        }
        // Another test covers repeated names.
        let mut seen = Vec::new();
        parameters.retain(|(name, _)| {
            let first = !seen.contains(name);
            seen.push(name.clone());
            first
        });
        Request {
            api: self.api,
            parameters,
            tree: self.tree.as_ref().map(|plan| plan.tree(records)),
            now: now().with_timezone(&self.zone),
        }
    }
}

/// Formats the request with every encodable byte percent-encoded.
pub(crate) fn query_string(request: &Request) -> String {
    let pair = |(name, value): &(String, String)| format!("{}={}", encode(name), encode(value));
    request
        .parameters
        .iter()
        .map(pair)
        .collect::<Vec<_>>()
        .join("&")
}

impl Draw {
    /// Returns a text of a record, or a variant of it.
    fn text(&self, filter: &str, records: &[Value]) -> String {
        let field = filter.trim_end_matches("_search");
        let text = match self.twist {
            0 => return (*self.text.get(TEXTS)).to_owned(),
            1 => return String::new(),
            _ if records.is_empty() => return "a".to_owned(),
            _ => self.of(field, self.record.get(records)),
        };
        match self.twist {
            2 => text.to_uppercase(),
            3 => text.to_lowercase(),
            4 => format!(" {text} "),
            5 => format!("{text}x"),
            6..=8 => {
                let characters: Vec<char> = text.chars().collect();
                let start = self.start.index(characters.len() + 1);
                characters[start..].iter().take(self.length).collect()
            }
            _ => text,
        }
    }

    /// Returns the text of a field, or any text of the record if the field has none.
    fn of(&self, field: &str, record: &Value) -> String {
        let pointer = match field {
            "workspace_integration_id" => "/included/workspace_integration/id".to_owned(),
            "directory_user_id" => "/included/directory_user/id".to_owned(),
            other => format!("/{other}"),
        };
        let mut texts = Vec::new();
        if let Some(value) = record.pointer(&pointer) {
            collect(value, &mut texts);
        }
        if texts.is_empty() {
            collect(record, &mut texts);
        }
        if texts.is_empty() {
            return "a".to_owned();
        }
        self.text.get(&texts).clone()
    }

    /// Returns a date of a record in one of the accepted forms, or an invalid date.
    fn date(&self, records: &[Value]) -> String {
        let mut times = TIMES.to_vec();
        let mut texts = Vec::new();
        records
            .iter()
            .for_each(|record| collect(record, &mut texts));
        let texts = texts.iter().map(String::as_str);
        times.extend(texts.filter(|text| idq_tests::instant_of(text).is_some()));
        let time = *self.text.get(&times);
        match self.twist {
            0 => "now".to_owned(),
            1 => "today".to_owned(),
            2 => format!(
                "-{}{}",
                self.length,
                ["h", "d", "mo", "y"][self.start.index(4)]
            ),
            3 => "soon".to_owned(),
            4 | 5 => time[..10].to_owned(),
            6 => time[..16].replace('T', " "),
            // A leap second is invalid without its offset.
            7 if &time[17..19] != "60" => time[..19].replace('T', " "),
            _ => time.to_owned(),
        }
    }
}

/// Collects every text of a record.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => {
            for (key, member) in members {
                texts.push(key.clone());
                collect(member, texts);
            }
        }
        Value::String(text) => texts.push(text.clone()),
        // Including `null`, which no filter should match.
        scalar => texts.push(scalar.to_string()),
    }
}
