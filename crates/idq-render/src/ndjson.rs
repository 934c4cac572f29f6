use std::io::{self, Write};

/// Writes a record and a line feed.
///
/// A record that spans lines loses the white space outside its strings; any other is written as it stands. Either
/// way nothing in it is re-spelled.
///
/// # Errors
/// The output cannot be written.
///
/// ```
/// let mut out = Vec::new();
/// idq_render::write_ndjson(b"{\"id\": 1.50}", &mut out)?;
/// idq_render::write_ndjson(b"{\n  \"id\": 1.50\n}", &mut out)?;
/// assert_eq!(out, b"{\"id\": 1.50}\n{\"id\":1.50}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_ndjson<W: Write>(record: &[u8], out: &mut W) -> io::Result<()> {
    // A string's line breaks are escapes, so any raw one is white space between tokens.
    if memchr::memchr2(b'\n', b'\r', record).is_none() {
        out.write_all(record)?;
    } else {
        let mut line = Vec::with_capacity(record.len());
        idq_json::compact(record, &mut line);
        out.write_all(&line)?;
    }
    out.write_all(b"\n")
}
