//! Compressed answers, for clients that take them.

use std::io::{self, Write};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this, compressing takes more than it gives.
const LEAST: usize = 1_024;

/// zstd's level: about gzip's ratio in a fraction of its time.
const ZSTD_LEVEL: i32 = 1;

/// How an answer's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentEncoding {
    Identity,
    Gzip,
    Zstd,
}

impl ContentEncoding {
    /// What the client likes best; where it does not mind, zstd before gzip, and gzip before nothing.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let (mut gzip, mut zstd, mut identity) = (0, 0, 0);
        let values = headers.get_all(ACCEPT_ENCODING).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for item in texts.flat_map(|text| text.split(',')) {
            let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let name = name.trim();
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let of_name = if is("gzip") || is("x-gzip") {
                &mut gzip
            } else if is("zstd") {
                &mut zstd
            } else if is("identity") {
                &mut identity
            } else {
                continue;
            };
            *of_name = thousandths(weight).max(*of_name);
        }
        match zstd.max(gzip) {
            0 => Self::Identity,
            best if best < identity => Self::Identity,
            best if best == zstd => Self::Zstd,
            _ => Self::Gzip,
        }
    }

    /// The header's word for it.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The bytes so written, and what they are written in.
    pub(crate) fn apply(self, bytes: Vec<u8>) -> io::Result<(Vec<u8>, Self)> {
        if bytes.len() < LEAST {
            return Ok((bytes, Self::Identity));
        }
        let mut written = match self {
            Self::Identity => bytes,
            Self::Gzip => {
                let capacity = Vec::with_capacity(bytes.len() / 4);
                let mut encoder = GzEncoder::new(capacity, Compression::fast());
                encoder.write_all(&bytes)?;
                encoder.finish()?
            }
            Self::Zstd => zstd::bulk::compress(&bytes, ZSTD_LEVEL)?,
        };
        // Answers are kept, and zstd makes room for the worst case.
        written.shrink_to_fit();
        Ok((written, self))
    }
}

/// `q=0.5` as 500; what cannot be read counts for nothing.
fn thousandths(weight: &str) -> u32 {
    let number = weight
        .trim()
        .strip_prefix(['q', 'Q'])
        .and_then(|rest| rest.trim_start().strip_prefix('='))
        .and_then(|number| number.trim().parse::<f32>().ok());
    match number {
        Some(number) if (0.0..=1.0).contains(&number) => (number * 1_000.0) as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses() {
        for (accepted, expected) in [
            ("", ContentEncoding::Identity),
            ("br, deflate, *", ContentEncoding::Identity),
            ("gzip, deflate", ContentEncoding::Gzip),
            ("gzip, zstd", ContentEncoding::Zstd),
            ("zstd, gzip", ContentEncoding::Zstd),
            ("gzip;q=1.0, zstd;q=0.5", ContentEncoding::Gzip),
            ("GZIP ; Q = 0.5", ContentEncoding::Gzip),
            ("gzip;q=0", ContentEncoding::Identity),
            ("gzip;q=0, zstd;q=0", ContentEncoding::Identity),
            ("gzip;q=2, zstd;q=x", ContentEncoding::Identity),
            ("identity, gzip", ContentEncoding::Gzip),
            ("gzip;q=0.5, identity", ContentEncoding::Identity),
            ("identity;q=0.5, gzip;q=0.8", ContentEncoding::Gzip),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, accepted.parse().unwrap());
            assert_eq!(ContentEncoding::preferred(&headers), expected, "{accepted}");
        }
        assert_eq!(
            ContentEncoding::preferred(&HeaderMap::new()),
            ContentEncoding::Identity
        );
    }

    #[test]
    fn an_answer_takes_no_more_memory_than_its_bytes() {
        for encoding in [
            ContentEncoding::Identity,
            ContentEncoding::Gzip,
            ContentEncoding::Zstd,
        ] {
            let mut bytes = Vec::with_capacity(100_000);
            bytes.resize(50_000, b'x');
            let (written, _) = encoding.apply(bytes).unwrap();
            assert_eq!(written.capacity(), written.len(), "{encoding:?}");
        }
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let short = vec![b'x'; 10];
        assert_eq!(
            ContentEncoding::Gzip.apply(short.clone()).unwrap(),
            (short, ContentEncoding::Identity)
        );
        let (long, encoding) = ContentEncoding::Zstd.apply(vec![b'x'; 5_000]).unwrap();
        assert_eq!(encoding, ContentEncoding::Zstd);
        assert_eq!(
            zstd::bulk::decompress(&long, 5_000).unwrap(),
            vec![b'x'; 5_000]
        );
    }
}
