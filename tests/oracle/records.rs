//! Random records: rows of the generator, and hand-made records that are rare in real directories.

use idq_generate::{Style, record_in_style};
use idq_tests::OracleApi;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cells::{
    boolean, email, keyword, number, object, parent, profile, rare_time, state, text, time,
};
use crate::spelling::{Spelling, spelling};

const HOSTS: &[&str] = &[
    "https://a.example",
    "https://a.example",
    "https://b.example",
];

/// Generates the text of one record.
pub(crate) fn record(api: OracleApi) -> BoxedStrategy<String> {
    prop_oneof![1 => generated(api), 2 => handmade(api)].boxed()
}

/// Generates a row of the generator, mostly in its server's style.
pub(crate) fn generated(api: OracleApi) -> BoxedStrategy<String> {
    let style = prop_oneof![1 => Just(Style::Server), 1 => select(oracle_styles())];
    (style, 0_u64..3, 0_u64..500)
        .prop_map(move |(style, seed, row)| {
            let mut bytes = Vec::new();
            record_in_style(api.generator(), style, seed, row, &mut bytes);
            String::from_utf8(bytes).unwrap()
        })
        .boxed()
}

/// Returns the styles whose values the oracle reads: `serde_json` does not keep the spelling of numbers, which that of
/// mixed metadata varies.
pub(crate) fn oracle_styles() -> Vec<Style> {
    let styles = Style::ALL.iter().copied();
    styles
        .filter(|style| *style != Style::MixedMetadata)
        .collect()
}

fn handmade(api: OracleApi) -> BoxedStrategy<String> {
    let record = match api {
        OracleApi::Provisionr => provisionr(),
        OracleApi::PermissionAssist => permission_assist(),
    };
    (record, spelling(), any::<bool>())
        .prop_map(|(record, spelling, replaced)| spelled(&record, spelling, replaced))
        .boxed()
}

/// The last value of a repeated key counts.
fn spelled(record: &Value, spelling: Spelling, replaced: bool) -> String {
    let text = spelling.spell(record);
    if replaced && record.get("email").is_some() {
        return text.replacen('{', r#"{"email":"replaced@example.com","#, 1);
    }
    text
}

/// Generates an id from a small set, so that ids repeat.
pub(crate) fn id() -> BoxedStrategy<Option<Value>> {
    let id = prop_oneof![
        (0_u32..40).prop_map(|number| json!(format!("dridt_{number}"))),
        select(&["", "Ö%_\\", "a,b", "dridt_"]).prop_map(|id| json!(id)),
    ];
    id.prop_map(Some).boxed()
}

fn provisionr() -> BoxedStrategy<Value> {
    let timestamps = parent(vec![
        ("created_at", time()),
        ("updated_at", time()),
        ("deleted_at", rare_time()),
        ("provisioned_at", time()),
        ("deprovisioned_at", rare_time()),
        ("profile_changed_at", time()),
        ("last_authenticated_at", rare_time()),
    ]);
    let integration = parent(vec![("id", keyword()), ("vendor", keyword())]);
    let user = parent(vec![
        ("id", text()),
        ("full_name", text()),
        ("email", text()),
        ("is_manager", boolean()),
        ("org", profile()),
    ]);
    let counts = parent(vec![
        ("workspace_logs_parent", number()),
        ("workspace_logs_record", number()),
    ]);
    let included = parent(vec![
        ("workspace_integration", integration),
        ("directory_user", user),
    ]);
    let values = vec![
        id(),
        state(),
        text(),
        email(),
        profile(),
        timestamps,
        included,
        counts,
        text(),
    ];
    (values, select(HOSTS), 0_u8..30)
        .prop_map(|(values, host, link)| {
            let keys = [
                "id",
                "state",
                "vendor_id",
                "email",
                "profile",
                "timestamp",
                "included",
                "count",
                "unknown",
            ];
            let mut record = object(&keys, values);
            let id = record["id"].as_str().unwrap_or_default();
            // Usually one host, so that the links of many dumps agree.
            match link {
                0 => record["links"] = json!({"self": format!("{host}/identities/{id}")}),
                1 => record["links"] = json!({"self": "elsewhere"}),
                2 => record["links"] = json!({"self": null}),
                3 => {}
                _ => {
                    let collection = "https://a.example/api/v1/directory/identities";
                    record["links"] = json!({"self": format!("{collection}/{id}")});
                }
            }
            record
        })
        .boxed()
}

fn permission_assist() -> BoxedStrategy<Value> {
    let keys = [
        "id",
        "kind",
        "firstName",
        "lastName",
        "emailAddress",
        "type",
        "title",
        "company",
        "division",
        "department",
        "office",
        "supervisorName",
        "createdDate",
        "updatedDate",
        "firstSeenDate",
        "inactivatedDate",
        "status",
        "unknown",
    ];
    let values = vec![
        id(),
        keyword(),
        text(),
        text(),
        text(),
        state(),
        text(),
        keyword(),
        text(),
        text(),
        text(),
        text(),
        time(),
        time(),
        time(),
        rare_time(),
        state(),
        profile(),
    ];
    values.prop_map(move |values| object(&keys, values)).boxed()
}
