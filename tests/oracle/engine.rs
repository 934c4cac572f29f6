//! Compares random queries on random dumps with the oracle: records, order, count and page, under all settings.

use idq::{BindOptions, Columns, Conformance, Engine, Query, RowId};
use idq_tests::{Answer, OracleApi, Request, answer, envelope};
use proptest::prelude::*;

use crate::dumps::{Dump, dump};
use crate::queries::{Plan, clock, expression, plan, query_string};
use crate::settings::{Settings, api, packed, settings};

/// Number of dumps of each API; each is loaded under several settings and queried several times.
const DUMPS: u32 = 64;

fn config() -> ProptestConfig {
    ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(DUMPS)
    }
}

fn case(api: OracleApi) -> impl Strategy<Value = (Dump, Vec<Plan>, Vec<Settings>)> {
    let plans = proptest::collection::vec(plan(api), 1..6);
    (dump(api), plans, settings())
}

/// A request and its expected outcome: the answer and its page, or a refusal.
struct Case {
    request: Request,
    query: Query,
    expected: Option<(Answer, String)>,
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn queries_of_provisionr_equal_the_oracle((dump, plans, settings) in case(OracleApi::Provisionr)) {
        check(&dump, &plans, &settings);
    }

    #[test]
    fn queries_of_permission_assist_equal_the_oracle((dump, plans, settings) in case(OracleApi::PermissionAssist)) {
        check(&dump, &plans, &settings);
    }
}

fn check(dump: &Dump, plans: &[Plan], settings: &[Settings]) {
    let records = dump.records();
    let case = |plan: &Plan| {
        let request = plan.request(&records);
        let query = Query::parse(&query_string(&request)).unwrap();
        let query = match &request.tree {
            Some(tree) => query.and_where(expression(tree)),
            None => query,
        };
        let expected = answer(&request, &records).map(|answer| {
            let json = envelope(&request, &answer, &records, &dump.spellings);
            (answer, json)
        });
        Case {
            request,
            query,
            expected,
        }
    };
    let cases: Vec<Case> = plans.iter().map(case).collect();
    for settings in settings {
        let check_all = |engine: &Engine, storage: &str| {
            assert_eq!(engine.snapshot().rows(), records.len() as u64);
            for case in &cases {
                let context = format!("{storage}, {settings:?} {}", case.describe());
                settings.pool().install(|| case.check(engine, &context));
            }
        };
        let engine = settings.load(dump, Columns::default());
        check_all(&engine, "loaded");
        let packed = settings.pool().install(|| packed(&engine));
        check_all(&packed, "packed");
        let mixed = settings.load_mixed(dump);
        check_all(&mixed, "mixed");
    }
    cases[0].only_its_fields(dump, settings[0]);
    cases[0].every_page(dump, settings[1]);
}

fn positions(rows: &[RowId]) -> Vec<usize> {
    rows.iter().map(|row| row.0 as usize).collect()
}

impl Case {
    fn describe(&self) -> String {
        format!("{} {:?}", query_string(&self.request), self.request.tree)
    }

    /// Asserts that the engine returns the oracle's answer, or refuses the same request.
    fn check(&self, engine: &Engine, context: &str) {
        let matches = engine.matches_with(&self.query, &self.options());
        let Some((expected, json)) = &self.expected else {
            assert!(matches.is_err(), "{context}: expected a refusal");
            return;
        };
        let matches = matches.unwrap();
        assert_eq!(
            positions(&matches.rows().unwrap()),
            expected.order,
            "{context}"
        );
        assert_eq!(matches.count().unwrap(), expected.total(), "{context}");
        let page = matches.page().unwrap();
        assert_eq!(positions(page.rows()), expected.page, "{context}");
        assert_eq!(page.total(), expected.total(), "{context}");
        assert_eq!(&page.to_json().unwrap(), json, "{context}");
    }

    fn options(&self) -> BindOptions {
        BindOptions::new(Conformance::Strict, clock(self.request.now))
    }

    /// Asserts that the fields of the bound query suffice to evaluate it.
    fn only_its_fields(&self, dump: &Dump, settings: Settings) {
        if let Ok(bound) = idq::bind(&self.query, api(dump.api), &self.options()) {
            let engine = settings.load(dump, Columns::Parts(bound.parts()));
            self.check(&engine, "only the fields of the query");
        }
    }

    /// Asserts that all pages together are all matches, without repetition or loss, each formatted like the API's.
    fn every_page(&self, dump: &Dump, settings: Settings) {
        let Some((expected, _)) = &self.expected else {
            return;
        };
        let records = dump.records();
        let engine = settings.load(dump, Columns::default());
        let mut rows = Vec::new();
        for number in 1..=expected.pages() + 1 {
            let query = self.query.clone().page(number);
            let matches = engine.matches_with(&query, &self.options()).unwrap();
            let page = matches.page().unwrap();
            rows.extend(positions(page.rows()));
            assert_eq!(page.rows().is_empty(), number > expected.pages());

            let mut request = self.request.clone();
            request.parameters.retain(|(name, _)| name != "page");
            request
                .parameters
                .push(("page".to_owned(), number.to_string()));
            let expected = answer(&request, &records).unwrap();
            let json = envelope(&request, &expected, &records, &dump.spellings);
            assert_eq!(page.to_json().unwrap(), json, "{}", query_string(&request));
        }
        assert_eq!(rows, expected.order, "{}", query_string(&self.request));
    }
}
