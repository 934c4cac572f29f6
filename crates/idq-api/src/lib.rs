//! What an identity API is, as plain tables: fields, filters, sorts, page rules and envelope.
//!
//! [`Api`] is such a table; [`PROVISIONR`] and [`PERMISSION_ASSIST`] are the two that exist. The binder, the loader,
//! the help texts and `idq fields` all read the same table, so they cannot disagree, and nothing in them knows one
//! API from another but by what the table says.
//!
//! * A [`Field`] is a place in a record (`timestamp.created_at`) with its [`Kind`] and [`Collation`].
//! * A [`FilterRule`] is a request parameter: which field it looks at, and how ([`Match`]).
//! * A [`SortRule`] is a sort key; [`PageRules`] and [`Envelope`] say what a page looks like.
//! * [`detect`] tells from a record's keys which API wrote it.
//!
//! ```
//! use idq_api::{Match, PROVISIONR};
//!
//! let rule = PROVISIONR.filter("email_search").expect("the API has this filter");
//! assert_eq!(rule.matching, Match::Partial);
//! assert_eq!(PROVISIONR.fields[rule.field].name, "email");
//! assert!(PROVISIONR.filter("mail").is_none());
//! ```

mod detect;
mod permission_assist;
mod provisionr;
mod table;

pub use detect::{detect, envelope_of};
pub use permission_assist::PERMISSION_ASSIST;
pub use provisionr::PROVISIONR;
pub use table::{
    Api, Collation, Envelope, Field, FilterRule, Kind, Match, PageRules, SortRule, Standing,
};

/// Every API that is known.
pub static APIS: [&Api; 2] = [&PROVISIONR, &PERMISSION_ASSIST];

/// The API of this name, or of a common spelling of it (`permission_assist`, `PermissionAssist`).
pub fn by_name(name: &str) -> Option<&'static Api> {
    let letters = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    APIS.into_iter()
        .find(|api| letters(api.name) == letters(name))
}

/// The API whose collection lies at this URL path, and what follows the collection: an identity's id.
///
/// A path may have a prefix of its own, as behind a gateway.
pub fn by_path(path: &str) -> Option<(&'static Api, Option<&str>)> {
    let path = path.trim_end_matches('/');
    for api in APIS {
        if path.ends_with(api.collection_path) {
            return Some((api, None));
        }
        if let Some((collection, id)) = path.rsplit_once('/')
            && collection.ends_with(api.collection_path)
        {
            return Some((api, Some(id)));
        }
    }
    None
}

#[cfg(test)]
mod tests;
