//! Compares random expressions on random dumps with the oracle: records, order, count, account and the records without
//! a value, under all settings.

use idq::{
    Account, AttributeAccount, BindOptions, Columns, Conformance, Engine, Expression, Query, RowId,
};
use idq_tests::{
    ExpressionAccount, Json, OracleApi, Request, account, answer, holds, is_refused, is_unknown,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::choices::{Choices, choices};
use crate::documents::record;
use crate::dumps::{Dump, dump_of};
use crate::expression_plans::Attributes;
use crate::queries::{ZONES, clock, now, query_string};
use crate::settings::{Settings, api, packed, settings};

/// Number of dumps of each API; each is loaded under several settings.
const DUMPS: u32 = 64;

/// Number of expressions for each dump.
const EXPRESSIONS: usize = 12;

fn config() -> ProptestConfig {
    ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(DUMPS)
    }
}

fn case(api: OracleApi) -> impl Strategy<Value = (Dump, Vec<Choices>, Vec<Settings>)> {
    let choices = proptest::collection::vec(choices(), EXPRESSIONS);
    (dump_of(api, record(api)), choices, settings())
}

/// An expression beside other filters, and its expected outcome.
struct Case {
    request: Request,
    expression: Expression,
    query: Query,
    expected: Option<Expected>,
}

/// The answer to a query with an expression.
struct Expected {
    rows: Vec<usize>,
    account: ExpressionAccount,
    /// The records without a value that the expression compares; `None` if it compares none.
    unknown: Option<Vec<usize>>,
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn expressions_of_provisionr_equal_the_oracle((dump, choices, settings) in case(OracleApi::Provisionr)) {
        check(&dump, choices, &settings);
    }

    #[test]
    fn expressions_of_permission_assist_equal_the_oracle((dump, choices, settings) in case(OracleApi::PermissionAssist)) {
        check(&dump, choices, &settings);
    }
}

/// Chooses an expression of the dump for each of the choices.
fn cases(dump: &Dump, choices: Vec<Choices>) -> Vec<Case> {
    let records: Vec<Json> = dump
        .spellings
        .iter()
        .map(|text| Json::parse(text))
        .collect();
    let attributes = Attributes::new(dump.api, &records);
    let case = |mut choices: Choices| {
        let parameters: &[&[(&str, &str)]] = match dump.api {
            OracleApi::PermissionAssist => &[&[][..], &[("sort", "-company")]],
            OracleApi::Provisionr => &[
                &[("filter[trashed]", "with")][..],
                &[],
                &[("filter[trashed]", "with"), ("sort", "-email")],
                &[("filter[state]", "active,staged")],
            ],
        };
        let parameters: &&[_] = choices.one(parameters);
        let (_, zone) = choices.one(ZONES);
        let request = Request {
            now: now().with_timezone(zone),
            ..Request::new(dump.api, parameters)
        };
        Case::new(request, attributes.expression(&mut choices), &records)
    };
    choices.into_iter().map(case).collect()
}

fn check(dump: &Dump, choices: Vec<Choices>, settings: &[Settings]) {
    let cases = cases(dump, choices);
    for settings in settings {
        let check_all = |engine: &Engine, storage: &str| {
            let check = |case: &Case| case.check(engine, &format!("{storage}, {settings:?}"));
            settings.pool().install(|| cases.iter().for_each(check));
        };
        let engine = settings.load(dump, Columns::default());
        check_all(&engine, "loaded");
        let packed = settings.pool().install(|| packed(&engine));
        check_all(&packed, "packed");
        check_all(&settings.load_mixed(dump), "mixed");
    }
    for case in &cases {
        case.only_its_fields(dump, settings[0]);
    }
}

/// Random expressions would prove little if most of them were refused, or selected no record or every record.
#[test]
fn random_expressions_are_mostly_accepted_and_many_select_a_part_of_the_records() {
    for api in [OracleApi::Provisionr, OracleApi::PermissionAssist] {
        let (mut all, mut accepted, mut partial) = (0, 0, 0);
        let mut runner = TestRunner::deterministic();
        for _ in 0..100 {
            let (dump, choices, _) = case(api).new_tree(&mut runner).unwrap().current();
            for case in cases(&dump, choices) {
                all += 1;
                if let Some(expected) = case.expected {
                    accepted += 1;
                    let (account, rows) = (expected.account, expected.rows.len() as u64);
                    partial += u32::from(rows > 0 && rows < account.population);
                }
            }
        }
        let counts = format!("{all} expressions, {accepted} accepted, {partial} select a part");
        assert!(
            accepted * 10 > all * 7 && partial * 10 > all * 3,
            "{counts}"
        );
    }
}

fn positions(rows: &[RowId]) -> Vec<usize> {
    rows.iter().map(|row| row.0 as usize).collect()
}

impl Case {
    fn new(request: Request, expression: Expression, records: &[Json]) -> Self {
        let query = Query::parse(&query_string(&request)).unwrap();
        let (api, now) = (request.api, request.now);
        let expected = || {
            let values: Vec<_> = records.iter().map(Json::without_numbers).collect();
            let population = answer(&request, &values).unwrap().order;
            let of = |&row: &usize| &records[row];
            let all: Vec<&Json> = population.iter().map(of).collect();
            let unknown = population.iter().map(|row| {
                let is_unknown = is_unknown(of(row), &expression, api, now)?;
                Some(is_unknown.then_some(*row))
            });
            let compares_none = is_unknown(&Json::Null, &expression, api, now).is_none();
            Expected {
                rows: population
                    .iter()
                    .copied()
                    .filter(|row| holds(of(row), &expression, api, now))
                    .collect(),
                account: account(&all, &expression, api, now),
                unknown: (!compares_none).then(|| unknown.flatten().flatten().collect()),
            }
        };
        let expected = (!is_refused(&expression, records, api, now)).then(expected);
        Self {
            query: query.and_where(expression.clone()),
            request,
            expression,
            expected,
        }
    }

    fn options(&self) -> BindOptions {
        BindOptions::new(Conformance::Strict, clock(self.request.now))
    }

    /// Asserts that the engine returns the oracle's answer, or refuses the same expression; and that it does so for the
    /// expression's text as well.
    fn check(&self, engine: &Engine, context: &str) {
        let spelled = self.expression.to_text();
        let context = format!(
            "{context} {} {}",
            query_string(&self.request),
            spelled.as_deref().unwrap_or_default()
        );
        self.check_query(engine, &self.query, &context);
        // Only a right-hand side whose path is one quoted key has no spelling.
        let Some(spelled) = spelled else {
            assert!(
                self.expression
                    .paths()
                    .iter()
                    .any(|path| path.keys.len() == 1)
            );
            return;
        };
        let parsed = Expression::parse(&spelled).unwrap();
        let query = Query::parse(&query_string(&self.request)).unwrap();
        self.check_query(engine, &query.and_where(parsed), &context);
    }

    fn check_query(&self, engine: &Engine, query: &Query, context: &str) {
        let matches = engine.matches_with(query, &self.options());
        let Some(expected) = &self.expected else {
            assert!(matches.is_err(), "{context}: expected a refusal");
            return;
        };
        let matches = matches.unwrap_or_else(|error| panic!("{context}: {error}"));
        let rows = positions(&matches.rows().unwrap());
        assert_eq!(rows, expected.rows, "{context}");
        assert_eq!(matches.count().unwrap(), rows.len() as u64, "{context}");
        let account = matches.account().unwrap().unwrap();
        check_account(&account, &expected.account, context);
        let unknown = matches.query().clone().only_unknown();
        let unknown = unknown.map(|query| positions(&engine.bound(query).rows().unwrap()));
        assert_eq!(unknown, expected.unknown, "{context}: only unknown");
    }

    /// Asserts that the fields of the bound query suffice to evaluate it.
    fn only_its_fields(&self, dump: &Dump, settings: Settings) {
        if let Ok(bound) = idq::bind(&self.query, api(dump.api), &self.options()) {
            let engine = settings.load(dump, Columns::Parts(bound.parts()));
            self.check(&engine, "only the fields of the query");
        }
    }
}

fn check_account(found: &Account, expected: &ExpressionAccount, context: &str) {
    let attributes = expected.attributes.iter().map(|each| AttributeAccount {
        name: each.name.clone(),
        null: each.null,
        missing: each.missing,
        empty: each.empty,
        never: each.never,
        other_kind: each.other_kind,
    });
    let expected = Account {
        population: expected.population,
        matched: expected.matched,
        attributes: attributes.collect(),
    };
    assert_eq!(*found, expected, "{context}");
}
