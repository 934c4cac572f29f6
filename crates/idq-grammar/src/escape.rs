//! Escaping of untrusted text in messages, so that no terminal interprets it.

/// Maximum length of a quotation in characters: enough for any name in a message of one line.
const MAX_QUOTED_CHARACTERS: usize = 60;

/// Escapes control and format characters (escape, line feed, direction marks) as `\n`, `\u{1b}` and so on.
///
/// ```
/// assert_eq!(idq_grammar::escape("Zoë\t\u{1b}[2J"), r"Zoë\t\u{1b}[2J");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut escaped, character);
    }
    escaped
}

/// Escapes as [`escape`] does, except for line feeds: for a whole message of several lines.
///
/// ```
/// assert_eq!(idq_grammar::escape_lines("no such file\n  help: \u{202e}"), "no such file\n  help: \\u{202e}");
/// ```
pub fn escape_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' {
            escaped.push(character);
        } else {
            push_escaped(&mut escaped, character);
        }
    }
    escaped
}

/// Quotes untrusted text for a message: between backticks, escaped, and cut short with `…`.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    let mut characters = text.chars();
    for character in characters.by_ref().take(MAX_QUOTED_CHARACTERS) {
        push_escaped(&mut quoted, character);
    }
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

pub(crate) fn push_escaped(into: &mut String, character: char) {
    match character {
        ' '..='~' => into.push(character),
        '\t' => into.push_str(r"\t"),
        '\n' => into.push_str(r"\n"),
        '\r' => into.push_str(r"\r"),
        _ if is_hidden(character) => into.extend(character.escape_unicode()),
        _ => into.push(character),
    }
}

/// Returns whether a character is invisible: the controls (general category Cc), the format characters (Cf) without a
/// shape, the line and paragraph separators, and the other default-ignorable code points of Unicode 16.
///
/// Variation selectors are not among these characters, because emoji and ideographs are written with them and they only
/// change a shape. The joiners U+200C and U+200D are, because they make different texts look alike.
///
/// ```
/// assert!(idq_grammar::is_hidden('\u{9b}') && idq_grammar::is_hidden('\u{202e}'));
/// assert!(!idq_grammar::is_hidden('ë') && !idq_grammar::is_hidden('\u{fe0f}'));
/// ```
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, Syriac abbreviation mark, Hangul fillers.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            // Khmer inherent vowels, Mongolian selectors and separator.
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            // Zero-width characters and direction marks, line and paragraph separators, directional
            // embeddings and overrides, invisible operators, isolates.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Byte-order mark, interlinear annotations and unassigned code points beside them.
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            // Hieroglyph joiners, shorthand and musical controls, tags and supplementary selectors.
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_letters_of_every_script_are_not() {
        for (text, expected) in [
            (
                "\u{1b}]0;x\u{7}\u{9b}2J\u{7f}",
                r"\u{1b}]0;x\u{7}\u{9b}2J\u{7f}",
            ),
            (
                "\u{202a}\u{202e}\u{2066}\u{2069}",
                r"\u{202a}\u{202e}\u{2066}\u{2069}",
            ),
            ("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}"),
            ("\u{2028}\u{2029}\u{85}", r"\u{2028}\u{2029}\u{85}"),
            (
                "a\u{ad}\u{200d}\u{3164}\u{e0041}",
                r"a\u{ad}\u{200d}\u{3164}\u{e0041}",
            ),
            ("\r\t", r"\r\t"),
            (
                "Zoë Şahin Μαυρίδης 田中 עִבְרִית ❤\u{fe0f} نور",
                "Zoë Şahin Μαυρίδης 田中 עִבְרִית ❤\u{fe0f} نور",
            ),
        ] {
            assert_eq!(escape(text), expected);
            assert_eq!(
                escape_lines(&format!("{text}\n{text}")),
                format!("{expected}\n{expected}")
            );
        }
        assert_eq!(escape("a\nb"), r"a\nb");
    }
}
