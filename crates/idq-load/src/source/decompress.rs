//! Decompression of gzip and zstd data with any number of members (zstd: frames), as in concatenated files.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use idq_snapshot::Compression;

/// A reader that decompresses one member after another.
///
/// Zeros after the last member are padding, which tapes and block devices leave. Anything else that is not a member is
/// an error, because it may be data.
pub(super) struct Decompressor<R: Read> {
    /// Gzip or zstd, the same for all members.
    compression: Compression,
    /// The current member, or the source between two members.
    state: State<BufReader<R>>,
}

/// The state of a decompressor. It owns the source, which the decoder of a member takes and returns.
enum State<B: BufRead> {
    /// In a gzip member.
    Gzip(Box<GzDecoder<B>>),
    /// In a zstd frame.
    Zstd(Box<zstd::Decoder<'static, B>>),
    /// Before a member, after a member, or in the padding.
    Between { source: B, is_padded: bool },
    /// After the last byte, or after an error.
    Ended,
}

impl<R: Read> Decompressor<R> {
    /// Creates a reader of data that start with a member.
    pub(super) fn new(source: R, compression: Compression) -> Self {
        Self {
            compression,
            state: State::Between {
                source: BufReader::new(source),
                is_padded: false,
            },
        }
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Gzip(mut member) => match member.read(buffer)? {
                    0 => after_member(member.into_inner()),
                    count => {
                        self.state = State::Gzip(member);
                        return Ok(count);
                    }
                },
                State::Zstd(mut member) => match member.read(buffer)? {
                    0 => after_member(member.finish()),
                    count => {
                        self.state = State::Zstd(member);
                        return Ok(count);
                    }
                },
                State::Between { source, is_padded } => {
                    next_state(source, is_padded, self.compression)?
                }
                State::Ended => return Ok(0),
            };
        }
    }
}

/// Returns the state after a member.
fn after_member<B: BufRead>(source: B) -> State<B> {
    State::Between {
        source,
        is_padded: false,
    }
}

/// Returns the state that follows [`State::Between`]: the next member, more padding, or the end.
fn next_state<B: BufRead>(
    mut source: B,
    is_padded: bool,
    compression: Compression,
) -> io::Result<State<B>> {
    let buffered = source.fill_buf()?;
    let Some(&first) = buffered.first() else {
        return Ok(State::Ended);
    };
    if first == 0 {
        let zeros = buffered.iter().take_while(|&&byte| byte == 0).count();
        source.consume(zeros);
        let is_padded = true;
        return Ok(State::Between { source, is_padded });
    }
    // The first byte of a gzip member, of a zstd frame, or of a skippable zstd frame.
    let is_member = match compression {
        Compression::Gzip => first == 0x1F,
        _ => matches!(first, 0x28 | 0x50..=0x5F),
    };
    if is_padded || !is_member {
        let message =
            "expected another member or the end after the compressed data, found other data";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(match compression {
        Compression::Gzip => State::Gzip(Box::new(GzDecoder::new(source))),
        _ => State::Zstd(Box::new(zstd::Decoder::with_buffer(source)?.single_frame())),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    const BOTH: [Compression; 2] = [Compression::Gzip, Compression::Zstd];

    fn member(text: &str, compression: Compression) -> Vec<u8> {
        if compression == Compression::Zstd {
            return zstd::encode_all(text.as_bytes(), 1).unwrap();
        }
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(parts: &[&[u8]], compression: Compression) -> Result<String, String> {
        let bytes = parts.concat();
        // Reads of three bytes meet every boundary.
        let mut decompressor = Decompressor::new(SlowReader(&bytes), compression);
        let mut text = String::new();
        let read = decompressor.read_to_string(&mut text);
        read.map(|_| text).map_err(|error| error.to_string())
    }

    /// A reader of at most three bytes at a time.
    struct SlowReader<'a>(&'a [u8]);

    impl Read for SlowReader<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(3);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn members_and_padding_in_any_order_are_decompressed() {
        for compression in BOTH {
            let member = |text| member(text, compression);
            let (one, two, none) = (member("one"), member("two"), member(""));
            let zeros = [0; 10_000];
            for (parts, expected) in [
                (&[&one[..]][..], "one"),
                (&[&one, &two], "onetwo"),
                (&[&none, &one, &none, &two, &none], "onetwo"),
                (&[&one, &zeros], "one"),
                (&[&one, &two, &[0]], "onetwo"),
            ] {
                assert_eq!(read(parts, compression).as_deref(), Ok(expected));
            }
        }
        // A zstd frame without data.
        let skipped = b"\x50\x2A\x4D\x18\x03\0\0\0abc";
        let one = member("one", Compression::Zstd);
        for parts in [&[&skipped[..], &one][..], &[&one, skipped]] {
            assert_eq!(read(parts, Compression::Zstd).as_deref(), Ok("one"));
        }
    }

    #[test]
    fn other_data_after_a_member_is_an_error() {
        for compression in BOTH {
            let member = |text| member(text, compression);
            let (one, two) = (member("one"), member("two"));
            for parts in [
                &[&one[..], b"x"][..],
                &[&one, &[0; 3], &two],
                &[&one, &[0; 3], b"x"],
                &[&one, &two[..5]],
                &[&one[..one.len() - 1]],
            ] {
                assert!(read(parts, compression).is_err(), "{parts:?}");
            }
        }
    }
}
