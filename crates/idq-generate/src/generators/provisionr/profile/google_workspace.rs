//! A user of Google Workspace: lists of addresses, phones and organizations.

use crate::identifier::{Alphabet, random_code};
use crate::json::JsonWriter;
use crate::pool::places::STREETS;
use crate::random::Random;

use super::super::identity::Identity;
use super::milliseconds;

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        person, timeline, ..
    } = identity;
    json.key("id").text(&identity.vendor_identifier);
    json.key("etag").display(format_args!(
        "\"{}/{}\"",
        random_code("", 12, Alphabet::Mixed, random),
        random.below(100_000)
    ));
    json.key("primaryEmail").text(&identity.email);
    json.key("name").object(|json| {
        json.key("givenName")
            .text(identity.service.as_deref().unwrap_or(person.given.written));
        json.key("familyName").text(if identity.service.is_some() {
            "(service)"
        } else {
            person.family.written
        });
    });
    json.key("lastLoginTime")
        .nullable(timeline.last_authenticated.map(milliseconds));
    json.key("suspended").boolean(!identity.is_enabled());
    if !identity.is_enabled() {
        json.key("suspensionReason").text("ADMIN");
    }
    json.key("archived").boolean(timeline.deleted.is_some());
    json.key("emails").array(|json| {
        json.object(|json| {
            json.key("address").text(&identity.email);
            json.key("primary").boolean(true);
        });
        if random.per_mille(120) {
            json.object(|json| {
                json.key("address")
                    .display(format_args!("{}@mail.example", person.login));
                json.key("type").text("home");
            });
        }
    });
    if identity.service.is_none() {
        write_person(identity, random, json);
    }
    json.key("orgUnitPath").display(format_args!(
        "/{}/{}",
        person.department.division, person.city.name
    ));
}

fn write_person(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let person = &identity.person;
    if random.per_mille(450) {
        json.key("organizations").array(|json| {
            json.object(|json| {
                json.key("title").text(person.title);
                json.key("primary").boolean(true);
                json.key("department").text(person.department.name);
            });
        });
    }
    if random.per_mille(250) {
        json.key("phones").array(|json| {
            json.object(|json| {
                json.key("value").display(format_args!(
                    "+{} {}",
                    person.city.calling_code, person.phone
                ));
                json.key("type").text("work");
            });
        });
    }
    if random.per_mille(120) {
        json.key("addresses").array(|json| {
            json.object(|json| {
                json.key("type").text("work");
                json.key("streetAddress").display(format_args!(
                    "{} {}",
                    random.word(STREETS),
                    1 + random.below(200)
                ));
                json.key("locality").text(person.city.name);
                json.key("countryCode").text(person.city.country_code);
            });
        });
    }
    if random.per_mille(200) {
        json.key("languages").array(|json| {
            json.object(|json| {
                json.key("languageCode").text(person.city.language);
                json.key("preference").text("preferred");
            });
        });
    }
}
