//! Pseudonyms: the text that replaces a value, decided by the value and the key alone.
//!
//! One value has one pseudonym in every field and file. A spelling in other capitals has the same pseudonym in those
//! capitals, so that a comparison without case finds the same pairs as before.
//!
//! A pseudonym keeps the *form* of its value, so that programs and people read the masked records as they read the original
//! ones: an address is an address, an id has its length and punctuation, a name has as many words. Its length otherwise does
//! not depend on that of the value: a pseudonym of six digits among a million numbers of six digits would be the number of
//! another person, and one of two letters would be shared by many.
//!
//! The random letters and digits are those of HMAC-SHA-256 over the kind of the pseudonym and the value without capitals,
//! followed by a counter where one output is too short. Without the key, a pseudonym tells nothing of its value but the form.

use std::fmt;

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use idq::columns::Decimal;
use sha2::Sha256;

use crate::dates::calendar_date;
use crate::key::{KEY_BYTES, MaskKey};

/// The number of letters of a pseudonym of one word: among a million, two are equal with a chance of one in a hundred
/// thousand.
const WORD_LETTERS: usize = 12;

/// The greatest number of words of a pseudonym.
const MAX_WORDS: usize = 4;

/// The number of digits of the pseudonym of a number. Every program reads a number of this length exactly.
const NUMBER_DIGITS: usize = 15;

/// The least number of letters and digits of an id, whose pseudonym has as many.
const MIN_ID_CHARACTERS: usize = 16;

/// The least number of digits of an id that is a key: `extensionAttribute15` is a name.
const MIN_KEY_DIGITS: usize = 5;

/// The greatest number of letters before an underscore that tell the type of an id.
const MAX_ID_PREFIX: usize = 5;

/// The greatest number of days by which the dates of a person are shifted.
const MAX_SHIFT_DAYS: u16 = 365;

const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8; 10] = b"0123456789";
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// The parts of values that their pseudonyms keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PseudonymOptions {
    /// Whether e-mail addresses keep their domains.
    pub keep_domains: bool,
    /// Whether dates are shifted by some days, as many for all dates of one person.
    pub shift_dates: bool,
}

/// The pseudonyms of one key.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
    pub(crate) options: PseudonymOptions,
}

/// Without the key, so that it is in no log.
impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The form of a value, which its pseudonym keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Email,
    Domain,
    Url,
    /// Digits alone.
    Digits,
    /// Hexadecimal digits: a UUID, a hash.
    Hexadecimal,
    /// Letters and digits without white space, many of them.
    Id,
    Words,
}

impl Pseudonyms {
    /// Creates the pseudonyms of a key.
    pub fn new(key: &MaskKey, options: PseudonymOptions) -> Self {
        // HMAC itself fills a block with zeros after the key.
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..KEY_BYTES].copy_from_slice(key.bytes());
        Self {
            keyed: <Hmac<Sha256> as KeyInit>::new(&block),
            options,
        }
    }

    /// Returns the pseudonym of a text. The empty text has none and is kept.
    pub fn of_text(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let value = text.to_lowercase();
        let pseudonym = match Form::of(text) {
            // Its parts have capitals of their own.
            Form::Email => return self.email(text, &value),
            Form::Domain => self.domain(&value),
            Form::Url => format!(
                "https://{}.example/",
                self.word("url", &value, WORD_LETTERS)
            ),
            Form::Digits => return self.digits(&value),
            form @ (Form::Hexadecimal | Form::Id) => self.id(&value, form),
            Form::Words => self.words(&value),
        };
        with_capitals_of(text, pseudonym)
    }

    /// Returns whether a key of an object is data rather than a name: an address, or an id of many digits.
    pub(crate) fn is_identifier(key: &str) -> bool {
        match Form::of(key) {
            Form::Email | Form::Hexadecimal => true,
            Form::Id => key.bytes().filter(u8::is_ascii_digit).count() >= MIN_KEY_DIGITS,
            Form::Domain | Form::Url | Form::Digits | Form::Words => false,
        }
    }

    /// Returns the pseudonym of a JSON number: a whole number, the same for all spellings of its value.
    pub fn of_number(&self, spelling: &str) -> String {
        if spelling.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.digits(spelling);
        }
        let number = Decimal::parse(spelling.as_bytes()).and_then(|number| number.canonical());
        // `1e2` is `100`: a few zeros are written out, so that such a number has the pseudonym of its digits.
        let whole = number.as_deref().and_then(|number| {
            let (digits, exponent) = number.split_once('e')?;
            let zeros = exponent.parse::<usize>().ok()?.checked_sub(digits.len())?;
            (zeros < NUMBER_DIGITS && !digits.starts_with('-'))
                .then(|| format!("{digits}{}", "0".repeat(zeros)))
        });
        self.digits(whole.or(number).as_deref().unwrap_or(spelling))
    }

    /// Returns the number of days by which all dates of a person are shifted, never zero.
    pub(crate) fn shift_of(&self, id: &str) -> i64 {
        let mut stream = self.stream("shift", id);
        let days = i64::from(stream.below(MAX_SHIFT_DAYS)) + 1;
        if stream.below(2) == 0 { days } else { -days }
    }

    /// Returns the pseudonym of an address, given with and without capitals.
    fn email(&self, address: &str, value: &str) -> String {
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        let (_, domain_value) = value.rsplit_once('@').unwrap_or_default();
        let local = with_capitals_of(local, self.word("email", value, WORD_LETTERS));
        let domain = if self.options.keep_domains {
            domain.to_owned()
        } else {
            with_capitals_of(domain, self.domain(domain_value))
        };
        format!("{local}@{domain}")
    }

    /// Returns the pseudonym of a domain, without capitals. Addresses of one domain share it.
    fn domain(&self, domain: &str) -> String {
        format!("{}.example", self.word("domain", domain, WORD_LETTERS))
    }

    /// Returns as many words as a text has, up to a limit.
    fn words(&self, value: &str) -> String {
        let count = value.split_whitespace().count().clamp(1, MAX_WORDS);
        let mut stream = self.stream("text", value);
        let letters = (WORD_LETTERS / count).max(WORD_LETTERS / 2);
        let words = (0..count).map(|_| stream.letters(letters));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns letters that a value of a kind decides.
    fn word(&self, kind: &str, value: &str, letters: usize) -> String {
        self.stream(kind, value).letters(letters)
    }

    /// Returns digits, of which the first is not zero.
    fn digits(&self, value: &str) -> String {
        let mut stream = self.stream("digits", value);
        let first = stream.one_of(&DIGITS[1..]);
        let more = (1..NUMBER_DIGITS).map(|_| stream.one_of(DIGITS));
        std::iter::once(first).chain(more).collect()
    }

    /// Returns a text with the punctuation of an id, its type, and other letters and digits.
    fn id(&self, value: &str, form: Form) -> String {
        let mut stream = self.stream("id", value);
        let is_uuid = uuid::Uuid::try_parse(value).is_ok();
        let prefix = value.split_once('_').map_or(0, |(prefix, _)| {
            let is_type = prefix.len() <= MAX_ID_PREFIX
                && prefix.bytes().all(|byte| byte.is_ascii_alphabetic());
            if is_type { prefix.len() } else { 0 }
        });
        let mut digits = 0;
        let characters = value.char_indices().map(|(index, character)| {
            if !character.is_alphanumeric() || index < prefix {
                return character;
            }
            digits += 1;
            match form {
                // The digits of the version and of the variant.
                _ if is_uuid && matches!(digits, 13 | 17) => character,
                Form::Hexadecimal => stream.one_of(HEXADECIMAL),
                _ if character.is_ascii_digit() => stream.one_of(DIGITS),
                _ => stream.one_of(LETTERS),
            }
        });
        characters.collect()
    }

    /// Returns the random numbers of a value.
    fn stream(&self, kind: &str, value: &str) -> Stream {
        let mut seeded = self.keyed.clone();
        seeded.update(kind.as_bytes());
        // No text has this byte, so that no two pairs have the same bytes.
        seeded.update(&[0xff]);
        seeded.update(value.as_bytes());
        Stream {
            seeded,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }
}

/// The random numbers of a value: HMAC-SHA-256 of it, followed by a counter.
struct Stream {
    seeded: Hmac<Sha256>,
    counter: u32,
    block: [u8; 32],
    used: usize,
}

impl Stream {
    /// Returns a number below a bound that is much smaller than 2¹⁶.
    fn below(&mut self, bound: u16) -> u16 {
        if self.used == self.block.len() {
            let mut next = self.seeded.clone();
            next.update(&[0xff]);
            next.update(&self.counter.to_le_bytes());
            self.block = next.finalize().into_bytes().into();
            self.counter += 1;
            self.used = 0;
        }
        let bytes = [self.block[self.used], self.block[self.used + 1]];
        self.used += bytes.len();
        u16::from_le_bytes(bytes) % bound
    }

    /// Returns one of these characters, at most 2¹⁶.
    fn one_of(&mut self, characters: &[u8]) -> char {
        characters[usize::from(self.below(characters.len() as u16))].into()
    }

    /// Returns a number of letters.
    fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| self.one_of(LETTERS)).collect()
    }
}

impl Form {
    /// Returns the form of a text. The first form that fits counts, so the order of the tests matters.
    fn of(text: &str) -> Self {
        if text.contains("://") && !text.contains(char::is_whitespace) {
            return Self::Url;
        }
        if let Some((local, domain)) = text.rsplit_once('@')
            && !local.is_empty()
            && Self::is_domain(domain)
            && !local.contains(char::is_whitespace)
        {
            return Self::Email;
        }
        if Self::is_domain(text) {
            return Self::Domain;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Digits;
        }
        let characters = || text.chars().filter(|character| character.is_alphanumeric());
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        let is_id = has_digit
            && text.is_ascii()
            && !text.contains(char::is_whitespace)
            && calendar_date(text).is_none()
            && characters().count() >= MIN_ID_CHARACTERS;
        match is_id {
            true if characters().all(|character| character.is_ascii_hexdigit()) => {
                Self::Hexadecimal
            }
            true => Self::Id,
            false => Self::Words,
        }
    }

    /// Returns whether a text is labels with dots between them, of which the last is letters.
    fn is_domain(text: &str) -> bool {
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        };
        let top = text.rsplit('.').next().unwrap_or_default();
        text.contains('.')
            && text.split('.').all(is_label)
            && top.chars().count() >= 2
            && top.chars().all(char::is_alphabetic)
    }
}

/// Returns a pseudonym without capitals with the capitals of a value: all, those at the starts of words, or those at the
/// same places.
fn with_capitals_of(value: &str, pseudonym: String) -> String {
    if !value
        .bytes()
        .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
    {
        return pseudonym;
    }
    let (lower, upper) = (value.to_lowercase(), value.to_uppercase());
    if lower == value {
        pseudonym
    } else if upper == value {
        pseudonym.to_uppercase()
    } else if capitalize(&lower) == value {
        capitalize(&pseudonym)
    } else {
        let mut bytes = pseudonym.into_bytes();
        let length = bytes.len();
        for (index, character) in value.chars().enumerate() {
            if character.is_uppercase() {
                // A pseudonym is ASCII.
                bytes[index % length].make_ascii_uppercase();
            }
        }
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Returns a text with a capital at the start of each word.
fn capitalize(lower: &str) -> String {
    let mut is_start = true;
    let mut text = String::with_capacity(lower.len());
    for character in lower.chars() {
        if is_start {
            text.extend(character.to_uppercase());
        } else {
            text.push(character);
        }
        is_start = !character.is_alphanumeric();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(options: PseudonymOptions) -> Pseudonyms {
        Pseudonyms::new(&MaskKey::parse(&"5a".repeat(32)).unwrap(), options)
    }

    /// The classes of a text's characters: `a` a lower-case letter, `A` a capital, `0` a digit, others themselves.
    fn classes(text: &str) -> String {
        let class = |character: char| match character {
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '0',
            other => other,
        };
        text.chars().map(class).collect()
    }

    #[test]
    fn pseudonyms_keep_the_form_of_their_values() {
        let pseudonyms = pseudonyms(PseudonymOptions::default());
        for (text, expected) in [
            (
                "alice.carter@north.example",
                "aaaaaaaaaaaa@aaaaaaaaaaaa.aaaaaaa",
            ),
            ("Carter", "Aaaaaaaaaaaa"),
            ("ALICE", "AAAAAAAAAAAA"),
            ("Alice Carter", "Aaaaaa Aaaaaa"),
            ("a b c d e f g", "aaaaaa aaaaaa aaaaaa aaaaaa"),
            ("100234", "000000000000000"),
            ("fiona.rowntree", "aaaaaaaaaaaa.aaaaaaa"),
            ("north.example", "aaaaaaaaaaaa.aaaaaaa"),
            (
                "https://north.example/x?y=1",
                "aaaaa://aaaaaaaaaaaa.aaaaaaa/",
            ),
            ("山田 太郎", "aaaaaa aaaaaa"),
            ("2024-01-05", "aaaaaaaaaaaa"),
            ("", ""),
        ] {
            assert_eq!(classes(&pseudonyms.of_text(text)), expected, "{text}");
        }
        let id = "dridt_01gcv9g915qr1mbrsqp8n1kmnb";
        let masked = pseudonyms.of_text(id);
        assert_eq!(classes(&masked), classes(id));
        assert!(masked.starts_with("dridt_") && masked != id, "{masked}");
        let guid = "45e337b2-2a19-4d2a-aeda-989bddc314fe";
        let masked = uuid::Uuid::try_parse(&pseudonyms.of_text(guid)).unwrap();
        assert_eq!(masked.get_version_num(), 4);
        assert_ne!(masked.to_string(), guid);
        assert_eq!(pseudonyms.of_number("12").len(), NUMBER_DIGITS);
    }

    #[test]
    fn capitals_change_capitals_alone() {
        let pseudonyms = pseudonyms(PseudonymOptions::default());
        for text in [
            "Alice Carter",
            "Alice.Carter@north.example",
            "Zoë",
            "45E337B2-2A19-4D2A-AEDA-989BDDC314FE",
        ] {
            let lower = pseudonyms.of_text(&text.to_lowercase());
            assert_eq!(pseudonyms.of_text(text).to_lowercase(), lower, "{text}");
            assert_eq!(
                pseudonyms.of_text(&text.to_uppercase()),
                lower.to_uppercase()
            );
        }
        // Capitals within words stand at the same places, so that such spellings differ too.
        let mixed =
            ["aLice", "alIce", "JohnDoe@north.example"].map(|text| pseudonyms.of_text(text));
        assert_ne!(mixed[0], mixed[1]);
        assert_eq!(mixed[0].to_lowercase(), pseudonyms.of_text("alice"));
        assert_eq!(
            mixed[2].to_lowercase(),
            pseudonyms.of_text("johndoe@north.example")
        );
    }

    #[test]
    fn numbers_of_one_value_and_their_digits_have_one_pseudonym() {
        let pseudonyms = pseudonyms(PseudonymOptions::default());
        let digits = pseudonyms.of_text("100");
        for spelling in ["100", "1e2", "100.0", "1.00E+2"] {
            assert_eq!(pseudonyms.of_number(spelling), digits, "{spelling}");
        }
        let others = ["-100", "100.5", "1", "1e400", "0"];
        let others = others.map(|spelling| pseudonyms.of_number(spelling));
        for (index, other) in others.iter().enumerate() {
            assert!(
                *other != digits && !others[..index].contains(other),
                "{others:?}"
            );
        }
    }

    #[test]
    fn addresses_share_the_pseudonym_of_their_domain_or_keep_it() {
        let domain = |options: PseudonymOptions, address: &str| {
            let address = pseudonyms(options).of_text(address);
            address.rsplit_once('@').unwrap().1.to_owned()
        };
        let options = PseudonymOptions::default();
        assert_eq!(
            domain(options, "a@x.example"),
            domain(options, "b@x.example")
        );
        assert_ne!(
            domain(options, "a@x.example"),
            domain(options, "a@y.example")
        );
        assert_eq!(
            domain(options, "a@x.example"),
            pseudonyms(options).of_text("x.example")
        );
        let kept = PseudonymOptions {
            keep_domains: true,
            ..options
        };
        assert_eq!(domain(kept, "a@x.example"), "x.example");
        // A username of two parts looks like a domain, and is none to keep.
        assert_ne!(pseudonyms(kept).of_text("fiona.rowntree"), "fiona.rowntree");
    }

    #[test]
    fn another_key_gives_other_pseudonyms() {
        let other = MaskKey::parse(&"5b".repeat(32)).unwrap();
        let other = Pseudonyms::new(&other, PseudonymOptions::default());
        let pseudonyms = pseudonyms(PseudonymOptions::default());
        assert_eq!(pseudonyms.of_text("alice"), pseudonyms.of_text("alice"));
        assert_ne!(pseudonyms.of_text("alice"), other.of_text("alice"));
        assert_ne!(pseudonyms.shift_of("a"), 0);
        assert_eq!(pseudonyms.shift_of("a"), pseudonyms.shift_of("a"));
    }
}
