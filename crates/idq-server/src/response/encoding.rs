//! Content codings (RFC 9110 §8.4): negotiation by `Accept-Encoding`, and compression.
//!
//! `tower_http::compression` is not used: it compresses each response anew, whereas the cache keeps compressed bodies.

use std::io::{self, Write};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The minimum length of a compressed body. A shorter one fits into one packet either way.
const MIN_COMPRESSED_BYTES: usize = 1_024;

/// The compression level of zstd: about the ratio of gzip in a fraction of its time.
const ZSTD_LEVEL: i32 = 1;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentEncoding {
    Identity,
    Gzip,
    Zstd,
}

impl ContentEncoding {
    /// Selects the coding with the highest weight in `Accept-Encoding`; among equal ones zstd before gzip before none.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let (mut gzip, mut zstd, mut identity) = (0, 0, 0);
        let values = headers.get_all(ACCEPT_ENCODING).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for item in texts.flat_map(|text| text.split(',')) {
            let (name, parameter) = item.split_once(';').unwrap_or((item, "q=1"));
            let name = name.trim();
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let weight = if is("gzip") || is("x-gzip") {
                &mut gzip
            } else if is("zstd") {
                &mut zstd
            } else if is("identity") {
                &mut identity
            } else {
                continue;
            };
            *weight = parse_weight(parameter).max(*weight);
        }
        match zstd.max(gzip) {
            0 => Self::Identity,
            best if best < identity => Self::Identity,
            best if best == zstd => Self::Zstd,
            _ => Self::Gzip,
        }
    }

    /// Returns the value of the `Content-Encoding` header, which an unencoded body does not have.
    pub(crate) fn header_value(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// Encodes a body. Returns it with its actual coding, which is none for a short body.
    pub(crate) fn encode(self, body: Vec<u8>) -> io::Result<(Vec<u8>, Self)> {
        if body.len() < MIN_COMPRESSED_BYTES {
            return Ok((body, Self::Identity));
        }
        let mut encoded = match self {
            Self::Identity => body,
            Self::Gzip => {
                let capacity = Vec::with_capacity(body.len() / 4);
                let mut encoder = GzEncoder::new(capacity, Compression::fast());
                encoder.write_all(&body)?;
                encoder.finish()?
            }
            Self::Zstd => zstd::bulk::compress(&body, ZSTD_LEVEL)?,
        };
        // The body may stay in the cache, and zstd allocates for incompressible input.
        encoded.shrink_to_fit();
        Ok((encoded, self))
    }
}

/// Parses `q=0.5` as 500 thousandths. An invalid weight is 0: the coding is not acceptable.
fn parse_weight(parameter: &str) -> u32 {
    let number = parameter
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
    fn accept_encoding_with_weights_selects_the_preferred_encoding() {
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
            assert_eq!(
                ContentEncoding::from_headers(&headers),
                expected,
                "{accepted}"
            );
        }
        assert_eq!(
            ContentEncoding::from_headers(&HeaderMap::new()),
            ContentEncoding::Identity
        );
    }

    #[test]
    fn encoded_body_has_no_spare_capacity() {
        for encoding in [
            ContentEncoding::Identity,
            ContentEncoding::Gzip,
            ContentEncoding::Zstd,
        ] {
            let mut bytes = Vec::with_capacity(100_000);
            bytes.resize(50_000, b'x');
            let (written, _) = encoding.encode(bytes).unwrap();
            assert_eq!(written.capacity(), written.len(), "{encoding:?}");
        }
    }

    #[test]
    fn body_below_the_minimum_is_not_compressed() {
        let short = vec![b'x'; 10];
        assert_eq!(
            ContentEncoding::Gzip.encode(short.clone()).unwrap(),
            (short, ContentEncoding::Identity)
        );
        let (long, encoding) = ContentEncoding::Zstd.encode(vec![b'x'; 5_000]).unwrap();
        assert_eq!(encoding, ContentEncoding::Zstd);
        assert_eq!(
            zstd::bulk::decompress(&long, 5_000).unwrap(),
            vec![b'x'; 5_000]
        );
    }
}
