//! Attributes of the oracle: the fields of both APIs, and the attribute that a path names.

use idq_grammar::AttributePath;

use crate::request::OracleApi;

/// Kind of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text field that compares with case.
    Exact,
    /// Text field that compares without case.
    Folded,
    /// Date field.
    Date,
    /// Date field in which two dates mean never.
    DateOrNever,
    /// Boolean field.
    Boolean,
    /// Number field.
    Number,
    /// Object around fields.
    Object,
    /// Free-form document as a whole.
    Document,
    /// Path in a free-form document.
    Path,
    /// Member that the API does not document, or a path in it.
    Undocumented,
}

impl Kind {
    /// Returns whether the attribute may hold any JSON, and be compared with any.
    pub fn is_free_form(self) -> bool {
        matches!(self, Self::Path | Self::Undocumented)
    }

    /// Returns whether the attribute is a date field.
    pub fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::DateOrNever)
    }
}

/// An attribute of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Kind.
    pub kind: Kind,
    /// Keys from the record to the attribute.
    pub keys: Vec<String>,
}

impl Attribute {
    /// Returns the name, as an expression spells it.
    pub fn name(&self) -> String {
        AttributePath::new(self.keys.iter().cloned()).to_string()
    }
}

/// The fields of an API with their kinds, in the order of the vendor's documentation.
pub fn fields(api: OracleApi) -> &'static [(&'static str, Kind)] {
    match api {
        OracleApi::Provisionr => PROVISIONR,
        OracleApi::PermissionAssist => PERMISSION_ASSIST,
    }
}

const PROVISIONR: &[(&str, Kind)] = &[
    ("id", Kind::Exact),
    ("state", Kind::Exact),
    ("vendor_id", Kind::Exact),
    ("email", Kind::Folded),
    ("profile", Kind::Document),
    ("timestamp.created_at", Kind::Date),
    ("timestamp.updated_at", Kind::Date),
    ("timestamp.deleted_at", Kind::Date),
    ("timestamp.provisioned_at", Kind::Date),
    ("timestamp.deprovisioned_at", Kind::Date),
    ("timestamp.profile_changed_at", Kind::Date),
    ("timestamp.last_authenticated_at", Kind::DateOrNever),
    ("count.workspace_logs_parent", Kind::Number),
    ("count.workspace_logs_record", Kind::Number),
    ("count.workspace_logs_related", Kind::Number),
    ("included.workspace_integration.id", Kind::Exact),
    ("included.workspace_integration.is_primary", Kind::Boolean),
    ("included.workspace_integration.vendor", Kind::Exact),
    ("included.workspace_integration.handle", Kind::Exact),
    ("included.workspace_integration.domain", Kind::Exact),
    ("included.directory_user.id", Kind::Exact),
    ("included.directory_user.state", Kind::Exact),
    ("included.directory_user.manager_id", Kind::Exact),
    ("included.directory_user.is_manager", Kind::Boolean),
    ("included.directory_user.full_name", Kind::Folded),
    ("included.directory_user.email", Kind::Folded),
    ("included.directory_user.username", Kind::Exact),
    ("included.directory_user.org", Kind::Document),
    ("included.directory_user.metadata", Kind::Document),
    ("links.self", Kind::Exact),
    ("links.workspace_integration", Kind::Exact),
    ("links.directory_user", Kind::Exact),
];

const PERMISSION_ASSIST: &[(&str, Kind)] = &[
    ("id", Kind::Exact),
    ("kind", Kind::Exact),
    ("firstName", Kind::Folded),
    ("lastName", Kind::Folded),
    ("emailAddress", Kind::Folded),
    ("type", Kind::Exact),
    ("title", Kind::Folded),
    ("company", Kind::Folded),
    ("division", Kind::Folded),
    ("department", Kind::Folded),
    ("office", Kind::Folded),
    ("supervisorName", Kind::Folded),
    ("createdDate", Kind::Date),
    ("updatedDate", Kind::Date),
    ("firstSeenDate", Kind::Date),
    ("inactivatedDate", Kind::DateOrNever),
    ("status", Kind::Exact),
];

/// Returns the attribute that a path names; `None` for a path into a field without members.
pub(super) fn attribute(api: OracleApi, path: &[String]) -> Option<Attribute> {
    // Names of the API may have any case, other keys are exact.
    let documented = |name: &str| {
        let keys: Vec<&str> = name.split('.').collect();
        let common = keys.iter().zip(path);
        let common = common.take_while(|(key, written)| key.eq_ignore_ascii_case(written));
        (common.count(), keys.len())
    };
    let mut outer: Vec<&str> = Vec::new();
    for (name, kind) in fields(api) {
        let (common, length) = documented(name);
        let keys: Vec<&str> = name.split('.').collect();
        if common == length {
            let is_whole = path.len() == length;
            return (is_whole || *kind == Kind::Document).then(|| Attribute {
                kind: if is_whole { *kind } else { Kind::Path },
                keys: joined(&keys, &path[length..]),
            });
        }
        if common > outer.len() {
            outer = keys[..common].to_vec();
        }
    }
    let rest = &path[outer.len()..];
    Some(Attribute {
        kind: if rest.is_empty() {
            Kind::Object
        } else {
            Kind::Undocumented
        },
        keys: joined(&outer, rest),
    })
}

fn joined(outer: &[&str], rest: &[String]) -> Vec<String> {
    let outer = outer.iter().map(|&key| key.to_owned());
    outer.chain(rest.iter().cloned()).collect()
}
