//! Cancelled queries.

use std::sync::mpsc::channel;

use idq::{Cancel, Engine, Error, Source};

fn engine() -> Engine {
    let records = (0..2_000).map(|number| format!(r#"{{"id":"{number}","vendor_id":"v"}}"#));
    let dump = records.collect::<Vec<_>>().join("\n");
    Engine::open([Source::bytes("dump", dump.into_bytes())]).unwrap()
}

#[test]
fn query_that_is_cancelled_fails_in_every_method() {
    let engine = engine();
    for query in ["", "filter[vendor_id]=v", "sort=-vendor_id", "page=9"] {
        let cancel = Cancel::new();
        let matches = engine.query(query).unwrap().cancelled_by(cancel.clone());
        assert_eq!(matches.count().unwrap(), 2_000);
        assert_eq!(matches.page().unwrap().total(), 2_000);
        cancel.cancel();
        assert!(cancel.is_cancelled());
        assert!(matches!(matches.count(), Err(Error::Cancelled)));
        assert!(matches!(matches.page(), Err(Error::Cancelled)));
        assert!(matches!(matches.rows(), Err(Error::Cancelled)));
        assert!(matches!(matches.records().err(), Some(Error::Cancelled)));
        // Other queries are unaffected.
        assert_eq!(engine.query(query).unwrap().count().unwrap(), 2_000);
    }
}

#[test]
fn query_cancelled_by_another_thread_gives_no_wrong_count() {
    let engine = engine();
    let cancel = Cancel::new();
    let (answered, first) = channel();
    std::thread::scope(|scope| {
        let flag = cancel.clone();
        let engine = &engine;
        let querying = scope.spawn(move || {
            let matches = engine.query("filter[vendor_id_search]=v").unwrap();
            let matches = matches.cancelled_by(flag);
            loop {
                match matches.count() {
                    Ok(count) => assert_eq!(count, 2_000),
                    Err(error) => return error,
                }
                let _ = answered.send(());
            }
        });
        first.recv().unwrap();
        cancel.cancel();
        assert!(matches!(querying.join().unwrap(), Error::Cancelled));
    });
}
