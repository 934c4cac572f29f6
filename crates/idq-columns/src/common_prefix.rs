//! The longest common prefix of strings. Sort keys omit it, so that their first word distinguishes more strings.

use arrow_array::{Array, StringArray};

/// The longest common prefix of the strings added so far.
///
/// ```
/// use idq_columns::CommonPrefix;
///
/// let mut prefix = CommonPrefix::default();
/// prefix.add(b"user_17");
/// prefix.add(b"user_204");
/// assert_eq!(prefix.len(), "user_".len());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CommonPrefix {
    /// `None` before the first string.
    bytes: Option<Vec<u8>>,
}

impl CommonPrefix {
    /// Returns the length in bytes; 0 without strings. The prefix may end within a character.
    pub fn len(&self) -> usize {
        self.bytes.as_ref().map_or(0, Vec::len)
    }

    /// Returns whether the added strings have no common prefix, so that further strings change nothing. Without strings
    /// it returns false.
    pub fn is_empty(&self) -> bool {
        self.bytes.as_ref().is_some_and(Vec::is_empty)
    }

    /// Adds a string.
    pub fn add(&mut self, text: &[u8]) {
        match &mut self.bytes {
            None => self.bytes = Some(text.to_vec()),
            // Most strings start with the prefix, which takes one comparison.
            Some(prefix) if text.starts_with(prefix) => {}
            Some(prefix) => {
                let same = prefix.iter().zip(text);
                let length = same.take_while(|(one, other)| one == other).count();
                prefix.truncate(length);
            }
        }
    }

    /// Adds all strings of an array.
    pub fn add_strings(&mut self, strings: &StringArray) {
        for row in 0..strings.len() {
            if self.is_empty() {
                return;
            }
            if strings.is_valid(row) {
                self.add(strings.value(row).as_bytes());
            }
        }
    }

    /// Adds the strings of another prefix. The operation is associative, for parallel reduction.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        if let Some(bytes) = other.bytes {
            self.add(&bytes);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_prefix_of_strings_is_the_longest_that_all_start_with() {
        for (texts, expected) in [
            (&[][..], 0),
            (&[""], 0),
            (&["abc"], 3),
            (&["abc", "abd", "ab"], 2),
            (&["abc", "xyz", "abc"], 0),
            // The first byte of two different characters.
            (&["id_é", "id_è"], 4),
        ] {
            let mut prefix = CommonPrefix::default();
            texts.iter().for_each(|text| prefix.add(text.as_bytes()));
            assert_eq!(prefix.len(), expected, "{texts:?}");
            let halves = texts.split_at(texts.len() / 2);
            let [one, other] = [halves.0, halves.1].map(|texts| {
                let mut prefix = CommonPrefix::default();
                prefix.add_strings(&StringArray::from_iter_values(texts));
                prefix
            });
            assert_eq!(one.merge(other).len(), expected, "{texts:?}");
        }
    }
}
