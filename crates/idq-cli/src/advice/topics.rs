//! Advice on the name of a command or of a topic that idq does not have.

use idq::nearest;

/// The greatest number of near names that are shown.
const MAX_NEAR_NAMES: usize = 2;

/// Returns the line of help with the nearest of `topics`; an empty text if none is near.
pub(crate) fn near_topics<'a>(name: &str, topics: impl IntoIterator<Item = &'a str>) -> String {
    let near = nearest(name, topics, MAX_NEAR_NAMES);
    let near: Vec<String> = near.into_iter().map(idq::quote).collect();
    if near.is_empty() {
        String::new()
    } else {
        format!("\n  help: did you mean {}?", near.join(" or "))
    }
}
