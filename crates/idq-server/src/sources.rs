//! What is to be loaded, for which API, and whether it is still what was loaded.

use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

use idq::api::Api;
use idq::{Expansion, Loader, PassedOver, Snapshot, Source, expand};
use idq_files::{FileState, kind_name};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::settings::Dumps;

/// The sources of one API.
pub(crate) struct Group {
    pub(crate) api: Arc<Api>,
    pub(crate) sources: Vec<Source>,
}

/// Puts the sources of each API together, in the order in which they are named.
///
/// `served` are the APIs that are served already: a source without records, or all of them, may be theirs.
pub(crate) fn groups(dumps: &Dumps, served: &[Arc<Api>]) -> Result<Vec<Group>, Error> {
    let Expansion {
        sources,
        passed_over,
    } = files(dumps)?;
    log_passed_over(&passed_over);
    let mut groups: Vec<Group> = Vec::new();
    let mut untold = Vec::new();
    for source in sources {
        let mut loader = Loader::new(vec![source.clone()]);
        if let Some(api) = &dumps.api {
            loader = loader.api(api);
        }
        // A snapshot file says it without a look at its records.
        match Snapshot::detect(loader)?.1 {
            Some(api) => add(&mut groups, api, source),
            None => untold.push(source),
        }
    }
    if !untold.is_empty() {
        // A dump without records belongs to the only API there is.
        let only = match (groups.as_slice(), served) {
            ([group], _) => Some(Arc::clone(&group.api)),
            ([], [api]) => Some(Arc::clone(api)),
            _ => None,
        };
        match only {
            Some(api) => untold
                .into_iter()
                .for_each(|source| add(&mut groups, Arc::clone(&api), source)),
            // The loader says why it cannot tell.
            None => {
                Snapshot::load(Loader::new(untold))?;
            }
        }
    }
    match served
        .iter()
        .find(|api| groups.iter().all(|group| group.api != **api))
    {
        Some(api) => Err(Error::ApiGone {
            api: api.title.clone(),
        }),
        None => Ok(groups),
    }
}

fn add(groups: &mut Vec<Group>, api: Arc<Api>, source: Source) {
    match groups.iter_mut().find(|group| group.api == api) {
        Some(group) => group.sources.push(source),
        None => groups.push(Group {
            api,
            sources: vec![source],
        }),
    }
}

/// The sources as the names stand for them now, all regular files; the other entries of folders and matches of patterns.
fn files(dumps: &Dumps) -> Result<Expansion, Error> {
    let expansion = expand(&dumps.sources)?;
    for source in &expansion.sources {
        match source {
            Source::Stdin => return Err(Error::Stdin),
            Source::Stream(path) => {
                let kind = fs::metadata(path).map(|found| kind_name(found.file_type()));
                return Err(Error::NoSource {
                    name: source.name(),
                    found: kind.unwrap_or("something else"),
                });
            }
            _ => {}
        }
    }
    Ok(expansion)
}

/// How many entries that are passed over are named in the log.
const MAX_PASSED_OVER_LOGGED: usize = 10;

fn log_passed_over(passed_over: &[PassedOver]) {
    for one in passed_over.iter().take(MAX_PASSED_OVER_LOGGED) {
        tracing::warn!("passed over {one}");
    }
    let more = passed_over.len().saturating_sub(MAX_PASSED_OVER_LOGGED);
    if more > 0 {
        tracing::warn!(more, "passed over more");
    }
}

/// The state of files: names, lengths, times of the last write and of the last change of any kind, and identities on
/// their file system.
///
/// A time of writing can be set to any value, that of the last change cannot.
pub(crate) struct Fingerprint {
    hash: [u8; 32],
    /// When the newest of them was written.
    pub(crate) written: Option<SystemTime>,
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Fingerprint {
    /// That of all sources, as they are now.
    pub(crate) fn of_all(dumps: &Dumps) -> Result<Self, Error> {
        Self::of(&files(dumps)?.sources)
    }

    /// That of these sources, as they are now.
    pub(crate) fn of(sources: &[Source]) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        let mut written = None;
        for source in sources {
            let Source::File(path) = source else {
                continue;
            };
            let metadata = fs::metadata(path).map_err(|error| Error::File {
                file: path.clone(),
                error,
            })?;
            let state = FileState::of(&metadata);
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(state.to_bytes());
            written = written.max(state.modified());
        }
        Ok(Self {
            hash: hash.finalize().into(),
            written,
        })
    }

    /// A short name for it.
    pub(crate) fn name(&self) -> String {
        crate::hex::hex(&self.hash[..12])
    }
}
