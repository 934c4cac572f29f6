//! The origin under which a client reached the server, from which page URLs are built.

use axum::http::Version;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::request::forwarded::{Hop, Parameter, forwarded_parameter};
use crate::request::host::Host;
use crate::startup::settings::Proxy;

/// The expectation that a rejected host violates.
pub(crate) const EXPECTED_HOST: &str =
    "expected one Host header with a name or an address, and optionally a port";

/// A scheme and a host that are safe in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Scheme of the URL: `http` or `https`.
    scheme: &'static str,
    /// Host, and its port if the client named one.
    host: Host,
}

impl Origin {
    /// Returns the origin that a request names, or that its trusted proxy names for it. `own_host` is used for HTTP/1.0
    /// requests without a host. `None` if the host is missing, repeated or invalid.
    pub(crate) fn from_request(
        request: &Parts,
        scheme: &'static str,
        proxy: Proxy,
        own_host: &str,
    ) -> Option<Self> {
        let mut origin = Self {
            scheme,
            host: request_host(request, own_host)?,
        };
        // Only a proxy that the settings trust may replace host and scheme: a client can send the same headers.
        if proxy == Proxy::Trusted {
            // The first proxy saw the URL that the client used.
            let parameter = |parameter| {
                let value = forwarded_parameter(&request.headers, parameter, Hop::First);
                value.ok()
            };
            if let Some(host) = parameter(Parameter::Host)? {
                origin.host = Host::parse(host)?;
            }
            if let Some(scheme) = parameter(Parameter::Proto)? {
                // The scheme becomes part of URLs in answers, so no other text is copied from the header.
                let schemes = ["http", "https"];
                let mut known = schemes.into_iter();
                origin.scheme = known.find(|known| scheme.eq_ignore_ascii_case(known))?;
            }
        }
        Some(origin)
    }

    /// Returns the URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host.as_str())
    }

    /// Returns whether the host is an address or `localhost`.
    pub(crate) fn is_local(&self) -> bool {
        self.host.is_local()
    }
}

/// Returns the host that the request itself names (RFC 9112 §3.2): in its target, or in its only `Host` header.
fn request_host(request: &Parts, own_host: &str) -> Option<Host> {
    let mut headers = request.headers.get_all(HOST).iter();
    let header = match headers.next() {
        // An invalid header is rejected even if the target names a host, which has precedence.
        Some(value) => Some(Host::parse(value.to_str().ok()?)?),
        None => None,
    };
    // HTTP/1.1 requires the header even with an absolute target.
    let is_missing = header.is_none() && request.version == Version::HTTP_11;
    // The RFC demands that a repeated header is refused: two servers could read different ones.
    if headers.next().is_some() || is_missing {
        return None;
    }
    if let Some(authority) = request.uri.authority() {
        return Host::parse(authority.as_str());
    }
    match header {
        // The header was introduced by HTTP/1.1.
        None if request.version == Version::HTTP_10 => Host::parse(own_host),
        header => header,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn origin(headers: &[(&str, &str)], proxy: Proxy) -> Option<String> {
        let mut request = Request::builder().uri("/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Origin::from_request(&parts, "http", proxy, "127.0.0.1:8080").map(|origin| origin.url("/x"))
    }

    #[test]
    fn origin_with_an_invalid_or_repeated_host_is_rejected() {
        for good in [
            "example.com",
            "example.com:8080",
            "127.0.0.1:1",
            "[::1]:80",
            "[::1]",
            "a_b-c",
        ] {
            let expected = format!("http://{good}/x");
            assert_eq!(origin(&[("host", good)], Proxy::Ignored), Some(expected));
        }
        for bad in [
            "", "..", "-", "a..b", "a.", "a@b", "1.2.3", "a:99999", "[::1%1]",
        ] {
            assert_eq!(origin(&[("host", bad)], Proxy::Ignored), None, "{bad}");
            let headers = [("host", "h"), ("x-forwarded-host", bad)];
            assert_eq!(origin(&headers, Proxy::Trusted), None, "{bad}");
            let forwarded = format!("host=\"{bad}\"");
            let headers = [("host", "h"), ("forwarded", &*forwarded)];
            assert_eq!(origin(&headers, Proxy::Trusted), None, "{bad}");
        }
        assert_eq!(origin(&[("host", &"a".repeat(300))], Proxy::Ignored), None);
        assert_eq!(origin(&[], Proxy::Ignored), None);
        assert_eq!(
            origin(&[("host", "a"), ("host", "a")], Proxy::Ignored),
            None
        );
    }

    #[test]
    fn origin_of_a_proxy_is_used_only_if_it_is_trusted() {
        for (headers, expected) in [
            (
                &[("forwarded", "for=1.2.3.4;host=a.b;proto=https, host=c")][..],
                "https://a.b/x",
            ),
            (
                &[("forwarded", "Host=\"a.b:8\";PROTO=HTTPS")],
                "https://a.b:8/x",
            ),
            (
                &[
                    ("x-forwarded-host", "a.b, c"),
                    ("x-forwarded-proto", "https"),
                ],
                "https://a.b/x",
            ),
            (&[("x-forwarded-proto", "HTTPS, http")], "https://h/x"),
            (&[("forwarded", "for=1.2.3.4")], "http://h/x"),
            (
                &[
                    ("forwarded", "host=evil.example"),
                    ("x-forwarded-host", "a.b"),
                ],
                "http://h/x",
            ),
        ] {
            let headers: Vec<_> = [("host", "h")].iter().chain(headers).copied().collect();
            assert_eq!(origin(&headers, Proxy::Trusted).unwrap(), expected);
            assert_eq!(origin(&headers, Proxy::Ignored).unwrap(), "http://h/x");
        }
        for bad in [
            "host=\"a",
            "host=a b",
            "host=\"a\\\"b\"",
            "proto=gopher",
            "host=",
        ] {
            let headers = [("host", "h"), ("forwarded", bad)];
            assert_eq!(origin(&headers, Proxy::Trusted), None, "{bad}");
        }
    }
}
