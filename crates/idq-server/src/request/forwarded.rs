//! The headers of reverse proxies: `Forwarded` (RFC 7239), and the older `X-Forwarded-For`, `-Host` and `-Proto`.
//!
//! The one crate for them, `forwarded-header-value`, has had no release since 2021, and parses neither the older
//! headers nor one parameter of one hop; this takes fewer lines than its adaptation.

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;

/// A parameter that proxies pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// The address from which a hop received the request.
    For,
    /// The host that the client requested.
    Host,
    /// The scheme that the client used.
    Proto,
}

impl Parameter {
    /// The name in `Forwarded`.
    fn name(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Host => "host",
            Self::Proto => "proto",
        }
    }

    /// The older header that has only this parameter.
    fn legacy_header(self) -> &'static str {
        match self {
            Self::For => "x-forwarded-for",
            Self::Host => "x-forwarded-host",
            Self::Proto => "x-forwarded-proto",
        }
    }
}

/// One of the proxies on the request's way. Each appends an element to the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    /// The proxy nearest to the client, whose element is the first: it saw the URL that the client used.
    First,
    /// The proxy nearest to this server, whose element is the last: the only one that a client cannot forge.
    Last,
}

/// A header is not text, or a quoted value does not end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MalformedForwarded;

/// Returns a parameter from one hop's element, if the headers contain it.
///
/// A request with headers of both kinds is treated as one without any: a proxy sets one kind and may pass on the
/// client's own header of the other kind, and the two cannot be distinguished.
pub(crate) fn forwarded_parameter(
    headers: &HeaderMap,
    parameter: Parameter,
    hop: Hop,
) -> Result<Option<&str>, MalformedForwarded> {
    if has_both_kinds(headers) {
        return Ok(None);
    }
    match hop_element(headers, FORWARDED.as_str(), hop)? {
        Some(element) => element_parameter(element, parameter.name()),
        None => hop_element(headers, parameter.legacy_header(), hop),
    }
}

/// Returns whether a request has `Forwarded` and any of the older headers.
fn has_both_kinds(headers: &HeaderMap) -> bool {
    let parameters = [Parameter::For, Parameter::Host, Parameter::Proto];
    let is_present = |parameter: Parameter| headers.contains_key(parameter.legacy_header());
    headers.contains_key(FORWARDED) && parameters.into_iter().any(is_present)
}

/// Returns one hop's element of a header: a list separated by commas, which may be split into several headers.
fn hop_element<'h>(
    headers: &'h HeaderMap,
    name: &str,
    hop: Hop,
) -> Result<Option<&'h str>, MalformedForwarded> {
    let mut values = headers.get_all(name).iter();
    let value = match hop {
        Hop::First => values.next(),
        Hop::Last => values.next_back(),
    };
    let Some(value) = value else {
        return Ok(None);
    };
    let value = value.to_str().map_err(|_| MalformedForwarded)?;
    // Commas inside quotes need no treatment: neither hosts nor addresses contain one.
    let element = match hop {
        Hop::First => value.split(',').next(),
        Hop::Last => value.rsplit(',').next(),
    };
    Ok(element.map(str::trim))
}

/// Returns a parameter of a `Forwarded` element such as `for=192.0.2.7;host="example.com:8443";proto=https`.
fn element_parameter<'h>(
    element: &'h str,
    name: &str,
) -> Result<Option<&'h str>, MalformedForwarded> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let Some((_, value)) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    let value = value.trim();
    match value.strip_prefix('"') {
        // Escape sequences stay in the value, which is then rejected as a host: no valid one needs them.
        Some(quoted) => {
            let unquoted = quoted.strip_suffix('"').ok_or(MalformedForwarded)?;
            Ok(Some(unquoted))
        }
        None => Ok(Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(
        headers: &[(&'static str, &'static str)],
        parameter: Parameter,
        hop: Hop,
    ) -> Result<Option<String>, MalformedForwarded> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let value = forwarded_parameter(&map, parameter, hop)?;
        Ok(value.map(str::to_owned))
    }

    #[test]
    fn forwarded_parameter_is_taken_from_the_element_of_its_hop() {
        let forwarded = (
            "forwarded",
            "For=10.1.1.1;host=\"a:8\" , for=\"[::1]\";HOST=b",
        );
        let legacy = ("x-forwarded-host", "a , b");
        for (headers, name, first, last) in [
            (
                &[forwarded][..],
                Parameter::For,
                Some("10.1.1.1"),
                Some("[::1]"),
            ),
            (&[forwarded], Parameter::Host, Some("a:8"), Some("b")),
            (&[forwarded], Parameter::Proto, None, None),
            (&[legacy], Parameter::Host, Some("a"), Some("b")),
            (&[legacy], Parameter::For, None, None),
            (
                &[legacy, ("x-forwarded-host", "c")],
                Parameter::Host,
                Some("a"),
                Some("c"),
            ),
            (&[forwarded, legacy], Parameter::Host, None, None),
            (
                &[forwarded, ("x-forwarded-for", "a")],
                Parameter::Host,
                None,
                None,
            ),
            (&[("forwarded", "host")], Parameter::Host, None, None),
            (&[], Parameter::Host, None, None),
        ] {
            for (hop, expected) in [(Hop::First, first), (Hop::Last, last)] {
                let value = parameter(headers, name, hop);
                assert_eq!(
                    value,
                    Ok(expected.map(str::to_owned)),
                    "{headers:?} {hop:?}"
                );
            }
        }
    }

    #[test]
    fn forwarded_value_with_an_open_quote_is_malformed() {
        for value in ["host=\"a", "host=\""] {
            let value = parameter(&[("forwarded", value)], Parameter::Host, Hop::First);
            assert_eq!(value, Err(MalformedForwarded));
        }
    }
}
