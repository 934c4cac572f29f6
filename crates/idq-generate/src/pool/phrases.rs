//! Free text that people write about themselves.

/// Statuses, each with its emoji.
pub(crate) static STATUSES: &[(&str, &str)] = &[
    ("In a meeting", ":calendar:"),
    ("On vacation 🌴 back Monday", ":palm_tree:"),
    ("Deep work, please don't ping", ":no_bell:"),
    ("Commuting", ":bus:"),
    ("Out sick 🤒", ":face_with_thermometer:"),
    ("Working from home", ":house_with_garden:"),
    ("Lunch / Mittagspause", ":sandwich:"),
    ("On call this week 📟", ":pager:"),
    ("Parental leave until March 👶🏽", ":baby:"),
    ("Größere Umbauten im Lager", ":construction:"),
    ("\"Ask me about the migration\"", ":truck:"),
    ("休假中", ":airplane:"),
];

pub(crate) static BIOS: &[&str] = &[
    "Builds things that other people rely on.",
    "Compilers, coffee & long walks.",
    "Ex-physicist. Now: pipelines/dashboards.",
    "I break builds so you don't have to 🙃",
    "Maintainer of the internal toolkit; ask before touching \"legacy\\core\".",
    "Schreibt Code, liest Logs.",
    "Security first, lunch second.",
    "Terraform by day, sourdough by night 🍞",
];

pub(crate) static TAGS: &[&str] = &[
    "all-hands",
    "beta",
    "contractor",
    "emea",
    "first-aid",
    "gdpr-trained",
    "keyholder",
    "mentor",
    "on-call",
    "remote",
    "team/blue",
    "team/green",
    "union",
    "vip",
];

pub(crate) static USER_TYPES: &[&str] = &[
    "Employee",
    "Employee",
    "Employee",
    "Employee",
    "Contractor",
    "Intern",
    "Partner",
];

/// Attributes that directories are extended with, each in few records.
pub(crate) static ATTRIBUTES: &[&str] = &[
    "badgeColor",
    "buddy",
    "carLicense",
    "clearance",
    "commuterPass",
    "deskNumber",
    "emergencyContact",
    "extensionAttribute1",
    "extensionAttribute2",
    "extensionAttribute3",
    "extensionAttribute4",
    "extensionAttribute5",
    "extensionAttribute6",
    "extensionAttribute7",
    "extensionAttribute8",
    "extensionAttribute9",
    "floor",
    "keyCard",
    "laptopSerial",
    "lockerNumber",
    "parkingSpace",
    "preferredLanguage",
    "pronouns",
    "secondaryPhone",
    "shiftGroup",
    "shirtSize",
    "timeZone",
    "unionMember",
    "volunteer",
    "workstation",
    "yearsOfService",
];
