//! The groups of records of two lists that belong together, found by comparing everything with everything.

use serde_json::Value;

/// One side of a rule: the keys of a value, and the names of its foldings in any order.
#[derive(Debug, Clone)]
pub struct RuleSide {
    /// The keys on the way to the value.
    pub path: Vec<&'static str>,
    /// `trim`, `nfc`, `fold`, `plus`, `local`.
    pub folds: Vec<&'static str>,
}

/// A group: its situation, the position of the rule that has decided, and the positions of its left and right records.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// `linked`, `disputed` or `unmatched`.
    pub situation: &'static str,
    /// The position of the rule; `None` for an unmatched record.
    pub rule: Option<usize>,
    /// The positions of the left records.
    pub left: Vec<usize>,
    /// The positions of the right records.
    pub right: Vec<usize>,
}

/// Groups records by the first rule that finds candidates. `links` tells whether numbers of left and right records are
/// linked rather than disputed. Records at `None` take no part.
pub fn groups(
    left: &[Option<Value>],
    right: &[Option<Value>],
    rules: &[(RuleSide, RuleSide)],
    links: impl Fn(usize, usize) -> bool,
) -> Vec<Group> {
    let positions = |side: &[Option<Value>]| -> Vec<usize> {
        (0..side.len()).filter(|&at| side[at].is_some()).collect()
    };
    let (mut open_left, mut open_right) = (positions(left), positions(right));
    let mut groups = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let left_key = |at: usize| left[at].as_ref().and_then(|record| key(record, &rule.0));
        let right_key = |at: usize| right[at].as_ref().and_then(|record| key(record, &rule.1));
        for first in open_left.clone() {
            let Some(wanted) = left_key(first).filter(|_| open_left.contains(&first)) else {
                continue;
            };
            let left: Vec<usize> = open_left
                .iter()
                .copied()
                .filter(|&at| left_key(at).as_ref() == Some(&wanted))
                .collect();
            let right: Vec<usize> = open_right
                .iter()
                .copied()
                .filter(|&at| right_key(at).as_ref() == Some(&wanted))
                .collect();
            if right.is_empty() {
                continue;
            }
            open_left.retain(|at| !left.contains(at));
            open_right.retain(|at| !right.contains(at));
            groups.push(Group {
                situation: if links(left.len(), right.len()) {
                    "linked"
                } else {
                    "disputed"
                },
                rule: Some(number),
                left,
                right,
            });
        }
    }
    let unmatched = |left, right| Group {
        situation: "unmatched",
        rule: None,
        left,
        right,
    };
    groups.extend(open_left.into_iter().map(|at| unmatched(vec![at], vec![])));
    groups.extend(open_right.into_iter().map(|at| unmatched(vec![], vec![at])));
    groups.sort_by_key(|group| {
        (
            group.left.is_empty(),
            group.left.first().copied(),
            group.right.first().copied(),
        )
    });
    groups
}

/// Returns the text by which a record is compared; `None` for one without a value, or with an empty one.
fn key(record: &Value, side: &RuleSide) -> Option<String> {
    let value = side
        .path
        .iter()
        .try_fold(record, |value, key| value.as_object()?.get(*key))?;
    let mut text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    let folds = |name| side.folds.contains(&name);
    if folds("trim") {
        text = text.trim().to_owned();
    }
    if folds("nfc") {
        // The random texts have no other letter with a mark of its own.
        text = text.replace("e\u{308}", "ë").replace("E\u{308}", "Ë");
    }
    if folds("fold") {
        text = crate::fold(&text);
    }
    let at = text.rfind('@');
    if let Some(at) = at
        && folds("plus")
        && let Some(plus) = text[..at].find('+')
        && plus > 0
    {
        text.replace_range(plus..at, "");
    }
    if folds("local")
        && let Some(at) = text.rfind('@')
    {
        text.truncate(at);
    }
    (!text.is_empty()).then_some(text)
}
