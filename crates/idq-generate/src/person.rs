//! A person of the invented workforce, with the same facts in every record of theirs.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::identifier;
use crate::pool::places::{CITIES, City};
use crate::pool::work::{COMPANIES, Company, DEPARTMENTS, Department, TITLES};
use crate::pool::{Name, Tradition};
use crate::random::{Purpose, Random, unique_bits};
use crate::short_text::ShortText;
use crate::timestamp::random_instant;

/// The instant at which every dump was taken. With the current time, two dumps of one seed would differ.
pub(crate) const TAKEN: DateTime<Utc> = NaiveDate::from_ymd_opt(2026, 10, 1)
    .expect("a day")
    .and_hms_opt(6, 0, 0)
    .expect("a time of day")
    .and_utc();

/// The size of a team: a manager and their direct reports, who are consecutive people.
const TEAM_SIZE: u64 = 8;

/// The number of people whose login has no number, since names repeat among later ones.
const PEOPLE_WITH_PLAIN_LOGIN: u64 = 200;

/// A present or former employee of one of the companies.
pub(crate) struct Person {
    /// Number of the person, from which every fact follows.
    pub(crate) number: u64,
    /// Given name.
    pub(crate) given: Name,
    /// Family name.
    pub(crate) family: Name,
    /// Both names, in the order of their tradition.
    pub(crate) full_name: String,
    /// `given.family`, with a number where names repeat.
    pub(crate) login: String,
    /// Employer, whose domain is that of the address.
    pub(crate) company: &'static Company,
    /// Department, with its cost center.
    pub(crate) department: &'static Department,
    /// Title of the position.
    pub(crate) title: &'static str,
    /// City of the office.
    pub(crate) city: &'static City,
    /// Instant of the employment.
    pub(crate) hired: DateTime<Utc>,
    /// The national part of the telephone number.
    pub(crate) phone: u64,
}

impl Person {
    /// Returns the person of a number, and the stream for further facts about them.
    pub(crate) fn new(seed: u64, number: u64) -> (Self, Random) {
        let mut random = Random::new(seed, Purpose::Person, number);
        let tradition = Tradition::random(&mut random);
        let given = tradition.given_name(&mut random);
        let family = tradition.family_name(&mut random);
        let mut login = format!("{}.{}", given.login(), family.login());
        if number >= PEOPLE_WITH_PLAIN_LOGIN {
            login.push_str(&number.to_string());
        }
        let person = Self {
            number,
            given,
            family,
            full_name: tradition.full_name(given, family),
            login,
            company: *random.weighted::<&'static Company>(COMPANIES),
            department: random.pick(DEPARTMENTS),
            title: random.word(TITLES),
            city: random.pick(CITIES),
            hired: hired(seed, number),
            phone: 200_000_000 + random.below(700_000_000),
        };
        (person, random)
    }

    /// Returns the address at the employer.
    pub(crate) fn email(&self) -> String {
        format!("{}@{}", self.login, self.company.domain)
    }

    /// Returns whether the person leads a team: one of [`TEAM_SIZE`] people does.
    pub(crate) fn is_manager(&self) -> bool {
        self.number.is_multiple_of(TEAM_SIZE)
    }

    /// Returns the number of this person's manager; person 0 has none.
    pub(crate) fn manager(&self) -> Option<u64> {
        if self.is_manager() {
            let rank = self.number / TEAM_SIZE;
            (rank > 0).then(|| rank / TEAM_SIZE * TEAM_SIZE)
        } else {
            Some(self.number - self.number % TEAM_SIZE)
        }
    }

    /// Returns the number of the person in the employer's files, from 100,000 on.
    pub(crate) fn employee_number(&self) -> u64 {
        100_000 + self.number
    }
}

/// Returns the identifier of a person in the directory.
pub(crate) fn user_identifier(seed: u64, number: u64) -> ShortText {
    let unique = unique_bits(seed, Purpose::PersonIdentifier, number);
    identifier::ulid(
        "drusr_",
        hired(seed, number),
        unique.rotate_left(17),
        unique,
    )
}

/// Returns the time of hire, in the eight years before the last month. It has its own stream, since a manager's
/// identifier needs no other fact.
fn hired(seed: u64, number: u64) -> DateTime<Utc> {
    let mut random = Random::new(seed, Purpose::PersonIdentifier, number);
    random_instant(
        TAKEN - TimeDelta::days(8 * 365),
        TAKEN - TimeDelta::days(30),
        &mut random,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_of_people_are_managers() {
        for number in 1..2000 {
            let (person, _) = Person::new(5, number);
            let manager = person.manager().unwrap();
            assert!(manager < number && Person::new(5, manager).0.is_manager());
        }
        assert_eq!(Person::new(5, 0).0.manager(), None);
    }
}
