//! [`ListUrl`]: the URL of a page of an API's list.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use ureq::http::Uri;

use crate::error::{Error, UrlProblem};

/// The parameter with the number of a page, in the requests of every API.
pub(crate) const PAGE_PARAMETER: &str = "page";

/// The bytes of a path that people type and no URL may have.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same of a query. Servers that follow the standard to the letter refuse brackets.
const QUERY: &AsciiSet = &PATH.add(b'[').add(b']');

/// A URL over HTTP of an API's list, without a fragment. Characters that no URL may have are percent-encoded.
///
/// Its text forms have no query, because filters may contain personal data.
///
/// ```
/// let url: idq_fetch::ListUrl = "https://example.com/api/identities?filter[lastName]=Bakker".parse()?;
/// assert_eq!(url.to_string(), "https://example.com/api/identities");
/// # Ok::<(), idq_fetch::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ListUrl {
    /// The server.
    origin: Origin,
    /// The path, with its leading slash.
    path: String,
    /// The query without its question mark; empty without one.
    query: String,
}

/// The server of a URL: requests with the token go to one origin alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// Whether the connection is encrypted.
    scheme: Scheme,
    /// The host in lower case; an IPv6 address has its brackets.
    host: String,
    /// The port, also where it is the default of the scheme.
    port: u16,
}

/// The scheme of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scheme {
    /// `http`, not encrypted.
    Http,
    /// `https`.
    Https,
}

impl Scheme {
    /// Returns the text before the host, and the default port.
    fn parts(self) -> (&'static str, u16) {
        match self {
            Self::Http => ("http://", 80),
            Self::Https => ("https://", 443),
        }
    }
}

impl Origin {
    /// Returns whether connections are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Returns whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: IpAddr| address.is_loopback();
        self.host == "localhost" || address.parse().is_ok_and(is_loopback)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default_port) = self.scheme.parts();
        write!(f, "{scheme}{}", self.host)?;
        if self.port != default_port {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Prints the URL without its query.
impl fmt::Display for ListUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Prints the URL without its query.
impl fmt::Debug for ListUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListUrl({self}…)")
    }
}

impl FromStr for ListUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text).map_err(|problem| {
            // A password in front of a host is not repeated, also where the scheme is unknown.
            let shown = text.split(['?', '#']).next().unwrap_or_default();
            let found = if shown.contains('@') {
                String::new()
            } else {
                shown.to_owned()
            };
            Error::Url { found, problem }
        })
    }
}

impl ListUrl {
    /// Parses a URL.
    fn parse(text: &str) -> Result<Self, UrlProblem> {
        let text = text.trim();
        let text = text.split('#').next().unwrap_or_default();
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        let mut schemes = [Scheme::Https, Scheme::Http].into_iter();
        let scheme = schemes
            .find(|scheme| lower.starts_with(scheme.parts().0))
            .ok_or(UrlProblem::Scheme)?;
        let (prefix, default_port) = scheme.parts();
        let rest = &text[prefix.len()..];
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlProblem::Password);
        }
        let (host, port) = split_port(authority).ok_or(UrlProblem::Host)?;
        let origin = Origin {
            scheme,
            host: host.to_ascii_lowercase(),
            port: port.unwrap_or(default_port),
        };
        let url = Self::with_target(origin, target);
        let parsed: Result<Uri, _> = url.full().parse();
        let has_host = |uri: &Uri| uri.host().is_some_and(|host| !host.is_empty());
        parsed.ok().filter(has_host).ok_or(UrlProblem::Host)?;
        Ok(url)
    }

    /// Returns the URL of a path and a query at an origin.
    fn with_target(origin: Origin, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.is_empty() { "/" } else { path };
        Self {
            origin,
            path: utf8_percent_encode(path, PATH).to_string(),
            query: utf8_percent_encode(query, QUERY).to_string(),
        }
    }

    /// Returns the whole URL, for requests and for the state of a run. It is not for messages.
    pub(crate) fn full(&self) -> String {
        if self.query.is_empty() {
            return self.to_string();
        }
        format!("{self}?{}", self.query)
    }

    /// Returns the server.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Resolves a reference of the server, such as the URL of the next page or of a redirect, against this URL.
    pub(crate) fn join(&self, reference: &str) -> Result<Self, Error> {
        let (scheme, _) = self.origin.scheme.parts();
        let reference = reference.trim();
        if reference.starts_with("//") {
            let scheme = scheme.trim_end_matches("//");
            return format!("{scheme}{reference}").parse();
        }
        // A colon before any slash ends a scheme.
        let first = reference.split(['/', '?', '#']).next().unwrap_or_default();
        if first.contains(':') {
            return reference.parse();
        }
        let reference = reference.split('#').next().unwrap_or_default();
        let target = match reference.as_bytes().first() {
            Some(b'/') => reference.to_owned(),
            Some(b'?') | None => format!("{}{reference}", self.path),
            Some(_) => {
                let folder = self.path.rfind('/').map_or(0, |slash| slash + 1);
                format!("{}{reference}", &self.path[..folder])
            }
        };
        Ok(Self::with_target(self.origin.clone(), &target))
    }

    /// Returns the value of the page parameter, if it is a number.
    pub(crate) fn page_number(&self) -> Option<u64> {
        let mut pairs = self.parameters();
        let page = pairs.find(|(name, _)| *name == PAGE_PARAMETER);
        page.and_then(|(_, value)| value.parse().ok())
    }

    /// Returns this URL with another page parameter.
    pub(crate) fn with_page(&self, page: u64) -> Self {
        let others = self.parameters();
        let others = others.filter(|(name, _)| *name != PAGE_PARAMETER);
        let mut query: String = others.map(|(name, value)| pair(name, value)).collect();
        query.push_str(&format!("{PAGE_PARAMETER}={page}"));
        Self {
            query,
            ..self.clone()
        }
    }

    /// Returns whether a parameter has this name.
    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        let mut names = self.parameters().map(|(raw, _)| base_name(raw));
        names.any(|found| found == name)
    }

    /// Adds those parameters of `first` that the URL of a later page lacks, and returns their names. Without them, the
    /// later pages would not be filtered.
    pub(crate) fn add_missing(&mut self, first: &Self) -> Vec<String> {
        let is_missing = |(name, value): &(&str, &str)| {
            let is_kept = value.is_empty() || *name == PAGE_PARAMETER;
            !is_kept && !self.has_parameter(&base_name(name))
        };
        let missing: Vec<_> = first.parameters().filter(is_missing).collect();
        let added: String = missing
            .iter()
            .map(|(name, value)| pair(name, value))
            .collect();
        let query = format!("{added}{}", self.query);
        self.query = query.trim_end_matches('&').to_owned();
        let mut names: Vec<String> = missing.iter().map(|(name, _)| base_name(name)).collect();
        names.dedup();
        names
    }

    /// Returns the names of the parameters that two URLs do not share with equal values, in the order of the names.
    pub(crate) fn differing_parameters(&self, other: &Self) -> Vec<String> {
        let own: BTreeSet<(&str, &str)> = self.parameters().collect();
        let others: BTreeSet<(&str, &str)> = other.parameters().collect();
        let differing = own.symmetric_difference(&others);
        let names: BTreeSet<String> = differing.map(|(name, _)| base_name(name)).collect();
        names.into_iter().collect()
    }

    /// Returns the names and values of the parameters, percent-encoded.
    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parts = self.query.split('&').filter(|part| !part.is_empty());
        parts.map(|part| part.split_once('=').unwrap_or((part, "")))
    }
}

/// Returns a parameter in front of others.
fn pair(name: &str, value: &str) -> String {
    format!("{name}={value}&")
}

/// Returns the decoded name of a parameter without the index of a list: `filter[state][0]` is `filter[state]`.
fn base_name(raw: &str) -> String {
    let decoded: Cow<'_, str> = percent_decode_str(raw).decode_utf8_lossy();
    let is_index = |index: &str| index.bytes().all(|byte| byte.is_ascii_digit());
    let list = decoded
        .strip_suffix(']')
        .and_then(|list| list.rsplit_once('['));
    match list {
        Some((name, index)) if is_index(index) => name.to_owned(),
        _ => decoded.into_owned(),
    }
}

/// Splits the port from a host; `None` if it is not a port.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // The colons of an IPv6 address are inside brackets.
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[host_end..].split_once(':') {
        None => Some((authority, None)),
        Some((_, port)) => {
            let host = &authority[..authority.len() - port.len() - 1];
            Some((host, Some(port.parse().ok()?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> ListUrl {
        text.parse().unwrap()
    }

    #[test]
    fn url_as_typed_is_encoded() {
        for (typed, expected) in [
            ("https://a.example/x", "https://a.example/x"),
            ("HTTPS://A.example:443", "https://a.example/"),
            ("http://[::1]:8080/x?", "http://[::1]:8080/x"),
            (
                "https://a/x?filter[email]=zoë b@c&page=2#top",
                "https://a/x?filter%5Bemail%5D=zo%C3%AB%20b@c&page=2",
            ),
            ("https://a/x?f%5Bb%5D=%2B", "https://a/x?f%5Bb%5D=%2B"),
        ] {
            assert_eq!(url(typed).full(), expected, "{typed}");
        }
    }

    #[test]
    fn url_of_another_kind_is_refused() {
        for (typed, expected) in [
            ("a.example/x", UrlProblem::Scheme),
            ("ftp://a.example/x", UrlProblem::Scheme),
            ("dump.ndjson", UrlProblem::Scheme),
            ("https://user:s3cret@a.example/", UrlProblem::Password),
            ("https:///x", UrlProblem::Host),
            ("https://a b/x", UrlProblem::Host),
            ("https://a:port/x", UrlProblem::Host),
            ("https://exämple/x", UrlProblem::Host),
        ] {
            let error = typed.parse::<ListUrl>().unwrap_err();
            let text = error.to_string();
            assert!(
                matches!(error, Error::Url { problem, .. } if problem == expected),
                "{typed}: {text}"
            );
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn reference_is_resolved_against_the_url_of_its_page() {
        for (reference, expected) in [
            ("https://a.example/y?page=2", "https://a.example/y?page=2"),
            ("//b.example/y", "https://b.example/y"),
            ("/y?page=2", "https://a.example/y?page=2"),
            ("?page=2", "https://a.example/api/x?page=2"),
            ("y", "https://a.example/api/y"),
            ("", "https://a.example/api/x"),
        ] {
            let joined = url("https://a.example/api/x?q=1").join(reference).unwrap();
            assert_eq!(joined.full(), expected, "{reference}");
        }
        assert!(url("https://a/").join("javascript:alert(1)").is_err());
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let first = url("https://a.example/x");
        for (other, is_same) in [
            ("https://A.EXAMPLE:443/y", true),
            ("http://a.example/x", false),
            ("https://a.example:8443/x", false),
            ("https://b.example/x", false),
            ("https://a.example.evil/x", false),
        ] {
            assert_eq!(first.origin() == url(other).origin(), is_same, "{other}");
        }
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        for (text, is_loopback) in [
            ("http://localhost:1/x", true),
            ("http://127.8.0.1/x", true),
            ("http://[::1]/x", true),
            ("http://localhost.example/x", false),
            ("http://127.0.0.1.example/x", false),
            ("http://10.0.0.1/x", false),
        ] {
            assert_eq!(url(text).origin().is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn page_parameter_is_replaced_and_read() {
        let first = url("https://a/x?page=1&filter[state]=active&page=7");
        let third = first.with_page(3);
        assert_eq!(third.full(), "https://a/x?filter%5Bstate%5D=active&page=3");
        assert_eq!(third.page_number(), Some(3));
        assert_eq!(url("https://a/x").with_page(2).full(), "https://a/x?page=2");
        assert_eq!(url("https://a/x?page=two").page_number(), None);
    }

    #[test]
    fn differing_parameters_are_named_without_their_values() {
        let one = url("https://a.example/i?filter[state]=active&per_page=5&key=secret");
        for (other, expected) in [
            (
                "https://a.example/i?per_page=5&filter[state]=active&key=secret",
                &[][..],
            ),
            (
                "https://a.example/i?filter[state]=staged&per_page=5",
                &["filter[state]", "key"],
            ),
            ("https://a.example/i", &["filter[state]", "key", "per_page"]),
        ] {
            assert_eq!(one.differing_parameters(&url(other)), expected, "{other}");
        }
    }

    #[test]
    fn filters_that_the_next_url_lacks_are_added() {
        for (first, next, expected, names) in [
            ("f[a]=1", "f%5Ba%5D=1&page=2", "f%5Ba%5D=1&page=2", &[][..]),
            (
                "f[a]=1&s=x",
                "page=2",
                "f%5Ba%5D=1&s=x&page=2",
                &["f[a]", "s"],
            ),
            (
                "f[a][]=1&f[a][]=2",
                "f[a][0]=1&f[a][1]=2",
                "f%5Ba%5D%5B0%5D=1&f%5Ba%5D%5B1%5D=2",
                &[],
            ),
            ("f[a]=&page=1", "page=2", "page=2", &[]),
            ("s=x", "", "s=x", &["s"]),
        ] {
            let mut next = url(&format!("https://a/x?{next}"));
            let added = next.add_missing(&url(&format!("https://a/x?{first}")));
            assert_eq!(next.query, expected, "{first}");
            assert_eq!(added, names, "{first}");
        }
    }
}
