//! Descriptions of the built-in APIs, one file each.

mod permission_assist;
mod provisionr;

use std::sync::Arc;

use crate::api::{Api, ApiDescription};

/// Descriptions of the built-in APIs, in order of preference.
pub(crate) const DESCRIPTIONS: &[fn() -> ApiDescription] =
    &[provisionr::description, permission_assist::description];

/// Resolves the descriptions of all built-in APIs.
pub(crate) fn built_in() -> impl Iterator<Item = Arc<Api>> {
    DESCRIPTIONS
        .iter()
        .map(|description| match Api::new(description()) {
            Ok(api) => Arc::new(api),
            // Descriptions of this crate are constants, and a test resolves each.
            Err(errors) => unreachable!("{errors}"),
        })
}
