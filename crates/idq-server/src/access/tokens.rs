//! Bearer tokens, of which only hashes are kept.

use std::io;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::access::secret_file as files;
use crate::hex;
use crate::startup::error::Error;

/// What a line of a token file starts with.
const PREFIX: &str = "sha256:";

/// What generated tokens start with, so that they are known for what they are where they should not be.
const MARK: &str = "idq_";

/// The hashes of the tokens that are accepted.
pub(crate) struct Tokens {
    hashes: Vec<[u8; 32]>,
}

/// A token that has just been made: 256 random bits.
///
/// ```
/// let token = idq_server::NewToken::generate()?;
/// assert!(token.text().starts_with("idq_"));
/// assert!(token.file_line().starts_with("sha256:"));
/// assert!(!token.file_line().contains(token.text()));
/// # Ok::<(), idq_server::Error>(())
/// ```
pub struct NewToken {
    text: String,
}

impl NewToken {
    /// Makes one.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<Self, Error> {
        let text = format!("{MARK}{}", hex::hex(&random::<32>()?));
        Ok(Self { text })
    }

    /// The token, for whoever is to use it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of a token file that lets it in.
    pub fn file_line(&self) -> String {
        format!("{PREFIX}{}", hex::hex(&hash(self.text.as_bytes())))
    }
}

/// What a request says about who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenCheck {
    /// A token that is accepted, by its hash.
    Accepted([u8; 32]),
    /// No token.
    Nothing,
    /// Something that is no accepted token: another one, several, another scheme.
    Wrong,
}

impl Tokens {
    /// The one token.
    pub(crate) fn only(token: &NewToken) -> Self {
        Self {
            hashes: vec![hash(token.text.as_bytes())],
        }
    }

    /// No token at all.
    pub(crate) fn none() -> Self {
        Self { hashes: Vec::new() }
    }

    /// Reads a file with a hash on each line; blank lines and those that start with `#` do not count, nor does what
    /// follows a hash after white space.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let text = String::from_utf8(files::read(file)?).map_err(|error| Error::File {
            file: file.to_owned(),
            error: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        })?;
        let mut hashes = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let digits = line
                .strip_prefix(PREFIX)
                .and_then(|rest| rest.split_whitespace().next());
            let hash = digits
                .and_then(hex::bytes)
                // The line itself may be a token that somebody forgot to hash: it is not shown.
                .ok_or_else(|| Error::TokenLine {
                    file: file.to_owned(),
                    line: index + 1,
                })?;
            hashes.push(hash);
        }
        if hashes.is_empty() {
            return Err(Error::NoToken {
                file: file.to_owned(),
            });
        }
        Ok(Self { hashes })
    }

    /// Whether a request has an accepted token: exactly one `Authorization: Bearer …`.
    pub(crate) fn judge(&self, headers: &HeaderMap) -> TokenCheck {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = given.next() else {
            return TokenCheck::Nothing;
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim_matches(' '));
        match token.map(|token| hash(token.as_bytes())) {
            Some(hash) if given.next().is_none() && self.accepts(&hash) => {
                TokenCheck::Accepted(hash)
            }
            _ => TokenCheck::Wrong,
        }
    }

    /// Compares with every hash, in a time that does not depend on which one it is or how much of it is alike.
    fn accepts(&self, hash: &[u8; 32]) -> bool {
        let found = self.hashes.iter().fold(Choice::from(0), |found, accepted| {
            found | accepted.ct_eq(hash)
        });
        found.into()
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn judged(values: &[&str]) -> TokenCheck {
        let token = NewToken {
            text: "secret".to_owned(),
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        Tokens::only(&token).judge(&headers)
    }

    #[test]
    fn one_right_token_is_accepted_and_nothing_else() {
        let accepted = TokenCheck::Accepted(hash(b"secret"));
        assert_eq!(judged(&["Bearer secret"]), accepted);
        assert_eq!(judged(&["bearer  secret"]), accepted);
        assert_eq!(judged(&[]), TokenCheck::Nothing);
        for wrong in [
            "",
            "secret",
            "Bearer",
            "Bearer ",
            "Bearer secre",
            "Bearer secrets",
            "Bearer SECRET",
            "Basic secret",
            "Bearer secret, Bearer secret",
            "Bearer secret other",
        ] {
            assert_eq!(judged(&[wrong]), TokenCheck::Wrong, "{wrong}");
        }
        for twice in [["Bearer secret", "Bearer secret"], ["Bearer secret", "x"]] {
            assert_eq!(judged(&twice), TokenCheck::Wrong);
        }
    }

    #[test]
    fn a_file_has_hashes_and_never_tokens() {
        let read = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            Tokens::read(file.path()).map(|tokens| tokens.hashes.len())
        };
        let line = NewToken::generate().unwrap().file_line();
        assert_eq!(read(&line).unwrap(), 1);
        let several = format!("# people\n\n  {line} the dashboard\n{line}\r\n");
        assert_eq!(read(&several).unwrap(), 2);
        assert!(matches!(read("# nobody\n"), Err(Error::NoToken { .. })));
        for bad in ["secret", "sha256:", "sha256:12", &line[7..]] {
            let error = read(&format!("{line}\n{bad}\n")).unwrap_err();
            assert!(matches!(error, Error::TokenLine { line: 2, .. }), "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
        assert!(matches!(
            Tokens::read(Path::new("/nowhere/tokens")),
            Err(Error::File { .. })
        ));
    }
}
