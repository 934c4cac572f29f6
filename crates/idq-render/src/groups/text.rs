//! Texts of groups in tables: values, the labels of rows without one, numbers.

use std::borrow::Cow;

use idq_engine::{GroupValue, Groups, KeyColumn, ValueType};
use idq_grammar::{Bucket, escape};

/// Returns the text of a value in a table. Texts that are no values are in parentheses.
pub(super) fn value_text(key: &KeyColumn, value: GroupValue<'_>) -> String {
    match value {
        GroupValue::Value("", _) if *key.bucket() == Bucket::Domain => "(no domain)".to_owned(),
        GroupValue::Value("", _) => "\"\"".to_owned(),
        GroupValue::Value(text, value_type) => escape(&plain_text(text, value_type)),
        other => format!("({})", other.presence()),
    }
}

/// Returns the text of a value without JSON syntax: the values of a list are joined by commas.
pub(super) fn plain_text(text: &str, value_type: ValueType) -> Cow<'_, str> {
    if value_type != ValueType::List {
        return text.into();
    }
    let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let texts = values.iter().map(|value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let texts: Vec<String> = texts.collect();
    texts.join(", ").into()
}

/// Returns the label of the values that are not among the top ones; `None` if all are kept.
pub(super) fn other_label(groups: &Groups) -> Option<String> {
    let values = groups.other_values();
    let plural = if values == 1 { "" } else { "s" };
    (values > 0).then(|| format!("(other: {} value{plural})", thousands(values)))
}

/// Returns the label of the groups that a comparison has left out; `None` if there are none.
pub(super) fn left_out_label(groups: &Groups) -> Option<String> {
    let left_out = groups.left_out();
    let having = groups.having().filter(|_| left_out.groups > 0)?;
    let plural = if left_out.groups == 1 { "" } else { "s" };
    Some(format!(
        "(not {having}: {} group{plural})",
        thousands(left_out.groups)
    ))
}

/// Formats a number with commas between thousands.
///
/// ```
/// assert_eq!(idq_render::thousands(1_234_567), "1,234,567");
/// ```
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a share of the total in percent, with one decimal.
pub(super) fn percent(count: u64, total: u64) -> String {
    if total == 0 {
        return "0.0".to_owned();
    }
    let tenths = (u128::from(count) * 1_000 + u128::from(total) / 2) / u128::from(total);
    // A few records are not shown as none.
    if tenths == 0 && count > 0 {
        return "<0.1".to_owned();
    }
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_any_length_has_commas_between_thousands() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(thousands(number), expected);
        }
    }

    #[test]
    fn share_is_rounded_to_a_tenth_of_a_percent() {
        for (count, total, expected) in [
            (0, 0, "0.0"),
            (0, 7, "0.0"),
            (7, 7, "100.0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (1, 2_000, "0.1"),
            (1, 2_001, "<0.1"),
            (u64::MAX, u64::MAX, "100.0"),
        ] {
            assert_eq!(percent(count, total), expected, "{count} of {total}");
        }
    }
}
