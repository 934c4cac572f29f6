//! When what happened to an identity.

use crate::json::JsonWriter;
use crate::moment::{Moment, TimestampStyle};
use crate::person::TAKEN;
use crate::random::Random;

use super::identity::State;

/// How the timestamps of records in a thousand are printed; the rest, in whole seconds and UTC.
const STYLES: &[(TimestampStyle, u32)] = &[
    (TimestampStyle::Seconds, 930),
    (TimestampStyle::Microseconds, 25),
    (TimestampStyle::Milliseconds, 15),
    (TimestampStyle::Offset(120), 15),
    (TimestampStyle::Offset(-300), 10),
    (TimestampStyle::Offset(330), 5),
];

/// The moments of one identity, none of them before `created` or after the dump was taken.
pub(crate) struct Timeline {
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) deleted: Option<Moment>,
    pub(crate) provisioned: Option<Moment>,
    pub(crate) deprovisioned: Option<Moment>,
    pub(crate) profile_changed: Option<Moment>,
    pub(crate) last_authenticated: Option<Moment>,
    style: TimestampStyle,
}

impl Timeline {
    pub(crate) fn random(state: State, random: &mut Random) -> Self {
        let style = *random.weighted(STYLES);
        let age = if state == State::Staged { 45 } else { 5 * 365 };
        let created = Moment::random_between(TAKEN.plus_days(-age), TAKEN.plus_days(-2), random);
        let after =
            |moment: Moment, random: &mut Random| Moment::random_between(moment, TAKEN, random);

        let provisioned = (state != State::Staged)
            .then(|| Moment::random_between(created, created.plus_days(3).min(TAKEN), random));
        let start = provisioned.unwrap_or(created);
        let is_deprovisioned = match state {
            State::Deactivated => true,
            State::Expired => random.per_mille(600),
            // The vendor still has to act on it: a pending deactivation.
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
        let end = deprovisioned.or(deleted).unwrap_or(TAKEN);
        let last_authenticated = (provisioned.is_some() && random.per_mille(750)).then(|| {
            // Most people were there lately: the later of two draws.
            let first = Moment::random_between(start, end, random);
            Moment::random_between(first, end, random)
        });
        let profile_changed = random
            .per_mille(700)
            .then(|| Moment::random_between(start, end, random));
        let known = [
            Some(created),
            provisioned,
            deprovisioned,
            deleted,
            profile_changed,
        ];
        let changed = known.into_iter().flatten().max().unwrap_or(created);
        let updated = changed.plus_seconds(random.between(0, 90)).min(TAKEN);
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

    /// Writes the `timestamp` object, without its nulls where the record leaves nulls out.
    pub(crate) fn write(&self, omit_nulls: bool, json: &mut JsonWriter<'_>) {
        json.object(|json| {
            json.key("created_at")
                .display(self.created.printed(self.style));
            json.key("updated_at")
                .display(self.updated.printed(self.style));
            for (name, moment) in [
                ("deleted_at", self.deleted),
                ("provisioned_at", self.provisioned),
                ("deprovisioned_at", self.deprovisioned),
                ("profile_changed_at", self.profile_changed),
                ("last_authenticated_at", self.last_authenticated),
            ] {
                if moment.is_some() || !omit_nulls {
                    json.key(name)
                        .nullable(moment.map(|moment| moment.printed(self.style)));
                }
            }
        });
    }
}
