//! [`ApiRegistry`]: the known APIs, and detection of one by name, URL path, record or page.

use std::sync::{Arc, LazyLock};

use crate::api::Api;
use crate::descriptions;

/// The APIs that a program knows, in order of preference. Clones share the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiRegistry {
    apis: Arc<[Arc<Api>]>,
}

impl Default for ApiRegistry {
    fn default() -> Self {
        Self::built_in().clone()
    }
}

impl ApiRegistry {
    /// Creates a registry of these APIs. Lookups return the first of two that match equally well.
    pub fn new(apis: impl IntoIterator<Item = Arc<Api>>) -> Self {
        Self {
            apis: apis.into_iter().collect(),
        }
    }

    /// Returns the registry of the built-in APIs, which is created on the first call.
    pub fn built_in() -> &'static Self {
        static REGISTRY: LazyLock<ApiRegistry> =
            LazyLock::new(|| ApiRegistry::new(descriptions::built_in()));
        &REGISTRY
    }

    /// Returns the built-in API of a name of this crate.
    pub(crate) fn built_in_named(name: &str) -> &'static Arc<Api> {
        let mut apis = Self::built_in().iter();
        match apis.find(|api| api.name == name) {
            Some(api) => api,
            None => unreachable!("{name} is described in this crate"),
        }
    }

    /// Returns the APIs in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Api>> {
        self.apis.iter()
    }

    /// Returns the API of a name. Only letters and digits are compared, in any case: `Permission_Assist` is
    /// `permission-assist`.
    pub fn by_name(&self, name: &str) -> Option<&Arc<Api>> {
        let letters = |name: &str| -> String {
            name.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_lowercase())
                .collect()
        };
        self.iter().find(|api| letters(&api.name) == letters(name))
    }

    /// Returns the API whose collection has this URL path, and the id of an identity if the path has one more segment.
    ///
    /// A path may have a prefix, such as that of a gateway.
    pub fn by_path<'p>(&self, path: &'p str) -> Option<(&Arc<Api>, Option<&'p str>)> {
        let path = path.trim_end_matches('/');
        for api in self {
            if path.ends_with(&api.collection_path) {
                return Some((api, None));
            }
            if let Some((collection, id)) = path.rsplit_once('/')
                && collection.ends_with(&api.collection_path)
            {
                return Some((api, Some(id)));
            }
        }
        None
    }

    /// Returns the API whose records have the most of these top-level keys; `None` for no key or a tie.
    ///
    /// Ids do not count, as records of every API have one.
    pub fn detect<K: AsRef<str>>(&self, keys: &[K]) -> Option<&Arc<Api>> {
        let score = |api: &Api| {
            let is_known = |key: &str| key != api.fields[api.id].name && api.has_top_level_key(key);
            keys.iter().filter(|key| is_known(key.as_ref())).count()
        };
        let mut best: Option<(&Arc<Api>, usize)> = None;
        let mut is_tied = false;
        for api in self {
            let score = score(api);
            let top = best.map_or(0, |(_, top)| top);
            if score > top {
                best = Some((api, score));
                is_tied = false;
            } else if score == top {
                is_tied = true;
            }
        }
        best.filter(|_| !is_tied).map(|(api, _)| api)
    }

    /// Returns the API whose saved page has these top-level keys: the records' key and one more of its envelope.
    pub fn by_envelope<K: AsRef<str>>(&self, keys: &[K]) -> Option<&Arc<Api>> {
        let has = |wanted: &str| keys.iter().any(|key| key.as_ref() == wanted);
        self.iter()
            .find(|api| has(api.envelope.records_key()) && api.envelope.other_keys().any(has))
    }

    /// Returns whether the records or pages of some API have this top-level key.
    pub fn is_documented_key(&self, key: &str) -> bool {
        self.is_record_key(key) || self.is_envelope_key(key) || self.is_records_key(key)
    }

    /// Returns whether the pages of some API hold their records under this key.
    pub fn is_records_key(&self, key: &str) -> bool {
        self.iter().any(|api| api.envelope.records_key() == key)
    }

    /// Returns whether the pages of some API, but the records of none, have this top-level key.
    pub fn is_envelope_key(&self, key: &str) -> bool {
        let is_key_of = |api: &Arc<Api>| api.envelope.other_keys().any(|other| other == key);
        self.iter().any(is_key_of) && !self.is_record_key(key)
    }

    /// Returns whether the records of some API have their id under this key.
    pub fn is_id_key(&self, key: &str) -> bool {
        self.iter().any(|api| api.fields[api.id].name == key)
    }

    /// Returns whether the records of some API have this top-level key.
    pub fn is_record_key(&self, key: &str) -> bool {
        self.iter().any(|api| api.has_top_level_key(key))
    }
}

impl<'r> IntoIterator for &'r ApiRegistry {
    type Item = &'r Arc<Api>;
    type IntoIter = std::slice::Iter<'r, Arc<Api>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
