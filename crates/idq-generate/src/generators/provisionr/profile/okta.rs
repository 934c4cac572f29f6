//! A user of Okta: the life cycle of the account, and the person in a nested profile.

use crate::json::JsonWriter;
use crate::pool::phrases::USER_TYPES;
use crate::random::Random;

use super::super::identity::{Identity, State};
use super::milliseconds;

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        integration,
        timeline,
        ..
    } = identity;
    let status = match identity.state {
        State::Active | State::Orphan | State::Expiring => "ACTIVE",
        State::Staged => "STAGED",
        State::Suspended => "SUSPENDED",
        State::Expired => "PASSWORD_EXPIRED",
        State::Deactivated => "DEPROVISIONED",
    };
    json.key("id").text(&identity.vendor_identifier);
    json.key("status").text(status);
    json.key("created").display(milliseconds(timeline.created));
    json.key("lastLogin")
        .nullable(timeline.last_authenticated.map(milliseconds));
    json.key("profile")
        .object(|json| write_profile(identity, random, json));
    if identity.user.is_none() {
        json.key("credentials").object(|json| {
            json.key("provider").object(|json| {
                json.key("type").text("OKTA");
                json.key("name").text("OKTA");
            });
        });
    }
    // Links are optional in Okta's responses, and mostly left out.
    if random.per_mille(250) {
        json.key("_links").object(|json| {
            json.key("self").object(|json| {
                let handle = integration.handle();
                let identifier = identity.vendor_identifier;
                json.key("href").display(format_args!(
                    "https://{handle}.okta.example/api/v1/users/{identifier}"
                ));
            });
        });
    }
}

fn write_profile(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let person = &identity.person;
    json.key("login").display(format_args!(
        "{}@{}",
        identity.login(),
        identity.integration.company.domain
    ));
    json.key("email").text(&identity.email);
    if let Some(service) = &identity.service {
        json.key("displayName").text(service);
        json.key("userType").text("Service");
        json.key("description").display(format_args!(
            "Owned by {} \\ {}",
            person.department.name, person.full_name
        ));
        return;
    }
    json.key("firstName").text(person.given.written);
    json.key("lastName").text(person.family.written);
    let has_mobile = random.per_mille(400);
    let mobile = has_mobile.then(|| format!("+{}-{}", person.city.calling_code, person.phone));
    json.key("mobilePhone").nullable(mobile);
    json.key("userType").text(random.word(USER_TYPES));
    if random.per_mille(500) {
        json.key("title").text(person.title);
        json.key("department").text(person.department.name);
    } else {
        json.key("costCenter")
            .display(person.department.cost_center);
        json.key("employeeNumber").display(person.employee_number());
    }
    json.key("countryCode").text(person.city.country_code);
}
