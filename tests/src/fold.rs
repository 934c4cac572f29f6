//! The oracle's casefolding.

/// Folds a text for search and sort: the Unicode lowercase mapping of each character, with the Greek final sigma mapped
/// to sigma, because the mapping of a single character has no context.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            'ς' => 'σ',
            other => other,
        })
        .collect()
}
