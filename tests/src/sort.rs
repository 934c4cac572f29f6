//! The oracle's sort keys and their comparisons.

use std::cmp::Ordering;

use serde_json::Value;

use crate::filter::instant;
use crate::fold::fold;
use crate::record::text;
use crate::request::OracleApi;

/// The comparison of a sort key.
#[derive(Clone, Copy)]
enum By {
    Instant,
    Bytes,
    Folded,
}

/// One term of an order.
pub(crate) struct Term {
    path: &'static str,
    by: By,
    descends: bool,
}

/// Parses the terms of a `sort` parameter; `None` if one is unknown.
pub(crate) fn terms(api: OracleApi, sort: Option<&str>) -> Option<Vec<Term>> {
    let Some(sort) = sort else {
        return Some(match api {
            OracleApi::Provisionr => Vec::new(),
            OracleApi::PermissionAssist => ["lastName", "firstName"].map(folded_ascending).into(),
        });
    };
    sort.trim()
        .split(',')
        .map(|term| {
            let (name, descends) = match term.strip_prefix('-') {
                Some(name) => (name, true),
                None => (term, false),
            };
            let (path, by) = match api {
                OracleApi::Provisionr => provisionr(name)?,
                OracleApi::PermissionAssist => permission_assist(name)?,
            };
            Some(Term { path, by, descends })
        })
        .collect()
}

fn folded_ascending(path: &'static str) -> Term {
    Term {
        path,
        by: By::Folded,
        descends: false,
    }
}

fn provisionr(name: &str) -> Option<(&'static str, By)> {
    Some(match name {
        "workspace_integration_id" | "source_id" => {
            ("included.workspace_integration.id", By::Bytes)
        }
        "directory_user_id" | "user_id" => ("included.directory_user.id", By::Bytes),
        "vendor_id" => ("vendor_id", By::Bytes),
        "user_full-name" => ("included.directory_user.full_name", By::Folded),
        "user_email" => ("included.directory_user.email", By::Folded),
        "email" => ("email", By::Folded),
        "state" => ("state", By::Bytes),
        "created_at" => ("timestamp.created_at", By::Instant),
        "updated_at" => ("timestamp.updated_at", By::Instant),
        "deleted_at" => ("timestamp.deleted_at", By::Instant),
        "provisioned_at" => ("timestamp.provisioned_at", By::Instant),
        "profile_changed_at" => ("timestamp.profile_changed_at", By::Instant),
        "last_authenticated_at" => ("timestamp.last_authenticated_at", By::Instant),
        "deprovisioned_at" => ("timestamp.deprovisioned_at", By::Instant),
        _ => return None,
    })
}

fn permission_assist(name: &str) -> Option<(&'static str, By)> {
    Some(match name {
        "id" => ("id", By::Bytes),
        "kind" => ("kind", By::Bytes),
        "firstName" => ("firstName", By::Folded),
        "lastName" => ("lastName", By::Folded),
        "emailAddress" => ("emailAddress", By::Folded),
        "type" => ("type", By::Bytes),
        "title" => ("title", By::Folded),
        "company" => ("company", By::Folded),
        "division" => ("division", By::Folded),
        "department" => ("department", By::Folded),
        "office" => ("office", By::Folded),
        "supervisorName" => ("supervisorName", By::Folded),
        "createdDate" => ("createdDate", By::Instant),
        "updatedDate" => ("updatedDate", By::Instant),
        "firstSeenDate" => ("firstSeenDate", By::Instant),
        "inactivatedDate" => ("inactivatedDate", By::Instant),
        "status" => ("status", By::Bytes),
        _ => return None,
    })
}

impl Term {
    /// Compares two records by this term. `None` is the least option, as a null or missing value sorts lowest.
    pub(crate) fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let order = match self.by {
            By::Instant => instant(one, self.path).cmp(&instant(other, self.path)),
            By::Bytes => text(one, self.path).cmp(&text(other, self.path)),
            By::Folded => text(one, self.path)
                .map(fold)
                .cmp(&text(other, self.path).map(fold)),
        };
        if self.descends {
            order.reverse()
        } else {
            order
        }
    }
}
