//! The integrations of the workspace with vendors' directories.

use chrono::TimeDelta;

use crate::identifier;
use crate::json::JsonWriter;
use crate::person::TAKEN;
use crate::pool::work::{BRAMBLE, Company, HALDEN, KESTREL, NORTHWIND, OMALLEY, VANTAGE};
use crate::random::{Purpose, Random, unique_bits};
use crate::short_text::ShortText;

/// A vendor of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Demo,
    EntraId,
    Github,
    Gitlab,
    GoogleWorkspace,
    Okta,
    Slack,
}

impl Vendor {
    /// Returns the API's name of the vendor.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::EntraId => "entra_id",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::GoogleWorkspace => "google_workspace",
            Self::Okta => "okta",
            Self::Slack => "slack",
        }
    }
}

/// The fixed facts of an integration; its identifier depends on the seed.
struct Source {
    vendor: Vendor,
    company: &'static Company,
    /// The suffix that distinguishes several integrations of one company with one vendor.
    suffix: &'static str,
}

const fn source(vendor: Vendor, company: &'static Company, suffix: &'static str) -> (Source, u32) {
    // Weights are proportional to the people of a company, or to the part of it that an integration covers.
    let whole = if suffix.is_empty() { 2 } else { 1 };
    let weight = match vendor {
        Vendor::Okta => 11,
        Vendor::GoogleWorkspace => 9,
        Vendor::Slack | Vendor::EntraId => 8,
        Vendor::Github | Vendor::Gitlab => 5,
        Vendor::Demo => 7,
    };
    (
        Source {
            vendor,
            company,
            suffix,
        },
        whole * weight,
    )
}

/// The integration that determines the state of people.
const PRIMARY: usize = 0;

static SOURCES: &[(Source, u32)] = &[
    source(Vendor::Okta, &NORTHWIND, ""),
    source(Vendor::Okta, &NORTHWIND, "-preview"),
    source(Vendor::Okta, &KESTREL, ""),
    source(Vendor::Okta, &KESTREL, "-partners"),
    source(Vendor::Okta, &OMALLEY, ""),
    source(Vendor::Okta, &VANTAGE, ""),
    source(Vendor::GoogleWorkspace, &NORTHWIND, ""),
    source(Vendor::GoogleWorkspace, &NORTHWIND, "-emea"),
    source(Vendor::GoogleWorkspace, &NORTHWIND, "-apac"),
    source(Vendor::GoogleWorkspace, &BRAMBLE, ""),
    source(Vendor::GoogleWorkspace, &HALDEN, ""),
    source(Vendor::GoogleWorkspace, &VANTAGE, ""),
    source(Vendor::Slack, &NORTHWIND, ""),
    source(Vendor::Slack, &NORTHWIND, "-oncall"),
    source(Vendor::Slack, &NORTHWIND, "-guests"),
    source(Vendor::Slack, &KESTREL, ""),
    source(Vendor::Slack, &BRAMBLE, ""),
    source(Vendor::Slack, &HALDEN, ""),
    source(Vendor::Slack, &VANTAGE, ""),
    source(Vendor::EntraId, &NORTHWIND, ""),
    source(Vendor::EntraId, &NORTHWIND, "-b2b"),
    source(Vendor::EntraId, &KESTREL, ""),
    source(Vendor::EntraId, &KESTREL, "-lab"),
    source(Vendor::EntraId, &OMALLEY, ""),
    source(Vendor::EntraId, &BRAMBLE, "-legacy"),
    source(Vendor::Gitlab, &NORTHWIND, ""),
    source(Vendor::Gitlab, &NORTHWIND, "-archive"),
    source(Vendor::Gitlab, &KESTREL, ""),
    source(Vendor::Gitlab, &HALDEN, ""),
    source(Vendor::Gitlab, &VANTAGE, "-edge"),
    source(Vendor::Github, &NORTHWIND, ""),
    source(Vendor::Github, &NORTHWIND, "-oss"),
    source(Vendor::Github, &KESTREL, ""),
    source(Vendor::Github, &BRAMBLE, ""),
    source(Vendor::Github, &OMALLEY, ""),
    source(Vendor::Github, &VANTAGE, ""),
    source(Vendor::Demo, &NORTHWIND, ""),
    source(Vendor::Demo, &KESTREL, "-training"),
    source(Vendor::Demo, &HALDEN, "-sandbox"),
    source(Vendor::Demo, &VANTAGE, "-sandbox"),
];

/// An integration of the workspace with a vendor.
pub(crate) struct Integration {
    pub(crate) identifier: ShortText,
    pub(crate) vendor: Vendor,
    pub(crate) company: &'static Company,
    suffix: &'static str,
    is_primary: bool,
}

impl Integration {
    /// Returns one of the seed's integrations, in proportion to its size.
    pub(crate) fn random(seed: u64, random: &mut Random) -> Self {
        Self::new(seed, random.weighted_index(SOURCES))
    }

    fn new(seed: u64, index: usize) -> Self {
        let Source {
            vendor,
            company,
            suffix,
        } = SOURCES[index].0;
        let unique = unique_bits(seed, Purpose::Integration, index as u64);
        let connected = TAKEN - TimeDelta::days(2900 - index as i64 * 7);
        Self {
            identifier: identifier::ulid("wksin_", connected, unique.rotate_left(23), unique),
            vendor,
            company,
            suffix,
            is_primary: index == PRIMARY,
        }
    }

    /// Returns the name of the tenant at the vendor, such as `northwind-emea`.
    pub(crate) fn handle(&self) -> String {
        format!("{}{}", self.company.handle, self.suffix)
    }

    pub(crate) fn write(&self, json: &mut JsonWriter<'_>) {
        json.object(|json| {
            json.key("id").text(&self.identifier);
            json.key("is_primary").boolean(self.is_primary);
            json.key("vendor").text(self.vendor.name());
            json.key("handle")
                .display(format_args!("{}{}", self.company.handle, self.suffix));
            json.key("domain").text(self.company.domain);
        });
    }
}
