use crate::{APIS, Api};

/// The API whose records have the most of these top-level keys; `None` without a winner.
///
/// The id says nothing, as both have one.
pub fn detect<K: AsRef<str>>(keys: &[K]) -> Option<&'static Api> {
    let score = |api: &Api| {
        let known = |key: &str| {
            key != api.fields[api.id].name
                && api
                    .fields
                    .iter()
                    .any(|field| field.name.split('.').next() == Some(key))
        };
        keys.iter().filter(|key| known(key.as_ref())).count()
    };
    let mut best: Option<(&'static Api, usize)> = None;
    let mut tied = false;
    for api in APIS {
        let score = score(api);
        let top = best.map_or(0, |(_, top)| top);
        if score > top {
            best = Some((api, score));
            tied = false;
        } else if score == top {
            tied = true;
        }
    }
    best.filter(|_| !tied).map(|(api, _)| api)
}

/// The API whose saved page has these top-level keys: its records' key and at least one more of its envelope.
pub fn envelope_of<K: AsRef<str>>(keys: &[K]) -> Option<&'static Api> {
    let has = |wanted: &str| keys.iter().any(|key| key.as_ref() == wanted);
    APIS.into_iter().find(|api| {
        has(api.envelope.records_key()) && api.envelope.other_keys().iter().any(|key| has(key))
    })
}
