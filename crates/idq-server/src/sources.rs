//! What is to be loaded, for which API, and whether it is still what was loaded.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use idq::api::Api;
use idq::{Loader, Snapshot, Source, expand};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::settings::Dumps;

/// The sources of one API.
pub(crate) struct Group {
    pub(crate) api: &'static Api,
    pub(crate) sources: Vec<Source>,
}

/// Puts the sources of each API together, in the order in which they are named.
///
/// `served` are the APIs that are served already: a source without records, or all of them, may be theirs.
pub(crate) fn groups(dumps: &Dumps, served: &[&'static Api]) -> Result<Vec<Group>, Error> {
    let sources = files(dumps)?;
    let mut groups: Vec<Group> = Vec::new();
    let mut untold = Vec::new();
    for source in sources {
        let mut loader = Loader::new(vec![source.clone()]);
        if let Some(api) = dumps.api {
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
            ([group], _) => Some(group.api),
            ([], [api]) => Some(*api),
            _ => None,
        };
        match only {
            Some(api) => untold
                .into_iter()
                .for_each(|source| add(&mut groups, api, source)),
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
        Some(api) => Err(Error::ApiGone { api: api.title }),
        None => Ok(groups),
    }
}

fn add(groups: &mut Vec<Group>, api: &'static Api, source: Source) {
    match groups.iter_mut().find(|group| group.api == api) {
        Some(group) => group.sources.push(source),
        None => groups.push(Group {
            api,
            sources: vec![source],
        }),
    }
}

fn files(dumps: &Dumps) -> Result<Vec<Source>, Error> {
    dumps.sources.iter().try_for_each(|name| check(name))?;
    let mut sources = expand(&dumps.sources)?;
    if sources.contains(&Source::Stdin) {
        return Err(Error::Stdin);
    }
    // In a folder, or matched by a pattern, a pipe is none of the sources.
    sources.retain(|source| match source {
        Source::File(path) => kind_of_other(path).is_none(),
        _ => true,
    });
    Ok(sources)
}

/// Refuses a named source that is a pipe, a socket or a device: it can be read once at most.
fn check(name: &str) -> Result<(), Error> {
    match kind_of_other(Path::new(name)) {
        Some(found) => Err(Error::NoSource {
            name: name.to_owned(),
            found,
        }),
        None => Ok(()),
    }
}

/// The kind of a file that is neither a regular one nor a folder. Nothing is opened, so nothing is waited for.
fn kind_of_other(path: &Path) -> Option<&'static str> {
    // What is not there, or cannot be looked at, is told where it is opened.
    let kind = fs::metadata(path).ok()?.file_type();
    (!kind.is_file() && !kind.is_dir()).then(|| crate::files::name(kind))
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
        Self::of(&files(dumps)?)
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
            let modified = metadata.modified().ok();
            let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(metadata.len().to_le_bytes());
            hash.update(since.unwrap_or_default().as_nanos().to_le_bytes());
            hash_identity(&metadata, &mut hash);
            written = written.max(modified);
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

#[cfg(unix)]
fn hash_identity(metadata: &fs::Metadata, hash: &mut Sha256) {
    use std::os::unix::fs::MetadataExt;

    hash.update(metadata.dev().to_le_bytes());
    hash.update(metadata.ino().to_le_bytes());
    hash.update(metadata.ctime().to_le_bytes());
    hash.update(metadata.ctime_nsec().to_le_bytes());
}

#[cfg(not(unix))]
fn hash_identity(_: &fs::Metadata, _: &mut Sha256) {}
