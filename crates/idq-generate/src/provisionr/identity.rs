//! Who an account belongs to and what became of it: everything that its record and its profile both tell.

use crate::identifier::{self, Alphabet};
use crate::person::Person;
use crate::pool::work::SERVICES;
use crate::random::{Purpose, Random, unique_bits};
use crate::short_text::ShortText;

use super::integration::{Integration, Vendor};
use super::timeline::Timeline;
use super::user::User;

/// How many records bring one more person: one has accounts in some 25 places.
const ROWS_PER_PERSON: u64 = 25;

/// How many people the first record can choose from.
const FIRST_PEOPLE: u64 = 64;

/// The state of an identity, or of the user behind it.
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

    /// The state of an account whose user is in this state: usually the same, with some lag either way.
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

/// Who uses an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A person the directory knows.
    User,
    /// A person the directory can't match with the account.
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
    /// Empty for software.
    pub(crate) email: String,
    pub(crate) person: Person,
    /// None for an orphan.
    pub(crate) user: Option<User>,
    pub(crate) timeline: Timeline,
    /// What the account is called instead of its person's name, where software uses it.
    pub(crate) service: Option<String>,
}

impl Identity {
    /// The account in a row, and the stream that decides its profile.
    pub(crate) fn new(seed: u64, row: u64) -> (Self, Random) {
        let mut random = Random::new(seed, Purpose::Identity, row);
        let integration = Integration::random(seed, &mut random);
        // The workforce grows with the rows, so that a short dump begins a long one. The higher of two draws prefers
        // the newcomers, who have had fewer rows to appear in.
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
        // Some software runs under a person's responsibility.
        let service = (owner == Owner::Service || owner == Owner::User && random.per_mille(8))
            .then(|| format!("svc-{}-{}", random.word(SERVICES), random.below(100)));
        let timeline = Timeline::random(state, &mut random);
        let unique = unique_bits(seed, Purpose::IdentityIdentifier, row);
        let identity = Self {
            identifier: identifier::ordered("dridt_", timeline.created, random.bits(), unique),
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

    /// Whether the vendor lets the account in.
    pub(crate) fn is_enabled(&self) -> bool {
        matches!(self.state, State::Active | State::Orphan | State::Expiring)
    }

    /// What the account is called on screen.
    pub(crate) fn display_name(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.person.full_name)
    }

    /// What the account is called at a login prompt.
    pub(crate) fn login(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.person.login)
    }
}

fn vendor_identifier(vendor: Vendor, random: &mut Random) -> ShortText {
    match vendor {
        Vendor::Okta => identifier::code("00u", 17, Alphabet::Mixed, random),
        Vendor::GoogleWorkspace => identifier::code("1", 20, Alphabet::Decimal, random),
        Vendor::Slack => identifier::code("U0", 9, Alphabet::Upper, random),
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

/// How an account's address differs from the one its user has in the directory.
#[derive(Clone, Copy, Debug)]
enum Address {
    Same,
    /// At the domain of the company that runs the integration.
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

/// Raises the first letter of the first name, the family name and the domain.
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
