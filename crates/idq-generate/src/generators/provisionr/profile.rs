//! The profiles of accounts, each in the form of its vendor's own API.

mod demo;
mod entra_id;
mod github;
mod gitlab;
mod google_workspace;
mod okta;
mod slack;

use chrono::{DateTime, Utc};

use crate::json::JsonWriter;
use crate::random::Random;
use crate::timestamp::{Timestamp, TimestampStyle};

use super::identity::Identity;
use super::integration::Vendor;

/// Writes the `profile` object of an identity's vendor.
pub(crate) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let write = match identity.integration.vendor {
        Vendor::Demo => demo::write,
        Vendor::EntraId => entra_id::write,
        Vendor::Github => github::write,
        Vendor::Gitlab => gitlab::write,
        Vendor::GoogleWorkspace => google_workspace::write,
        Vendor::Okta => okta::write,
        Vendor::Slack => slack::write,
    };
    json.object(|json| write(identity, random, json));
}

fn whole_seconds(instant: DateTime<Utc>) -> Timestamp {
    TimestampStyle::Seconds.timestamp(instant)
}

fn milliseconds(instant: DateTime<Utc>) -> Timestamp {
    TimestampStyle::Milliseconds.timestamp(instant)
}
