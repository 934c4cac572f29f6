//! Provisionr's records of directory identities.

mod identity;
mod integration;
mod profile;
mod timeline;
mod user;

use std::fmt;

use crate::identifier::{self, Alphabet};
use idq_api::EscapeDialect;

use crate::json::JsonWriter;
use crate::random::{Purpose, Random};
use crate::short_text::ShortText;

use identity::Identity;

/// How many records in a thousand leave out what would be null.
const OMITS_NULLS_SHARE: u64 = 30;

/// The collection that the records are of.
pub(crate) const COLLECTION: &str = "directory/identities";

/// The workspace that a seed's records come from: the host part of every link.
#[derive(Clone, Copy)]
pub(crate) struct Workspace {
    name: ShortText,
}

impl Workspace {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, Purpose::Workspace, 0);
        Self {
            name: identifier::code("wks-", 8, Alphabet::Hexadecimal, &mut random),
        }
    }

    /// The URL of a resource of the API, or of a collection where the identifier is empty.
    pub(crate) const fn link(self, resource: &'static str, identifier: ShortText) -> Link {
        Link {
            workspace: self,
            resource,
            identifier,
        }
    }
}

/// The URL of one thing in a workspace.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    workspace: Workspace,
    resource: &'static str,
    identifier: ShortText,
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workspace,
            resource,
            identifier,
        } = self;
        for part in [
            "https://",
            &workspace.name,
            ".provisionr.io/api/v1/",
            resource,
        ] {
            formatter.write_str(part)?;
        }
        if identifier.is_empty() {
            Ok(())
        } else {
            write!(formatter, "/{identifier}")
        }
    }
}

/// Appends the record in a row.
pub(crate) fn write_record(seed: u64, workspace: Workspace, row: u64, bytes: &mut Vec<u8>) {
    let (identity, mut random) = Identity::new(seed, row);
    let omit_nulls = random.per_mille(OMITS_NULLS_SHARE);
    let user = identity.user.as_ref();
    JsonWriter::new(bytes, EscapeDialect::Php).object(|json| {
        json.key("id").text(&identity.identifier);
        json.key("state").text(identity.state.name());
        json.key("vendor_id").text(&identity.vendor_identifier);
        json.key("email").text(&identity.email);
        json.key("profile");
        profile::write(&identity, &mut random, json);
        json.key("timestamp");
        identity.timeline.write(omit_nulls, json);
        json.key("count").object(|json| {
            let logs = 1 + random.below(400);
            json.key("workspace_logs_parent").number(random.below(logs));
            json.key("workspace_logs_record").number(logs);
            json.key("workspace_logs_related").number(random.below(12));
        });
        json.key("included").object(|json| {
            json.key("workspace_integration");
            identity.integration.write(json);
            if let Some(user) = user {
                json.key("directory_user");
                user.write(&identity.person, omit_nulls, json);
            } else if !omit_nulls {
                json.key("directory_user").null();
            }
        });
        json.key("links").object(|json| {
            json.key("self")
                .display(workspace.link(COLLECTION, identity.identifier));
            let integration = identity.integration.identifier;
            json.key("workspace_integration")
                .display(workspace.link("workspace/integrations", integration));
            if user.is_some() || !omit_nulls {
                json.key("directory_user")
                    .nullable(user.map(|user| workspace.link("directory/users", user.identifier)));
            }
        });
    });
}
