//! Suggestions for a misspelt name, by Damerau-Levenshtein distance.

use strsim::damerau_levenshtein;

/// Maximum length of a name that is compared: the time of a comparison is the product of both lengths.
const MAX_NAME_BYTES: usize = 64;

/// Characters of a name for each edit that separates it from a near name.
const CHARACTERS_PER_EDIT: usize = 3;

/// Distances are in hundredths of an edit. A name that is the start or the end of another (`created` of
/// `created_after`) ranks between one edit and two, by the difference of lengths.
const EDIT: usize = 100;
const CONTAINED: usize = EDIT + 1;

/// Minimum length of a name that may be contained: shorter ones are the start or end of many others by chance.
const MIN_CONTAINED_BYTES: usize = 3;

/// Returns the nearest of `candidates` to `name`, best first, at most `limit`.
///
/// Case, white space at the ends, and `-` or a space for `_` are ignored. A candidate is near if at most one edit for
/// every three characters, but always one, separates the names (insertion, deletion, replacement, swap of neighbours),
/// or if one name is the start or the end of the other. Equally near candidates keep their order.
///
/// ```
/// let names = ["email", "email_search", "state", "created_before", "created_after"];
/// assert_eq!(idq_grammar::nearest("satte", names, 3), ["state"]);
/// assert_eq!(idq_grammar::nearest("mail", names, 3), ["email"]);
/// assert_eq!(idq_grammar::nearest("created", names, 3), ["created_after", "created_before"]);
/// assert!(idq_grammar::nearest("colour", names, 3).is_empty());
/// ```
pub fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return Vec::new();
    }
    let wanted = normalize(name);
    let mut ranked: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, &normalize(candidate))?, candidate)))
        .collect();
    ranked.sort_by_key(|&(distance, _)| distance);
    if let Some(&(0, exact)) = ranked.first()
        && limit > 0
    {
        // The same name in another case.
        return vec![exact];
    }
    ranked.truncate(limit);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

fn normalize(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

/// Returns the distance between two names; `None` if they are not near.
fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let edits = damerau_levenshtein(wanted, candidate);
    let most = (wanted.chars().count() / CHARACTERS_PER_EDIT).max(1);
    // One edit turns any single character into any other.
    let by_edits = (edits <= most && edits < wanted.chars().count()).then_some(edits * EDIT);
    let (short, long) = if wanted.len() < candidate.len() {
        (wanted, candidate)
    } else {
        (candidate, wanted)
    };
    let contained =
        short.len() >= MIN_CONTAINED_BYTES && (long.starts_with(short) || long.ends_with(short));
    let by_containment = contained.then(|| CONTAINED + (long.len() - short.len()).min(EDIT - 2));
    by_edits.into_iter().chain(by_containment).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_ranked_by_distance() {
        let names = [
            "id_search",
            "vendor_id",
            "email",
            "email_search",
            "state",
            "profile_search",
            "created_before",
            "created_after",
            "emailAddress",
        ];
        for (name, expected) in [
            ("State", &["state"][..]),
            ("stat", &["state"]),
            ("emial", &["email"]),
            ("email-search", &["email_search"]),
            ("emailaddress", &["emailAddress"]),
            ("search", &["id_search", "email_search", "profile_search"]),
            ("create_after", &["created_after"]),
            (" email", &["email"]),
            ("vendor", &["vendor_id"]),
            ("state_search", &["state", "email_search"]),
            ("x", &[]),
            ("", &[]),
            ("id", &[]),
            ("department", &[]),
        ] {
            assert_eq!(nearest(name, names, 3), expected, "{name:?}");
        }
        assert!(nearest(&"state".repeat(100_000), names, 3).is_empty());
        assert_eq!(nearest("email", names, 1), ["email"]);
    }
}
