//! What is served at one time: each API's snapshot.

pub(crate) mod reload;
pub(crate) mod sources;

use std::time::SystemTime;

use idq::api::{Api, Kind};
use idq::{Engine, Loader, OnBadRecord};

use crate::catalog::sources::{SourceFingerprint, groups};
use crate::startup::error::Error;
use crate::startup::settings::{LoadSettings, Profile};

/// Snapshots that belong together: a reload replaces all of them at once.
pub(crate) struct Catalog {
    pub(crate) mounts: Vec<ApiSnapshot>,
    /// That of all sources, before they were loaded.
    pub(crate) fingerprint: SourceFingerprint,
    pub(crate) loaded: SystemTime,
}

/// One API and its records.
pub(crate) struct ApiSnapshot {
    pub(crate) api: &'static Api,
    pub(crate) engine: Engine,
    /// Differs from that of any other sources, and of any other way to serve them.
    pub(crate) version: String,
    /// When the newest source was written.
    pub(crate) written: Option<SystemTime>,
    /// The field that is left out.
    pub(crate) hidden: Option<usize>,
}

/// How often sources may change while they are loaded.
const TRIES: usize = 5;

impl Catalog {
    /// Loads everything, on the current rayon pool. `before` is served now.
    ///
    /// Versions name what was loaded, so sources that change meanwhile are loaded again.
    pub(crate) fn load(
        dumps: &LoadSettings,
        profile: Profile,
        before: Option<&Self>,
    ) -> Result<Self, Error> {
        for _ in 0..TRIES {
            let served = Self::load_once(dumps, profile, before)?;
            if SourceFingerprint::of_all(dumps)? == served.fingerprint {
                return Ok(served);
            }
        }
        Err(Error::Unsettled)
    }

    fn load_once(
        dumps: &LoadSettings,
        profile: Profile,
        before: Option<&Self>,
    ) -> Result<Self, Error> {
        let fingerprint = SourceFingerprint::of_all(dumps)?;
        let apis: Vec<_> = before.map_or_else(Vec::new, Self::apis);
        let mut groups = groups(dumps, &apis)?;
        if before.is_some() {
            groups.retain(|group| {
                let is_served = apis.contains(&group.api);
                if !is_served {
                    let api = group.api.title;
                    tracing::warn!(api, "left out: routes of another API need a new start");
                }
                is_served
            });
        }
        let mount = |group: sources::ApiSources| -> Result<ApiSnapshot, Error> {
            let own = SourceFingerprint::of(&group.sources)?;
            let mut loader = Loader::new(group.sources)
                .dedupe(dumps.dedupe)
                .on_bad_record(dumps.on_bad_record)
                .api_if_unknown(group.api);
            if let Some(api) = dumps.api {
                loader = loader.api(api);
            }
            let engine = Engine::load(loader)?;
            // A damaged file does not replace one that is served. At the start there is nothing to keep.
            if let (Some(_), Some(file)) = (before, engine.packed()) {
                file.check_checksums()?;
            }
            // A file may have been replaced since its API was looked up.
            if engine.api() != group.api {
                return Err(Error::ApiGone {
                    api: group.api.title,
                });
            }
            Ok(ApiSnapshot {
                api: group.api,
                engine,
                version: version(&own, dumps),
                written: own.written,
                hidden: hidden(group.api, profile),
            })
        };
        Ok(Self {
            mounts: groups.into_iter().map(mount).collect::<Result<_, _>>()?,
            fingerprint,
            loaded: SystemTime::now(),
        })
    }

    pub(crate) fn apis(&self) -> Vec<&'static Api> {
        self.mounts.iter().map(|mount| mount.api).collect()
    }

    /// Where an API is mounted.
    pub(crate) fn mount(&self, api: &Api) -> Option<&ApiSnapshot> {
        self.mounts.iter().find(|mount| mount.api == api)
    }
}

/// A short name for these sources, loaded in this way by this program: tags outlive a restart.
fn version(sources: &SourceFingerprint, dumps: &LoadSettings) -> String {
    let (program, name) = (env!("CARGO_PKG_VERSION"), sources.name());
    let dedupe = if dumps.dedupe { "-deduped" } else { "" };
    let skip = match dumps.on_bad_record {
        OnBadRecord::Stop => "",
        OnBadRecord::Skip => "-skipped",
    };
    format!("{program}-{name}{dedupe}{skip}")
}

/// The field that a hidden profile is.
pub(crate) fn hidden(api: &Api, profile: Profile) -> Option<usize> {
    match profile {
        Profile::Shown => None,
        Profile::Hidden => api
            .field(PROFILE)
            .filter(|&field| api.fields[field].kind == Kind::Document),
    }
}

/// The name of the field that the vendor ties to a permission.
pub(crate) const PROFILE: &str = "profile";
