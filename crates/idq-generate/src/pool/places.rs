//! Cities and offices.

/// A city with an office.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    pub(crate) country_code: &'static str,
    pub(crate) country: &'static str,
    pub(crate) calling_code: u16,
    pub(crate) time_zone: &'static str,
    /// The offset of standard time from UTC.
    pub(crate) offset_minutes: i16,
    pub(crate) language: &'static str,
}

const fn city(
    name: &'static str,
    (country_code, country): (&'static str, &'static str),
    calling_code: u16,
    time_zone: &'static str,
    offset_minutes: i16,
    language: &'static str,
) -> City {
    City {
        name,
        country_code,
        country,
        calling_code,
        time_zone,
        offset_minutes,
        language,
    }
}

const CANADA: (&str, &str) = ("CA", "Canada");
const GERMANY: (&str, &str) = ("DE", "Germany");
const INDIA: (&str, &str) = ("IN", "India");
const NETHERLANDS: (&str, &str) = ("NL", "Netherlands");
const UNITED_KINGDOM: (&str, &str) = ("GB", "United Kingdom");
const UNITED_STATES: (&str, &str) = ("US", "United States");

pub(crate) static CITIES: &[City] = &[
    city("Amsterdam", NETHERLANDS, 31, "Europe/Amsterdam", 60, "nl"),
    city("Athens", ("GR", "Greece"), 30, "Europe/Athens", 120, "el"),
    city("Austin", UNITED_STATES, 1, "America/Chicago", -360, "en"),
    city("Bengaluru", INDIA, 91, "Asia/Kolkata", 330, "en"),
    city("Berlin", GERMANY, 49, "Europe/Berlin", 60, "de"),
    city(
        "Bogotá",
        ("CO", "Colombia"),
        57,
        "America/Bogota",
        -300,
        "es",
    ),
    city("Boston", UNITED_STATES, 1, "America/New_York", -300, "en"),
    city("Cairo", ("EG", "Egypt"), 20, "Africa/Cairo", 120, "ar"),
    city("Chicago", UNITED_STATES, 1, "America/Chicago", -360, "en"),
    city(
        "Copenhagen",
        ("DK", "Denmark"),
        45,
        "Europe/Copenhagen",
        60,
        "da",
    ),
    city("Denver", UNITED_STATES, 1, "America/Denver", -420, "en"),
    city("Dublin", ("IE", "Ireland"), 353, "Europe/Dublin", 0, "en"),
    city("Fargo", UNITED_STATES, 1, "America/Chicago", -360, "en"),
    city(
        "Helsinki",
        ("FI", "Finland"),
        358,
        "Europe/Helsinki",
        120,
        "fi",
    ),
    city(
        "Istanbul",
        ("TR", "Türkiye"),
        90,
        "Europe/Istanbul",
        180,
        "tr",
    ),
    city("Kraków", ("PL", "Poland"), 48, "Europe/Warsaw", 60, "pl"),
    city("Lagos", ("NG", "Nigeria"), 234, "Africa/Lagos", 60, "en"),
    city("Leeds", UNITED_KINGDOM, 44, "Europe/London", 0, "en"),
    city("Lisbon", ("PT", "Portugal"), 351, "Europe/Lisbon", 0, "pt"),
    city("London", UNITED_KINGDOM, 44, "Europe/London", 0, "en"),
    city("Lyon", ("FR", "France"), 33, "Europe/Paris", 60, "fr"),
    city("Montréal", CANADA, 1, "America/Toronto", -300, "fr"),
    city("München", GERMANY, 49, "Europe/Berlin", 60, "de"),
    city("Nairobi", ("KE", "Kenya"), 254, "Africa/Nairobi", 180, "en"),
    city("New York", UNITED_STATES, 1, "America/New_York", -300, "en"),
    city("Pune", INDIA, 91, "Asia/Kolkata", 330, "en"),
    city("Rotterdam", NETHERLANDS, 31, "Europe/Amsterdam", 60, "nl"),
    city(
        "São Paulo",
        ("BR", "Brazil"),
        55,
        "America/Sao_Paulo",
        -180,
        "pt",
    ),
    city(
        "Seattle",
        UNITED_STATES,
        1,
        "America/Los_Angeles",
        -480,
        "en",
    ),
    city("Seoul", ("KR", "South Korea"), 82, "Asia/Seoul", 540, "ko"),
    city(
        "Singapore",
        ("SG", "Singapore"),
        65,
        "Asia/Singapore",
        480,
        "en",
    ),
    city(
        "Sydney",
        ("AU", "Australia"),
        61,
        "Australia/Sydney",
        600,
        "en",
    ),
    city("Tokyo", ("JP", "Japan"), 81, "Asia/Tokyo", 540, "ja"),
    city("Toronto", CANADA, 1, "America/Toronto", -300, "en"),
    city(
        "Zürich",
        ("CH", "Switzerland"),
        41,
        "Europe/Zurich",
        60,
        "de",
    ),
];

pub(crate) static STREETS: &[&str] = &[
    "Abbey Road",
    "Alder Street",
    "Brückenstraße",
    "Canal Walk",
    "Dock Street",
    "Exchange Square",
    "Foundry Lane",
    "Harbour Way",
    "King's Parade",
    "Lindenallee",
    "Market Place",
    "Mill Road",
    "Orchard Avenue",
    "Quai des Brumes",
    "Station Road",
    "Weaver Street",
];

/// Parts of buildings, for the names of desks and offices.
pub(crate) static SITES: &[&str] = &[
    "Main",
    "North",
    "Riverside",
    "Tower 2",
    "Annex",
    "Campus East",
];
