//! Tests of rendering through the public interface: bytes of pages, files and tables, and properties of any record.

mod csv;
mod envelope;
mod properties;
mod table;

use idq_render::PageInfo;

/// Returns page `page` of a collection of `total` records, 15 a page.
fn page<'a>(page: u64, total: u64, parameters: &'a [(String, String)]) -> PageInfo<'a> {
    PageInfo {
        page,
        per_page: 15,
        total,
        collection_url: "https://acme.example/api/v1/directory/identities",
        parameters,
    }
}

fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
