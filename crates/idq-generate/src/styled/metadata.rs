//! Metadata of several shapes per vendor, as free-form objects have after years of integrations.

use crate::pool::phrases::{ATTRIBUTES, BIOS, TAGS};
use crate::random::Random;

use super::tree::Tree;
use super::{StylePlaces, hash};

/// The shapes that metadata can have.
const SHAPES: &[fn(&mut Random) -> Tree<'static>] = &[
    badge, equipment, notes, access, attributes, list, encoded, numbers,
];

/// The number of shapes of one vendor.
const SHAPES_PER_VENDOR: u64 = 3;

/// Texts per mille that are long.
const LONG_TEXT_PER_MILLE: u64 = 80;

/// The range of sentences in a long text, of some 40 bytes each: half a kilobyte to eight kilobytes.
const LONG_TEXT_SENTENCES: (i64, i64) = (12, 200);

/// Replaces the metadata of a record, or adds it, in one of the shapes of the record's vendor.
pub(super) fn replace(places: &StylePlaces, record: &mut Tree<'_>, random: &mut Random) {
    let vendor = record.at(places.vendor).and_then(Tree::text).unwrap_or("");
    // Vendors share some of their shapes.
    let shape = (u64::from(hash(vendor)) + random.below(SHAPES_PER_VENDOR)) % SHAPES.len() as u64;
    let metadata = SHAPES[shape as usize](random);
    record.set(places.metadata_owner, "metadata", metadata);
}

/// Returns nested objects with nested lists of mixed kinds.
fn badge(random: &mut Random) -> Tree<'static> {
    let zones = (0..random.below(4)).map(|_| {
        Tree::Array(vec![
            Tree::from_text(random.word(TAGS)),
            Tree::from_number(random.below(10)),
            boolean(random),
        ])
    });
    let zones = Tree::Array(zones.collect());
    let number = Tree::from_text(format!("B/{:05}", random.below(100_000)));
    Tree::from_members([
        (
            "badge",
            Tree::from_members([("number", number), ("zones", zones)]),
        ),
        (
            "cost",
            Tree::from_members([
                ("center", Tree::from_number(random.below(9000))),
                // Quarters are exact in binary, so their format is the same on every machine.
                ("share", Tree::from_number(random.below(5) as f64 / 4.0)),
            ]),
        ),
    ])
}

/// Returns a list of objects with lists of numbers.
fn equipment(random: &mut Random) -> Tree<'static> {
    let device = |random: &mut Random| {
        let kind = random.word(&["laptop", "phone", "token", "monitor"]);
        let screens = (0..random.below(3)).map(|_| Tree::Literal("27.5".into()));
        Tree::from_members([
            ("kind", Tree::from_text(kind)),
            ("screens", Tree::Array(screens.collect())),
            (
                "serial",
                Tree::from_text(format!("SN{:010X}", random.below(1 << 40))),
            ),
            (
                "price",
                Tree::from_number(random.below(400_000) as f64 / 100.0),
            ),
        ])
    };
    let devices = (0..random.below(4)).map(|_| device(random)).collect();
    Tree::from_members([("equipment", Tree::Array(devices))])
}

/// Returns a list of texts with their times, some of several kilobytes.
fn notes(random: &mut Random) -> Tree<'static> {
    let note = |random: &mut Random| {
        let time = 1_600_000_000 + random.below(100_000_000);
        Tree::from_members([
            ("at", Tree::from_number(time)),
            ("text", Tree::from_text(prose(random))),
        ])
    };
    let notes = (0..=random.below(2)).map(|_| note(random)).collect();
    Tree::from_members([
        ("notes", Tree::Array(notes)),
        ("revision", Tree::from_number(random.below(40))),
    ])
}

/// Returns a text: a sentence, or many in paragraphs.
fn prose(random: &mut Random) -> String {
    let sentences = if random.per_mille(LONG_TEXT_PER_MILLE) {
        random.between(LONG_TEXT_SENTENCES.0, LONG_TEXT_SENTENCES.1)
    } else {
        1
    };
    let mut text = random.word(BIOS).to_owned();
    for _ in 1..sentences {
        text.push_str(if random.per_mille(150) { "\n\n" } else { " " });
        text.push_str(random.word(BIOS));
    }
    text
}

/// Returns lists in lists, empty ones among them.
fn access(random: &mut Random) -> Tree<'static> {
    let rows = (0..random.below(4)).map(|_| {
        let row = (0..random.below(4)).map(|_| {
            if random.per_mille(200) {
                Tree::Array(vec![Tree::Array(Vec::new()), number(random)])
            } else {
                number(random)
            }
        });
        Tree::Array(row.collect())
    });
    Tree::from_members([("access", Tree::Array(rows.collect()))])
}

/// Returns attributes with values of any kind, nulls among them.
fn attributes(random: &mut Random) -> Tree<'static> {
    let mut members = Vec::new();
    for attribute in ATTRIBUTES {
        if random.per_mille(250) {
            let value = match random.below(4) {
                0 => Tree::NULL,
                1 => boolean(random),
                2 => number(random),
                _ => Tree::from_text(random.word(TAGS)),
            };
            members.push(((*attribute).into(), value));
        }
    }
    // PHP's empty object is a list, which is another shape.
    if members.is_empty() {
        members.push(("none".into(), Tree::NULL));
    }
    Tree::Object(members)
}

/// Returns a list in place of an object.
fn list(random: &mut Random) -> Tree<'static> {
    let tags = Tree::Array(vec![
        Tree::from_text(random.word(TAGS)),
        Tree::Array(vec![Tree::from_text(random.word(TAGS))]),
    ]);
    Tree::Array(vec![
        Tree::from_text(random.word(TAGS)),
        tags,
        number(random),
    ])
}

/// Returns JSON in a text, with an escape before each of its quotes.
fn encoded(random: &mut Random) -> Tree<'static> {
    let json = format!(
        r#"{{"source":"hr\/import","tags":["{}"],"path":"C:\\hr","size":{}}}"#,
        random.word(TAGS),
        random.below(1000)
    );
    Tree::from_members([
        ("raw", Tree::from_text(json)),
        ("version", Tree::from_number(2)),
    ])
}

/// Returns numbers of several kinds.
fn numbers(random: &mut Random) -> Tree<'static> {
    Tree::from_members([
        ("quota", number(random)),
        ("ratio", number(random)),
        ("limits", Tree::Array(vec![number(random), number(random)])),
    ])
}

/// Returns a number: mostly an integer, seldom one that needs more than 64 bits or has an exponent.
fn number(random: &mut Random) -> Tree<'static> {
    let rare = [
        "9223372036854775807",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1.5e-7",
        "6.02E+23",
        "-0",
        "-0.0",
        "0.1000",
    ];
    match random.below(20) {
        0 => Tree::Literal(random.word(&rare).into()),
        1..=4 => Tree::from_number(random.between(-100_000, 100_000) as f64 / 100.0),
        5..=8 => Tree::from_number(random.between(-5000, 5000)),
        _ => Tree::from_number(random.below(1_000_000)),
    }
}

/// Returns `true` or `false`.
fn boolean(random: &mut Random) -> Tree<'static> {
    Tree::Literal(random.word(&["true", "false"]).into())
}
