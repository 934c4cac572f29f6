//! A user of Microsoft Entra ID: licences, sign-ins, and names from an on-premises directory.

use crate::identifier::guid;
use crate::json::JsonWriter;
use crate::random::Random;

use super::super::identity::Identity;
use super::whole_seconds;

/// The licensed products: invented, and the same for all tenants.
const PRODUCTS: [u64; 3] = [
    0x51de_0001_ba5e_0010,
    0x51de_0002_cafe_0020,
    0x51de_0003_feed_0030,
];

pub(super) fn write(identity: &Identity, random: &mut Random, json: &mut JsonWriter<'_>) {
    let Identity {
        person,
        integration,
        timeline,
        ..
    } = identity;
    let company = integration.company;
    json.key("id").text(&identity.vendor_identifier);
    json.key("displayName").text(identity.display_name());
    if identity.service.is_none() {
        json.key("givenName").text(person.given.written);
        json.key("surname").text(person.family.written);
    }
    json.key("userPrincipalName")
        .display(format_args!("{}@{}", identity.login(), company.domain));
    json.key("mail")
        .nullable((!identity.email.is_empty()).then_some(&identity.email));
    json.key("businessPhones").array(|json| {
        if random.per_mille(400) {
            json.display(format_args!(
                "+{} {}",
                person.city.calling_code, person.phone
            ));
        }
    });
    if random.per_mille(600) {
        json.key("jobTitle").text(person.title);
    }
    json.key("department").text(person.department.name);
    json.key("officeLocation").nullable(
        random
            .per_mille(400)
            .then(|| format!("{}/{}", person.city.name, 1 + random.below(12))),
    );
    json.key("accountEnabled").boolean(identity.is_enabled());
    json.key("userType").text(if random.per_mille(60) {
        "Guest"
    } else {
        "Member"
    });
    if random.per_mille(400) {
        json.key("onPremisesSamAccountName").display(format_args!(
            "{}\\{}",
            company.handle.to_uppercase(),
            identity.login()
        ));
    }
    if random.per_mille(200) {
        json.key("proxyAddresses").array(|json| {
            if !identity.email.is_empty() {
                json.display(format_args!("SMTP:{}", identity.email));
                json.display(format_args!(
                    "smtp:{}@{}.mail.example",
                    person.login, company.handle
                ));
            }
        });
    }
    json.key("assignedLicenses").array(|json| {
        if identity.is_enabled() && random.per_mille(200) {
            json.object(|json| {
                json.key("disabledPlans").array(|_| {});
                json.key("skuId").text(&guid(*random.pick(&PRODUCTS), 0));
            });
        }
    });
    if random.per_mille(600) {
        json.key("signInActivity").object(|json| {
            json.key("lastSignInDateTime")
                .nullable(timeline.last_authenticated.map(whole_seconds));
        });
    }
}
