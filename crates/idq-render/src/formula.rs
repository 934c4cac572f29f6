use std::borrow::Cow;

use idq_grammar::is_hidden;

/// The treatment of text, in cells and in the header, that a spreadsheet could run as a formula.
///
/// That is text whose first character is a tab, a line feed or a carriage return, or whose first character behind white
/// space and characters without a shape is a sign that starts a formula: `=`, `+`, `-`, `@`, the Unicode minus, and the
/// characters that Unicode's compatibility decomposition turns into one of them alone, such as the full-width `＝`. The first characters are
/// those of OWASP's ASVS 5.0, requirement 1.2.10; the others are what spreadsheets in East Asian locales turn into them,
/// and what some programs drop before they look.
///
/// A JSON number is not text: `-5` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// It gets a leading `'`, as one that is typed into a spreadsheet does. Without that mark it is the record's text.
    #[default]
    Neutralised,
    /// It is written as it is, for programs that read CSV as plain data.
    Raw,
}

/// The mark before a text that a spreadsheet must not run.
const MARK: char = '\'';

impl Formulas {
    pub(crate) fn guard<'a>(self, text: &'a str) -> Cow<'a, str> {
        match self {
            Self::Neutralised if may_run(text) => Cow::Owned(format!("{MARK}{text}")),
            Self::Neutralised | Self::Raw => Cow::Borrowed(text),
        }
    }
}

/// Whether a spreadsheet may take a text for a formula.
fn may_run(text: &str) -> bool {
    // A cell that starts with one of these may start anew behind it.
    text.starts_with(['\t', '\r', '\n', '\0', '\u{feff}'])
        || text
            .chars()
            .find(|&character| !is_passed_over(character))
            .is_some_and(starts_formula)
}

/// Whether a reader sees nothing of a character, so that a program may drop it from the start of a cell.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || is_hidden(character)
        // Variation selectors, the blank braille pattern, and format characters that have a shape in some fonts.
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{2800}')
        || matches!(character, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{890}' | '\u{891}' | '\u{8e2}')
        || matches!(character, '\u{110bd}' | '\u{110cd}')
}

/// Whether a character starts a formula, or becomes one that does.
fn starts_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@'
        // Full-width and small forms.
        | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫'
        // Superscripts, subscripts, the alternative plus, doubled and tripled equals signs.
        | '⁼' | '⁺' | '⁻' | '₌' | '₊' | '₋' | '\u{fb29}' | '⩵' | '⩶'
        // No spreadsheet is known to take the Unicode minus for a sign; a locale's number format writes it.
        | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_may_be_a_formula_gets_one_mark() {
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
                    Formulas::Neutralised.guard(&text),
                    format!("'{text}"),
                    "{text:?}"
                );
                assert_eq!(Formulas::Raw.guard(&text), text);
            }
        }
        for text in ["\tx", "\nx", "\rx", "\0x", "\u{feff}x", "\n", "\t"] {
            assert_eq!(
                Formulas::Neutralised.guard(text),
                format!("'{text}"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
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
            assert_eq!(Formulas::Neutralised.guard(text), text, "{text:?}");
        }
    }
}
