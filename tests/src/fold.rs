/// The form in which texts are searched and sorted: each character's Unicode lowercase on its own, and the Greek final
/// sigma as a plain one, because a single character cannot know that it ends a word.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            'ς' => 'σ',
            other => other,
        })
        .collect()
}
