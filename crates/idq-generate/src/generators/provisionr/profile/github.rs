//! A GitHub account: a person's public page, and their place in the organization.

use crate::identifier::{Alphabet, random_code};
use crate::json::JsonWriter;
use crate::pool::phrases::BIOS;
use crate::random::Random;

use super::super::identity::Identity;

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        person,
        integration,
        ..
    } = identity;
    let login = format!(
        "{}-{}",
        identity.login().replace('.', "-"),
        integration.company.handle
    );
    json.key("login").text(&login);
    json.key("id").number(identity.vendor_identifier);
    json.key("node_id")
        .text(&random_code("U_kgDO", 8, Alphabet::Mixed, random));
    json.key("html_url")
        .display(format_args!("https://github.example/{login}"));
    json.key("type").text(if identity.service.is_some() {
        "Bot"
    } else {
        "User"
    });
    json.key("name").text(identity.display_name());
    json.key("company").nullable(
        random
            .per_mille(400)
            .then(|| format!("@{}", integration.handle())),
    );
    json.key("location")
        .nullable(random.per_mille(450).then_some(person.city.name));
    json.key("email")
        .nullable((!identity.email.is_empty()).then_some(&identity.email));
    json.key("bio")
        .nullable(random.per_mille(250).then(|| random.word(BIOS)));
    json.key("public_repos").number(random.below(60));
    json.key("two_factor_authentication")
        .boolean(random.per_mille(900));
    json.key("membership").object(|json| {
        json.key("role").text(if random.per_mille(40) {
            "admin"
        } else {
            "member"
        });
        json.key("teams").array(|json| {
            for _ in 0..random.below(3) {
                let team = person
                    .department
                    .name
                    .to_lowercase()
                    .replace(|letter: char| !letter.is_alphanumeric(), "-");
                json.object(|json| {
                    json.key("id").number(1000 + random.below(9_000_000));
                    json.key("slug").text(&team);
                });
            }
        });
    });
}
