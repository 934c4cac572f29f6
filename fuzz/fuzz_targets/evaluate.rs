//! Evaluates any expression on a small dump of any records: the engine refuses what the oracle refuses, and selects the
//! oracle's records, whatever the storage and the number of threads. Negation is the complement, and counts by any key
//! sum to the matches.
//!
//! The first line of an input is the expression, the second a key of a count, and each further line the members of one
//! record, which gets an id. A `!` before the expression chooses Permission Assist's API instead of Provisionr's.
#![no_main]

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use idq::api::Api;
use idq::{
    Account, AttributeAccount, BindOptions, BoundKeys, Clock, Columns, Conformance, CountRequest,
    DeletedRecords, Engine, Expression, KeyOptions, Loader, Matches, OnBadRecord, PackOptions,
    Query, RowId, Source, bind_keys,
};
use idq_tests::{
    ExpressionAccount, Json, OracleApi, account, holds, is_refused, is_unknown, now_in_utc,
};
use libfuzzer_sys::fuzz_target;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The longest input in bytes: longer ones are slow, and say nothing that a short one does not.
const MAX_INPUT_BYTES: usize = 4 << 10;

/// The largest number of records of a dump.
const MAX_RECORDS: usize = 12;

/// One of this number of inputs is also packed, by its length.
const PACKED_ONE_OF: usize = 4;

/// The present of dates that are relative to it, in microseconds since the Unix epoch: 2026-02-01T12:00:00Z.
const NOW: i64 = 1_769_947_200_000_000;

fuzz_target!(init: on_one_thread(), |text: &str| {
    if text.len() > MAX_INPUT_BYTES {
        return;
    }
    let (api, text) = match text.strip_prefix('!') {
        Some(text) => (OracleApi::PermissionAssist, text),
        None => (OracleApi::Provisionr, text),
    };
    let mut lines = text.lines();
    let Ok(expression) = Expression::parse(lines.next().unwrap_or_default()) else {
        return;
    };
    let key = lines.next().unwrap_or_default();
    let dump: Vec<String> = lines.take(MAX_RECORDS).enumerate().map(record).collect();
    let dump = dump.join("\n");
    let Some(engine) = load(api, &dump, usize::MAX) else {
        return;
    };
    let records = spellings(&engine);
    let records: Vec<Json> = records.iter().map(|text| Json::parse(text)).collect();
    let case = Case {
        api,
        expression,
        key,
        records: &records,
    };
    let answer = case.check_oracle(&engine);
    let small_chunks = || load(api, &dump, 1);
    let chunked = two_threads().install(small_chunks).expect("the same dump loads");
    let found = two_threads().install(|| case.answer(&chunked));
    assert_eq!(found, answer, "two threads, a chunk for each record");
    // Packing takes longer than all the rest, so that some inputs suffice.
    let is_packed = text.len().is_multiple_of(PACKED_ONE_OF);
    if let Some(packed) = is_packed.then(|| packed(&engine)).flatten() {
        assert_eq!(case.answer(&packed), answer, "packed");
    }
});

/// Uses one thread outside the pool of two: passing tiny chunks between threads would take most of the time.
fn on_one_thread() {
    let pool = ThreadPoolBuilder::new().num_threads(1);
    let _ = pool.use_current_thread().build_global();
}

/// Returns a pool of two threads.
fn two_threads() -> &'static ThreadPool {
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().num_threads(2).build();
    POOL.get_or_init(|| build().expect("two threads can be started"))
}

/// Returns the record with the members of a line, and an id before them; any other text is a malformed record.
fn record((number, line): (usize, &str)) -> String {
    match line.trim_start().strip_prefix('{') {
        Some(rest) if rest.trim_start().starts_with('}') => format!(r#"{{"id":"{number}"{rest}"#),
        Some(rest) => format!(r#"{{"id":"{number}",{rest}"#),
        None => line.to_owned(),
    }
}

/// Loads the valid records of a dump; `None` if none is valid, or all could be those of another API.
fn load(api: OracleApi, dump: &str, block_size: usize) -> Option<Engine> {
    let loader = Loader::new(vec![Source::bytes("fuzz", dump.as_bytes())])
        .api(api_of(api))
        .columns(Columns::All)
        .on_bad_record(OnBadRecord::Skip);
    let loader = match block_size {
        usize::MAX => loader,
        block_size => loader.block_size(block_size),
    };
    let engine = Engine::load(loader).ok()?;
    (engine.snapshot().rows() > 0).then_some(engine)
}

/// Returns the description of an API.
fn api_of(api: OracleApi) -> &'static Arc<Api> {
    match api {
        OracleApi::Provisionr => Api::provisionr(),
        OracleApi::PermissionAssist => Api::permission_assist(),
    }
}

/// Packs the records into a file and opens it; `None` where no file can be written.
fn packed(engine: &Engine) -> Option<Engine> {
    // Memory where there is some: packing waits for a disk.
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    let path = folder.join(format!("idq-fuzz-{}.idq", std::process::id()));
    engine.pack(&path, &PackOptions::default()).ok()?;
    let packed = Engine::open([path.as_path()]).expect("a packed file opens");
    // The map remains valid after the file is deleted.
    let _ = std::fs::remove_file(&path);
    Some(packed)
}

/// Returns the text of each record.
fn spellings(engine: &Engine) -> Vec<String> {
    let snapshot = engine.snapshot();
    let mut reader = snapshot.reader();
    let rows = u32::try_from(snapshot.rows()).expect("fuzz inputs are small");
    let text = |row| {
        let record = snapshot.record(RowId(row), &mut reader);
        let record = record.expect("records are in memory").to_vec();
        String::from_utf8(record).expect("records are UTF-8")
    };
    (0..rows).map(text).collect()
}

/// An expression and a key on the records of a dump.
struct Case<'c> {
    api: OracleApi,
    expression: Expression,
    key: &'c str,
    records: &'c [Json],
}

/// The answer to an expression: the rows that it selects, those of `--unknown only`, its account, its groups.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    rows: Vec<u32>,
    unknown: Option<Vec<u32>>,
    account: Account,
    groups: Option<Vec<String>>,
    hints: Vec<String>,
}

impl Case<'_> {
    /// Returns the matches of an expression among all records.
    fn matches<'e>(&self, engine: &'e Engine, expression: Expression) -> Option<Matches<'e>> {
        let options = BindOptions {
            deleted: DeletedRecords::Included,
            ..BindOptions::new(Conformance::Strict, Clock::fixed_at(NOW))
        };
        let query = Query::new().and_where(expression);
        engine.matches_with(&query, &options).ok()
    }

    /// Returns the engine's answer; `None` if it refuses the expression.
    fn answer(&self, engine: &Engine) -> Option<Answer> {
        let matches = self.matches(engine, self.expression.clone())?;
        let rows = rows(&matches);
        let total = rows.len() as u64;
        assert_eq!(matches.count().expect("columns are loaded"), total);
        let unknown = matches.query().clone().only_unknown();
        let hints = matches.hints(total);
        let keys = self.keys(engine);
        let key_hints = keys.iter().flat_map(|keys| matches.key_hints(keys));
        let key_hints: Vec<_> = key_hints.collect();
        let account = matches.account().expect("columns are loaded");
        Some(Answer {
            unknown: unknown.map(|query| self::rows(&engine.bound(query))),
            account: account.expect("there is an expression"),
            groups: keys.map(|keys| groups(&matches, &keys, total)),
            hints: hints
                .iter()
                .chain(&key_hints)
                .map(ToString::to_string)
                .collect(),
            rows,
        })
    }

    /// Returns the bound key of the input; `None` if it is wrong.
    fn keys(&self, engine: &Engine) -> Option<BoundKeys> {
        let mut request = CountRequest::new();
        request.add_by_text(self.key).ok()?;
        let options = KeyOptions {
            clock: Clock::fixed_at(NOW),
        };
        let keys = bind_keys(&request, engine.api(), &options).ok()?;
        keys.check_names(engine.snapshot()).ok()?;
        Some(keys)
    }

    /// Returns the engine's answer after comparing it with the oracle's and with that of the negation.
    fn check_oracle(&self, engine: &Engine) -> Option<Answer> {
        let now = now_in_utc(Clock::fixed_at(NOW).now());
        let answer = self.answer(engine);
        let is_wrong = is_refused(&self.expression, self.records, self.api, now);
        assert_eq!(
            answer.is_none(),
            is_wrong,
            "refusal: {:?}",
            self.expression.to_text()
        );
        let answer = answer?;
        let numbered = || (0_u32..).zip(self.records);
        let select = |test: &dyn Fn(&Json) -> bool| -> Vec<u32> {
            let selected = numbered().filter(|(_, record)| test(record));
            selected.map(|(row, _)| row).collect()
        };
        let expected = select(&|record| holds(record, &self.expression, self.api, now));
        assert_eq!(answer.rows, expected, "{:?}", self.expression.to_text());
        let negation = self.matches(engine, !self.expression.clone());
        let others = rows(&negation.expect("the negation of an expression is one"));
        let complement: Vec<u32> = numbered()
            .map(|(row, _)| row)
            .filter(|row| !expected.contains(row))
            .collect();
        assert_eq!(others, complement, "negation");
        let unknown = is_unknown(&Json::Null, &self.expression, self.api, now).map(|_| {
            select(&|record| is_unknown(record, &self.expression, self.api, now) == Some(true))
        });
        assert_eq!(answer.unknown, unknown, "only unknown");
        let all: Vec<&Json> = self.records.iter().collect();
        let expected = account(&all, &self.expression, self.api, now);
        assert_eq!(answer.account, of_engine(&expected), "account");
        Some(answer)
    }
}

/// Returns the oracle's account in the types of the engine.
fn of_engine(expected: &ExpressionAccount) -> Account {
    let attributes = expected.attributes.iter().map(|each| AttributeAccount {
        name: each.name.clone(),
        null: each.null,
        missing: each.missing,
        empty: each.empty,
        never: each.never,
        other_kind: each.other_kind,
    });
    Account {
        population: expected.population,
        matched: expected.matched,
        attributes: attributes.collect(),
    }
}

/// Returns the rows of matches.
fn rows(matches: &Matches<'_>) -> Vec<u32> {
    let mut rows: Vec<u32> = matches
        .rows()
        .expect("columns are loaded")
        .iter()
        .map(|row| row.0)
        .collect();
    // Permission Assist orders its records by name.
    rows.sort_unstable();
    rows
}

/// Returns the groups of a count in words, whose counts sum to the number of matches.
fn groups(matches: &Matches<'_>, keys: &BoundKeys, total: u64) -> Vec<String> {
    let groups = matches.count_by_keys(keys).expect("columns are loaded");
    let sum: u64 = groups.iter().map(|group| group.count).sum();
    assert_eq!(
        (sum, groups.total()),
        (total, total),
        "the sum of the groups"
    );
    let described = groups.iter().map(|group| {
        let values: Vec<_> = group.values().map(|value| format!("{value:?}")).collect();
        format!("{} {}", values.join(" "), group.count)
    });
    described.collect()
}
