//! `--timezone` of every command that takes a request, and the request that a snapshot file of a subset records.

use idq_testing::folder_with;

use crate::idq::{Idq, Ran, words};

/// Records around the local days of London and São Paulo, the second of which has a day without a midnight.
const PEOPLE: &str = r#"{"id":"1","vendor_id":"v","links":{},"timestamp":{"created_at":"2026-06-14T22:59:59Z"},"profile":{"start":"2026-06-15"}}
{"id":"2","vendor_id":"v","links":{},"timestamp":{"created_at":"2026-06-14T23:00:00Z"},"profile":{"start":"2026-06-14"}}
{"id":"3","vendor_id":"v","links":{},"timestamp":{"created_at":"2026-06-15T23:00:00Z"},"profile":{"start":"2026-06-14T23:30:00Z"}}
{"id":"4","vendor_id":"v","links":{},"timestamp":{"created_at":"2018-11-04T02:59:59Z"},"profile":{}}
{"id":"5","vendor_id":"v","links":{},"timestamp":{"created_at":"2018-11-04T03:00:00Z"},"profile":{}}
{"id":"6","vendor_id":"v","links":{},"timestamp":{"created_at":"2018-11-05T01:59:59Z"},"profile":{}}
{"id":"7","vendor_id":"v","links":{},"timestamp":{"created_at":"2018-11-05T02:00:00Z"},"profile":{}}
"#;

/// Runs the command in a folder with the hand-made records.
fn people(line: &str, values: &[&str]) -> Ran {
    let folder = folder_with(&[("people.ndjson", PEOPLE.to_owned())]);
    Idq::new(words(line, values)).within(&folder).run()
}

#[test]
fn days_of_filters_and_expressions_are_those_of_the_time_zone() {
    let equal = |text: &str| format!("timestamp.created_at eq \"{text}\"");
    for (zone, condition, expected) in [
        // British Summer Time is an hour ahead of UTC.
        ("UTC", equal("2026-06-15"), "3"),
        ("Europe/London", equal("2026-06-15"), "2"),
        ("+05:45", equal("2026-06-15"), "1 2"),
        ("-01:00", equal("2026-06"), "1 2 3"),
        // Clocks were put forward at midnight, so the day has 23 hours.
        ("UTC", equal("2018-11-04"), "4 5"),
        ("America/Sao_Paulo", equal("2018-11-04"), "5 6"),
        ("America/Sao_Paulo", equal("2018-11-05"), "7"),
        ("America/Sao_Paulo", equal("2018"), "4 5 6 7"),
        // A day without a time in a document is that day in every zone.
        ("UTC", "profile.start eq \"2026-06-15\"".to_owned(), "1"),
        (
            "Europe/London",
            "profile.start eq \"2026-06-15\"".to_owned(),
            "1 3",
        ),
        // The present is the start of the day in the zone, and so is the time of the day before.
        ("UTC", "timestamp.created_at ge \"-1d\"".to_owned(), "3"),
        (
            "Europe/London",
            "timestamp.created_at ge \"-1d\"".to_owned(),
            "2 3",
        ),
    ] {
        let line = "query people.ndjson --all -o csv --columns id --quiet --now 2026-06-16";
        let ran = people(&format!("{line} --timezone {zone} -w"), &[&condition]);
        let ids: Vec<&str> = ran.text().lines().skip(1).collect();
        assert_eq!(
            ids.join(" "),
            expected,
            "{zone}, {condition}: {}",
            ran.messages()
        );
    }
}

#[test]
fn every_command_with_a_request_reads_its_days_in_the_time_zone() {
    let condition = r#"timestamp.created_at eq "2026-06-15""#;
    let zone = "--timezone Europe/London --quiet -w";
    let folder = folder_with(&[("people.ndjson", PEOPLE.to_owned())]);
    let run = |line: &str| {
        let words = words(&format!("{line} {zone}"), &[condition]);
        Idq::new(words).within(&folder).succeeds()
    };
    assert_eq!(run("count people.ndjson").text(), "1\n");
    let by_hour = run("count people.ndjson --by timestamp.created_at:hour -o csv");
    assert_eq!(
        by_hour.text(),
        "timestamp.created_at:hour,timestamp.created_at:hour.presence,count\n00,value,1\n"
    );
    run("pack people.ndjson -o packed.idq");
    run("export people.ndjson -o exported.ndjson");
    let exported = std::fs::read_to_string(folder.path().join("exported.ndjson")).unwrap();
    let unpacked = Idq::new(["unpack", "packed.idq"])
        .within(&folder)
        .succeeds();
    let second = PEOPLE.lines().nth(1).map(|line| format!("{line}\n"));
    for found in [
        exported.as_str(),
        unpacked.text(),
        run("get people.ndjson").text(),
        run("query people.ndjson --all -o ndjson").text(),
    ] {
        assert_eq!(Some(found), second.as_deref());
    }
    // The snapshot file has instants, which are the same in every zone.
    assert_eq!(run("count packed.idq").text(), "1\n");
}

#[test]
fn time_zone_under_the_reading_of_the_api_sets_buckets_alone() {
    let line = "count people.ndjson --quiet --conformance api --timezone Europe/London \
        -f created_after=2026-06-15 --by timestamp.created_at:day -o csv";
    // The first record of that day in London is on the day before in UTC.
    insta::assert_snapshot!(people(line, &[]).text(), @"
    timestamp.created_at:day,timestamp.created_at:day.presence,count
    2026-06-16,value,1
    ");
    let strict = line.replace("--conformance api", "--conformance strict");
    insta::assert_snapshot!(people(&strict, &[]).text(), @"
    timestamp.created_at:day,timestamp.created_at:day.presence,count
    2026-06-15,value,1
    2026-06-16,value,1
    ");
    let help = Idq::new(["help", "query"]).succeeds();
    let help = help.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("With `--conformance api`, the request is read in UTC"),
        "{help}"
    );
}

#[test]
fn wrong_time_zones_and_local_times_are_reported_with_the_other_mistakes() {
    let failure = |line: &str, values: &[&str]| people(line, values).failure();
    insta::assert_snapshot!(failure("count people.ndjson --timezone Europe/Londn --now never -f stat=active", &[]), @"
    error: expected the name of a filter, found `stat`
      -f: stat=active
          ^^^^
      help: did you mean `filter[state]`? `idq fields --api provisionr` lists the filters

    --timezone: expected a time zone, found `Europe/Londn`
      help: did you mean `Europe/London` or `Europe/Lisbon` or `Europe/Minsk`? write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`

    --now: expected a date, found `never`
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    exit status 2
    ");
    let skipped = r#"timestamp.created_at eq "2026-03-29 01:30""#;
    insta::assert_snapshot!(failure("count people.ndjson --timezone Europe/London -w", &[skipped]), @r#"
    error: timestamp.created_at: expected a time that exists in Europe/London, found one that its clocks skip in `2026-03-29 01:30`
      -w: timestamp.created_at eq "2026-03-29 01:30"
                                  ^^^^^^^^^^^^^^^^^^
      help: write the last time before the change, or the first after it
    exit status 2
    "#);
    let repeated = r#"profile.start eq "2026-10-25 01:30""#;
    insta::assert_snapshot!(failure("count people.ndjson --timezone Europe/London -w", &[repeated]), @r#"
    error: profile.start: expected a time that Europe/London has once, found one that its clocks repeat in `2026-10-25 01:30`
      -w: profile.start eq "2026-10-25 01:30"
                           ^^^^^^^^^^^^^^^^^^
      help: write `2026-10-25 01:30:00+01:00` or `2026-10-25 01:30:00Z` (in a URL `%2B` for a `+`)
    exit status 2
    "#);
    insta::assert_snapshot!(failure("count people.ndjson --timezone Pacific/Apia -f created_after=2011-12-30", &[]), @"
    error: filter[created_after]: expected a day that exists in Pacific/Apia, found one that its clocks skipped in `2011-12-30`
      -f: created_after=2011-12-30
                        ^^^^^^^^^^
      help: write the day before or after it
    exit status 2
    ");
    // A wrong zone is an error of a command without a request as well.
    insta::assert_snapshot!(failure("pack people.ndjson -o people.idq --timezone 25:00", &[]), @"
    error: --timezone: expected a time zone, found `25:00`
      help: write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
    exit status 2
    ");
}

/// Packs and describes snapshot files of the hand-made records.
struct Packs {
    folder: tempfile::TempDir,
}

impl Packs {
    /// Creates a folder with the records.
    fn new() -> Self {
        let folder = folder_with(&[("people.ndjson", PEOPLE.to_owned())]);
        Self { folder }
    }

    /// Packs sources with an expression.
    fn pack(&self, line: &str, values: &[&str]) {
        let words = words(&format!("pack --quiet {line}"), values);
        Idq::new(words).within(&self.folder).succeeds();
    }

    /// Returns the description of sources as JSON.
    fn info(&self, sources: &str) -> serde_json::Value {
        let line = format!("info {sources} --quiet -o json");
        let ran = Idq::new(words(&line, &[])).within(&self.folder).succeeds();
        serde_json::from_slice(&ran.stdout).unwrap()
    }

    /// Returns the lines of a description about subsets.
    fn subset_lines(&self, sources: &str) -> String {
        let line = format!("info {sources} --quiet");
        let ran = Idq::new(words(&line, &[])).within(&self.folder).succeeds();
        let lines = ran.text().lines().filter(|line| {
            ["Subset", "As of", "Time zone"]
                .iter()
                .any(|start| line.starts_with(start))
                || line.contains("is a subset")
        });
        lines.map(|line| format!("{line}\n")).collect()
    }
}

#[test]
fn info_of_a_subset_has_its_requests() {
    let packs = Packs::new();
    let condition = r#"timestamp.created_at lt "-30d""#;
    packs.pack(
        "people.ndjson -o old.idq --now 2026-07-01 --timezone Europe/London -f vendor_id=v -w",
        &[condition],
    );
    insta::assert_snapshot!(packs.subset_lines("old.idq"), @r#"
    Subset         filter[vendor_id][]=v; timestamp.created_at lt "-30d"
    As of          2026-06-30T23:00:00Z
    Time zone      Europe/London
    "#);
    insta::assert_snapshot!(packs.info("old.idq")["packed"]["selections"], @r#"[{"conditions":["filter[vendor_id][]=v","timestamp.created_at lt \"-30d\""],"now":"2026-06-30T23:00:00Z","time_zone":"Europe/London"}]"#);
    // A subset of a subset has the requests of both.
    packs.pack(
        "old.idq -o older.idq --unknown only -w",
        &["profile.start eq null or profile.start co \"-\""],
    );
    insta::assert_snapshot!(packs.subset_lines("older.idq"), @r#"
    Subset         filter[vendor_id][]=v; timestamp.created_at lt "-30d"
    As of          2026-06-30T23:00:00Z
    Time zone      Europe/London
    Subset         --unknown only of profile.start eq null or profile.start co "-"
    "#);
    packs.pack("older.idq -o copy.idq", &[]);
    assert_eq!(
        packs.subset_lines("copy.idq"),
        packs.subset_lines("older.idq")
    );
    // Among other sources, the request is that of the source.
    packs.pack("old.idq people.ndjson -o both.idq", &[]);
    insta::assert_snapshot!(packs.subset_lines("both.idq"), @r#"  old.idq is a subset: filter[vendor_id][]=v; timestamp.created_at lt "-30d""#);
    assert_eq!(
        packs.subset_lines("old.idq people.ndjson"),
        packs.subset_lines("both.idq")
    );
    let both = packs.info("both.idq");
    assert_eq!(both["packed"].get("selections"), None);
    assert_eq!(
        both["sources"][0]["selections"],
        packs.info("old.idq")["packed"]["selections"]
    );
}

#[test]
fn snapshot_file_of_all_records_has_no_request() {
    let packs = Packs::new();
    packs.pack("people.ndjson -o all.idq", &[]);
    assert_eq!(packs.subset_lines("all.idq"), "");
    assert_eq!(packs.info("all.idq")["packed"].get("selections"), None);
    // Files of earlier versions do not have the key either.
    let has_key = |name: &str| {
        let bytes = std::fs::read(packs.folder.path().join(name)).unwrap();
        bytes.windows(14).any(|bytes| bytes == b"idq:selections")
    };
    assert!(!has_key("all.idq"));
    // A time zone is recorded without a request as well, but not under the reading that has its days in UTC.
    packs.pack("people.ndjson -o zone.idq --timezone +05:45", &[]);
    assert!(has_key("zone.idq"));
    assert_eq!(packs.subset_lines("zone.idq"), "Time zone      +05:45\n");
    packs.pack(
        "people.ndjson -o api.idq --timezone +05:45 --conformance api",
        &[],
    );
    assert!(!has_key("api.idq"));
}

#[test]
fn expression_with_invisible_characters_is_printed_escaped() {
    let packs = Packs::new();
    packs.pack("people.ndjson -o invisible.idq -w", &["id ne \"\u{202e}\""]);
    insta::assert_snapshot!(packs.subset_lines("invisible.idq"), @r#"Subset         id ne "\u{202e}""#);
}
