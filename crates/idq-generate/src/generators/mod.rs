//! The list of generators: a new one is a file here, with a constant of type [`Generator`], and an entry of
//! [`Generator::ALL`].

mod permission_assist;
mod provisionr;

use std::fmt;

use crate::records::Records;
use crate::styled::StylePlaces;

/// The generator of one API's records, equal to another if their names are.
#[derive(Clone, Copy)]
pub struct Generator {
    /// The name of the API, unique among generators.
    name: &'static str,
    /// The number of records on a page of the API.
    per_page: u64,
    /// Returns the writer of a seed's records, with everything that they share.
    records_of_seed: fn(u64) -> Box<dyn Records>,
    /// The places in a record that styles change.
    places: &'static StylePlaces,
}

impl Generator {
    /// Every generator.
    pub const ALL: &'static [Self] = &[Self::PROVISIONR, Self::PERMISSION_ASSIST];

    /// Returns the generator of a name, or `None` where no generator has it.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut generators = Self::ALL.iter().copied();
        generators.find(|generator| generator.name == name)
    }

    /// Returns the name, such as `provisionr` or `permission-assist`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the number of records on a full page.
    pub(crate) const fn per_page(self) -> u64 {
        self.per_page
    }

    /// Returns the places in a record that styles change.
    pub(crate) fn places(self) -> &'static StylePlaces {
        self.places
    }

    /// Returns the writer of the records of a seed.
    pub(crate) fn records(self, seed: u64) -> Box<dyn Records> {
        (self.records_of_seed)(seed)
    }
}

impl PartialEq for Generator {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Generator {}

impl fmt::Debug for Generator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generator_has_its_own_name() {
        for generator in Generator::ALL {
            let namesakes = Generator::ALL.iter().filter(|other| *other == generator);
            assert_eq!(namesakes.count(), 1, "{generator:?}");
            assert_eq!(Generator::from_name(generator.name()), Some(*generator));
        }
        assert_eq!(Generator::from_name("unknown"), None);
    }
}
