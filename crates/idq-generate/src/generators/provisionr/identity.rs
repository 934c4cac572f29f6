//! The facts of an account that its record and its profile share: owner, state, names and addresses.

use crate::identifier::{self, Alphabet};
use crate::person::Person;
use crate::pool::work::SERVICES;
use crate::random::{Purpose, Random, unique_bits};
use crate::short_text::ShortText;

use super::integration::{Integration, Vendor};
use super::timeline::Timeline;
use super::user::User;

/// Records for each person of the workforce: a person has some 25 accounts.
const ROWS_PER_PERSON: u64 = 25;

/// People of whom the first record chooses one.
const FIRST_PEOPLE: u64 = 64;

/// The state of an identity, or of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Staged,
    Active,
    Orphan,
    Expiring,
    Expired,
    Suspended,
    Deactivated,
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Active => "active",
            Self::Orphan => "orphan",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
        }
    }

    /// Returns the state of an account whose user is in this state: mostly the same, since either may lag behind.
    fn of_account(self, random: &mut Random) -> Self {
        let choices: &[(Self, u32)] = match self {
            Self::Active => &[
                (Self::Active, 862),
                (Self::Deactivated, 65),
                (Self::Suspended, 22),
                (Self::Expiring, 18),
                (Self::Expired, 15),
                (Self::Staged, 18),
            ],
            Self::Deactivated => &[
                (Self::Deactivated, 70),
                (Self::Active, 25),
                (Self::Suspended, 5),
            ],
            Self::Suspended => &[(Self::Suspended, 60), (Self::Active, 40)],
            Self::Staged => &[(Self::Staged, 80), (Self::Active, 20)],
            Self::Expiring => &[(Self::Expiring, 70), (Self::Active, 30)],
            Self::Expired => &[
                (Self::Expired, 75),
                (Self::Deactivated, 20),
                (Self::Active, 5),
            ],
            Self::Orphan => &[(Self::Orphan, 1)],
        };
        *random.weighted(choices)
    }
}

/// The user of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A person of the directory.
    User,
    /// A person whom the directory does not match with the account.
    Stranger,
    /// Software.
    Service,
}

const OWNERS: &[(Owner, u32)] = &[
    (Owner::User, 955),
    (Owner::Stranger, 30),
    (Owner::Service, 15),
];

/// One account of a person, or of software, at a vendor.
pub(crate) struct Identity {
    pub(crate) identifier: ShortText,
    pub(crate) state: State,
    pub(crate) integration: Integration,
    pub(crate) vendor_identifier: ShortText,
    /// The address; empty for software.
    pub(crate) email: String,
    pub(crate) person: Person,
    /// The user of the directory; `None` for an orphan.
    pub(crate) user: Option<User>,
    pub(crate) timeline: Timeline,
    /// The name of a software account; `None` for the account of a person.
    pub(crate) service: Option<String>,
}

impl Identity {
    /// Returns the account of a row, and the stream for its profile.
    pub(crate) fn new(seed: u64, row: u64) -> (Self, Random) {
        let mut random = Random::new(seed, Purpose::Identity, row);
        let integration = Integration::random(seed, &mut random);
        // The workforce grows with the rows, so that a short dump is a prefix of a long one. The higher of two draws
        // favours recent people, who have had fewer rows.
        let people = FIRST_PEOPLE + row / ROWS_PER_PERSON;
        let number = random.below(people).max(random.below(people));
        let (person, mut about_person) = Person::new(seed, number);
        let owner = *random.weighted(OWNERS);
        let (state, user) = match owner {
            Owner::User => {
                let user = User::new(seed, &person, &mut about_person);
                (user.state.of_account(&mut random), Some(user))
            }
            Owner::Stranger | Owner::Service => (State::Orphan, None),
        };
        // A person is responsible for some of the software.
        let service = (owner == Owner::Service || owner == Owner::User && random.per_mille(8))
            .then(|| format!("svc-{}-{}", random.word(SERVICES), random.below(100)));
        let timeline = Timeline::random(state, &mut random);
        let unique = unique_bits(seed, Purpose::IdentityIdentifier, row);
        let identity = Self {
            identifier: identifier::ulid("dridt_", timeline.created, random.bits(), unique),
            state,
            vendor_identifier: vendor_identifier(integration.vendor, &mut random),
            email: if service.is_some() {
                String::new()
            } else {
                email(&person, &integration, &mut random)
            },
            integration,
            person,
            user,
            timeline,
            service,
        };
        (identity, random)
    }

    /// Returns whether the vendor admits the account.
    pub(crate) fn is_enabled(&self) -> bool {
        matches!(self.state, State::Active | State::Orphan | State::Expiring)
    }

    /// Returns the display name.
    pub(crate) fn display_name(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.person.full_name)
    }

    /// Returns the login name.
    pub(crate) fn login(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.person.login)
    }
}

fn vendor_identifier(vendor: Vendor, random: &mut Random) -> ShortText {
    match vendor {
        Vendor::Okta => identifier::random_code("00u", 17, Alphabet::Mixed, random),
        Vendor::GoogleWorkspace => identifier::random_code("1", 20, Alphabet::Decimal, random),
        Vendor::Slack => identifier::random_code("U0", 9, Alphabet::Upper, random),
        Vendor::EntraId => identifier::guid(random.bits(), random.bits()),
        Vendor::Gitlab => whole_number("", 1000 + random.below(40_000_000)),
        Vendor::Github => whole_number("", 10_000 + random.below(190_000_000)),
        Vendor::Demo => whole_number("demo-user/", random.below(1_000_000)),
    }
}

fn whole_number(prefix: &str, number: u64) -> ShortText {
    let mut text = ShortText::new();
    text.push_text(prefix);
    text.push_decimal(number, number.checked_ilog10().unwrap_or(0) + 1);
    text
}

/// The form of an account's address, relative to the address of its user in the directory.
#[derive(Clone, Copy, Debug)]
enum Address {
    Same,
    /// An address at the domain of the integration's company.
    AtIntegration,
    /// `Ada.Berg@Northwind.example`
    Capitalized,
    UpperCase,
    /// `ada.berg+slack@northwind.example`
    Tagged,
}

const ADDRESSES: &[(Address, u32)] = &[
    (Address::Same, 720),
    (Address::AtIntegration, 150),
    (Address::Capitalized, 70),
    (Address::UpperCase, 20),
    (Address::Tagged, 40),
];

fn email(person: &Person, integration: &Integration, random: &mut Random) -> String {
    match random.weighted(ADDRESSES) {
        Address::Same => person.email(),
        Address::AtIntegration => format!("{}@{}", person.login, integration.company.domain),
        Address::Capitalized => capitalized(&person.email()),
        Address::UpperCase => person.email().to_ascii_uppercase(),
        Address::Tagged => format!(
            "{}+{}@{}",
            person.login,
            integration.vendor.name(),
            person.company.domain
        ),
    }
}

/// Capitalises the first letter of the given name, the family name and the domain.
fn capitalized(email: &str) -> String {
    let mut starts_word = true;
    let mut is_domain = false;
    let raise = |character: char| {
        let raised = if starts_word {
            character.to_ascii_uppercase()
        } else {
            character
        };
        starts_word = character == '@' || character == '.' && !is_domain;
        is_domain |= character == '@';
        raised
    };
    email.chars().map(raise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_the_domain_are_capitalized() {
        assert_eq!(
            capitalized("ada.berg@northwind.example"),
            "Ada.Berg@Northwind.example"
        );
    }
}
