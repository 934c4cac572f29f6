//! Styles of dumps: the spelling of records, and additions to their content.

use std::fmt;

use idq_json::EscapeDialect;

/// A way to write records, beside that of the API's own server.
///
/// The first five styles after [`Style::Server`] change the spelling of records only: the identities and the answers
/// to all questions are the same. The others change the content of the records as well, and spell them as the server
/// does unless they say otherwise. In every style, the record of a row depends on generator, seed, row and style alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// The spelling of the API's own server: no white space; PHP's or .NET's escapes.
    #[default]
    Server,
    /// No white space, and slashes not escaped; characters beyond ASCII as `\uXXXX`, as in the next four styles.
    Compact,
    /// `": "` and `", "` between tokens, as Python's `json.dumps` writes.
    Spaced,
    /// A line for each member, indented by two spaces a level; in an array, or in pages one after another.
    Indented,
    /// Keys in the order of their characters at every level, as Go's maps and Python's `sort_keys`.
    Sorted,
    /// Keys in another order in each record, at every level.
    Shuffled,
    /// Documents whose keys are data: a key for each group of the identity, of 20,000 groups.
    DataKeys,
    /// Nulls left out, optional keys present in some records only, and attributes that few records have.
    Sparse,
    /// Names and texts beyond ASCII, not escaped.
    RawUtf8,
    /// Metadata of several shapes per vendor: nested lists, numbers of several kinds, texts of several kilobytes.
    MixedMetadata,
}

/// The white space between the tokens of a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// None.
    Compact,
    /// A space after each comma and colon.
    Spaced,
    /// A line for each member and element, and a space after each colon.
    Indented,
}

impl Style {
    /// Every style, that of the server first.
    pub const ALL: &'static [Self] = &[
        Self::Server,
        Self::Compact,
        Self::Spaced,
        Self::Indented,
        Self::Sorted,
        Self::Shuffled,
        Self::DataKeys,
        Self::Sparse,
        Self::RawUtf8,
        Self::MixedMetadata,
    ];

    /// Returns the style of a name, or `None` where no style has it.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut styles = Self::ALL.iter().copied();
        styles.find(|style| style.name() == name)
    }

    /// Returns the name, such as `data-keys`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Compact => "compact",
            Self::Spaced => "spaced",
            Self::Indented => "indented",
            Self::Sorted => "sorted",
            Self::Shuffled => "shuffled",
            Self::DataKeys => "data-keys",
            Self::Sparse => "sparse",
            Self::RawUtf8 => "raw-utf8",
            Self::MixedMetadata => "mixed-metadata",
        }
    }

    /// Returns whether the style has the identities of the server's own style, and changes their spelling only.
    pub const fn keeps_content(self) -> bool {
        matches!(
            self,
            Self::Server
                | Self::Compact
                | Self::Spaced
                | Self::Indented
                | Self::Sorted
                | Self::Shuffled
        )
    }

    /// Returns the white space between tokens.
    pub(crate) const fn spacing(self) -> Spacing {
        match self {
            Self::Spaced => Spacing::Spaced,
            Self::Indented => Spacing::Indented,
            _ => Spacing::Compact,
        }
    }

    /// Returns the escaping rules, given those of the API's server.
    pub(crate) const fn dialect(self, server: EscapeDialect) -> EscapeDialect {
        match self {
            Self::Server | Self::DataKeys | Self::Sparse | Self::MixedMetadata => server,
            Self::RawUtf8 => EscapeDialect::Minimal,
            Self::Compact | Self::Spaced | Self::Indented | Self::Sorted | Self::Shuffled => {
                EscapeDialect::Python
            }
        }
    }
}

impl Spacing {
    /// Returns the bytes before the first record of an array, between two records, and after the last one.
    pub(crate) const fn of_array(self) -> [&'static [u8]; 3] {
        match self {
            Self::Compact => [b"[", b",", b"]\n"],
            Self::Spaced => [b"[", b", ", b"]\n"],
            Self::Indented => [b"[\n  ", b",\n  ", b"\n]\n"],
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_style_has_its_own_name() {
        for style in Style::ALL {
            assert_eq!(Style::from_name(style.name()), Some(*style));
        }
        assert_eq!(Style::from_name("unknown"), None);
        assert_eq!(Style::ALL.len(), 10);
    }
}
