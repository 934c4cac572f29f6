//! What is served at one time: each API's snapshot.

use std::sync::Arc;
use std::time::SystemTime;

use idq::api::{Api, Kind};
use idq::{Loader, OnBadRecord, Snapshot};

use crate::error::Error;
use crate::settings::{Dumps, Profile};
use crate::sources::{Fingerprint, groups};

/// Snapshots that belong together: a reload replaces all of them at once.
pub(crate) struct Served {
    pub(crate) mounts: Vec<Mount>,
    /// That of all sources, before they were loaded.
    pub(crate) fingerprint: Fingerprint,
    pub(crate) loaded: SystemTime,
}

/// One API and its records.
pub(crate) struct Mount {
    pub(crate) api: Arc<Api>,
    pub(crate) snapshot: Snapshot,
    /// Differs from that of any other sources, and of any other way to serve them.
    pub(crate) version: String,
    /// When the newest source was written.
    pub(crate) written: Option<SystemTime>,
    /// The field that is left out.
    pub(crate) hidden: Option<usize>,
}

/// How often sources may change while they are loaded.
const TRIES: usize = 5;

impl Served {
    /// Loads everything, on the current rayon pool. `before` is served now.
    ///
    /// Versions name what was loaded, so sources that change meanwhile are loaded again.
    pub(crate) fn load(
        dumps: &Dumps,
        profile: Profile,
        before: Option<&Self>,
    ) -> Result<Self, Error> {
        for _ in 0..TRIES {
            let served = Self::load_once(dumps, profile, before)?;
            if Fingerprint::of_all(dumps)? == served.fingerprint {
                return Ok(served);
            }
        }
        Err(Error::Unsettled)
    }

    fn load_once(dumps: &Dumps, profile: Profile, before: Option<&Self>) -> Result<Self, Error> {
        let fingerprint = Fingerprint::of_all(dumps)?;
        let apis: Vec<_> = before.map_or_else(Vec::new, Self::apis);
        let mut groups = groups(dumps, &apis)?;
        if before.is_some() {
            groups.retain(|group| {
                let is_served = apis.contains(&group.api);
                if !is_served {
                    let api = &*group.api.title;
                    tracing::warn!(api, "left out: routes of another API need a new start");
                }
                is_served
            });
        }
        let mount = |group: crate::sources::Group| -> Result<Mount, Error> {
            let own = Fingerprint::of(&group.sources)?;
            let mut loader = Loader::new(group.sources)
                .dedupe(dumps.dedupe)
                .on_bad_record(dumps.on_bad_record)
                .api_if_unknown(&group.api);
            if let Some(api) = &dumps.api {
                loader = loader.api(api);
            }
            let snapshot = Snapshot::load(loader)?;
            // A damaged file does not replace one that is served. At the start there is nothing to keep.
            if let (Some(_), Some(file)) = (before, snapshot.packed()) {
                file.check_checksums()?;
            }
            // A file may have been replaced since its API was looked up.
            if *snapshot.api() != group.api {
                return Err(Error::ApiGone {
                    api: group.api.title.clone(),
                });
            }
            Ok(Mount {
                hidden: hidden(&group.api, profile),
                api: group.api,
                snapshot,
                version: version(&own, dumps),
                written: own.written,
            })
        };
        Ok(Self {
            mounts: groups.into_iter().map(mount).collect::<Result<_, _>>()?,
            fingerprint,
            loaded: SystemTime::now(),
        })
    }

    pub(crate) fn apis(&self) -> Vec<Arc<Api>> {
        self.mounts
            .iter()
            .map(|mount| Arc::clone(&mount.api))
            .collect()
    }

    /// Where an API is mounted.
    pub(crate) fn mount(&self, api: &Api) -> Option<&Mount> {
        self.mounts.iter().find(|mount| *mount.api == *api)
    }
}

/// A short name for these sources, loaded in this way by this program: tags outlive a restart.
fn version(sources: &Fingerprint, dumps: &Dumps) -> String {
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
