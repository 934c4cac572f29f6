//! The oracle's filters: a closure over the parsed record for each name.

use serde_json::Value;

use crate::date::{Now, instant_of, interval_of};
use crate::fold::fold;
use crate::record::{text, texts};
use crate::request::OracleApi;

/// A test of one record.
pub(crate) type Test = Box<dyn Fn(&Value) -> bool>;

/// Builds the test of a filter; `None` if a strict reading refuses its name or value.
pub(crate) fn test(api: OracleApi, name: &str, value: &str, now: Now) -> Option<Test> {
    if value.trim().is_empty() {
        return None;
    }
    match api {
        OracleApi::Provisionr => provisionr(name, value, now),
        OracleApi::PermissionAssist => permission_assist(name, value, now),
    }
}

fn provisionr(name: &str, value: &str, now: Now) -> Option<Test> {
    let word = value.trim();
    match name {
        "id" => Some(exact("id", value)),
        "id_search" => partial("id", value),
        "workspace_integration_id" => Some(exact("included.workspace_integration.id", value)),
        "directory_user_id" => Some(exact("included.directory_user.id", value)),
        "vendor_id" => Some(exact("vendor_id", value)),
        "vendor_id_search" => partial("vendor_id", value),
        "email" => Some(exact("email", value)),
        "email_search" => partial("email", value),
        "state" => Some(exact("state", value)),
        "profile_search" => search("profile", value),
        "created_before" => before("timestamp.created_at", value, now),
        "created_after" => after("timestamp.created_at", value, now),
        "updated_before" => before("timestamp.updated_at", value, now),
        "updated_after" => after("timestamp.updated_at", value, now),
        "deleted_before" => before("timestamp.deleted_at", value, now),
        "deleted_after" => after("timestamp.deleted_at", value, now),
        "provisioned_before" => before("timestamp.provisioned_at", value, now),
        "provisioned_after" => after("timestamp.provisioned_at", value, now),
        "profile_changed_before" => before("timestamp.profile_changed_at", value, now),
        "profile_changed_after" => after("timestamp.profile_changed_at", value, now),
        "last_authenticated_before" => before("timestamp.last_authenticated_at", value, now),
        "last_authenticated_after" => after("timestamp.last_authenticated_at", value, now),
        "deprovisioned_before" => before("timestamp.deprovisioned_at", value, now),
        "deprovisioned_after" => after("timestamp.deprovisioned_at", value, now),
        "trashed" => match word {
            "without" => Some(Box::new(|record| !is_deleted(record))),
            "with" => Some(Box::new(|_| true)),
            "only" => Some(Box::new(is_deleted)),
            _ => None,
        },
        "deprovisioned_pending_deactivation" => match word {
            "true" => Some(Box::new(is_pending)),
            "false" => Some(Box::new(|record| !is_pending(record))),
            _ => None,
        },
        _ => None,
    }
}

/// The paths of the dates of a Permission Assist record.
pub const PERMISSION_ASSIST_DATES: [&str; 4] = [
    "createdDate",
    "updatedDate",
    "firstSeenDate",
    "inactivatedDate",
];

/// The paths of the texts of a Permission Assist record.
pub const PERMISSION_ASSIST_TEXTS: [&str; 13] = [
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
    "status",
];

fn permission_assist(name: &str, value: &str, now: Now) -> Option<Test> {
    let of = |names: &'static [&'static str], name: &str| {
        names.iter().copied().find(|known| *known == name)
    };
    if let Some(name) = name.strip_suffix("_before") {
        return before(of(&PERMISSION_ASSIST_DATES, name)?, value, now);
    }
    if let Some(name) = name.strip_suffix("_after") {
        return after(of(&PERMISSION_ASSIST_DATES, name)?, value, now);
    }
    if let Some(name) = name.strip_suffix("_search") {
        return partial(of(&PERMISSION_ASSIST_TEXTS, name)?, value);
    }
    Some(exact(of(&PERMISSION_ASSIST_TEXTS, name)?, value))
}

/// Returns whether a Provisionr record is deleted.
pub(crate) fn is_deleted(record: &Value) -> bool {
    text(record, "timestamp.deleted_at").is_some()
}

fn is_pending(record: &Value) -> bool {
    text(record, "timestamp.deprovisioned_at").is_some()
        && text(record, "state") != Some("deactivated")
}

/// Splits a list at commas; the whole is trimmed, its parts are not.
fn parts(value: &str) -> Vec<String> {
    value.trim().split(',').map(str::to_owned).collect()
}

/// Returns the nonempty parts of a list, folded; `None` without one.
fn needles(value: &str) -> Option<Vec<String>> {
    let mut needles = parts(value);
    needles.retain(|part| !part.is_empty());
    (!needles.is_empty()).then(|| needles.iter().map(|part| fold(part)).collect())
}

fn exact(path: &'static str, value: &str) -> Test {
    let parts = parts(value);
    Box::new(move |record| {
        text(record, path).is_some_and(|text| parts.iter().any(|part| part == text))
    })
}

fn partial(path: &'static str, value: &str) -> Option<Test> {
    let needles = needles(value)?;
    Some(Box::new(move |record| {
        text(record, path).is_some_and(|text| contains_any(text, &needles))
    }))
}

fn search(path: &'static str, value: &str) -> Option<Test> {
    let needles = needles(value)?;
    Some(Box::new(move |record| {
        let texts = texts(record, path);
        texts.iter().any(|text| contains_any(text, &needles))
    }))
}

fn contains_any(text: &str, needles: &[String]) -> bool {
    let text = fold(text);
    needles.iter().any(|needle| text.contains(needle))
}

fn before(path: &'static str, value: &str, now: Now) -> Option<Test> {
    let (_, end) = interval_of(value, now)?;
    Some(Box::new(move |record| {
        instant(record, path).is_some_and(|instant| instant <= end)
    }))
}

fn after(path: &'static str, value: &str, now: Now) -> Option<Test> {
    let (start, _) = interval_of(value, now)?;
    Some(Box::new(move |record| {
        instant(record, path).is_some_and(|instant| instant >= start)
    }))
}

pub(crate) fn instant(record: &Value, path: &str) -> Option<i64> {
    instant_of(text(record, path)?)
}
