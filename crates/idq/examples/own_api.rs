//! Describes an API of one's own, and queries its export in the same grammar: an API is a value, not code.
//!
//! `cargo run -p idq --example own_api`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use idq::api::{
    Api, ApiDescription, Collation, Envelope, EscapeDialect, Field, FilterRule, Kind, MatchKind,
    PageMember, PageNumberRule, PageRules, Provenance, SortRule,
};
use idq::{Engine, Loader, Source};

/// An export of the API: an array of records.
const EXPORT: &str = r#"[
    {"uid": "u1", "mail": "ada@acme.example", "team": {"name": "Engines"}, "changed": "2026-05-01T08:00:00Z"},
    {"uid": "u2", "mail": "Bob@acme.example", "team": {"name": "Sales"}, "changed": "2026-06-01T08:00:00Z", "extra": 7},
    {"uid": "u3", "mail": null, "team": {"name": "Engines"}, "changed": "2026-04-01T08:00:00Z"}
]"#;

/// Describes the API of Acme's people.
fn acme() -> ApiDescription {
    let filter = |name: &str, field: &str, match_kind| FilterRule {
        name: name.to_owned(),
        field: field.to_owned(),
        match_kind,
        provenance: Provenance::Documented,
    };
    let sort = |name: &str, field: &str| SortRule {
        name: name.to_owned(),
        field: field.to_owned(),
        provenance: Provenance::Documented,
    };
    ApiDescription {
        name: "acme".to_owned(),
        title: "Acme people".to_owned(),
        collection_path: "/v2/people".to_owned(),
        fields: vec![
            Field::new("uid", Kind::Text, Collation::Bytes, "The id.").personal(),
            Field::new("mail", Kind::Text, Collation::Lowercase, "E-mail address.").personal(),
            Field::new(
                "team.name",
                Kind::Keyword,
                Collation::Lowercase,
                "Name of the team.",
            ),
            Field::new(
                "changed",
                Kind::Timestamp,
                Collation::Bytes,
                "Time of the last change.",
            ),
        ],
        objects: Vec::new(),
        filters: vec![
            filter("mail", "mail", MatchKind::Partial),
            filter("team", "team.name", MatchKind::Exact),
            filter("changed_since", "changed", MatchKind::After),
        ],
        sorts: vec![sort("mail", "mail"), sort("changed", "changed")],
        default_order: vec!["uid".to_owned()],
        pages: PageRules {
            per_page: 20,
            per_page_can_change: true,
            page_number: PageNumberRule::Strict,
        },
        envelope: Envelope::new([
            ("people", PageMember::Records),
            ("total", PageMember::Total),
            ("page", PageMember::Page),
        ]),
        // The form of errors matters to a server alone.
        errors: Api::provisionr().errors.clone(),
        dialect: EscapeDialect::Minimal,
        generator: None,
        id: "uid".to_owned(),
        updated: "changed".to_owned(),
        state: "team.name".to_owned(),
        self_link: None,
        profile: None,
        table_columns: vec!["mail".to_owned(), "team.name".to_owned()],
        volatile: vec!["changed".to_owned()],
    }
}

/// Runs the example.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    // Every mistake in the description is reported at once.
    let api = Arc::new(Api::new(acme())?);
    let loader = Loader::new(vec![Source::bytes("acme.json", EXPORT)]).api(&api);
    let engine = Engine::load(loader)?;

    let page = engine.query("filter[team]=Engines&sort=-changed")?.page()?;
    println!("{}", page.to_json()?);
    assert_eq!(page.total(), 2);

    // Expressions see every field, and members that the description does not have.
    let query = idq::Query::new().and_where(idq::Expression::parse("mail ne null and extra gt 5")?);
    assert_eq!(engine.matches(&query)?.count()?, 1);

    let error = engine
        .query("filter[teams]=Sales")
        .err()
        .ok_or("there is no such filter")?;
    println!("{error}");
    Ok(())
}
