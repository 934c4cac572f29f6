//! Masking of expressions, which an answer repeats.

use idq::json::{EscapeDialect, Text};

use crate::dates::calendar_date;
use crate::masker::Masker;
use crate::pseudonyms::Pseudonyms;
use crate::record::quote;

impl Masker {
    /// Returns an expression with pseudonyms in place of its texts, which may be personal values, and of numbers that are
    /// masked values. The words of the APIs, dates, and keys of paths in quotes are kept, unless such a key is data.
    pub fn mask_expression(&self, expression: &str) -> String {
        let mut masked = String::with_capacity(expression.len());
        let mut rest = expression;
        while let Some(start) = rest.find('"') {
            let (before, quoted) = rest.split_at(start);
            masked.push_str(&self.mask_numbers(before));
            let (quoted, after) = quoted.split_at(end_of_string(quoted));
            let raw = quoted.strip_prefix('"').unwrap_or(quoted);
            let raw = raw.strip_suffix('"').unwrap_or(raw);
            let text = Text::from_raw(raw, raw.contains('\\')).decode();
            // A string in quotes is a key of a path or a value: what follows decides, as in the grammar.
            let is_key = after.starts_with(['.', ':', '[']) || before.ends_with('.');
            // Words of the API and dates are in every answer, and identify no person.
            let is_kept = self.own_words.contains(&text.to_lowercase())
                || calendar_date(&text).is_some()
                || (is_key && !Pseudonyms::is_identifier(&text));
            if is_kept {
                masked.push_str(quoted);
            } else {
                let pseudonym = quote(EscapeDialect::Minimal, &self.pseudonyms.of_text(&text));
                masked.push_str(&String::from_utf8_lossy(&pseudonym));
            }
            rest = after;
        }
        masked.push_str(&self.mask_numbers(rest));
        masked
    }

    /// Returns a part of an expression without quotes, with pseudonyms in place of numbers that are masked values.
    fn mask_numbers(&self, part: &str) -> String {
        let is_separator =
            |character: char| character.is_whitespace() || "()[],".contains(character);
        let words = part.split_inclusive(is_separator);
        let masked = words.map(|word| {
            let number = word.trim_end_matches(is_separator);
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            if is_number && self.values.contains(number) {
                format!(
                    "{}{}",
                    self.pseudonyms.of_number(number),
                    &word[number.len()..]
                )
            } else {
                word.to_owned()
            }
        });
        masked.collect()
    }
}

/// Returns the end of a string of an expression, with its quotes.
fn end_of_string(quoted: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in quoted.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    quoted.len()
}

#[cfg(test)]
mod tests {
    use crate::masker::tests::{RECORD, masker};

    #[test]
    fn texts_of_expressions_are_masked_and_names_are_not() {
        let masker = masker(&["auto"], RECORD);
        for kept in [
            r#"state eq "active" and type in ["Service Account"]"#,
            r#"timestamp.created_at ge "2026-01-01" and count.workspace_logs_record gt 7"#,
            r#"profile."a.b" pr"#,
            r#"not (email pr)"#,
        ] {
            assert_eq!(masker.mask_expression(kept), kept);
        }
        for (expression, hidden, start) in [
            (r#"email eq "bo@y.example""#, "bo@y", r#"email eq ""#),
            (
                r#"profile.name eq "Ann \"Q\" Lee" and email pr"#,
                "Ann",
                "profile.name eq ",
            ),
            (
                "profile.number eq 987654321",
                "987654321",
                "profile.number eq ",
            ),
            (r#"profile."ada@x.example" pr"#, "ada@x", "profile."),
        ] {
            let masked = masker.mask_expression(expression);
            assert!(
                masked.starts_with(start) && !masked.contains(hidden),
                "{masked}"
            );
        }
    }
}
