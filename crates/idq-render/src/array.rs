use std::io::{self, Write};

/// Writes records as one JSON array, each as it stands: `[`, the records with commas between them, `]`.
///
/// ```
/// let mut array = idq_render::ArrayWriter::new(Vec::new());
/// array.write(br#"{"id":1}"#)?;
/// array.write(br#"{ "id": 2 }"#)?;
/// assert_eq!(array.finish()?, br#"[{"id":1},{ "id": 2 }]"#);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "an array without its end is no JSON: call `finish`"]
pub struct ArrayWriter<W> {
    out: W,
    /// What comes before the next record, or before the end if that is still the opening bracket.
    separator: &'static [u8],
}

const OPENING: &[u8] = b"[";

impl<W: Write> ArrayWriter<W> {
    /// An array that has not been started: nothing is written yet.
    pub fn new(out: W) -> Self {
        Self {
            out,
            separator: OPENING,
        }
    }

    /// Writes one more record.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(&mut self, record: &[u8]) -> io::Result<()> {
        self.out.write_all(self.separator)?;
        self.separator = b",";
        self.out.write_all(record)
    }

    /// Ends the array, without a line feed, and gives the output back.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if self.separator == OPENING {
            self.out.write_all(OPENING)?;
        }
        self.out.write_all(b"]")?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::ArrayWriter;

    #[test]
    fn an_array_without_records_is_empty() {
        assert_eq!(ArrayWriter::new(Vec::new()).finish().unwrap(), b"[]");
    }
}
