//! Permission Assist's records of identities.

use crate::identifier;
use idq_api::EscapeDialect;

use crate::json::JsonWriter;
use crate::moment::{Moment, TimestampStyle};
use crate::person::{Person, TAKEN};
use crate::pool::places::{SITES, STREETS};
use crate::pool::work::SERVICES;
use crate::random::{Purpose, Random, unique_bits};

/// What the API calls the kinds of identity.
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

    /// Whether one person stands behind it.
    const fn is_person(self) -> bool {
        !matches!(self, Self::ServiceAccount | Self::Shared | Self::Mailbox)
    }
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Active,
    Disabled,
    Removed,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Removed => "Removed",
        }
    }
}

const STATUSES: &[(Status, u32)] = &[
    (Status::Active, 820),
    (Status::Disabled, 120),
    (Status::Removed, 60),
];

/// How many records in a thousand print what .NET keeps: a ten-millionth of a second.
const TICKS_SHARE: u64 = 300;

/// How many records in a thousand leave out what would be null.
const OMITS_NULLS_SHARE: u64 = 20;

/// Appends the record in a row.
pub(crate) fn write_record(seed: u64, row: u64, bytes: &mut Vec<u8>) {
    // Here a row is a person, or something that the person looks after.
    let (person, mut random) = Person::new(seed, row);
    let kind = *random.weighted(TYPES);
    let status = *random.weighted(STATUSES);
    let unique = unique_bits(seed, Purpose::IdentityIdentifier, row);
    let writer = Writer {
        omit_nulls: random.per_mille(OMITS_NULLS_SHARE),
    };
    JsonWriter::new(bytes, EscapeDialect::DotNet).object(|json| {
        json.key("id")
            .text(&identifier::guid(unique, random.bits()));
        json.key("kind").text("Identity");
        writer.who(&person, kind, &mut random, json);
        writer.place(seed, &person, kind, &mut random, json);
        writer.dates(status, &mut random, json);
        json.key("status").text(status.name());
    });
}

/// Writes the groups of fields, in the order in which the API has them.
struct Writer {
    omit_nulls: bool,
}

impl Writer {
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

    /// Names, address and type.
    fn who(&self, person: &Person, kind: Type, random: &mut Random, json: &mut JsonWriter<'_>) {
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

    /// Where in the company, and under whom.
    fn place(
        &self,
        seed: u64,
        person: &Person,
        kind: Type,
        random: &mut Random,
        json: &mut JsonWriter<'_>,
    ) {
        let has_title = kind.is_person() && random.per_mille(930);
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

    fn dates(&self, status: Status, random: &mut Random, json: &mut JsonWriter<'_>) {
        let style = if random.per_mille(TICKS_SHARE) {
            // Not 0, as .NET drops zeros at the end.
            TimestampStyle::Ticks(1 + random.below(9) as u8)
        } else {
            TimestampStyle::Seconds
        };
        let created =
            Moment::random_between(TAKEN.plus_days(-8 * 365), TAKEN.plus_days(-2), random);
        // Imported in the night after.
        let nightly_run = created.midnight().plus_days(1).plus_seconds(2 * 3600);
        let first_seen = Moment::random_between(nightly_run, nightly_run.plus_seconds(900), random);
        let inactivated =
            (status != Status::Active).then(|| Moment::random_between(first_seen, TAKEN, random));
        let updated = Moment::random_between(inactivated.unwrap_or(created), TAKEN, random);
        json.key("createdDate").display(created.printed(style));
        json.key("updatedDate").display(updated.printed(style));
        json.key("firstSeenDate").display(first_seen.printed(style));
        self.nullable(
            "inactivatedDate",
            inactivated.map(|moment| moment.printed(style)),
            json,
        );
    }
}
