//! Masking of one record after another.
//!
//! A record is read event by event, and written as it is but for the spans of the keys and scalars that change: order, white
//! space and spellings stay.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use idq::api::Api;
use idq::date::EpochUnit;
use idq::json::{Cell, Cells, EscapeDialect, Event, Reader, Scalar};

use crate::dates::{shift_date, shift_dotnet, shift_epoch};
use crate::error::Error;
use crate::fields::{MaskedFields, Position, Treatment};
use crate::masker::Masker;
use crate::pseudonyms::Pseudonyms;

/// The number of values whose pseudonyms a thread keeps.
const RECENT_VALUES: usize = 1 << 14;

/// Masks records of one API on one thread.
pub(crate) struct RecordMasker<'m> {
    masker: &'m Masker,
    fields: &'m MaskedFields,
    dialect: EscapeDialect,
    /// The unit of dates that are numbers.
    epoch: Option<EpochUnit>,
    /// The reader of the id, which decides by how many days dates are shifted; `None` if they are not.
    shifting_id: Option<Cells>,
    recent: Recent,
}

impl<'m> RecordMasker<'m> {
    /// Creates the masker of the records of an API, of which the masked fields are these.
    pub(crate) fn new(
        masker: &'m Masker,
        api: &Api,
        fields: &'m MaskedFields,
        epoch: Option<EpochUnit>,
    ) -> Self {
        let shifts_dates = masker.pseudonyms.options.shift_dates;
        Self {
            masker,
            fields,
            dialect: api.dialect,
            epoch,
            shifting_id: shifts_dates.then(|| Cells::new([&api.fields[api.id].name])),
            recent: Recent::default(),
        }
    }

    /// Appends a record, masked.
    pub(crate) fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let shift = self.shift(record)?;
        let mut end = 0;
        walk(record, self.fields, |token, span, position| {
            let replacement = match token {
                Token::Key(key) => is_data(key, position).then(|| {
                    let pseudonym = self.recent.of_text(key, &self.masker.pseudonyms);
                    quote(self.dialect, pseudonym)
                }),
                Token::Scalar(scalar) => self.scalar(scalar, position, shift),
            };
            if let Some(replacement) = replacement {
                out.extend_from_slice(&record[end..span.start]);
                out.extend_from_slice(&replacement);
                end = span.end;
            }
        })?;
        out.extend_from_slice(&record[end..]);
        Ok(())
    }

    /// Returns the spelling that replaces a scalar; `None` keeps it.
    fn scalar(
        &mut self,
        scalar: Scalar<'_>,
        position: Position,
        shift: Option<i64>,
    ) -> Option<Vec<u8>> {
        let (masker, epoch) = (self.masker, self.epoch);
        let treatment = match position {
            Position::In(treatment) => treatment,
            Position::Above(_) => Treatment::Kept,
        };
        match scalar {
            Scalar::Null | Scalar::Boolean(_) => None,
            Scalar::Number(spelling) => {
                let number = match treatment {
                    Treatment::Masked(_) => Some(masker.pseudonyms.of_number(spelling)),
                    Treatment::Date => shift
                        .zip(epoch)
                        .and_then(|(days, unit)| shift_epoch(spelling, unit, days)),
                    Treatment::Kept => masker
                        .values
                        .contains(spelling)
                        .then(|| masker.pseudonyms.of_number(spelling)),
                };
                number.map(String::into_bytes)
            }
            Scalar::String(text) => {
                let text = text.decode();
                let shifted = match (treatment, shift) {
                    (Treatment::Masked(_), Some(days)) => {
                        shift_date(&text, days).or_else(|| shift_dotnet(&text, days))
                    }
                    (Treatment::Date, Some(days)) => shift_date(&text, days)
                        .or_else(|| shift_dotnet(&text, days))
                        .or_else(|| shift_epoch(text.trim(), epoch?, days)),
                    _ => None,
                };
                let masked = match (shifted, treatment) {
                    (Some(shifted), _) => Cow::Owned(shifted),
                    (None, Treatment::Masked(_)) => {
                        Cow::Borrowed(self.recent.of_text(&text, &masker.pseudonyms))
                    }
                    (None, Treatment::Date) => Cow::Borrowed(&*text),
                    (None, Treatment::Kept) => masker.mask_within(&text),
                };
                (masked != text).then(|| quote(self.dialect, &masked))
            }
        }
    }

    /// Returns the number of days by which the dates of a record are shifted; `None` if they are not.
    fn shift(&self, record: &[u8]) -> Result<Option<i64>, Error> {
        let Some(id) = &self.shifting_id else {
            return Ok(None);
        };
        let cells = id.read_valid(record)?;
        Ok(cells.first().and_then(|cell| match cell.cell {
            Cell::Scalar(id) => Some(self.masker.pseudonyms.shift_of(&id.to_text())),
            _ => None,
        }))
    }
}

/// The pseudonyms of recent values: departments and titles are values of many people.
#[derive(Debug, Default)]
struct Recent(HashMap<Box<str>, Box<str>>);

impl Recent {
    /// Returns the pseudonym of a text.
    fn of_text(&mut self, text: &str, pseudonyms: &Pseudonyms) -> &str {
        if !self.0.contains_key(text) {
            if self.0.len() >= RECENT_VALUES {
                self.0.clear();
            }
            self.0.insert(text.into(), pseudonyms.of_text(text).into());
        }
        self.0.get(text).map_or("", |pseudonym| pseudonym)
    }
}

/// A key or a scalar of a record.
enum Token<'t> {
    Key(&'t str),
    Scalar(Scalar<'t>),
}

/// Calls `visit` with each masked value of a record, and its position.
pub(crate) fn for_each_masked(
    record: &[u8],
    fields: &MaskedFields,
    visit: impl Fn(&str, Position),
) -> Result<(), Error> {
    walk(record, fields, |token, _, position| match token {
        Token::Scalar(scalar @ (Scalar::String(_) | Scalar::Number(_))) if position.is_masked() => {
            visit(&scalar.to_text(), position);
        }
        Token::Key(key) if is_data(key, position) => visit(key, position),
        Token::Scalar(_) | Token::Key(_) => {}
    })
}

/// Returns whether a key is a value rather than a name: an address or an id in a masked document.
fn is_data(key: &str, position: Position) -> bool {
    position.is_masked() && Pseudonyms::is_identifier(key)
}

/// Calls `visit` with each key and each scalar of a record, its bytes, and its position: for a key, that of its object.
fn walk(
    record: &[u8],
    fields: &MaskedFields,
    mut visit: impl FnMut(Token<'_>, Range<usize>, Position),
) -> Result<(), Error> {
    let mut reader = Reader::new(record);
    // The positions of the open containers, and that of the next value.
    let mut open: Vec<Position> = Vec::new();
    let mut next = MaskedFields::ROOT;
    while let Some(event) = reader.next_event()? {
        match event {
            Event::ObjectStart | Event::ArrayStart => open.push(next),
            Event::ObjectEnd | Event::ArrayEnd => {
                open.pop();
                next = open.last().copied().unwrap_or(MaskedFields::ROOT);
            }
            Event::Key(key) => {
                let object = open.last().copied().unwrap_or(MaskedFields::ROOT);
                // Without the colon, which belongs to the event.
                let start = reader.span().start;
                let span = start..start + key.raw().len() + 2;
                let key = key.decode();
                visit(Token::Key(&key), span, object);
                next = fields.member(object, &key);
            }
            Event::Scalar(scalar) => visit(Token::Scalar(scalar), reader.span(), next),
        }
    }
    Ok(())
}

/// Returns the spelling of a text in JSON.
pub(crate) fn quote(dialect: EscapeDialect, text: &str) -> Vec<u8> {
    let mut spelled = vec![b'"'];
    dialect.escape(text, &mut spelled);
    spelled.push(b'"');
    spelled
}
