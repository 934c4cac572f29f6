//! Provisionr's records of directory identities.

mod identity;
mod integration;
mod page;
mod page_window;
mod profile;
mod timeline;
mod user;

use std::fmt;

use idq_json::EscapeDialect;

use crate::identifier::{self, Alphabet};
use crate::json::JsonWriter;
use crate::random::{Purpose, Random};
use crate::records::{PagePosition, Records};
use crate::short_text::ShortText;
use crate::styled::StylePlaces;

use super::Generator;

use identity::Identity;

/// Records per mille without the fields that would be null.
const OMITTED_NULLS_PER_MILLE: u64 = 30;

/// The path of the records' collection.
const COLLECTION: &str = "directory/identities";

impl Generator {
    /// Provisionr's directory identities: nested, some 1.8 KB a record.
    pub const PROVISIONR: Self = Self {
        name: "provisionr",
        per_page: 15,
        records_of_seed: |seed| Box::new(Provisionr::new(seed)),
        places: &PLACES,
    };
}

/// The profile takes members of any key; the organization and the metadata of the user are free-form as well.
static PLACES: StylePlaces = StylePlaces {
    dialect: EscapeDialect::Php,
    open_object: &["profile"],
    metadata_owner: &["included", "directory_user"],
    vendor: &["included", "workspace_integration", "vendor"],
    documents: &[
        &["profile"],
        &["included", "directory_user", "org"],
        &["included", "directory_user", "metadata"],
    ],
    optional: &[
        "manager_id",
        "username",
        "profile_changed_at",
        "last_authenticated_at",
    ],
};

/// Provisionr's records of one seed.
struct Provisionr {
    seed: u64,
    workspace: Workspace,
}

impl Provisionr {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            workspace: Workspace::new(seed),
        }
    }
}

impl Records for Provisionr {
    fn write(&self, row: u64, bytes: &mut Vec<u8>) {
        let workspace = self.workspace;
        let (identity, mut random) = Identity::new(self.seed, row);
        let omit_nulls = random.per_mille(OMITTED_NULLS_PER_MILLE);
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
                    json.key("directory_user").nullable(
                        user.map(|user| workspace.link("directory/users", user.identifier)),
                    );
                }
            });
        });
    }

    fn write_page(&self, page: PagePosition, records: &dyn Records, bytes: &mut Vec<u8>) {
        page::write(self.workspace, page, records, bytes);
    }
}

/// The workspace of a seed's records: the host of every link.
#[derive(Clone, Copy)]
struct Workspace {
    name: ShortText,
}

impl Workspace {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, Purpose::Workspace, 0);
        Self {
            name: identifier::random_code("wks-", 8, Alphabet::Hexadecimal, &mut random),
        }
    }

    /// Returns the URL of a resource, or of a collection where the identifier is empty.
    const fn link(self, resource: &'static str, identifier: ShortText) -> Link {
        Link {
            workspace: self,
            resource,
            identifier,
        }
    }
}

/// The URL of a resource in a workspace, formatted where it is written.
#[derive(Clone, Copy)]
struct Link {
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
