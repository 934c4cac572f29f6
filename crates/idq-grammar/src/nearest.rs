//! Likely spellings of a misspelt name.

use strsim::damerau_levenshtein;

/// Longer names are not misspelt ones, and the comparison takes time by the product of both lengths.
const LONGEST: usize = 64;

/// One edit in so many characters still looks like the same name.
const CHARACTERS_PER_EDIT: usize = 3;

/// A name that is whole at one end of another (`created` of `created_after`) ranks behind a slip of the
/// finger and before two. Distances are in hundredths of an edit, to leave room for lengths between them.
const EDIT: usize = 100;
const CONTAINED: usize = EDIT + 1;

/// Shorter names are at one end of too many others by chance.
const SHORTEST_CONTAINED: usize = 3;

/// The nearest of `candidates` to `name`, best first, at most `limit`, and none that is too far to be meant.
///
/// Case, the ends' white space, and `-` for `_` count as nothing. Near is: few edits (insert, delete,
/// replace, swap two neighbours) for the name's length, or one name being the start or the end of the other.
/// Equally near candidates keep their order.
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
    if name.len() > LONGEST {
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
        // The very name, but for case or the like: no other can be meant.
        return vec![exact];
    }
    ranked.truncate(limit);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

fn normalize(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

/// How far apart two names are, unless they are too far.
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
        short.len() >= SHORTEST_CONTAINED && (long.starts_with(short) || long.ends_with(short));
    let by_containment = contained.then(|| CONTAINED + (long.len() - short.len()).min(EDIT - 2));
    by_edits.into_iter().chain(by_containment).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
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
