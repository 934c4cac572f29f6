//! Bearer tokens (RFC 6750). The server holds their SHA-256 hashes only, never the tokens themselves.
//!
//! Plain SHA-256 is sufficient for tokens of 256 random bits: no dictionary contains them. A slow password hash would
//! cost CPU time at each request.

use std::io;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::access::secret_file::read_secret_file;
use crate::hexadecimal::{parse_hexadecimal, to_hexadecimal};
use crate::startup::error::Error;

/// The prefix of each line of a token file: the name of the hash function.
const HASH_PREFIX: &str = "sha256:";

/// The prefix of generated tokens, by which secret scanners recognise one in a log or a repository.
const TOKEN_PREFIX: &str = "idq_";

/// The SHA-256 hash of a token.
pub(crate) type TokenHash = [u8; 32];

/// The hashes of all accepted tokens.
pub(crate) struct Tokens {
    hashes: Vec<TokenHash>,
}

/// A new token of 256 random bits.
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
    /// Generates a token.
    ///
    /// # Errors
    /// The system provides no random numbers.
    pub fn generate() -> Result<Self, Error> {
        let random = random_bytes::<32>()?;
        Ok(Self {
            text: format!("{TOKEN_PREFIX}{}", to_hexadecimal(&random)),
        })
    }

    /// Returns the token itself, for its holder.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line of a token file that accepts this token.
    pub fn file_line(&self) -> String {
        let hash = hash_token(self.text.as_bytes());
        format!("{HASH_PREFIX}{}", to_hexadecimal(&hash))
    }
}

/// The result of checking a request's `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenCheck {
    /// An accepted token, by its hash.
    Accepted(TokenHash),
    /// No `Authorization` header.
    Absent,
    /// An unknown token, several headers, or another scheme.
    Rejected,
}

impl Tokens {
    /// Accepts one token.
    pub(crate) fn from_token(token: &NewToken) -> Self {
        Self {
            hashes: vec![hash_token(token.text.as_bytes())],
        }
    }

    /// Accepts no token.
    pub(crate) fn empty() -> Self {
        Self { hashes: Vec::new() }
    }

    /// Reads a file with one hash on each line. Blank lines and lines that start with `#` are skipped, as is text that
    /// follows a hash after white space.
    ///
    /// # Errors
    /// The file cannot be read, a line has no hash, or no line has one.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let text = String::from_utf8(read_secret_file(file)?).map_err(|error| Error::File {
            file: file.to_owned(),
            error: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        })?;
        let mut hashes = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The error does not repeat the line, which may be a token whose owner forgot to hash it.
            let hash = parse_hash_line(line).ok_or_else(|| Error::TokenLine {
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

    /// Checks that a request has exactly one `Authorization: Bearer …` header with an accepted token.
    pub(crate) fn check(&self, headers: &HeaderMap) -> TokenCheck {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return TokenCheck::Absent;
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim_matches(' '));
        match token.map(|token| hash_token(token.as_bytes())) {
            Some(hash) if values.next().is_none() && self.contains(&hash) => {
                TokenCheck::Accepted(hash)
            }
            _ => TokenCheck::Rejected,
        }
    }

    /// Compares a hash with every accepted one in constant time: neither the position of a match nor the length of a
    /// common prefix can be measured from outside.
    fn contains(&self, hash: &TokenHash) -> bool {
        let found = self.hashes.iter().fold(Choice::from(0), |found, accepted| {
            found | accepted.ct_eq(hash)
        });
        found.into()
    }
}

/// Parses `sha256:<64 digits>`, followed by anything after white space.
fn parse_hash_line(line: &str) -> Option<TokenHash> {
    let digits = line.strip_prefix(HASH_PREFIX)?.split_whitespace().next()?;
    parse_hexadecimal(digits)
}

/// Hashes the text of a token, with its prefix.
fn hash_token(token: &[u8]) -> TokenHash {
    Sha256::digest(token).into()
}

/// Returns `N` bytes of the system's cryptographic random number generator.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(values: &[&str]) -> TokenCheck {
        let token = NewToken {
            text: "secret".to_owned(),
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        Tokens::from_token(&token).check(&headers)
    }

    #[test]
    fn authorization_header_with_exactly_one_known_token_is_accepted() {
        let accepted = TokenCheck::Accepted(hash_token(b"secret"));
        assert_eq!(check(&["Bearer secret"]), accepted);
        assert_eq!(check(&["bearer  secret"]), accepted);
        assert_eq!(check(&[]), TokenCheck::Absent);
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
            assert_eq!(check(&[wrong]), TokenCheck::Rejected, "{wrong}");
        }
        for twice in [["Bearer secret", "Bearer secret"], ["Bearer secret", "x"]] {
            assert_eq!(check(&twice), TokenCheck::Rejected);
        }
    }

    #[test]
    fn token_file_with_anything_but_hashes_is_rejected_by_line() {
        let read = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            Tokens::read(file.path()).map(|tokens| tokens.hashes.len())
        };
        let line = NewToken::generate().unwrap().file_line();
        assert_eq!(read(&line).unwrap(), 1);
        let several = format!("# dashboards\n\n  {line} the dashboard\n{line}\r\n");
        assert_eq!(read(&several).unwrap(), 2);
        assert!(matches!(read("# none\n"), Err(Error::NoToken { .. })));
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
