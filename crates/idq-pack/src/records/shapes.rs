//! The shapes of the records of a file: a record is a way through places where values stand.

use idq_shape::MAX_LISTED;
use idq_snapshot::MAX_RECORD;
use serde::{Deserialize, Serialize};

use super::bits::{BitReader, bits_for};
use super::reference::{Cell, Cells, Reference};
use super::spelling::Style;

/// The shapes, as the metadata describe them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ShapesDescription {
    pub(super) style: Style,
    /// Where values stand; at the first place, the start of a record, none does.
    pub(super) places: Vec<PlaceDescription>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct PlaceDescription {
    /// What the value can be: text, in which [`HOLE`] stands for a text of the record's own, and a byte below
    /// [`FIRST_OF_TEXT`] and the byte behind it for a reference to a column.
    pub(super) values: Vec<String>,
    /// The texts that can come next, and the place that each leads to; none at the end of a record.
    pub(super) next: Vec<(String, Option<u32>)>,
}

impl PlaceDescription {
    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let values = self.values.iter().map(|value| value.len() + 3);
        let next = self.next.iter().map(|(text, _)| text.len() + 10);
        values.chain(next).sum()
    }
}

/// Stands in a value for a text that each record has of its own.
pub(super) const HOLE: u8 = 0;

/// JSON has no bytes below this one.
pub(super) const FIRST_OF_TEXT: u8 = 9;

/// A value has no more parts: a reference, and what stands around it.
const MAX_PARTS: usize = 3;

/// What is wrong with a record.
pub(crate) type Wrong = &'static str;

/// The shapes, ready for use.
#[derive(Debug, Default)]
pub(crate) struct RecordShapes {
    pub(super) style: Style,
    pub(super) places: Vec<Place>,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) values: Vec<Vec<Part>>,
    pub(super) value_bits: u32,
    pub(super) next: Vec<(Box<[u8]>, Option<usize>)>,
    pub(super) next_bits: u32,
}

/// A part of what a value can be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(Box<[u8]>),
    Hole,
    Column(Reference, u8),
}

impl TryFrom<ShapesDescription> for RecordShapes {
    type Error = Wrong;

    fn try_from(described: ShapesDescription) -> Result<Self, Wrong> {
        let place = |place: PlaceDescription| {
            let values = place.values.iter().map(|value| parts(value.as_bytes()));
            let next = place.next.into_iter();
            Ok(Place {
                value_bits: bits_for(place.values.len()),
                values: values.collect::<Result<_, Wrong>>()?,
                next_bits: bits_for(next.len()),
                next: next
                    .map(|(text, to)| (text.into_bytes().into(), to.map(|to| to as usize)))
                    .collect(),
            })
        };
        let places = described.places.into_iter().map(place);
        Ok(Self {
            style: described.style,
            places: places.collect::<Result<_, Wrong>>()?,
        })
    }
}

/// The parts of what a value can be.
fn parts(mut value: &[u8]) -> Result<Vec<Part>, Wrong> {
    let mut parts = Vec::new();
    loop {
        let text = value.iter().take_while(|&&byte| byte >= FIRST_OF_TEXT);
        let (text, rest) = value.split_at(text.count());
        if !text.is_empty() {
            parts.push(Part::Text(text.into()));
        }
        value = match *rest {
            [] => break,
            [HOLE, ref rest @ ..] => {
                parts.push(Part::Hole);
                rest
            }
            [number, column, ref rest @ ..] => {
                let reference = Reference::of(number).ok_or("a reference of an unknown kind")?;
                parts.push(Part::Column(reference, column));
                rest
            }
            [_] => return Err("a reference without a column"),
        };
        if parts.len() > MAX_PARTS {
            break;
        }
    }
    let is_some = (1..=MAX_PARTS).contains(&parts.len());
    is_some
        .then_some(parts)
        .ok_or("a value of no parts, or too many")
}

impl RecordShapes {
    /// Appends the record that these choices lead to, with these texts in its holes, each followed by a zero byte.
    /// Nothing is trusted: not the choices, nor what the columns hold, nor the shapes themselves.
    pub(super) fn put_together(
        &self,
        choices: &[u8],
        mut texts: &[u8],
        cells: &impl Cells,
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        const NO_CHOICE: Wrong = "a choice of its shape is none";
        const TOO_LONG: Wrong = "it is too long";
        let mut choices = BitReader::new(choices);
        let mut scratch = Vec::new();
        let mut place = self.places.first().ok_or(NO_CHOICE)?;
        for _ in 0..=MAX_LISTED {
            let next = choices.take(place.next_bits).ok_or(NO_CHOICE)?;
            let (text, to) = place.next.get(next as usize).ok_or(NO_CHOICE)?;
            out.extend_from_slice(text);
            if out.len() > MAX_RECORD {
                return Err(TOO_LONG);
            }
            let Some(to) = *to else { return Ok(()) };
            place = self.places.get(to).ok_or(NO_CHOICE)?;
            let value = choices.take(place.value_bits).ok_or(NO_CHOICE)?;
            let value = place.values.get(value as usize).ok_or(NO_CHOICE)?;
            for (position, part) in value.iter().enumerate() {
                match part {
                    Part::Text(text) => out.extend_from_slice(text),
                    Part::Hole => {
                        let (text, rest) = first_text(texts).ok_or("a text of it is missing")?;
                        out.extend_from_slice(text);
                        texts = rest;
                    }
                    Part::Column(reference, column) => {
                        let behind = match value.get(position + 1) {
                            Some(Part::Text(text)) => text,
                            Some(Part::Hole) => first_text(texts).map_or(&[][..], |(text, _)| text),
                            _ => &[],
                        };
                        cells
                            .cell(*column, &mut scratch)
                            .filter(
                                |cell| !matches!(cell, Cell::Text(text) if text.len() > MAX_RECORD),
                            )
                            .and_then(|cell| reference.spell(cell, self.style, behind, out))
                            .ok_or("a column does not have the value that it refers to")?;
                    }
                }
            }
        }
        Err("it has too many values")
    }
}

/// The first of some texts, and the others.
fn first_text(texts: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = texts.iter().position(|&byte| byte == HOLE)?;
    Some((&texts[..end], &texts[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Vec<Cell<'static>>);

    impl Cells for Row {
        fn cell<'c>(&'c self, column: u8, _: &'c mut Vec<u8>) -> Option<Cell<'c>> {
            self.0.get(usize::from(column)).copied()
        }
    }

    fn shapes(values: &[&str]) -> RecordShapes {
        let next = |text: &str, to| (text.to_owned(), to);
        let described = ShapesDescription {
            style: Style::Plain,
            places: vec![
                PlaceDescription {
                    values: Vec::new(),
                    next: vec![next("{\"a\":", Some(1))],
                },
                PlaceDescription {
                    values: values.iter().map(ToString::to_string).collect(),
                    next: vec![next(",\"a\":", Some(1)), next("}", None)],
                },
            ],
        };
        RecordShapes::try_from(described).unwrap()
    }

    fn made(shapes: &RecordShapes, choices: &[u8], texts: &[u8]) -> Result<String, Wrong> {
        let row = Row(vec![Cell::Text(b"Ann"), Cell::Null, Cell::Instant(0)]);
        let mut out = Vec::new();
        shapes.put_together(choices, texts, &row, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn choices_lead_through_the_places() {
        let shapes = shapes(&["true", "\x01\x00", "\"\x05\x02\x00", "\x00"]);
        // Two bits for a value, one for what comes next.
        assert_eq!(made(&shapes, &[0b100], b""), Ok("{\"a\":true}".to_owned()));
        assert_eq!(
            made(&shapes, &[0b1001_1001, 0b1], b"5\x00+01:00\"\x00"),
            Ok("{\"a\":\"Ann\",\"a\":5,\"a\":\"1970-01-01T01:00:00+01:00\"}".to_owned())
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let shapes = shapes(&["\x00", "\x01\x63", "\x03\x01"]);
        for (choices, texts) in [
            (&[][..], &b""[..]),
            (&[0b100], b""),
            (&[0b100], b"no end"),
            (&[0b101], b""),
            (&[0b110], b""),
            (&[0b111], b""),
            (&[0b000], b"x\x00"),
        ] {
            assert!(made(&shapes, choices, texts).is_err(), "{choices:?}");
        }
        for value in [
            &b"\x01"[..],
            b"",
            b"a\x00b\x00",
            b"\x06\x00\x06\x00\x06\x00\x06\x00",
        ] {
            assert!(parts(value).is_err(), "{value:?}");
        }
        assert!(RecordShapes::try_from(ShapesDescription::default()).is_ok());
        let none = RecordShapes::try_from(ShapesDescription::default()).unwrap();
        assert!(made(&none, b"", b"").is_err());
    }

    #[test]
    fn records_without_end_are_refused() {
        let mut shapes = shapes(&["1"]);
        shapes.places[1].next.truncate(1);
        shapes.places[1].next_bits = 0;
        assert!(made(&shapes, b"", b"").is_err());
        let long = Row(vec![Cell::Text(vec![b'x'; MAX_RECORD / 2].leak())]);
        shapes.places[1].values = vec![vec![Part::Column(Reference::Text, 0)]];
        let mut out = Vec::new();
        assert!(shapes.put_together(b"", b"", &long, &mut out).is_err());
        assert!(out.len() <= 2 * MAX_RECORD);
        // The texts between values count as well.
        shapes.places[1].values = vec![vec![Part::Text((*b"1").into())]];
        shapes.places[1].next[0].0 = vec![b'x'; MAX_RECORD / 4].into();
        out.clear();
        assert!(shapes.put_together(b"", b"", &long, &mut out).is_err());
        assert!(out.len() <= 2 * MAX_RECORD);
    }
}
