//! Generated pages have the form that the API's description states.

use idq::api::{ApiRegistry, PageMember};
use idq_generate::{Generator, Options, Shape, write};
use serde_json::Value;

#[test]
fn generated_page_has_the_described_members_and_size() {
    for api in ApiRegistry::built_in() {
        let name = api.generator.as_deref().unwrap();
        let generator = Generator::from_name(name).unwrap();
        let rows = api.pages.per_page + 1;
        let options = Options::new(generator).rows(rows).shape(Shape::Pages);
        let mut dump = Vec::new();
        write(&options, &mut dump).unwrap();
        let first = dump.split(|byte| *byte == b'\n').next().unwrap();
        let page: Value = serde_json::from_slice(first).unwrap();
        let mut described: Vec<&str> = api.envelope.members.iter().map(|(key, _)| &**key).collect();
        described.sort_unstable();
        let page = page.as_object().unwrap();
        let mut keys: Vec<&str> = page.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, described, "{name}");
        let records = page[api.envelope.records_key()].as_array().unwrap();
        assert_eq!(records.len() as u64, api.pages.per_page, "{name}");
        for (key, member) in &api.envelope.members {
            match member {
                PageMember::Total => assert_eq!(page[key], rows, "{name}"),
                PageMember::PerPage => assert_eq!(page[key], api.pages.per_page, "{name}"),
                _ => {}
            }
        }
    }
}
