//! Sources of the catalog: expansion of names, grouping by API, and fingerprints that detect changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use idq::api::Api;
use idq::{Engine, Expansion, IgnoredEntry, Loader, Source, expand, list_files};
use idq_files::{FileState, file_kind_name};
use sha2::{Digest, Sha256};

use crate::hexadecimal::to_hexadecimal;
use crate::startup::error::Error;
use crate::startup::settings::LoadSettings;

/// The sources of one API.
pub(crate) struct ApiSources {
    /// The detected API, or that of the settings.
    pub(crate) api: Arc<Api>,
    /// Regular files, in the order in which they are named.
    pub(crate) sources: Vec<Source>,
}

/// Groups the sources by API, in the order in which they are named.
///
/// A source without records has no detectable API. It is assigned to the only other API, or, if no source has records,
/// to the only one in `served_apis`.
///
/// # Errors
/// A source cannot be read, its API cannot be detected, or one of `served_apis` has no source.
pub(crate) fn group_by_api(
    settings: &LoadSettings,
    served_apis: &[Arc<Api>],
) -> Result<Vec<ApiSources>, Error> {
    let Expansion { sources, ignored } = expand_to_files(settings)?;
    log_ignored_entries(&ignored);
    let mut groups: Vec<ApiSources> = Vec::new();
    let mut undetected = Vec::new();
    for source in sources {
        let mut loader = loader_of(settings, vec![source.clone()]);
        // Detection reads the first records of a dump, and the metadata of a snapshot file.
        match loader.detect().map_err(idq::Error::from)? {
            Some(api) => add_source(&mut groups, api, source),
            None => undetected.push(source),
        }
    }
    if !undetected.is_empty() {
        let only_api = match (groups.as_slice(), served_apis) {
            ([group], _) => Some(Arc::clone(&group.api)),
            ([], [api]) => Some(Arc::clone(api)),
            _ => None,
        };
        match only_api {
            Some(api) => {
                for source in undetected {
                    add_source(&mut groups, Arc::clone(&api), source);
                }
            }
            // The load fails, and its error describes the failed detection.
            None => {
                Engine::load(loader_of(settings, undetected))?;
            }
        }
    }
    let has_source = |api: &&Arc<Api>| groups.iter().any(|group| group.api == **api);
    match served_apis.iter().find(|api| !has_source(api)) {
        Some(api) => Err(Error::ApiGone {
            api: api.title.clone(),
        }),
        None => Ok(groups),
    }
}

/// Returns a loader of some sources with the settings.
pub(crate) fn loader_of(settings: &LoadSettings, sources: Vec<Source>) -> Loader<'static> {
    let loader = Loader::new(sources)
        .dedupe(settings.dedupe)
        .on_bad_record(settings.on_bad_record)
        .read_options(settings.read.clone());
    match &settings.api {
        Some(api) => loader.api(api),
        None => loader,
    }
}

/// Adds a source to the group of its API.
fn add_source(groups: &mut Vec<ApiSources>, api: Arc<Api>, source: Source) {
    match groups.iter_mut().find(|group| group.api == api) {
        Some(group) => group.sources.push(source),
        None => groups.push(ApiSources {
            api,
            sources: vec![source],
        }),
    }
}

/// Expands names, folders and patterns to the regular files that they match at present.
///
/// Streams are rejected: they can be read only once, but the server loads its sources again and fetches records from
/// them.
fn expand_to_files(settings: &LoadSettings) -> Result<Expansion, Error> {
    let expansion = expand(&settings.sources)?;
    for source in &expansion.sources {
        match source {
            Source::Stdin => return Err(Error::Stdin),
            Source::Stream(path) => {
                let kind = fs::metadata(path).map(|found| file_kind_name(found.file_type()));
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

/// The number of ignored entries that are logged by name.
const MAX_LOGGED_IGNORED_ENTRIES: usize = 10;

/// Logs entries of folders and matches of patterns that are no regular files.
fn log_ignored_entries(ignored: &[IgnoredEntry]) {
    for entry in ignored.iter().take(MAX_LOGGED_IGNORED_ENTRIES) {
        tracing::warn!("ignored {entry}");
    }
    let more = ignored.len().saturating_sub(MAX_LOGGED_IGNORED_ENTRIES);
    if more > 0 {
        tracing::warn!(more, "ignored more entries");
    }
}

/// A hash of the state of files: names, lengths, modification and change times, and identities on their file system.
///
/// The change time (ctime) is included because programs can set the modification time to any value, but not this one.
/// The contents are not read: a fingerprint must cost little, as it is taken at each interval of the watch.
#[derive(Debug)]
pub(crate) struct SourceFingerprint {
    hash: [u8; 32],
    /// The newest modification time of the files.
    pub(crate) modified_at: Option<SystemTime>,
}

/// Compares the hashes: the modification time is a part of what they cover.
impl PartialEq for SourceFingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl SourceFingerprint {
    /// Takes the fingerprint of all files that the settings name at present.
    pub(crate) fn of_settings(settings: &LoadSettings) -> Result<Self, Error> {
        let files = list_files(&settings.sources)?;
        Self::of_files(files.iter().map(PathBuf::as_path))
    }

    /// Takes the fingerprint of the files of these sources, the archives of members included.
    pub(crate) fn of_sources(sources: &[Source]) -> Result<Self, Error> {
        let files = sources.iter().filter_map(|source| match source {
            Source::File(path) => Some(path.as_path()),
            Source::Bytes { archive, .. } => archive.as_deref(),
            _ => None,
        });
        Self::of_files(files)
    }

    /// Takes the fingerprint of these files.
    fn of_files<'p>(files: impl Iterator<Item = &'p Path>) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        let mut modified_at = None;
        for path in files {
            let metadata = fs::metadata(path).map_err(|error| Error::File {
                file: path.to_owned(),
                error,
            })?;
            let state = FileState::from_metadata(&metadata);
            hash.update(path.as_os_str().as_encoded_bytes());
            // Paths have no NUL byte: it separates the path from the state, which has a fixed length.
            hash.update([0]);
            hash.update(state.to_bytes());
            modified_at = modified_at.max(state.modified());
        }
        Ok(Self {
            hash: hash.finalize().into(),
            modified_at,
        })
    }

    /// Returns a fingerprint that differs from that of another number.
    #[cfg(test)]
    pub(crate) fn from_number(number: u8) -> Self {
        Self {
            hash: [number; 32],
            modified_at: None,
        }
    }

    /// Returns the first 96 bits in hexadecimal digits: enough to be unique among the versions of one source.
    pub(crate) fn to_hex(&self) -> String {
        to_hexadecimal(&self.hash[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(source: &Path) -> LoadSettings {
        LoadSettings::new([source])
    }

    #[test]
    fn archive_that_changes_changes_the_fingerprints_of_its_members() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("dumps.zip");
        fs::write(&archive, "PK").unwrap();
        let member = Source::Bytes {
            name: "dumps.zip/a.json".to_owned(),
            bytes: Arc::default(),
            archive: Some(archive.clone()),
        };
        let of_sources = || SourceFingerprint::of_sources(std::slice::from_ref(&member)).unwrap();
        let of_settings = || SourceFingerprint::of_settings(&settings(&archive)).unwrap();
        let before = (of_sources(), of_settings());
        assert_eq!(before, (of_sources(), of_settings()));
        fs::write(&archive, "PK, another one").unwrap();
        assert_ne!(before.0, of_sources());
        assert_ne!(before.1, of_settings());
    }

    #[test]
    fn api_is_detected_with_the_options_of_the_load() {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("two.json");
        let record = r#"{"id":"1","vendor_id":"a"}"#;
        fs::write(
            &dump,
            format!(r#"{{"users":[{record}],"admins":[{record}]}}"#),
        )
        .unwrap();
        let mut settings = settings(&dump);
        assert!(group_by_api(&settings, &[]).is_err());
        settings.read.records_path = "users".parse().ok();
        let groups = group_by_api(&settings, &[]).unwrap();
        assert_eq!(groups[0].api.name, "provisionr");
    }
}
