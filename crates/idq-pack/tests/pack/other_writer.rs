//! Generates a dump as another program would write it: six vendors, metadata of two shapes, keys in another order, and
//! blanks between them. Snapshot files must not depend on the spelling of this workspace's own generator.

use std::fmt::Write as _;

const VENDORS: [(&str, &str); 6] = [
    ("okta", "okta.example"),
    ("entra-id", "login.entra.example"),
    ("google", "workspace.example"),
    ("workday", "hr.workday.example"),
    ("github", "git.example"),
    ("slack", "chat.example"),
];
const GIVEN: [&str; 16] = [
    "Ada", "Bram", "Chidi", "Dana", "Elif", "Farah", "Goran", "Hana", "Ines", "Jürgen", "Kofi",
    "Lena", "Mei", "Noor", "Oskar", "Priya",
];
const FAMILY: [&str; 16] = [
    "Abara",
    "Brandt",
    "Costa",
    "Díaz",
    "Eriksen",
    "Fontaine",
    "Gupta",
    "Huber",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "O'Neil",
    "Park",
];
const TEAMS: [&str; 12] = [
    "Platform", "Payments", "Support", "Legal", "Data", "Design", "Growth", "Security", "Finance",
    "People", "Sales", "Research",
];
const STATES: [&str; 5] = ["active", "staged", "suspended", "deprovisioned", "error"];

/// Returns `rows` records of the API `provisionr`, one a line. The same number of rows makes the same bytes.
pub(crate) fn dump(rows: u64) -> Vec<u8> {
    let mut lines = String::new();
    for row in 0..rows {
        write_record(row, &mut lines);
        lines.push('\n');
    }
    lines.into_bytes()
}

/// A pseudo-random stream of numbers, `SplitMix64`, which depends on its seed only.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    fn instant(&mut self) -> String {
        let (year, month, day) = (2019 + self.below(7), 1 + self.below(12), 1 + self.below(28));
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        let fraction = self.below(1_000_000);
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}+00:00")
    }
}

fn write_record(row: u64, out: &mut String) {
    let mut numbers = Numbers(row);
    let (vendor, domain) = numbers.pick(&VENDORS);
    let (given, family) = (numbers.pick(&GIVEN), numbers.pick(&FAMILY));
    let login = format!("{given}.{family}{}", numbers.below(10_000)).to_lowercase();
    let (uuid, account) = (
        u128::from(numbers.next()) << 64 | u128::from(numbers.next()),
        numbers.next(),
    );
    let state = numbers.pick(&STATES);
    let (team, title) = (numbers.pick(&TEAMS), numbers.below(60));
    let (created, updated) = (numbers.instant(), numbers.instant());
    let _ = write!(
        out,
        r#"{{ "vendor_id": "{account:016x}", "timestamp": {{ "updated_at": "{updated}", "created_at": "{created}", "deleted_at": null, "provisioned_at": "{}" }}, "state": "{state}", "#,
        numbers.instant(),
    );
    // Each vendor has a profile of its own, and metadata of one of two shapes.
    let _ = match vendor {
        "okta" | "entra-id" => write!(
            out,
            r#""profile": {{ "login": "{login}@{domain}", "displayName": "{family}, {given}", "groups": [ "{}", "{}" ], "mfa": {} }}, "metadata": {{ "etag": "W/\"{:x}\"", "revision": {}, "source": "{vendor}" }}, "#,
            numbers.pick(&TEAMS).to_lowercase(),
            numbers.pick(&TEAMS).to_lowercase(),
            numbers.below(2) == 1,
            numbers.next(),
            numbers.below(400),
        ),
        "google" | "workday" => write!(
            out,
            r#""profile": {{ "name": {{ "fullName": "{given} {family}", "givenName": "{given}" }}, "employeeId": {}, "orgUnitPath": "/{team}/{}" }}, "metadata": [ {{ "key": "sync", "value": "{}" }}, {{ "key": "cost center", "value": {} }} ], "#,
            numbers.below(1_000_000),
            numbers.below(40),
            numbers.instant(),
            numbers.below(9_000),
        ),
        _ => write!(
            out,
            r#""profile": {{ "handle": "{login}", "bio": "{team} at heart, {title} repositories, {} followers", "url": "https://{domain}/users/{account}" }}, "metadata": {{ "etag": "{:x}", "revision": {}, "source": "{vendor}" }}, "#,
            numbers.below(5_000),
            numbers.next(),
            numbers.below(400),
        ),
    };
    let _ = write!(
        out,
        r#""email": "{login}@{domain}", "included": {{ "directory_user": {{ "org": {{ "title": "Engineer {title}", "department": "{team}" }}, "full_name": "{given} {family}", "username": "{login}" }} }}, "id": "{uuid:032x}", "vendor": "{vendor}", "links": {{ "self": "https://directory.example/identities/{uuid:032x}" }} }}"#
    );
}
