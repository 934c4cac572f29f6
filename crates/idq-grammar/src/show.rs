//! Showing text from outside in a message: nothing in it may reach a terminal as a command.

/// Longest quotation in a message, in characters: enough for any name, and a message stays one line.
const QUOTED: usize = 60;

/// Writes out what a terminal would obey or could not show (control and format characters, such as
/// escape, line feed and the marks that turn the direction of writing) as `\n`, `\u{1b}` and so on.
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

/// Text from outside as messages quote it: between backticks, escaped, and cut short with `…`.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    let mut characters = text.chars();
    for character in characters.by_ref().take(QUOTED) {
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
        _ if hidden(character) => into.extend(character.escape_unicode()),
        _ => into.push(character),
    }
}

/// Whether a character has no shape of its own, so that what it does can't be seen.
fn hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Soft hyphen, Arabic letter mark, Mongolian separator.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero-width characters and direction marks, line and paragraph separators, directional
            // embeddings and overrides, invisible operators, isolates.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Byte-order mark, interlinear annotations, tags.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}
