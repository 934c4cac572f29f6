//! Requests and the queries that they parse to.

use chrono::{NaiveDate, TimeZone as _, Utc};
use idq_grammar::{Direction, ErrorKind, FilterValue, Query, SortTerm};

use crate::{show_filter, show_filters, show_parameters, show_sorts, values, written};

#[test]
fn filter_parameters_parse_to_filters() {
    for (text, expected) in [
        ("", &[][..]),
        ("?", &[]),
        ("&&", &[]),
        ("filter[state]=active", &["state=active"]),
        ("?filter%5Bstate%5D=active", &["state=active"]),
        ("f%69lter%5bstate]=active", &["state=active"]),
        ("filter[name]=a+b%20c%2Bd", &["name=a b c+d"]),
        ("filter[a%26b]=c%3Dd=e", &["a&b=c=d=e"]),
        ("filter[state]", &["state="]),
        ("filter[state]=", &["state="]),
        ("filter[a]=1&&filter[b]=2&", &["a=1", "b=2"]),
        ("filter[a]=1&filter[a]=2", &["a=1", "a=2"]),
        (
            "filter[a][]=1&filter[b]=x&filter[a][]=2",
            &["a=[1][2]", "b=x"],
        ),
        ("filter[a][0]=1&filter%5Ba%5D%5B1%5D=2", &["a=[1][2]"]),
        (
            "filter[a][]=1&filter[a]=2&filter[a][]=3",
            &["a=[1]", "a=2", "a=[3]"],
        ),
        ("filter[a][]=1,2", &["a=[1,2]"]),
        ("filter[a.b]=1", &["a.b=1"]),
        ("filter[ a ]=+1+", &[" a = 1 "]),
        ("/api/x?filter[a]=1#filter[b]=2", &["a=1"]),
    ] {
        let query = Query::parse(text).expect(text);
        assert_eq!(show_filters(&query), expected, "{text}");
    }
}

#[test]
fn sort_page_and_other_parameters_parse_to_separate_lists() {
    let query = Query::parse(
        "sort=a,-b,,-&page=2&page=x&per_page=50&sort=&fields=id&=1&Sort=a&page[number]=3",
    )
    .expect("valid");
    assert_eq!(show_sorts(&query), ["a,-b,,-", ""]);
    let terms = &query.sorts()[0].terms;
    let written: Vec<&str> = terms
        .iter()
        .map(|term| written(&query, &term.name))
        .collect();
    assert_eq!(written, ["a", "b", "", ""]);
    let directions: Vec<Direction> = terms.iter().map(|term| term.direction).collect();
    use Direction::{Ascending, Descending};
    assert_eq!(directions, [Ascending, Descending, Ascending, Descending]);
    assert_eq!(values(query.pages()), ["2", "x"]);
    assert_eq!(values(query.per_pages()), ["50"]);
    let others: Vec<&str> = query
        .others()
        .iter()
        .map(|other| other.name.value.as_str())
        .collect();
    assert_eq!(others, ["fields", "", "Sort", "page[number]"]);
}

#[test]
fn url_of_a_request_parses_to_base_and_path() {
    let url = "https://host:8080/api/v1/x?page=2#top";
    let query = Query::parse(url).expect("valid");
    let base = query.url().expect("a URL");
    assert_eq!(base.base.value, "https://host:8080/api/v1/x");
    assert_eq!(written(&query, &base.path), "/api/v1/x");
    assert!(Query::parse("page=2").expect("valid").url().is_none());
}

#[test]
fn spans_of_encoded_parts_cover_the_written_bytes() {
    let query = Query::parse("/x?%66ilter%5Bna%C3%ABme%5D%5B%5D=+a%2Cb&sort=%2Dcre%61ted_at")
        .expect("valid");
    let filter = &query.filters()[0];
    assert_eq!(show_filter(filter), "naëme=[ a,b]");
    assert_eq!(written(&query, &filter.name), "na%C3%ABme");
    let FilterValue::List(items) = &filter.value else {
        panic!("a list");
    };
    assert_eq!(written(&query, &items[0]), "+a%2Cb");
    let term = &query.sorts()[0].terms[0];
    assert_eq!(term.to_string(), "-created_at");
    assert_eq!(written(&query, &term.name), "cre%61ted_at");
}

#[test]
fn flags_are_literal_and_join_the_request() {
    let mut query = Query::parse("/x?filter[a]=1&sort=b").expect("valid");
    for text in [
        "a=50%",
        "filter[b]=x+y=z",
        " c = d",
        "e[]=1",
        "filter[e]=2,5",
        "e[7]=3",
    ] {
        query.add_filter_text(text).expect(text);
    }
    query.add_sort_text("-c,d");
    query.add_sort_text("e");
    query.add_page_text("3");
    query.add_per_page_text(" 10");
    assert_eq!(
        show_filters(&query),
        ["a=1", "a=[50%]", "b=[x+y=z]", "c=[ d]", "e=[1][2,5][3]"]
    );
    assert_eq!(show_sorts(&query), ["b,-c,d,e"]);
    assert_eq!(
        show_parameters(&query),
        [
            "filter[a]=1",
            "sort=b,-c,d,e",
            "filter[a][]=50%",
            "filter[b][]=x+y=z",
            "filter[c][]= d",
            "filter[e][]=1",
            "filter[e][]=2,5",
            "filter[e][]=3",
            "page=3",
            "per_page= 10",
        ]
    );
    assert_eq!(written(&query, &query.filters()[3].name), "c");
    assert_eq!(written(&query, &query.sorts()[0].terms[3].name), "e");
    let origins: Vec<String> = query
        .texts()
        .iter()
        .map(|text| text.origin.to_string())
        .collect();
    assert_eq!(
        origins[5..],
        ["-f", "-f", "-s", "-s", "--page", "--per-page"]
    );
}

#[test]
fn builder_methods_add_parameters_in_order() {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a day");
    let instant = Utc
        .with_ymd_and_hms(2026, 1, 31, 9, 30, 0)
        .single()
        .expect("an instant");
    let names: &[&str] = &["x,y", "z"];
    let query = Query::new()
        .page(1)
        .filter("a", "1,2")
        .filter("b", String::from("text"))
        .filter("c", true)
        .filter("d_after", day)
        .filter("d_before", instant)
        .filter("e", names)
        .filter("f", vec!["x"])
        .filter("g", ["x".to_owned()])
        .filter("h", Vec::<String>::new())
        .sort("-a")
        .sort(SortTerm::ascending("b"))
        .per_page(10)
        .page(2)
        .sort("c");
    assert_eq!(
        show_parameters(&query),
        [
            "filter[a]=1,2",
            "filter[b]=text",
            "filter[c]=true",
            "filter[d_after]=2026-01-31",
            "filter[d_before]=2026-01-31T09:30:00Z",
            "filter[e][]=x,y",
            "filter[e][]=z",
            "filter[f][]=x",
            "filter[g][]=x",
            "sort=-a,b,c",
            "per_page=10",
            "page=2",
        ]
    );
    assert_eq!(query.filters().len(), 9);
    assert_eq!(values(query.pages()), ["2"]);
    assert!(query.filters()[0].name.span.is_none());
}

#[test]
fn parts_without_mistakes_are_added_despite_errors() {
    let mut query = Query::new();
    let errors = query
        .add_request_text("filter=1&page=2&filter[a]=%zz&filter[b]=x")
        .expect_err("two errors");
    let kinds: Vec<&ErrorKind> = errors.errors().iter().map(|error| &error.kind).collect();
    assert!(matches!(
        kinds[..],
        [ErrorKind::NoFilterName, ErrorKind::BadEscape { .. }]
    ));
    assert_eq!(show_parameters(&query), ["page=2", "filter[b]=x"]);
    assert!(query.add_filter_text("state").is_err());
    query.add_page_text("3");
    assert_eq!(values(query.pages()), ["2", "3"]);
    assert_eq!(query.texts().len(), 3);
}
