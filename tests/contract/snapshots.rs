//! Concurrent queries on one snapshot return the same answer.

use serde_json::json;

use crate::{ids, provisionr, record};

const fn can_be_shared<T: Send + Sync>() {}

const _: () = can_be_shared::<idq::Engine>();
const _: () = can_be_shared::<idq::Matches<'static>>();
const _: () = can_be_shared::<idq::Page<'static>>();
const _: () = can_be_shared::<idq::BoundQuery>();
const _: () = can_be_shared::<idq::Query>();
const _: () = can_be_shared::<idq::Error>();

#[test]
fn queries_of_several_threads_on_one_snapshot_have_the_same_answer() {
    let engine = provisionr((0..200).map(|number: u32| {
        record(
            &format!("{number:03}"),
            &[("email", json!(format!("Ä{}", number % 7)))],
        )
    }));
    let expected = ids(&engine, "filter[email_search]=%C3%A43&sort=-email");
    assert_eq!(expected.len(), 29);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let found = ids(&engine, "filter[email_search]=%C3%A43&sort=-email");
                assert_eq!(found, expected);
            });
        }
    });
}
