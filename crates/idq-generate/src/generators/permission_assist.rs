//! Permission Assist's records of identities.

use chrono::{NaiveTime, TimeDelta};
use idq_json::EscapeDialect;

use crate::identifier;
use crate::json::JsonWriter;
use crate::person::{Person, TAKEN};
use crate::pool::places::{SITES, STREETS};
use crate::pool::work::SERVICES;
use crate::random::{Purpose, Random, unique_bits};
use crate::records::{PagePosition, Records};
use crate::styled::StylePlaces;
use crate::timestamp::{TimestampStyle, random_instant};

use super::Generator;

impl Generator {
    /// Permission Assist's identities: flat, some 550 bytes a record. The server orders them by name, a dump by row.
    pub const PERMISSION_ASSIST: Self = Self {
        name: "permission-assist",
        per_page: 50,
        records_of_seed: |seed| Box::new(PermissionAssist { seed }),
        places: &PLACES,
    };
}

/// The flat record has no document; members that the API does not describe are beside its fields.
static PLACES: StylePlaces = StylePlaces {
    dialect: EscapeDialect::DotNet,
    open_object: &[],
    metadata_owner: &[],
    vendor: &["company"],
    documents: &[],
    optional: &[
        "title",
        "division",
        "department",
        "office",
        "supervisorName",
    ],
};

/// Permission Assist's records of one seed.
struct PermissionAssist {
    /// Seed that, with the row, determines each record.
    seed: u64,
}

/// The types of identity, by the API's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Employee,
    ServiceAccount,
    Vendor,
    Shared,
    Mailbox,
    Client,
    Temporary,
    Administrator,
    Auditor,
    Unknown,
}

impl Type {
    /// Returns the name that the API writes.
    const fn name(self) -> &'static str {
        match self {
            Self::Employee => "Employee",
            Self::ServiceAccount => "Service Account",
            Self::Vendor => "Vendor",
            Self::Shared => "Shared",
            Self::Mailbox => "Mailbox",
            Self::Client => "Client",
            Self::Temporary => "Temporary",
            Self::Administrator => "Administrator",
            Self::Auditor => "Auditor",
            Self::Unknown => "Unknown",
        }
    }

    /// Returns whether one person uses the identity.
    const fn is_person(self) -> bool {
        !matches!(self, Self::ServiceAccount | Self::Shared | Self::Mailbox)
    }
}

/// Types with their frequencies, in records per mille.
const TYPES: &[(Type, u32)] = &[
    (Type::Employee, 700),
    (Type::Vendor, 80),
    (Type::ServiceAccount, 60),
    (Type::Shared, 40),
    (Type::Mailbox, 40),
    (Type::Temporary, 30),
    (Type::Administrator, 20),
    (Type::Client, 15),
    (Type::Auditor, 10),
    (Type::Unknown, 5),
];

/// Status of an identity in its life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// The identity is in use.
    Active,
    /// The identity is blocked and could be used again.
    Disabled,
    /// The identity was removed.
    Removed,
}

impl Status {
    /// Returns the name that the API writes.
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Removed => "Removed",
        }
    }
}

/// Statuses with their frequencies, in records per mille.
const STATUSES: &[(Status, u32)] = &[
    (Status::Active, 820),
    (Status::Disabled, 120),
    (Status::Removed, 60),
];

/// Records per mille whose timestamps have the full precision of .NET, a ten-millionth of a second.
const TICKS_PER_MILLE: u64 = 300;

/// Records per mille without the fields that would be null.
const OMITTED_NULLS_PER_MILLE: u64 = 20;

impl Records for PermissionAssist {
    fn write(&self, row: u64, bytes: &mut Vec<u8>) {
        let seed = self.seed;
        // A row is a person, or an account for which the person is responsible.
        let (person, mut random) = Person::new(seed, row);
        let kind = *random.weighted(TYPES);
        let status = *random.weighted(STATUSES);
        let unique = unique_bits(seed, Purpose::IdentityIdentifier, row);
        let writer = Writer {
            omit_nulls: random.per_mille(OMITTED_NULLS_PER_MILLE),
        };
        JsonWriter::new(bytes, EscapeDialect::DotNet).object(|json| {
            json.key("id")
                .text(&identifier::guid(unique, random.bits()));
            json.key("kind").text("Identity");
            writer.write_names(&person, kind, &mut random, json);
            writer.write_position(seed, &person, kind, &mut random, json);
            writer.write_dates(status, &mut random, json);
            json.key("status").text(status.name());
        });
    }

    fn write_page(&self, page: PagePosition, records: &dyn Records, bytes: &mut Vec<u8>) {
        JsonWriter::new(bytes, EscapeDialect::DotNet).object(|json| {
            page.write_records(records, json.key("items"));
            json.key("totalCount").number(page.total);
            json.key("page").number(page.number);
            json.key("pageSize").number(page.per_page);
            // The server rounds a quotient up: an empty collection has no pages, although page 1 exists.
            json.key("totalPages").number(page.count());
        });
    }
}

/// A writer of groups of fields, in the order of the API.
struct Writer {
    /// Whether fields without a value are left out instead of written as null.
    omit_nulls: bool,
}

impl Writer {
    /// Writes a field that may be null.
    fn nullable(
        &self,
        name: &str,
        value: Option<impl std::fmt::Display>,
        json: &mut JsonWriter<'_>,
    ) {
        if value.is_some() || !self.omit_nulls {
            json.key(name).nullable(value);
        }
    }

    /// Writes names, address and type.
    fn write_names(
        &self,
        person: &Person,
        kind: Type,
        random: &mut Random,
        json: &mut JsonWriter<'_>,
    ) {
        let service = random.word(SERVICES);
        let (last_name, login) = match kind {
            Type::ServiceAccount => {
                let name = format!("svc-{service}-{}", random.below(1000));
                (name.clone(), name)
            }
            Type::Shared => (
                format!("{} [{}]", person.department.name, random.word(SITES)),
                format!("shared.{service}"),
            ),
            Type::Mailbox => (
                format!("{} Mailbox", person.department.name),
                format!("box+{service}"),
            ),
            _ => (person.family.written.to_owned(), person.login.clone()),
        };
        // Share per mille with an address: few programs have one.
        let has_email = random.per_mille(match kind {
            Type::ServiceAccount => 150,
            Type::Client | Type::Unknown => 600,
            _ => 970,
        });
        self.nullable(
            "firstName",
            kind.is_person().then_some(person.given.written),
            json,
        );
        json.key("lastName").text(&last_name);
        // Some logins are in upper case, as comparisons without case need them.
        let login = if random.per_mille(20) {
            login.to_ascii_uppercase()
        } else {
            login
        };
        self.nullable(
            "emailAddress",
            has_email.then(|| format!("{login}@{}", person.company.domain)),
            json,
        );
        json.key("type").text(kind.name());
    }

    /// Writes the position in the company, and the supervisor.
    fn write_position(
        &self,
        seed: u64,
        person: &Person,
        kind: Type,
        random: &mut Random,
        json: &mut JsonWriter<'_>,
    ) {
        let has_title = kind.is_person() && random.per_mille(930);
        // Free text with commas and digits, which lists of values and tables must quote.
        let office = random.per_mille(880).then(|| {
            let (site, street) = (random.word(SITES), random.word(STREETS));
            format!(
                "{} {site}, {} {street}",
                person.city.name,
                1 + random.below(300)
            )
        });
        let supervisor = person
            .manager()
            .filter(|_| random.per_mille(900))
            .map(|manager| {
                let (manager, _) = Person::new(seed, manager);
                format!("{}, {}", manager.family.written, manager.given.written)
            });
        self.nullable("title", has_title.then_some(person.title), json);
        json.key("company").text(person.company.name);
        json.key("division").text(person.department.division);
        json.key("department").display(format_args!(
            "{} (CC-{})",
            person.department.name, person.department.cost_center
        ));
        self.nullable("office", office, json);
        self.nullable("supervisorName", supervisor, json);
    }

    /// Writes the dates of the life cycle.
    fn write_dates(&self, status: Status, random: &mut Random, json: &mut JsonWriter<'_>) {
        let style = if random.per_mille(TICKS_PER_MILLE) {
            // Not 0, since .NET omits trailing zeros.
            TimestampStyle::Ticks(1 + random.below(9) as u8)
        } else {
            TimestampStyle::Seconds
        };
        let created = random_instant(
            TAKEN - TimeDelta::days(8 * 365),
            TAKEN - TimeDelta::days(2),
            random,
        );
        // The identity is first seen by the nightly import after its creation.
        let nightly_run =
            created.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(24 + 2);
        let first_seen = random_instant(nightly_run, nightly_run + TimeDelta::minutes(15), random);
        let inactivated =
            (status != Status::Active).then(|| random_instant(first_seen, TAKEN, random));
        // An identity is updated at its last change of status, or later.
        let updated = random_instant(inactivated.unwrap_or(created), TAKEN, random);
        json.key("createdDate").display(style.timestamp(created));
        json.key("updatedDate").display(style.timestamp(updated));
        json.key("firstSeenDate")
            .display(style.timestamp(first_seen));
        self.nullable(
            "inactivatedDate",
            inactivated.map(|moment| style.timestamp(moment)),
            json,
        );
    }
}
