//! Trimming of values, as Laravel trims the values of a request.

use std::ops::Range;

/// Invisible characters that are trimmed besides white space, as ranges of code points in ascending order.
const INVISIBLE: &[(char, char)] = &[
    ('\0', '\0'),
    // Soft hyphen, grapheme joiner, Arabic letter mark.
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    // Fillers and inherent vowels of Hangul and Khmer, a separator of Mongolian.
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180e}', '\u{180e}'),
    // Zero-width characters and marks of direction, invisible operators, deprecated format characters.
    ('\u{200b}', '\u{200f}'),
    ('\u{2060}', '\u{2065}'),
    ('\u{206a}', '\u{206f}'),
    // Blank Braille pattern, Hangul filler, byte-order mark, halfwidth filler.
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    // Format characters of musical notation, a language tag.
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0020}', '\u{e0020}'),
];

/// Returns the range of a text without white space and invisible characters at its ends; of nothing else, `0..0`.
pub(crate) fn framework_trimmed_range(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start_matches(is_trimmed).len();
    // The ends of a text of such characters alone would cross.
    if start == text.len() {
        return 0..0;
    }
    start..text.trim_end_matches(is_trimmed).len()
}

/// Returns whether a character is trimmed from the ends of a value.
fn is_trimmed(character: char) -> bool {
    let is_in = |&(first, last): &(char, char)| (first..=last).contains(&character);
    character.is_whitespace() || INVISIBLE.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_at_the_ends_are_trimmed() {
        for character in [
            '\0',
            '\t',
            '\n',
            '\u{b}',
            '\u{c}',
            '\r',
            ' ',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{1680}',
            '\u{17b4}',
            '\u{17b5}',
            '\u{180e}',
            '\u{2000}',
            '\u{200a}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202f}',
            '\u{205f}',
            '\u{2060}',
            '\u{2064}',
            '\u{2065}',
            '\u{206a}',
            '\u{206f}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{1d17a}',
            '\u{e0020}',
        ] {
            let text = format!("{character}{character}a{character}b{character} ");
            let trimmed = &text[framework_trimmed_range(&text)];
            assert_eq!(trimmed, format!("a{character}b"), "{character:?}");
            let alone = character.to_string();
            assert_eq!(framework_trimmed_range(&alone), 0..0, "{character:?}");
        }
    }

    #[test]
    fn other_characters_at_the_ends_are_kept() {
        for text in [
            "a",
            "",
            "\u{1}a\u{7}",
            "\u{1f}",
            "\u{202a}a\u{202e}",
            "\u{2066}a\u{2069}",
            "\u{fe0f}",
            "\u{e0021}",
            "\u{7f}",
            "-",
            "ë",
        ] {
            assert_eq!(framework_trimmed_range(text), 0..text.len(), "{text:?}");
        }
    }
}
