//! Filter flags: a flag has one literal value, commas included.

use crate::{Idq, folder_with, idq};

fn people() -> tempfile::TempDir {
    let person = |id: &str, supervisor: &str| {
        format!(
            r#"{{"id":"{id}","firstName":"F","lastName":"L","status":"Active","supervisorName":"{supervisor}"}}"#
        )
    };
    let people = [
        person("a", "Bakker, Kaia"),
        person("b", "Bakker"),
        person("c", " Kaia"),
        person("d", "100%"),
    ];
    folder_with(&[("people.ndjson", people.join("\n"))])
}

#[test]
fn filter_flag_with_commas_is_one_value_and_several_flags_are_a_list() {
    let folder = people();
    for (words, count) in [
        (&["-f", "supervisorName=Bakker, Kaia"][..], 1),
        (&["-f", "supervisorName=Bakker,Kaia"], 0),
        (&["-f", "supervisorName=100%"], 1),
        (
            &[
                "-f",
                "supervisorName=Bakker",
                "-f",
                "supervisorName=Bakker, Kaia",
            ],
            2,
        ),
        (
            &[
                "-f",
                "filter[supervisorName]=Bakker",
                "-f",
                "supervisorName[]=100%",
            ],
            2,
        ),
        (&["-q", "filter[supervisorName]=Bakker, Kaia"], 2),
        (&["-q", "filter[supervisorName]=Bakker%2C+Kaia"], 2),
        (&["-q", "filter[supervisorName][]=Bakker%2C+Kaia"], 1),
        (&["-f", "supervisorName_search=kaia,100"], 0),
        (
            &[
                "-f",
                "supervisorName_search=kaia",
                "-f",
                "supervisorName_search=100",
            ],
            3,
        ),
    ] {
        let ran = Idq::new(["count", "people.ndjson"])
            .args(words)
            .within(&folder);
        assert_eq!(ran.run().text(), format!("{count}\n"), "{words:?}");
    }
}

#[test]
fn page_url_of_filter_flags_selects_the_same_records() {
    let words = [
        "query",
        "provisionr.ndjson",
        "-f",
        "email=a,b@c",
        "-f",
        "email=d&e",
        "--bare",
    ];
    let envelope = Idq::new(&words[..6]).succeeds();
    let page: serde_json::Value = serde_json::from_slice(&envelope.stdout).unwrap();
    let url = page["first_page_url"].as_str().unwrap();
    assert_eq!(
        url.split_once('?').unwrap().1,
        "filter%5Bemail%5D%5B%5D=a%2Cb%40c&filter%5Bemail%5D%5B%5D=d%26e&page=1"
    );
    let again = Idq::new(["query", "provisionr.ndjson", "-q", url]).succeeds();
    assert_eq!(again.stdout, envelope.stdout);
}

#[test]
fn filter_flags_that_are_malformed_are_refused() {
    for (words, expected) in [
        (
            &["-f", "state="][..],
            "expected a value for filter[state], found none",
        ),
        (
            &["-f", "state=active", "-f", "state="],
            "expected a value for filter[state], found none",
        ),
        (
            &["-q", "filter[state]=active", "-f", "state=staged"],
            "expected one filter[state], found another",
        ),
        (
            &["-q", "filter[state][]=active", "-f", "state=staged"],
            "expected one filter[state], found another",
        ),
        (
            &["-f", "trashed=with", "-f", "trashed=only"],
            "expected one value for filter[trashed], found a list",
        ),
        (
            &["-f", "created_after=-1y", "-f", "created_after=-2y"],
            "expected one value for filter[created_after], found a list",
        ),
        (
            &["-f", "created_after=2026-01-01,2026-01-02"],
            "filter[created_after]: ",
        ),
    ] {
        let ran = Idq::new(["count", "provisionr.json"]).args(words).run();
        assert!(
            ran.failure().contains(expected),
            "{words:?}: {}",
            ran.stderr
        );
        assert_eq!(ran.status, 2, "{words:?}");
    }
}

#[test]
fn filter_flags_under_api_conformance_join_the_list_of_the_request() {
    for (words, count) in [
        (
            &["-q", "filter[state][]=staged", "-f", "state=orphan"][..],
            "5\n",
        ),
        (&["-q", "filter[state]=staged", "-f", "state=orphan"], "3\n"),
        (&["-f", "trashed= with "], "60\n"),
    ] {
        let ran = Idq::new(["count", "provisionr.json", "--conformance", "api"]).args(words);
        assert_eq!(ran.run().text(), count, "{words:?}");
    }
    assert_eq!(
        idq("count provisionr.json -f state=staged -f state=orphan").text(),
        "5\n"
    );
}
