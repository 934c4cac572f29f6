//! Where the client believes the server to be, for the URLs of pages.

use axum::http::header::{FORWARDED, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Version};

use crate::request::host::Host;
use crate::startup::settings::Proxy;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What a request's host must be, as nothing else belongs into a URL.
pub(crate) const EXPECTED: &str =
    "expected one Host header with a name or an address, and a port if need be";

/// A scheme and a host that are safe to be written into a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: &'static str,
    host: Host,
}

impl Origin {
    /// The origin that a request names; `None` if it names none, several, or what is no host.
    pub(crate) fn of(
        request: &Parts,
        scheme: &'static str,
        proxy: Proxy,
        own: &str,
    ) -> Option<Self> {
        let host = host(request, own)?;
        let (mut origin_scheme, mut origin_host) = (scheme, host);
        if proxy == Proxy::Trusted {
            let forwarded = Forwarded::of(&request.headers)?;
            if let Some(host) = forwarded.host {
                origin_host = Host::parse(&host)?;
            }
            match forwarded.scheme.as_deref() {
                Some("http") => origin_scheme = "http",
                Some("https") => origin_scheme = "https",
                Some(_) => return None,
                None => {}
            }
        }
        Some(Self {
            scheme: origin_scheme,
            host: origin_host,
        })
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host.as_str())
    }

    /// Whether the host is an address, or the name that means this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.host.is_local()
    }
}

/// The host that the request itself names. Only HTTP/1.0 can do without one.
fn host(request: &Parts, own: &str) -> Option<Host> {
    let mut headers = request.headers.get_all(HOST).iter();
    let header = match headers.next() {
        // One that is no host is refused, though a target that names one counts instead.
        Some(value) => Some(Host::parse(value.to_str().ok()?)?),
        None => None,
    };
    if headers.next().is_some() || (header.is_none() && request.version == Version::HTTP_11) {
        return None;
    }
    if let Some(authority) = request.uri.authority() {
        return Host::parse(authority.as_str());
    }
    match header {
        // Later versions than 1.0 name the host.
        None if request.version == Version::HTTP_10 => Host::parse(own),
        header => header,
    }
}

/// Whether a request has `Forwarded` and one of the headers that were there before it. A proxy sets those of one kind, and
/// may pass on a client's own of the other: then none of them counts, as they cannot be told apart.
pub(crate) fn has_both_kinds(headers: &HeaderMap) -> bool {
    let older = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
    headers.contains_key(FORWARDED) && older.iter().any(|name| headers.contains_key(*name))
}

/// What a proxy says that the client asked for.
#[derive(Default)]
struct Forwarded {
    host: Option<String>,
    scheme: Option<String>,
}

impl Forwarded {
    /// What the first proxy saw, which comes first; `None` for what cannot be read.
    fn of(headers: &HeaderMap) -> Option<Self> {
        if has_both_kinds(headers) {
            return Some(Self::default());
        }
        if let Some(value) = headers.get(FORWARDED) {
            return Self::parse(value.to_str().ok()?);
        }
        let first = |name: &HeaderName| -> Option<Option<String>> {
            let Some(value) = headers.get(name) else {
                return Some(None);
            };
            let first = value.to_str().ok()?.split(',').next()?;
            Some(Some(first.trim().to_owned()))
        };
        Some(Self {
            host: first(&X_FORWARDED_HOST)?,
            scheme: first(&X_FORWARDED_PROTO)?.map(|scheme| scheme.to_ascii_lowercase()),
        })
    }

    /// The first element of a `Forwarded` header (RFC 7239).
    fn parse(value: &str) -> Option<Self> {
        let mut forwarded = Self::default();
        for pair in value.split(',').next()?.split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim();
            let value = match value.strip_prefix('"') {
                Some(quoted) => quoted.strip_suffix('"')?,
                None => value,
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "host" => forwarded.host = Some(value.to_owned()),
                "proto" => forwarded.scheme = Some(value.to_ascii_lowercase()),
                _ => {}
            }
        }
        Some(forwarded)
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
        Origin::of(&parts, "http", proxy, "127.0.0.1:8080").map(|origin| origin.url("/x"))
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
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
    fn only_a_trusted_proxy_is_believed() {
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
