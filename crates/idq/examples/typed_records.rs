//! Reads records into types of the program's own through serde, and values by their paths where there is no type.
//!
//! `cargo run -p idq --example typed_records`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

use idq::Engine;
use serde::Deserialize;

/// The members that the program needs; others are skipped.
#[derive(Deserialize)]
struct Person<'r> {
    // Borrowed from the record, unless the text has escapes: `&str` would fail for those.
    #[serde(borrow)]
    id: Cow<'r, str>,
    #[serde(borrow)]
    email: Option<Cow<'r, str>>,
    #[serde(borrow)]
    state: Option<Cow<'r, str>>,
    #[serde(borrow)]
    included: Included<'r>,
}

/// The objects that the API includes.
#[derive(Deserialize)]
struct Included<'r> {
    #[serde(borrow)]
    workspace_integration: Integration<'r>,
}

/// The system that an identity comes from.
#[derive(Deserialize)]
struct Integration<'r> {
    #[serde(borrow)]
    vendor: Cow<'r, str>,
    is_primary: bool,
}

/// Runs the example.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let people = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/provisionr.ndjson"
    );
    let engine = Engine::open([people])?;
    let mut departments: BTreeMap<String, u64> = BTreeMap::new();
    let mut primary = 0;
    for record in engine.query("filter[state]=active")?.records()? {
        let record = record?;
        // Typed: a member of another type is an error with its place.
        let person: Person<'_> = record.deserialize()?;
        let integration = &person.included.workspace_integration;
        primary += u64::from(integration.is_primary);
        if person.email.is_none() {
            println!(
                "{} of {} has no address ({:?})",
                person.id, integration.vendor, person.state
            );
        }
        // Dynamic: profiles are free-form, so each vendor has paths of its own.
        let department = ["profile.department", "profile.profile.department"]
            .iter()
            .find_map(|path| Some(record.get(path)?.as_str()?.into_owned()));
        *departments
            .entry(department.unwrap_or_else(|| "none".to_owned()))
            .or_default() += 1;
    }
    println!("{primary} from primary integrations; by department: {departments:?}");
    assert_eq!(departments.values().sum::<u64>(), 44);
    Ok(())
}
