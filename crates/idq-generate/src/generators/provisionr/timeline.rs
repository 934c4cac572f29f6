//! The timestamps of an identity's life cycle.

use chrono::{DateTime, TimeDelta, Utc};

use crate::json::JsonWriter;
use crate::person::TAKEN;
use crate::random::Random;
use crate::timestamp::{TimestampStyle, random_instant};

use super::identity::State;

/// The styles of timestamps, with their records per mille.
const STYLES: &[(TimestampStyle, u32)] = &[
    (TimestampStyle::Seconds, 930),
    (TimestampStyle::Microseconds, 25),
    (TimestampStyle::Milliseconds, 15),
    (TimestampStyle::with_offset_minutes(120), 15),
    (TimestampStyle::with_offset_minutes(-300), 10),
    (TimestampStyle::with_offset_minutes(330), 5),
];

/// The instants of one identity, none of them before `created` or after [`TAKEN`].
pub(crate) struct Timeline {
    /// Creation of the account.
    pub(crate) created: DateTime<Utc>,
    /// Last change of the record.
    pub(crate) updated: DateTime<Utc>,
    /// Deletion of the record.
    pub(crate) deleted: Option<DateTime<Utc>>,
    /// Completion of the account at the vendor.
    pub(crate) provisioned: Option<DateTime<Utc>>,
    /// End of the account at the vendor.
    pub(crate) deprovisioned: Option<DateTime<Utc>>,
    /// Last change of the profile.
    pub(crate) profile_changed: Option<DateTime<Utc>>,
    /// Last login.
    pub(crate) last_authenticated: Option<DateTime<Utc>>,
    /// Spelling of all timestamps of the record.
    style: TimestampStyle,
}

impl Timeline {
    /// Draws the instants of an account in a state, in an order that such a life cycle can have.
    pub(crate) fn random(state: State, random: &mut Random) -> Self {
        let style = *random.weighted(STYLES);
        // Staged accounts are new; others are up to five years old.
        let age = if state == State::Staged { 45 } else { 5 * 365 };
        let created = random_instant(
            TAKEN - TimeDelta::days(age),
            TAKEN - TimeDelta::days(2),
            random,
        );
        let after =
            |start: DateTime<Utc>, random: &mut Random| random_instant(start, TAKEN, random);

        let provisioned = (state != State::Staged)
            .then(|| random_instant(created, (created + TimeDelta::days(3)).min(TAKEN), random));
        let start = provisioned.unwrap_or(created);
        let is_deprovisioned = match state {
            State::Deactivated => true,
            State::Expired => random.per_mille(600),
            // A pending deactivation, which the vendor has not carried out.
            State::Active | State::Suspended => random.per_mille(30),
            State::Staged | State::Orphan | State::Expiring => false,
        };
        let deprovisioned = is_deprovisioned.then(|| after(start, random));
        let trashed_share = match state {
            State::Deactivated => 330,
            State::Expired => 150,
            State::Active | State::Staged | State::Orphan | State::Expiring | State::Suspended => {
                56
            }
        };
        let deleted = random
            .per_mille(trashed_share)
            .then(|| after(deprovisioned.unwrap_or(start), random));
        // An account is used until its end.
        let end = deprovisioned.or(deleted).unwrap_or(TAKEN);
        let last_authenticated = (provisioned.is_some() && random.per_mille(750)).then(|| {
            // The later of two draws, since most people have authenticated recently.
            let first = random_instant(start, end, random);
            random_instant(first, end, random)
        });
        let profile_changed = random
            .per_mille(700)
            .then(|| random_instant(start, end, random));
        let known = [
            Some(created),
            provisioned,
            deprovisioned,
            deleted,
            profile_changed,
        ];
        // Each change is a change of the record, which is saved some seconds later.
        let changed = known.into_iter().flatten().max().unwrap_or(created);
        let updated = (changed + TimeDelta::seconds(random.between(0, 90))).min(TAKEN);
        Self {
            created,
            updated,
            deleted,
            provisioned,
            deprovisioned,
            profile_changed,
            last_authenticated,
            style,
        }
    }

    /// Writes the `timestamp` object, without its nulls where `omit_nulls` is set.
    pub(crate) fn write(&self, omit_nulls: bool, json: &mut JsonWriter<'_>) {
        json.object(|json| {
            json.key("created_at")
                .display(self.style.timestamp(self.created));
            json.key("updated_at")
                .display(self.style.timestamp(self.updated));
            for (name, instant) in [
                ("deleted_at", self.deleted),
                ("provisioned_at", self.provisioned),
                ("deprovisioned_at", self.deprovisioned),
                ("profile_changed_at", self.profile_changed),
                ("last_authenticated_at", self.last_authenticated),
            ] {
                if instant.is_some() || !omit_nulls {
                    json.key(name)
                        .nullable(instant.map(|instant| self.style.timestamp(instant)));
                }
            }
        });
    }
}
