//! Gzip data of several members, as `gzip` itself reads them.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// Reads one member after another. Zeros behind the last one are padding, which tapes and block devices leave; anything else
/// that is no member is an error, as it may be data.
pub(crate) struct GzipMembers<R> {
    state: State<BufReader<R>>,
}

enum State<B> {
    Member(Box<GzDecoder<B>>),
    /// Behind a member, or in the zeros that follow it.
    Between {
        source: B,
        is_padded: bool,
    },
    Ended,
}

impl<R: Read> GzipMembers<R> {
    pub(crate) fn new(source: R) -> Self {
        let first = GzDecoder::new(BufReader::new(source));
        Self {
            state: State::Member(Box::new(first)),
        }
    }
}

impl<R: Read> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Member(mut member) => match member.read(buffer) {
                    Ok(0) => State::Between {
                        source: member.into_inner(),
                        is_padded: false,
                    },
                    read => {
                        self.state = State::Member(member);
                        return read;
                    }
                },
                State::Between { source, is_padded } => next(source, is_padded)?,
                State::Ended => return Ok(0),
            };
        }
    }
}

/// Goes on behind a member.
fn next<B: BufRead>(mut source: B, is_padded: bool) -> io::Result<State<B>> {
    let ahead = source.fill_buf()?;
    if ahead.is_empty() {
        return Ok(State::Ended);
    }
    let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
    if zeros > 0 {
        source.consume(zeros);
        let is_padded = true;
        return Ok(State::Between { source, is_padded });
    }
    if is_padded {
        let message = "expected nothing behind the padding with zeros, found more data";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(State::Member(Box::new(GzDecoder::new(source))))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(parts: &[&[u8]]) -> Result<String, String> {
        let bytes = parts.concat();
        // A source that gives a few bytes at a time has every boundary.
        let mut members = GzipMembers::new(Slow(&bytes));
        let mut text = String::new();
        let read = members.read_to_string(&mut text);
        read.map(|_| text).map_err(|error| error.to_string())
    }

    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(3);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn members_are_read_one_after_another_and_padding_is_passed() {
        let (one, two, none) = (member("one"), member("two"), member(""));
        let zeros = [0; 10_000];
        for (parts, expected) in [
            (&[&one[..]][..], "one"),
            (&[&one, &two], "onetwo"),
            (&[&none, &one, &none, &two, &none], "onetwo"),
            (&[&one, &zeros], "one"),
            (&[&one, &two, &[0]], "onetwo"),
        ] {
            assert_eq!(read(parts).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn data_that_is_no_member_is_an_error() {
        let (one, two) = (member("one"), member("two"));
        for parts in [
            &[&one[..], b"x"][..],
            &[&one, &[0; 3], &two],
            &[&one, &[0; 3], b"x"],
            &[&one, &two[..5]],
            &[&one[..one.len() - 1]],
        ] {
            assert!(read(parts).is_err(), "{parts:?}");
        }
    }
}
