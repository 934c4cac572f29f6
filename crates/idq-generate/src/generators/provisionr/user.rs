//! The directory user of an identity, with the same facts in each of the person's records.

use crate::json::JsonWriter;
use crate::person::{Person, user_identifier};
use crate::pool::phrases::TAGS;
use crate::random::Random;
use crate::short_text::ShortText;

use super::identity::State;

/// States with their frequencies, in users per mille.
const STATES: &[(State, u32)] = &[
    (State::Active, 912),
    (State::Deactivated, 40),
    (State::Suspended, 14),
    (State::Staged, 12),
    (State::Expiring, 14),
    (State::Expired, 8),
];

/// The amount of facts about a user beyond their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// None.
    Nothing,
    /// The most common ones.
    Some,
    /// All of them.
    All,
}

/// Details of the organization, with their frequencies in users per mille.
const ORG_DETAILS: &[(Detail, u32)] = &[
    (Detail::Nothing, 100),
    (Detail::Some, 740),
    (Detail::All, 160),
];
/// Details of the metadata, with their frequencies in users per mille.
const METADATA_DETAILS: &[(Detail, u32)] = &[
    (Detail::Nothing, 700),
    (Detail::Some, 230),
    (Detail::All, 70),
];

/// The facts of the directory about a person.
pub(crate) struct User {
    /// Identifier in the directory.
    pub(crate) identifier: ShortText,
    /// State in the directory, which that of an account may lag behind.
    pub(crate) state: State,
    /// Identifier of the manager's user.
    manager: Option<ShortText>,
    /// Whether the directory has a name for the login.
    has_username: bool,
    /// Details of the organization.
    org: Detail,
    /// Details of the metadata.
    metadata: Detail,
    /// Number of the badge, of five digits.
    badge: u64,
    /// Working hours per week, in quarters of an hour.
    quarter_hours: u64,
    /// Whether the person is a contractor.
    is_contractor: bool,
    /// Tags, which may be equal.
    tags: [&'static str; 2],
}

impl User {
    /// Returns the user of a person; `random` continues the person's stream.
    pub(crate) fn new(seed: u64, person: &Person, random: &mut Random) -> Self {
        Self {
            identifier: user_identifier(seed, person.number),
            state: *random.weighted(STATES),
            manager: person
                .manager()
                .map(|manager| user_identifier(seed, manager)),
            has_username: !random.per_mille(80),
            org: *random.weighted(ORG_DETAILS),
            metadata: *random.weighted(METADATA_DETAILS),
            badge: random.below(100_000),
            quarter_hours: 80 + random.below(81),
            is_contractor: random.per_mille(120),
            tags: [random.word(TAGS), random.word(TAGS)],
        }
    }

    /// Writes the user, without its nulls where `omit_nulls` is set.
    pub(crate) fn write(&self, person: &Person, omit_nulls: bool, json: &mut JsonWriter<'_>) {
        json.object(|json| {
            json.key("id").text(&self.identifier);
            json.key("state").text(self.state.name());
            if self.manager.is_some() || !omit_nulls {
                json.key("manager_id").nullable(self.manager);
            }
            json.key("is_manager").boolean(person.is_manager());
            json.key("full_name").text(&person.full_name);
            json.key("email")
                .display(format_args!("{}@{}", person.login, person.company.domain));
            if self.has_username || !omit_nulls {
                json.key("username")
                    .nullable(self.has_username.then_some(&person.login));
            }
            json.key("org").object(|json| self.write_org(person, json));
            json.key("metadata")
                .object(|json| self.write_metadata(person, json));
        });
    }

    /// Writes the members of `org`; none leave an empty object.
    fn write_org(&self, person: &Person, json: &mut JsonWriter<'_>) {
        if self.org == Detail::Nothing {
            return;
        }
        json.key("department").text(person.department.name);
        json.key("title").text(person.title);
        if self.org == Detail::All {
            json.key("cost_center")
                .display(format_args!("CC-{}", person.department.cost_center));
            json.key("company").text(person.company.name);
            json.key("division").text(person.department.division);
            json.key("location").object(|json| {
                json.key("city").text(person.city.name);
                json.key("country").text(person.city.country_code);
                json.key("time_zone").text(person.city.time_zone);
            });
            json.key("start_date").display(person.hired.date_naive());
        }
    }

    /// Writes the members of `metadata`; none leave an empty object.
    fn write_metadata(&self, person: &Person, json: &mut JsonWriter<'_>) {
        if self.metadata == Detail::Nothing {
            return;
        }
        json.key("employee_number").number(person.employee_number());
        json.key("badge")
            .display(format_args!("B/{:05}", self.badge));
        json.key("contractor").boolean(self.is_contractor);
        if self.metadata == Detail::All {
            // A quarter is exact in binary, so that its format is the same on every machine.
            json.key("weekly_hours")
                .number(self.quarter_hours as f64 / 4.0);
            json.key("tags")
                .array(|json| self.tags.iter().for_each(|tag| json.text(tag)));
            json.key("desk").null();
        }
    }
}
