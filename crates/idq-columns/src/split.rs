use arrow_array::{Array, StringArray};
use memchr::{memchr, memrchr};

use crate::codes::Codes;
use crate::keyword::KeywordBuilder;
use crate::strings::{Strings, bytes_of};

/// Strings that end, or start, in one of a few parts: e-mail addresses in their domains, offices in their buildings.
///
/// A separator stands at the inner end of the coded part, and nowhere else in it, so a needle without the separator
/// lies on one side or the other.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) side: Side,
    /// Which coded part each row has.
    pub(crate) codes: Codes,
    pub(crate) parts: StringArray,
    /// What each row has beside the coded part.
    pub(crate) rests: StringArray,
    /// Whether the separator occurs in some rest as well.
    pub(crate) is_in_rests: bool,
}

/// Where the coded part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Up to the first comma.
    Front,
    /// From the last at sign on.
    Back,
}

impl Side {
    pub(crate) fn separator(self) -> u8 {
        match self {
            Self::Front => b',',
            Self::Back => b'@',
        }
    }

    /// The coded part, which is empty where there is no separator, and the rest.
    pub(crate) fn cut(self, text: &str) -> (&str, &str) {
        match self {
            Self::Front => {
                text.split_at(memchr(b',', text.as_bytes()).map_or(0, |comma| comma + 1))
            }
            Self::Back => {
                let at = memrchr(b'@', text.as_bytes()).unwrap_or(text.len());
                let (rest, part) = text.split_at(at);
                (part, rest)
            }
        }
    }
}

/// So many rows decide whether splitting is tried.
const SAMPLE: usize = 256;

/// More distinct parts than one for so many rows save too little.
const ROWS_A_PART: usize = 8;

/// The bytes that a row's code may take.
const CODE: usize = 2;

impl Split {
    /// Splits strings, if that saves memory.
    pub(crate) fn of(strings: &StringArray) -> Option<Self> {
        let sample = strings.len().min(SAMPLE);
        let share = |side: Side| {
            let has = |row: &usize| !side.cut(strings.value(*row)).0.is_empty();
            (0..sample).filter(has).count()
        };
        let side = [Side::Back, Side::Front]
            .into_iter()
            .find(|&side| share(side) > sample / 2)?;
        let mut builder = KeywordBuilder::new();
        let mut rests = Strings::default();
        for row in 0..strings.len() {
            let (part, rest) = side.cut(strings.value(row));
            builder.push(part);
            rests.push(rest);
            if builder.distinct() > SAMPLE + row / ROWS_A_PART {
                return None;
            }
        }
        let parts = builder.finish();
        let rests = rests.finish(None);
        let is_in_rests = memchr(side.separator(), rests.value_data()).is_some();
        let dictionary = parts.dictionary();
        let taken = rests.value_data().len() + bytes_of(dictionary);
        (taken + CODE * strings.len() < strings.value_data().len()).then(|| Self {
            side,
            codes: parts.codes().clone(),
            parts: dictionary.clone(),
            rests,
            is_in_rests,
        })
    }

    /// The two halves of a row, in the order in which they stand.
    pub(crate) fn halves(&self, row: usize) -> [&str; 2] {
        let part = self.parts.value(self.codes.get(row) as usize);
        let rest = self.rests.value(row);
        match self.side {
            Side::Front => [part, rest],
            Side::Back => [rest, part],
        }
    }
}
