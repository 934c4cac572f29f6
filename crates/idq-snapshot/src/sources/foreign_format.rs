//! The formats of files that are no dumps, by their first bytes, with the way out of each.

use std::fmt;

/// The format of a file that is not a dump.
///
/// Displays as a name with an article: `a CSV file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// A zip archive where only one dump can be read.
    Zip,
    /// A tar archive where only one dump can be read.
    Tar,
    /// A workbook or another document of an office program.
    Office,
    /// Parquet.
    Parquet,
    /// A database of `SQLite`.
    Sqlite,
    /// Avro.
    Avro,
    /// ORC.
    Orc,
    /// PDF.
    Pdf,
    /// Data that a program other than gzip and zstd has compressed.
    Compressed(&'static str),
    /// UTF-32.
    Utf32,
    /// HTML, usually the page of a login or of an error.
    Html,
    /// XML.
    Xml,
    /// Lines of values with commas, semicolons or tabs between them.
    Csv,
    /// A line that starts with `#` or `//`.
    Comment,
    /// The headers of an HTTP response.
    HttpHeaders,
    /// Objects in the notation of PowerShell.
    PowerShell,
    /// Bytes that no text has.
    Binary,
}

/// The first bytes of files, and their formats.
const SIGNATURES: &[(&[u8], ForeignFormat)] = &[
    (b"PK\x03\x04", ForeignFormat::Zip),
    (b"PK\x05\x06", ForeignFormat::Zip),
    (b"PAR1", ForeignFormat::Parquet),
    (b"SQLite format 3\0", ForeignFormat::Sqlite),
    (b"Obj\x01", ForeignFormat::Avro),
    (b"ORC", ForeignFormat::Orc),
    (b"%PDF", ForeignFormat::Pdf),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ForeignFormat::Office),
    (b"BZh", ForeignFormat::Compressed("bzip2")),
    (b"\xFD7zXZ\0", ForeignFormat::Compressed("xz")),
    (b"7z\xBC\xAF\x27\x1C", ForeignFormat::Compressed("7-Zip")),
    (b"Rar!\x1A\x07", ForeignFormat::Compressed("RAR")),
    (b"\x04\x22\x4D\x18", ForeignFormat::Compressed("LZ4")),
    (b"\xFF\xFE\0\0", ForeignFormat::Utf32),
    (b"\0\0\xFE\xFF", ForeignFormat::Utf32),
];

/// The offset and the bytes that the header of a tar archive has.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// The number of first bytes of a file that determine its format.
pub const FORMAT_BYTES: usize = 4 << 10;

impl ForeignFormat {
    /// Returns the format of a file that starts with some bytes, if it is known and not a dump. The bytes are decompressed
    /// UTF-8, after any byte-order mark.
    pub fn detect(start: &[u8]) -> Option<Self> {
        let signature = SIGNATURES
            .iter()
            .find(|(magic, _)| start.starts_with(magic));
        if let Some(&(_, format)) = signature {
            return Some(format);
        }
        // Two characters of UTF-32 without a mark.
        if let [first, 0, 0, 0, second, 0, 0, 0, ..] | [0, 0, 0, first, 0, 0, 0, second, ..] = start
            && matches!(first, b'{' | b'[')
            && *second != 0
        {
            return Some(Self::Utf32);
        }
        let text = start.trim_ascii_start();
        if matches!(text.first(), Some(b'{' | b'[')) {
            return None;
        }
        let (offset, magic) = TAR;
        if start
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
        {
            return Some(Self::Tar);
        }
        let starts_with = |prefix: &str| {
            let found = text.get(..prefix.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(prefix.as_bytes()))
        };
        let formats = [
            ("<?xml", Self::Xml),
            ("<", Self::Html),
            ("#", Self::Comment),
            ("//", Self::Comment),
            ("/*", Self::Comment),
            ("HTTP/", Self::HttpHeaders),
            ("@{", Self::PowerShell),
            ("System.Object", Self::PowerShell),
        ];
        let format = formats.into_iter().find(|(prefix, _)| starts_with(prefix));
        format
            .map(|(_, format)| format)
            .or_else(|| start.contains(&0).then_some(Self::Binary))
            .or_else(|| is_csv(text).then_some(Self::Csv))
    }

    /// Returns whether no line of such a file can be a record, so that the file is refused even if malformed records
    /// are skipped.
    pub fn is_binary(self) -> bool {
        !matches!(
            self,
            Self::Html
                | Self::Xml
                | Self::Csv
                | Self::Comment
                | Self::HttpHeaders
                | Self::PowerShell
                | Self::Binary
        )
    }

    /// Returns the way to a dump, as a sentence without an end.
    fn way_out(self) -> &'static str {
        match self {
            Self::Zip | Self::Tar => "save it to a file, and name that on the command line",
            Self::Xml
            | Self::Binary
            | Self::Office
            | Self::Parquet
            | Self::Sqlite
            | Self::Avro
            | Self::Orc
            | Self::Pdf
            | Self::Csv => "export the identities as the JSON that their API answers",
            Self::Compressed(_) => "decompress it first, or compress it with gzip or zstd",
            Self::Utf32 => "save it as UTF-8",
            Self::Html => "check the URL and the token of the export",
            Self::Comment => {
                "JSON has no comments, so remove these lines, or skip them with `--on-bad-record skip`"
            }
            Self::HttpHeaders => "save the body alone, with curl without -i",
            Self::PowerShell => "write the objects with `ConvertTo-Json -Depth 100`",
        }
    }

    /// Returns the message on a file of this format.
    pub(crate) fn message(self) -> String {
        let name = match self {
            Self::Html => format!("{self}, probably a login or error page"),
            _ => self.to_string(),
        };
        format!("expected a dump (JSON), found {name}; {}", self.way_out())
    }
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zip => "a zip archive",
            Self::Tar => "a tar archive",
            Self::Office => "a document of an office program",
            Self::Parquet => "a Parquet file",
            Self::Sqlite => "an SQLite database",
            Self::Avro => "an Avro file",
            Self::Orc => "an ORC file",
            Self::Pdf => "a PDF document",
            Self::Compressed(program) => return write!(f, "data compressed by {program}"),
            Self::Utf32 => "UTF-32 text",
            Self::Html => "an HTML page",
            Self::Xml => "an XML document",
            Self::Csv => "a CSV file",
            Self::Comment => "a line that starts with `#` or `//`",
            Self::HttpHeaders => "the headers of an HTTP response",
            Self::PowerShell => "objects in PowerShell's notation",
            Self::Binary => "binary data",
        })
    }
}

/// Returns whether a text starts with two lines that have the same separator, equally often.
fn is_csv(text: &[u8]) -> bool {
    let mut lines = text.split(|&byte| byte == b'\n');
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'"' | b'_');
    if !first.first().is_some_and(is_name) || second.starts_with(b"{") || second.starts_with(b"[") {
        return false;
    }
    let count = |line: &[u8], separator| line.iter().filter(|&&byte| byte == separator).count();
    let separators = [b',', b';', b'\t'].into_iter();
    { separators }.any(|separator| {
        let found = count(first, separator);
        found > 0 && count(second, separator) >= found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_detected_by_their_first_bytes() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (start, format) in [
            (&b"PK\x03\x04rest"[..], Some(ForeignFormat::Zip)),
            (&tar, Some(ForeignFormat::Tar)),
            (b"PAR1\x15", Some(ForeignFormat::Parquet)),
            (b"SQLite format 3\0", Some(ForeignFormat::Sqlite)),
            (b"<!DOCTYPE html>", Some(ForeignFormat::Html)),
            (b"\r\n <html>", Some(ForeignFormat::Html)),
            (b"<?XML version", Some(ForeignFormat::Xml)),
            (b"# exported", Some(ForeignFormat::Comment)),
            (b"HTTP/1.1 200 OK\r\n", Some(ForeignFormat::HttpHeaders)),
            (b"id,email\n1,a@b.example\n", Some(ForeignFormat::Csv)),
            (b"\"id\";\"email\"\n1;a\n", Some(ForeignFormat::Csv)),
            (b"id\temail\r\n1\ta\r\n", Some(ForeignFormat::Csv)),
            (b"@{id=1}", Some(ForeignFormat::PowerShell)),
            (b"{\"id\":1}", None),
            (b"[", None),
            (b"", None),
            (b"null, 7\n{\"id\":1,\"a\":2}", None),
            (b"\x7FELF\x02\0", Some(ForeignFormat::Binary)),
            (b"[\0\0\0{\0\0\0", Some(ForeignFormat::Utf32)),
            (b"\0\0\0{\0\0\0\"", Some(ForeignFormat::Utf32)),
            (b"no json at all\n", None),
        ] {
            assert_eq!(ForeignFormat::detect(start), format, "{start:?}");
        }
    }
}
