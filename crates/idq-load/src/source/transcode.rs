//! Transcoding of UTF-16 to UTF-8, piece by piece.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use idq_snapshot::TextEncoding;

/// The length of the pieces that are read and converted.
const PIECE_BYTES: usize = 64 << 10;

/// The bytes in place of what is not UTF-16: a surrogate, which is not UTF-8 either, so that the record that contains
/// it is malformed and not silently changed.
const INVALID: &[u8] = b"\xED\xA0\x80";

/// A reader that converts UTF-16 to UTF-8. A byte-order mark becomes that of UTF-8.
pub(super) struct Transcoder<R> {
    source: R,
    decoder: Decoder,
    /// The piece of UTF-16 that is being converted, and the number of its bytes that were.
    input: Vec<u8>,
    converted: usize,
    /// Whether the source has no more bytes than the piece.
    is_last_piece: bool,
    /// The converted bytes, and the number of them that were taken.
    output: Vec<u8>,
    taken: usize,
}

impl<R: Read> Transcoder<R> {
    /// Creates a reader of a source of UTF-16.
    pub(super) fn new(source: R, encoding: TextEncoding) -> Self {
        let encoding = match encoding {
            TextEncoding::Utf16Be => UTF_16BE,
            _ => UTF_16LE,
        };
        Self {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: Vec::new(),
            converted: 0,
            is_last_piece: false,
            output: Vec::new(),
            taken: 0,
        }
    }

    /// Reads the next piece.
    fn read_piece(&mut self) -> io::Result<()> {
        self.input.clear();
        self.converted = 0;
        let piece = (&mut self.source).take(PIECE_BYTES as u64);
        self.is_last_piece = { piece }.read_to_end(&mut self.input)? < PIECE_BYTES;
        Ok(())
    }

    /// Converts until there is output, or the source ends.
    fn convert(&mut self) -> io::Result<()> {
        self.output.clear();
        self.taken = 0;
        while self.output.is_empty() {
            if self.converted == self.input.len() {
                if self.is_last_piece {
                    return Ok(());
                }
                self.read_piece()?;
            }
            // A unit takes at most three bytes; the rest is for characters that began in earlier pieces.
            self.output.resize(PIECE_BYTES * 2, 0);
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.input[self.converted..],
                &mut self.output,
                self.is_last_piece,
            );
            self.converted += read;
            self.output.truncate(written);
            if let DecoderResult::Malformed(..) = result {
                self.output.extend_from_slice(INVALID);
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.output.len() && !buffer.is_empty() {
            self.convert()?;
        }
        let count = buffer.len().min(self.output.len() - self.taken);
        buffer[..count].copy_from_slice(&self.output[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH: [TextEncoding; 2] = [TextEncoding::Utf16Le, TextEncoding::Utf16Be];

    fn encode(units: impl IntoIterator<Item = u16>, encoding: TextEncoding) -> Vec<u8> {
        let to_bytes = |unit: u16| match encoding {
            TextEncoding::Utf16Be => unit.to_be_bytes(),
            _ => unit.to_le_bytes(),
        };
        units.into_iter().flat_map(to_bytes).collect()
    }

    fn transcode(bytes: &[u8], encoding: TextEncoding) -> Vec<u8> {
        let mut text = Vec::new();
        Transcoder::new(bytes, encoding)
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn text_longer_than_a_piece_is_converted_wherever_a_piece_ends() {
        for encoding in BOTH {
            // The offsets of long characters at the ends of pieces differ with the number of short ones before.
            for before in 0..3 {
                let text = format!("\u{feff}{}{}", "a".repeat(before), "€😀é\n".repeat(50_000));
                let converted = transcode(&encode(text.encode_utf16(), encoding), encoding);
                assert_eq!(converted, text.as_bytes());
            }
        }
    }

    #[test]
    fn what_is_not_utf16_becomes_what_is_not_utf8() {
        for encoding in BOTH {
            let text =
                |units: &[u16]| transcode(&encode(units.iter().copied(), encoding), encoding);
            assert_eq!(text(&[0x61, 0xD800, 0x62]), b"a\xED\xA0\x80b");
            assert_eq!(text(&[0xDC00]), INVALID);
            assert_eq!(text(&[0x61, 0xD800]), b"a\xED\xA0\x80");
            let mut odd = encode([0x61], encoding);
            odd.push(0x5B);
            assert_eq!(transcode(&odd, encoding), b"a\xED\xA0\x80");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_converted_unchanged(text: String) {
            for encoding in BOTH {
                let converted = transcode(&encode(text.encode_utf16(), encoding), encoding);
                prop_assert_eq!(converted, text.as_bytes());
            }
        }
    }
}
