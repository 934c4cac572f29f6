//! The key of pseudonyms.

use std::fmt;
use std::io::{Read, Write};
use std::path::Path;

use crate::error::Error;

/// The number of bytes of a key: that of the output of SHA-256, beyond which HMAC gains nothing.
pub const KEY_BYTES: usize = 32;

/// The greatest number of bytes that are read of a file: a key, and white space around it.
const MAX_FILE_BYTES: u64 = 1_024;

/// A secret key. With it, a guessed value can be tested against a pseudonym, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskKey([u8; KEY_BYTES]);

impl MaskKey {
    /// Returns a random key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Reads a key from its hexadecimal digits.
    ///
    /// # Errors
    /// A text that is not one line of as many digits as a key has.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let digits = text.trim_ascii();
        if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::Key);
        }
        let mut bytes = [0; KEY_BYTES];
        for (byte, digits) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| Error::Key)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| Error::Key)?;
        }
        Ok(Self(bytes))
    }

    /// Reads the key of a file; `None` if there is no such file.
    ///
    /// # Errors
    /// A file without a key, or one that cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // A device may have no end.
        let mut text = String::new();
        match file.take(MAX_FILE_BYTES).read_to_string(&mut text) {
            Ok(_) => Ok(Some(Self::parse(&text)?)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Error::Key),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the key to a new file, which on Unix its owner alone can read.
    ///
    /// # Errors
    /// A file that exists or cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), Error> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(file, "{digits}")?;
        Ok(file.sync_all()?)
    }

    /// Returns the bytes, for HMAC alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Without the key, so that it is in no log.
impl fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_created_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(MaskKey::read(&path).unwrap().is_none());
        let key = MaskKey::random().unwrap();
        key.write_new(&path).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(MaskKey::read(&path).unwrap(), Some(key.clone()));
        assert!(key.write_new(&path).is_err(), "a key is never replaced");
        assert!(!format!("{key:?}").contains(&std::fs::read_to_string(&path).unwrap()[..8]));
        assert_ne!(MaskKey::random().unwrap(), key);
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        let digits = "0f".repeat(KEY_BYTES);
        assert!(MaskKey::parse(&format!("{digits}\n")).is_ok());
        for text in [
            "",
            "0f",
            &digits[1..],
            &format!("{digits}0"),
            &"é".repeat(KEY_BYTES),
        ] {
            assert!(matches!(MaskKey::parse(text), Err(Error::Key)), "{text}");
        }
    }
}
