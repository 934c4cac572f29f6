//! Records of either API, and the state that all records of one dump share.

use crate::options::Api;
use crate::permission_assist;
use crate::provisionr::{self, Workspace};

/// The generator of the records of one API and seed.
#[derive(Clone, Copy)]
pub(crate) enum Records {
    Provisionr { seed: u64, workspace: Workspace },
    PermissionAssist { seed: u64 },
}

impl Records {
    pub(crate) fn new(api: Api, seed: u64) -> Self {
        match api {
            Api::Provisionr => Self::Provisionr {
                seed,
                workspace: Workspace::new(seed),
            },
            Api::PermissionAssist => Self::PermissionAssist { seed },
        }
    }

    pub(crate) fn write(self, row: u64, bytes: &mut Vec<u8>) {
        match self {
            Self::Provisionr { seed, workspace } => {
                provisionr::write_record(seed, workspace, row, bytes);
            }
            Self::PermissionAssist { seed } => permission_assist::write_record(seed, row, bytes),
        }
    }
}

/// Appends the record of a row, counted from 0, as JSON without a line break. [`write`](crate::write()) writes the same
/// record in this row of every dump with this seed.
///
/// ```
/// use idq_generate::{Api, record};
///
/// let mut bytes = Vec::new();
/// record(Api::Provisionr, 42, 0, &mut bytes);
/// assert!(bytes.starts_with(br#"{"id":"dridt_"#));
/// ```
pub fn record(api: Api, seed: u64, row: u64, bytes: &mut Vec<u8>) {
    Records::new(api, seed).write(row, bytes);
}
