//! Stage 3, the catalog: one snapshot for each served API. It is loaded at the start and replaced as a whole at a
//! reload, so that a request never combines records of two loads.

pub(crate) mod reload;
pub(crate) mod sources;
pub(crate) mod watcher;

use std::sync::Arc;
use std::time::SystemTime;

use idq::api::Api;
use idq::{Engine, OnBadRecord, ReadOptions, Snapshot};
use sha2::{Digest, Sha256};

use crate::catalog::sources::{ApiSources, SourceFingerprint, group_by_api, loader_of};
use crate::hexadecimal::to_hexadecimal;
use crate::startup::error::Error;
use crate::startup::settings::{LoadSettings, Profile};

/// The snapshots of one load.
pub(crate) struct Catalog {
    /// One for each API, in the order of the first sources.
    pub(crate) snapshots: Vec<ApiSnapshot>,
    /// The state of all sources immediately before they were loaded.
    pub(crate) fingerprint: SourceFingerprint,
    /// The end of the load.
    pub(crate) loaded_at: SystemTime,
}

/// The records of one API.
pub(crate) struct ApiSnapshot {
    /// The API under whose routes the records are served.
    pub(crate) api: Arc<Api>,
    /// The records and their caches.
    pub(crate) engine: Engine,
    /// Identifies the sources and the options with which they were loaded. A part of each entity tag and cache key.
    pub(crate) version: String,
    /// The newest modification time of the sources.
    pub(crate) modified_at: Option<SystemTime>,
    /// The index of the field that is removed from records.
    pub(crate) hidden: Option<usize>,
}

/// The number of attempts to load sources that change during each attempt.
const MAX_LOAD_ATTEMPTS: usize = 5;

impl Catalog {
    /// Loads all sources on the current rayon pool. `served` is the catalog to be replaced; `None` at the start.
    ///
    /// A version must name the loaded bytes, so sources that change during the load are loaded again.
    ///
    /// # Errors
    /// A source cannot be loaded, a served API has no source any longer, or the sources change during each attempt.
    pub(crate) fn load(
        settings: &LoadSettings,
        profile: Profile,
        served: Option<&Self>,
    ) -> Result<Self, Error> {
        for _ in 0..MAX_LOAD_ATTEMPTS {
            let catalog = Self::load_once(settings, profile, served)?;
            if SourceFingerprint::of_settings(settings)? == catalog.fingerprint {
                // Only now: the records of an attempt during which the sources changed are never served.
                for served in &catalog.snapshots {
                    log_record_counts(served.engine.snapshot());
                }
                return Ok(catalog);
            }
        }
        Err(Error::SourcesChanging)
    }

    /// Loads all sources once, whether or not they change meanwhile.
    fn load_once(
        settings: &LoadSettings,
        profile: Profile,
        served: Option<&Self>,
    ) -> Result<Self, Error> {
        let fingerprint = SourceFingerprint::of_settings(settings)?;
        let served_apis = served.map_or_else(Vec::new, Self::apis);
        let mut groups = group_by_api(settings, &served_apis)?;
        if served.is_some() {
            groups.retain(|group| is_routed(&group.api, &served_apis));
        }
        let is_reload = served.is_some();
        let snapshots = groups
            .into_iter()
            .map(|group| ApiSnapshot::load(group, settings, profile, is_reload));
        Ok(Self {
            snapshots: snapshots.collect::<Result<_, _>>()?,
            fingerprint,
            loaded_at: SystemTime::now(),
        })
    }

    /// Returns the APIs in the order of their first sources.
    pub(crate) fn apis(&self) -> Vec<Arc<Api>> {
        let snapshots = self.snapshots.iter();
        snapshots.map(|served| Arc::clone(&served.api)).collect()
    }

    /// Returns the snapshot of an API.
    pub(crate) fn snapshot(&self, api: &Api) -> Option<&ApiSnapshot> {
        self.snapshots.iter().find(|served| *served.api == *api)
    }
}

impl ApiSnapshot {
    /// Loads the sources of one API. At a reload, snapshot files are verified as a whole first.
    fn load(
        group: ApiSources,
        settings: &LoadSettings,
        profile: Profile,
        is_reload: bool,
    ) -> Result<Self, Error> {
        let fingerprint = SourceFingerprint::of_sources(&group.sources)?;
        let loader = loader_of(settings, group.sources).api_if_unknown(&group.api);
        let engine = Engine::load(loader)?;
        // A damaged file must not replace a sound one. At the start there is none, so the cost of reading the whole
        // file is avoided: damage is found when a request reads it.
        if is_reload {
            let mut files = engine.snapshot().files().iter();
            files.try_for_each(|file| file.check_checksums())?;
        }
        // The file may have been replaced by one of another API since the detection.
        if *engine.api() != group.api {
            return Err(Error::ApiGone {
                api: group.api.title.clone(),
            });
        }
        Ok(Self {
            hidden: hidden_field(&group.api, profile),
            api: group.api,
            engine,
            version: format_version(&fingerprint, settings),
            modified_at: fingerprint.modified_at,
        })
    }
}

/// Logs the numbers of records that are not served, or that have the id of another one.
fn log_record_counts(snapshot: &Snapshot) {
    let api = &*snapshot.api().name;
    let rejects = snapshot.rejects();
    if let Some(first) = rejects.first() {
        // The position, without the reason: it may quote a value, which is personal data.
        tracing::warn!(
            api,
            records = rejects.len(),
            first = format!(
                "{}, record {}, line {}, byte {}",
                idq::escape(&snapshot.sources()[first.source].name),
                first.record,
                first.line,
                first.offset
            ),
            "records that cannot be read are not served"
        );
    }
    if snapshot.rejected_before() > 0 {
        let records = snapshot.rejected_before();
        tracing::warn!(
            api,
            records,
            "records could not be read when a snapshot file was packed"
        );
    }
    if snapshot.dropped() > 0 {
        let records = snapshot.dropped();
        tracing::info!(
            api,
            records,
            "records dropped: another record with the same id is as new or newer"
        );
    } else if snapshot.repeated_ids() > 0 {
        let records = snapshot.repeated_ids();
        tracing::warn!(
            api,
            records,
            "records have the id of an earlier one: --dedupe keeps the newest"
        );
    }
}

/// Returns whether an API is among those served since the start, and logs if not: routes are fixed at the start.
fn is_routed(api: &Arc<Api>, served_apis: &[Arc<Api>]) -> bool {
    let is_routed = served_apis.contains(api);
    if !is_routed {
        let api = &*api.title;
        tracing::warn!(
            api,
            "records left out: serving another API requires a restart"
        );
    }
    is_routed
}

/// Formats a version from the program, the sources and the options that change which records are served. It does not
/// depend on the process, so that entity tags remain valid after a restart.
fn format_version(sources: &SourceFingerprint, settings: &LoadSettings) -> String {
    let (program, sources) = (env!("CARGO_PKG_VERSION"), sources.to_hex());
    let dedupe = if settings.dedupe { "-deduped" } else { "" };
    let skip = match settings.on_bad_record {
        OnBadRecord::Stop => "",
        OnBadRecord::Skip => "-skipped",
    };
    let read = if settings.read == ReadOptions::default() {
        String::new()
    } else {
        // The options change the values of fields, so a hash of their text is part of the version.
        let hash = Sha256::digest(format!("{:?}", settings.read));
        format!("-{}", to_hexadecimal(&hash[..6]))
    };
    format!("{program}-{sources}{dedupe}{skip}{read}")
}

/// Returns the index of the field that is removed from records: the profile, if the settings hide it and the API has
/// one.
pub(crate) fn hidden_field(api: &Api, profile: Profile) -> Option<usize> {
    match profile {
        Profile::Shown => None,
        Profile::Hidden => api.profile,
    }
}
