//! Records of either API, and what all of one dump have in common.

use crate::options::Generator;
use crate::permission_assist;
use crate::provisionr::{self, Workspace};

/// The records of one API and seed.
#[derive(Clone, Copy)]
pub(crate) enum Records {
    Provisionr { seed: u64, workspace: Workspace },
    PermissionAssist { seed: u64 },
}

impl Records {
    pub(crate) fn new(generator: Generator, seed: u64) -> Self {
        match generator {
            Generator::Provisionr => Self::Provisionr {
                seed,
                workspace: Workspace::new(seed),
            },
            Generator::PermissionAssist => Self::PermissionAssist { seed },
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

/// Appends one record, as JSON without a line break at its end: the one that [`write`](crate::write()) puts in this row,
/// counted from 0, of any dump with this seed.
///
/// ```
/// use idq_generate::{Generator, record};
///
/// let mut bytes = Vec::new();
/// record(Generator::Provisionr, 42, 0, &mut bytes);
/// assert!(bytes.starts_with(br#"{"id":"dridt_"#));
/// ```
pub fn record(generator: Generator, seed: u64, row: u64, bytes: &mut Vec<u8>) {
    Records::new(generator, seed).write(row, bytes);
}
