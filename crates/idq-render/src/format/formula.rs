//! Neutralisation of CSV injection: text that a spreadsheet would run as a formula.

use std::borrow::Cow;

use idq_grammar::is_hidden;
use idq_json::{Cell, Scalar};

/// The treatment of text, in cells and in the header, that a spreadsheet could run as a formula.
///
/// Such text starts with a tab, a line feed or a carriage return; or its first visible character, after white space and
/// characters without a shape, starts a formula: `=`, `+`, `-`, `@`, the Unicode minus, and each character whose
/// Unicode compatibility decomposition is exactly one of these, such as the full-width `＝`.
///
/// The ASCII characters are those of OWASP's ASVS 5.0, requirement 1.2.10. Spreadsheets in East Asian locales convert
/// the full-width forms to them, and some programs strip the characters before them.
///
/// A JSON number is not text: `-5` is written unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormulaPolicy {
    /// Prefixes the text with `'`, the mark that forces text in a spreadsheet. The rest is the record's text.
    #[default]
    Neutralise,
    /// Writes the text unchanged, for programs that read CSV as plain data.
    Keep,
}

/// The prefix that makes a spreadsheet treat a cell as text.
const TEXT_MARK: char = '\'';

impl FormulaPolicy {
    /// Returns the policy for a cell: a JSON number such as -5 is data, not text that could be a formula.
    pub(super) fn for_cell(self, cell: Cell<'_>) -> Self {
        match cell {
            Cell::Scalar(Scalar::String(_)) => self,
            _ => Self::Keep,
        }
    }

    /// Returns the text to write for a text.
    pub(crate) fn apply<'a>(self, text: &'a str) -> Cow<'a, str> {
        match self {
            Self::Neutralise if may_be_formula(text) => Cow::Owned(format!("{TEXT_MARK}{text}")),
            Self::Neutralise | Self::Keep => Cow::Borrowed(text),
        }
    }
}

/// Returns whether a spreadsheet may interpret a text as a formula.
fn may_be_formula(text: &str) -> bool {
    // A program may split a cell at one of these, or strip it, so that a new cell starts after it.
    text.starts_with(['\t', '\r', '\n', '\0', '\u{feff}'])
        || text
            .chars()
            .find(|&character| !is_invisible(character))
            .is_some_and(starts_formula)
}

/// Returns whether a character is invisible, so that a program may strip it from the start of a cell.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || is_hidden(character)
        // Variation selectors, the blank braille pattern, and format characters with a shape in some fonts.
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{2800}')
        || matches!(character, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{890}' | '\u{891}' | '\u{8e2}')
        || matches!(character, '\u{110bd}' | '\u{110cd}')
}

/// Returns whether a character starts a formula, or is converted to one that does.
fn starts_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@'
        // Full-width and small forms.
        | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫'
        // Superscripts, subscripts, the alternative plus, doubled and tripled equals signs.
        | '⁼' | '⁺' | '⁻' | '₌' | '₊' | '₋' | '\u{fb29}' | '⩵' | '⩶'
        // No spreadsheet is known to parse the Unicode minus, but number formats of some locales write it.
        | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_may_be_a_formula_gets_one_mark() {
        for sign in [
            "=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "\u{2212}",
        ] {
            for before in [
                "",
                " ",
                "  ",
                "\u{a0}",
                "\u{3000}",
                "\u{2003}",
                "\u{2028}",
                "\t",
                "\n",
                "\r",
                "\0",
                "\u{feff}",
                "\u{200b}",
                "\u{ad}",
                "\u{34f}",
                "\u{115f}",
                "\u{3164}",
                "\u{fe0f}",
                "\u{e0041}",
                "\u{1}",
                "\u{85}",
                "\u{202e}",
                "\u{2060}",
                "\u{180e}",
                " \u{200b}\n\u{a0}",
            ] {
                let text = format!("{before}{sign}cmd|' /C calc'!A0");
                assert_eq!(
                    FormulaPolicy::Neutralise.apply(&text),
                    format!("'{text}"),
                    "{text:?}"
                );
                assert_eq!(FormulaPolicy::Keep.apply(&text), text);
            }
        }
        for text in ["\tx", "\nx", "\rx", "\0x", "\u{feff}x", "\n", "\t"] {
            assert_eq!(
                FormulaPolicy::Neutralise.apply(text),
                format!("'{text}"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn text_that_cannot_be_a_formula_is_unchanged() {
        for text in [
            "",
            " ",
            "\u{200b}",
            "a",
            " a",
            "a=1",
            "a\n=1",
            "'=1",
            "ë",
            "x;=1",
            "5",
            "%",
            "(",
            "{=1}",
            "－a".trim_start_matches('－'),
        ] {
            assert_eq!(FormulaPolicy::Neutralise.apply(text), text, "{text:?}");
        }
    }
}
