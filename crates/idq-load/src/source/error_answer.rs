//! Recognition of an error answer of an API that was saved in the place of a dump.

use idq_json::{Event, Reader, Scalar};

use super::detect_api::strip_marks;

/// The maximum length of an error answer.
const MAX_BYTES: usize = 64 << 10;

/// The maximum number of characters of a message that are shown.
const MAX_SHOWN_CHARACTERS: usize = 100;

/// The keys under which error answers have their message, the best first.
const MESSAGE_KEYS: [&str; 7] = [
    "message",
    "error_description",
    "detail",
    "description",
    "error",
    "title",
    "errors",
];

/// The keys by one of which an object is an error answer, if all others are in [`OTHER_KEYS`].
const ERROR_KEYS: [&str; 5] = ["message", "error", "errors", "error_description", "detail"];

/// Further keys of error answers.
const OTHER_KEYS: [&str; 17] = [
    "code",
    "status",
    "statusCode",
    "status_code",
    "title",
    "type",
    "instance",
    "description",
    "success",
    "ok",
    "exception",
    "trace",
    "timestamp",
    "path",
    "request_id",
    "requestId",
    "documentation_url",
];

/// Returns the start of the message of an error answer, which is one object and nothing else; `None` if the bytes are
/// anything else. The message is empty if the answer has none.
pub(super) fn error_answer(bytes: &[u8]) -> Option<String> {
    let text = strip_marks(bytes);
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader::new(text);
    let Ok(Some(Event::ObjectStart)) = reader.next_event() else {
        return None;
    };
    let members = reader.clone();
    let mut is_error = false;
    while let Event::Key(key) = reader.next_event().ok()?? {
        let key = key.decode();
        let names_error = ERROR_KEYS.contains(&&*key);
        if !names_error && !OTHER_KEYS.contains(&&*key) {
            return None;
        }
        is_error |= names_error;
        reader.skip_value().ok()?;
    }
    let is_alone = text[reader.span().end..].trim_ascii().is_empty();
    (is_error && is_alone).then(|| shortened(&message_in(members).unwrap_or_default()))
}

/// Returns the message among the members of an object, whose opening bracket the reader has just read.
fn message_in(mut reader: Reader<'_>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    while let Ok(Some(Event::Key(key))) = reader.next_event() {
        let key = key.decode();
        let rank = MESSAGE_KEYS.iter().position(|known| *known == key);
        if let Some(rank) = rank
            && best.as_ref().is_none_or(|(best, _)| rank < *best)
            && let Some(message) = message_of(reader.clone())
        {
            best = Some((rank, message));
        }
        reader.skip_value().ok()?;
    }
    best.map(|(_, message)| message)
}

/// Returns the message of the next value: a text, or that of an object, or of the first element of an array.
fn message_of(mut reader: Reader<'_>) -> Option<String> {
    loop {
        match reader.next_event().ok()?? {
            Event::Scalar(Scalar::String(text)) => return Some(text.decode().into_owned()),
            Event::ObjectStart => return message_in(reader),
            Event::ArrayStart => {}
            _ => return None,
        }
    }
}

/// Returns the start of a text.
fn shortened(text: &str) -> String {
    let mut start: String = text.chars().take(MAX_SHOWN_CHARACTERS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_with_the_keys_of_errors_alone_is_an_error_answer() {
        for (text, expected) in [
            (
                r#"{"message":"Unauthenticated."}"#,
                Some("Unauthenticated."),
            ),
            (
                r#" {"error":"invalid_token","error_description":"The token expired"} "#,
                Some("The token expired"),
            ),
            (r#"{"error":"invalid_token"}"#, Some("invalid_token")),
            (
                r#"{"error":{"code":401,"message":"No access","innerError":{"a":1}}}"#,
                Some("No access"),
            ),
            (
                r#"{"errors":[{"status":"401","detail":"No token","title":"Denied"}]}"#,
                Some("No token"),
            ),
            (r#"{"errors":["No token"]}"#, Some("No token")),
            (
                r#"{"errors":{"filter":["no"]},"message":"Wrong filter"}"#,
                Some("Wrong filter"),
            ),
            (
                r#"{"type":"about:blank","title":"Denied","status":403,"detail":"Ask"}"#,
                Some("Ask"),
            ),
            (r#"{"error":true,"code":5}"#, Some("")),
            (r#"{"message":"a","id":"1"}"#, None),
            (r#"{"message":"a","data":[]}"#, None),
            ("{\"message\":\"a\"}\n{\"id\":\"1\"}", None),
            (r#"{"message":"a"#, None),
            (r#"{"status":1}"#, None),
            (r#"[{"message":"a"}]"#, None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(error_answer(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn long_message_of_an_error_answer_is_shortened() {
        let text = format!(r#"{{"message":"{}"}}"#, "é".repeat(500));
        let expected = "é".repeat(MAX_SHOWN_CHARACTERS) + "…";
        assert_eq!(error_answer(text.as_bytes()), Some(expected));
    }
}
