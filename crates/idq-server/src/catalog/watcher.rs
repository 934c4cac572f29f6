//! Change detection by polling: whether the sources differ from the served ones, and a load is likely to succeed.
//!
//! Fingerprints are compared at an interval rather than with file system events, which network file systems and bind
//! mounts do not deliver.

use crate::catalog::reload::message_without_values;
use crate::catalog::sources::SourceFingerprint;
use crate::startup::error::Error;

/// The state of change detection between two checks.
#[derive(Default)]
pub(crate) struct Watcher {
    /// The fingerprint at the previous check.
    previous: Option<SourceFingerprint>,
    /// The fingerprint before the last load, and whether that load succeeded.
    last_load: Option<LoadAttempt>,
    /// The number of consecutive checks that failed.
    failed_checks: u32,
}

/// The sources of a load, and its outcome.
struct LoadAttempt {
    /// `None` if the sources could not be read.
    fingerprint: Option<SourceFingerprint>,
    succeeded: bool,
}

impl Watcher {
    /// Counts a check that failed. Returns the error's message at the second consecutive failure.
    ///
    /// The first one is not reported, as a source may be in the middle of a replacement; later ones repeat the second.
    pub(crate) fn count_failed_check(
        &mut self,
        check: &Result<SourceFingerprint, Error>,
    ) -> Option<String> {
        let Err(error) = check else {
            self.failed_checks = 0;
            return None;
        };
        self.failed_checks = self.failed_checks.saturating_add(1);
        (self.failed_checks == 2).then(|| message_without_values(error))
    }

    /// Returns whether the sources differ from the served and the last loaded ones, and have not changed since the
    /// previous check: a file that is still being written changes between two checks.
    pub(crate) fn needs_load(
        &mut self,
        served: &SourceFingerprint,
        current: Option<SourceFingerprint>,
    ) -> bool {
        let is_changed = current.as_ref().is_some_and(|current| current != served);
        let is_stable = self.previous == current;
        let needs_load = is_changed && is_stable && self.loaded_fingerprint() != current.as_ref();
        self.previous = current;
        needs_load
    }

    /// Returns false if the last load failed and the sources have not changed since: it would fail again.
    pub(crate) fn may_load(&self, current: Option<&SourceFingerprint>) -> bool {
        let has_failed = self.last_load.as_ref().is_some_and(|load| !load.succeeded);
        !has_failed || self.loaded_fingerprint() != current
    }

    /// Records a load of the sources with this fingerprint.
    pub(crate) fn record_load(&mut self, fingerprint: Option<SourceFingerprint>, succeeded: bool) {
        self.last_load = Some(LoadAttempt {
            fingerprint,
            succeeded,
        });
    }

    /// Returns the fingerprint of the last load. A load whose sources could not be read has none.
    fn loaded_fingerprint(&self) -> Option<&SourceFingerprint> {
        self.last_load.as_ref()?.fingerprint.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(number: u8) -> SourceFingerprint {
        SourceFingerprint::from_number(number)
    }

    fn failed_check() -> Result<SourceFingerprint, Error> {
        Err(Error::Stdin)
    }

    #[test]
    fn failed_checks_in_a_row_are_reported_at_the_second() {
        let mut watcher = Watcher::default();
        for _ in 0..2 {
            let reported = [(); 5].map(|()| watcher.count_failed_check(&failed_check()).is_some());
            assert_eq!(reported, [false, true, false, false, false]);
            assert_eq!(watcher.count_failed_check(&Ok(fingerprint(1))), None);
        }
    }

    #[test]
    fn changed_sources_are_loaded_once_they_are_stable() {
        let served = fingerprint(0);
        let mut watcher = Watcher::default();
        for (current, expected) in [
            (Some(0), false),
            (Some(0), false),
            // Changing, unreadable, changing again, stable.
            (Some(1), false),
            (None, false),
            (None, false),
            (Some(1), false),
            (Some(2), false),
            (Some(2), true),
        ] {
            let needs_load = watcher.needs_load(&served, current.map(fingerprint));
            assert_eq!(needs_load, expected, "{current:?}");
        }
        // Not again, whether the load has failed or the catalog is of a later state.
        watcher.record_load(Some(fingerprint(2)), false);
        assert!(!watcher.needs_load(&served, Some(fingerprint(2))));
        assert!(!watcher.needs_load(&served, Some(fingerprint(2))));
    }

    #[test]
    fn failed_load_is_repeated_only_for_other_sources() {
        let mut watcher = Watcher::default();
        assert!(watcher.may_load(Some(&fingerprint(1))));
        watcher.record_load(Some(fingerprint(1)), true);
        assert!(watcher.may_load(Some(&fingerprint(1))));
        watcher.record_load(Some(fingerprint(1)), false);
        assert!(!watcher.may_load(Some(&fingerprint(1))));
        assert!(watcher.may_load(Some(&fingerprint(2))));
    }
}
