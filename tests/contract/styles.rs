//! Dumps of every generated style: all records load, and the spelling of a dump has no effect on answers.

use idq::api::ApiRegistry;
use idq::{Engine, Loader, Source};
use idq_testing::{Generator, Options, Shape, Style, generate};

use crate::ids;

/// The number of records: several blocks of the generator and pages of each API.
const ROWS: u64 = 1500;

/// Requests with every kind of filter and sort, and expressions on documents.
const PROVISIONR: &[&str] = &[
    "",
    "filter[trashed]=with",
    "filter[state]=active&sort=-created_at",
    "filter[email_search]=an&sort=email",
    "filter[profile_search]=engineer",
    "filter[profile_search]=/,é&sort=user_full-name",
    "filter[profile_search]=costCenter&filter[trashed]=only",
    "filter[created_after]=2024-01-01&sort=-last_authenticated_at,state",
    "filter[deprovisioned_pending_deactivation]=true",
    "where=profile.profile.title co \"engineer\" or profile.emails[primary eq true and address co \"@\"]",
    "where=profile.score ge 50.5 or included.directory_user.metadata.tags pr",
    "where=included.directory_user.org.location.city eq \"Zürich\" or profile eq null",
];

/// The same for Permission Assist.
const PERMISSION_ASSIST: &[&str] = &[
    "",
    "filter[status]=Active&sort=-createdDate",
    "filter[emailAddress_search]=an&sort=emailAddress",
    "filter[lastName_search]=é,o'&sort=-lastName,id",
    "filter[department_search]=%26&sort=supervisorName",
    "filter[inactivatedDate_after]=2024-01-01",
    "where=office matches \"[0-9]{2}\" and not (title eq null)",
];

/// Loads a generated dump; a malformed record is an error.
fn engine(generator: Generator, style: Style, shape: Shape) -> Engine {
    let options = Options::new(generator).rows(ROWS).seed(3);
    let dump = generate(&options.shape(shape).style(style));
    let api = ApiRegistry::built_in().by_name(generator.name()).unwrap();
    let loader = Loader::new(vec![Source::bytes("dump", dump)]).api(api);
    Engine::load(loader).unwrap()
}

/// Returns the groups of all records by a key with the number of records in each.
fn groups(engine: &Engine, key: &str) -> Vec<String> {
    let matches = engine.query("").unwrap();
    let groups = matches.count_by(&[key]).unwrap();
    let group = |group: idq::Group<'_>| {
        let values: Vec<String> = group.values().map(|value| format!("{value:?}")).collect();
        format!("{}: {}", values.join(", "), group.count)
    };
    groups.iter().map(group).collect()
}

#[test]
fn records_of_every_style_load_in_every_shape() {
    for &generator in Generator::ALL {
        for &style in Style::ALL {
            for shape in [Shape::Array, Shape::Ndjson, Shape::Pages] {
                let options = Options::new(generator).style(style).shape(shape);
                if options.check().is_ok() {
                    let engine = engine(generator, style, shape);
                    let rows = engine.snapshot().rows();
                    assert_eq!(rows, ROWS, "{generator:?} {style} {shape:?}");
                    assert_eq!(engine.snapshot().repeated_ids(), 0);
                }
            }
        }
    }
}

#[test]
fn answers_are_the_same_in_every_spelling() {
    for (generator, requests, keys) in [
        (
            Generator::PROVISIONR,
            PROVISIONR,
            [
                "state",
                "timestamp.created_at:month",
                "profile.profile.department",
                "email:domain",
            ],
        ),
        (
            Generator::PERMISSION_ASSIST,
            PERMISSION_ASSIST,
            [
                "status",
                "createdDate:month",
                "office",
                "emailAddress:domain",
            ],
        ),
    ] {
        let expected = engine(generator, Style::Server, Shape::Array);
        let styles = Style::ALL.iter().filter(|style| style.keeps_content());
        for style in styles.filter(|style| **style != Style::Server) {
            for shape in [Shape::Array, Shape::Pages] {
                let styled = engine(generator, *style, shape);
                for request in requests {
                    let found = ids(&expected, request);
                    assert!(!found.is_empty(), "{request} has no matches");
                    assert_eq!(ids(&styled, request), found, "{style} {shape:?}: {request}");
                }
                for key in keys {
                    let found = groups(&styled, key);
                    assert_eq!(found, groups(&expected, key), "{style} {shape:?}: {key}");
                }
            }
        }
    }
}
