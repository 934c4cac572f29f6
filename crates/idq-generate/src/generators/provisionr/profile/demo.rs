//! A user of the demonstration directory: few fields, and sometimes none.

use crate::json::JsonWriter;
use crate::pool::phrases::TAGS;
use crate::random::Random;

use super::super::identity::Identity;

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let person = &identity.person;
    if random.per_mille(120) {
        return;
    }
    json.key("name").text(identity.display_name());
    json.key("email").text(&identity.email);
    json.key("role")
        .text(random.word(&["viewer", "editor", "owner", "auditor"]));
    json.key("team").text(person.department.name);
    json.key("enabled").boolean(identity.is_enabled());
    // PHP and Rust both format hundredths in the shortest digits that parse to the same number.
    json.key("score")
        .number(random.below(10_000) as f64 / 100.0);
    json.key("tags").array(|json| {
        for _ in 0..random.below(4) {
            json.text(random.word(TAGS));
        }
    });
    json.key("address").object(|json| {
        json.key("city").text(person.city.name);
        json.key("country").object(|json| {
            json.key("code").text(person.city.country_code);
            json.key("name").text(person.city.country);
        });
    });
}
