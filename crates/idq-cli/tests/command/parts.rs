//! Parts of the matches: `--limit` and `--sample`.

use std::fs;

use crate::{Idq, folder, idq};

/// Returns the ids that a line prints as CSV, which are those of all records of the fixture in its order.
fn ids(line: &str) -> Vec<String> {
    let ran = idq(&format!("{line} --columns id -o csv --quiet"));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.text().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn limit_takes_the_first_matches_in_the_order_of_the_request() {
    let all = ids("query provisionr.ndjson --all -s -created_at");
    for limit in [0, 1, 7, 1_000] {
        let expected = &all[..limit.min(all.len())];
        let line = format!("query provisionr.ndjson -s -created_at --limit {limit}");
        assert_eq!(ids(&line), expected);
    }
    let ran = idq("query provisionr.ndjson --limit 3 -o ndjson");
    assert_eq!(ran.text().lines().count(), 3);
    insta::assert_snapshot!(ran.messages(), @"54 records matched (6 deleted left out: add -f trashed=with); the first 3 printed; loaded 60 records (107.03 kB) from 1 source in [time]");
}

#[test]
fn sample_is_the_same_on_every_run_and_in_every_dump() {
    let all = ids("query provisionr.ndjson --all");
    let of = |line: &str| {
        let sample = ids(line);
        // In the order of the request.
        let mut rest = all.iter();
        assert!(
            sample.iter().all(|id| rest.any(|other| other == id)),
            "{line}"
        );
        sample
    };
    let ten = of("query provisionr.ndjson --sample 10");
    assert_eq!(ten.len(), 10);
    assert_eq!(of("query provisionr.ndjson --sample 10 --threads 1"), ten);
    // A larger one has them, another seed has others.
    let twenty = of("query provisionr.ndjson --sample 20");
    assert!(ten.iter().all(|id| twenty.contains(id)));
    assert_ne!(of("query provisionr.ndjson --sample 10 --seed 1"), ten);
    // A dump of a part of the records has the same share of them.
    let share = of("query provisionr.ndjson --sample 50%");
    assert!((10..45).contains(&share.len()), "{}", share.len());
    for id in ids("query monday.ndjson --all") {
        let part = ids("query monday.ndjson --sample 50%");
        assert_eq!(part.contains(&id), share.contains(&id), "{id}");
    }
    assert_eq!(of("query provisionr.ndjson --sample 100%"), all);
    assert_eq!(of("query provisionr.ndjson --sample 0%").len(), 0);
    assert_eq!(
        of("query provisionr.ndjson --sample 20 --limit 3"),
        twenty[..3]
    );
    // The ids decide where they are not printed as well.
    let records = idq("query provisionr.ndjson --sample 10 -o ndjson");
    assert_eq!(records.text().lines().count(), 10);
    let mut pairs = records.text().lines().zip(&ten);
    assert!(pairs.all(|(record, id)| record.contains(&**id)));
    let folder = folder();
    let states = folder.path().join("states.csv");
    let states = states.to_str().unwrap();
    let ran = idq(&format!(
        "export provisionr.ndjson --sample 10 --columns state -o {states}"
    ));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(states).unwrap().lines().count(), 11);
}

#[test]
fn pack_writes_the_same_part_and_the_file_says_so() {
    let folder = folder();
    let path = folder.path().join("part.idq");
    let path = path.to_str().unwrap();
    let ran = idq(&format!(
        "pack provisionr.ndjson -f state=active --sample 10 --seed 3 -o {path}"
    ));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let sample = "query provisionr.ndjson -f state=active -f trashed=with --sample 10 --seed 3";
    assert_eq!(
        ids(&format!("query {path} -f trashed=with --all")),
        ids(sample)
    );
    let told = idq(&format!("info {path}")).text().to_owned();
    let told = told.lines().find(|line| line.starts_with("Subset"));
    assert_eq!(
        told,
        Some("Subset         filter[state][]=active; a sample: 10 records, seed 3")
    );
    // A part of a part is told with both.
    let again = folder.path().join("again.idq");
    let again = again.to_str().unwrap();
    assert_eq!(
        idq(&format!("pack {path} --sample 50% -o {again}")).status,
        0
    );
    let told = idq(&format!("info {again}")).text().to_owned();
    assert!(
        told.contains("Subset         a sample: 50%, seed 0"),
        "{told}"
    );
}

#[cfg(feature = "export")]
#[test]
fn export_writes_the_same_part() {
    let folder = folder();
    let ran = Idq::new([
        "export",
        "provisionr.ndjson",
        "--sample",
        "10",
        "-o",
        "-",
        "--format",
        "csv",
        "--columns",
        "id",
    ])
    .run();
    let printed: Vec<&str> = ran.text().lines().skip(1).collect();
    assert_eq!(printed, ids("query provisionr.ndjson --sample 10"));
    let path = folder.path().join("part.csv");
    let path = path.to_str().unwrap();
    let ran = idq(&format!(
        "export provisionr.ndjson --limit 2 --columns id -o {path}"
    ));
    assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 3);
    insta::assert_snapshot!(ran.messages().replace(path, "part.csv"), @"54 records matched (6 deleted left out: add -f trashed=with); the first 2 written to part.csv; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all");
}

#[test]
fn wrong_parts_are_refused() {
    let errors = [
        "query provisionr.ndjson --limit ten",
        "query provisionr.ndjson --sample 150%",
        "query provisionr.ndjson --limit 5 --page 2",
        "query provisionr.ndjson --seed 5",
    ];
    let errors: Vec<String> = errors
        .iter()
        .map(|line| {
            let ran = idq(line);
            assert_eq!(ran.status, 2, "{line}");
            ran.stderr.lines().next().unwrap_or_default().to_owned()
        })
        .collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    error: invalid value 'ten' for '--limit <N>': invalid digit found in string
    error: invalid value '150%' for '--sample <N|P%>': expected a number of records, such as 100, or a share from 0% to 100%, such as 2.5%
    error: the argument '--limit <N>' cannot be used with '--page <PAGE>'
    error: the following required arguments were not provided:
    ");
}
