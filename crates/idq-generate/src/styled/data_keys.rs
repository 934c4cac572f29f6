//! Documents whose keys are data: the groups of an identity, each a key.

use crate::random::{Purpose, Random, unique_bits};

use super::StylePlaces;
use super::tree::Tree;

/// The number of groups of the directory: more distinct keys than record shapes can hold.
const GROUPS: u64 = 20_000;

/// The maximum number of groups of one identity.
const MAX_GROUPS_PER_IDENTITY: u64 = 5;

/// The first possible start of a membership, in seconds since 1970: 13 September 2020.
const FIRST_MEMBERSHIP: u64 = 1_600_000_000;

/// The seconds in which memberships start: some three years.
const MEMBERSHIP_SECONDS: u64 = 100_000_000;

/// Roles in a group.
const ROLES: &[&str] = &["member", "member", "member", "owner"];

/// Adds the member `groups`, an object with a key for each group of the identity.
pub(super) fn add_groups(
    places: &StylePlaces,
    seed: u64,
    record: &mut Tree<'_>,
    random: &mut Random,
) {
    let count = random.below(MAX_GROUPS_PER_IDENTITY + 1);
    let mut members = Vec::new();
    for _ in 0..count {
        let number = random.below(GROUPS);
        let group = format!(
            "grp-{:08x}",
            unique_bits(seed, Purpose::Group, number) >> 32
        );
        let membership = Tree::from_members([
            ("role", Tree::from_text(random.word(ROLES))),
            (
                "since",
                Tree::from_number(FIRST_MEMBERSHIP + random.below(MEMBERSHIP_SECONDS)),
            ),
        ]);
        // An identity is a member of a group once.
        if members.iter().all(|(key, _)| *key != group) {
            members.push((group.into(), membership));
        }
    }
    record.set(places.open_object, "groups", Tree::Object(members));
}
