//! A user of a self-managed GitLab: flat, with whole-number identifiers and many nulls.

use crate::json::JsonWriter;
use crate::pool::phrases::BIOS;
use crate::random::Random;

use super::super::identity::{Identity, State};
use super::milliseconds;

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        person,
        integration,
        timeline,
        ..
    } = identity;
    let host = format!("gitlab.{}", integration.company.domain);
    let login = identity.login();
    let state = match identity.state {
        State::Deactivated | State::Expired => "deactivated",
        State::Suspended => "blocked",
        State::Staged => "blocked_pending_approval",
        State::Active | State::Orphan | State::Expiring => "active",
    };
    json.key("id").number(identity.vendor_identifier);
    json.key("username").text(login);
    json.key("name").text(identity.display_name());
    json.key("state").text(state);
    json.key("web_url")
        .display(format_args!("https://{host}/{login}"));
    json.key("created_at")
        .display(milliseconds(timeline.created));
    json.key("bio").text(if random.per_mille(150) {
        random.word(BIOS)
    } else {
        ""
    });
    json.key("location")
        .nullable(random.per_mille(500).then_some(person.city.name));
    json.key("job_title").text(person.title);
    json.key("last_sign_in_at")
        .nullable(timeline.last_authenticated.map(milliseconds));
    json.key("email").text(&identity.email);
    if random.per_mille(450) {
        json.key("identities").array(|json| {
            if identity.service.is_none() && random.per_mille(700) {
                json.object(|json| {
                    json.key("provider").text("saml");
                    json.key("extern_uid").display(format_args!(
                        "{}\\{login}",
                        integration.company.handle.to_uppercase()
                    ));
                    json.key("saml_provider_id").null();
                });
            }
        });
    }
    json.key("two_factor_enabled")
        .boolean(random.per_mille(750));
    // Eighths are exact in binary, so that their format is the same on every machine.
    json.key("storage_gigabytes")
        .number(random.below(400) as f64 / 8.0 + 0.125);
}
