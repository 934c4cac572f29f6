//! A member of a Slack workspace: statuses with emoji, and custom fields of the workspace.

use crate::identifier::{Alphabet, random_code};
use crate::json::JsonWriter;
use crate::pool::phrases::STATUSES;
use crate::random::Random;

use super::super::identity::{Identity, State};

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        person,
        integration,
        timeline,
        ..
    } = identity;
    let team = &integration.identifier;
    json.key("id").text(&identity.vendor_identifier);
    json.key("team_id").display(format_args!(
        "T{}",
        team[team.len() - 9..].to_ascii_uppercase()
    ));
    json.key("name").text(identity.login());
    json.key("deleted")
        .boolean(identity.state == State::Deactivated);
    json.key("tz_offset")
        .number(i32::from(person.city.offset_minutes) * 60);
    json.key("profile")
        .object(|json| write_profile(identity, random, json));
    json.key("is_admin").boolean(random.per_mille(20));
    json.key("is_bot").boolean(identity.service.is_some());
    json.key("updated").number(timeline.updated.timestamp());
}

fn write_profile(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let person = &identity.person;
    if random.per_mille(500) {
        json.key("title").text(person.title);
    }
    let phone = random
        .per_mille(300)
        .then(|| format!("+{}{}", person.city.calling_code, person.phone));
    if random.per_mille(400) {
        json.key("phone").text(phone.as_deref().unwrap_or_default());
    }
    json.key("real_name").text(identity.display_name());
    json.key("display_name").text(person.given.written);
    let (text, emoji) = if random.per_mille(250) {
        *random.pick(STATUSES)
    } else {
        ("", "")
    };
    json.key("status_text").text(text);
    json.key("status_emoji").text(emoji);
    json.key("status_expiration").number(if text.is_empty() {
        0
    } else {
        identity.timeline.updated.timestamp() + 3600
    });
    if random.per_mille(350) {
        let avatar = random_code("", 12, Alphabet::Hexadecimal, random);
        json.key("image_72").display(format_args!(
            "https://avatars.slack.example/{avatar}_72.png"
        ));
    }
    if !identity.email.is_empty() {
        json.key("email").text(&identity.email);
    }
    if random.per_mille(150) {
        json.key("fields").object(|json| {
            for (name, value) in [
                ("Xf01DEPT", person.department.name),
                ("Xf02SITE", person.city.name),
            ] {
                json.key(name).object(|json| {
                    json.key("value").text(value);
                    json.key("alt").text("");
                });
            }
        });
    } else {
        json.key("fields").null();
    }
}
