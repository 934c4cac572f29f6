//! Validation of hosts in requests (RFC 9110 §7.2, RFC 3986 §3.2.2).
//!
//! A host becomes a part of page URLs, so only those are accepted that name a reachable machine and need no escaping:
//! addresses, and names as RFC 1123 §2.1 defines them. A general URL parser (crate `url`) is not sufficient: as
//! browsers do, it accepts percent-encoding and odd forms of IPv4 addresses, and rewrites them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The maximum length of a name (RFC 1035 §2.3.4).
const MAX_NAME_BYTES: usize = 253;

/// The maximum length of one label of a name (RFC 1035 §2.3.4).
const MAX_LABEL_BYTES: usize = 63;

/// The maximum number of digits of a port. RFC 3986 permits any number of leading zeros, which no client sends.
const MAX_PORT_DIGITS: usize = 5;

/// A host and an optional port that are safe in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// Host and port, without a colon that no port follows.
    text: String,
    kind: HostKind,
}

/// The kinds of host that the check against DNS rebinding distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostKind {
    /// An IPv4 or IPv6 address.
    Address,
    /// The name `localhost`, which browsers resolve to the loopback interface (RFC 6761 §6.3).
    Localhost,
    /// Any other name.
    Name,
}

impl Host {
    /// Parses `name`, `name:port`, `[address]` or `[address]:port`. Returns `None` if it is invalid.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, kind, rest) = match text.strip_prefix('[') {
            Some(bracketed) => {
                // Zones are rejected, as they have a meaning on one machine only, and so are addresses of future
                // versions.
                let (address, rest) = bracketed.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (&text[..address.len() + 2], HostKind::Address, rest)
            }
            None => {
                let end = text.find(':').unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                (name, host_kind(name)?, rest)
            }
        };
        let text = match rest.strip_prefix(':') {
            None if rest.is_empty() => name.to_owned(),
            None => return None,
            // The grammar permits an empty port.
            Some("") => name.to_owned(),
            Some(port) => {
                let is_port = port.len() <= MAX_PORT_DIGITS
                    && port.bytes().all(|byte| byte.is_ascii_digit())
                    && port.parse::<u16>().is_ok();
                is_port.then(|| format!("{name}:{port}"))?
            }
        };
        Some(Self { text, kind })
    }

    /// Returns the host and the port.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the host is an address or `localhost`, rather than a name that DNS can resolve to any machine.
    pub(crate) fn is_local(&self) -> bool {
        self.kind != HostKind::Name
    }
}

/// Classifies a host without brackets. Returns `None` if it is invalid.
fn host_kind(name: &str) -> Option<HostKind> {
    if name.len() > MAX_NAME_BYTES || !name.split('.').all(is_label) {
        return None;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return Some(HostKind::Localhost);
    }
    // The URL standard parses a name whose last label is a number as an IPv4 address, such as `1` as 0.0.0.1. Only the
    // dotted decimal form is accepted.
    let last = name.rsplit('.').next()?;
    if is_number(last) {
        return name.parse::<Ipv4Addr>().ok().map(|_| HostKind::Address);
    }
    Some(HostKind::Name)
}

/// Returns whether a text is a label of a host name: letters, digits, and hyphens except at its ends.
///
/// Underscores are accepted although RFC 1123 excludes them: names of containers and of Windows machines contain them,
/// and resolvers accept them.
fn is_label(label: &str) -> bool {
    let is_label_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    label.len() <= MAX_LABEL_BYTES
        && label.bytes().all(is_label_byte)
        && label.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Returns whether a label is a number in the URL standard's IPv4 parser: decimal, octal or hexadecimal.
fn is_number(label: &str) -> bool {
    let hexadecimal = label
        .strip_prefix("0x")
        .or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_that_is_a_name_or_an_address_is_accepted() {
        let label = "a".repeat(63);
        let name = [&*label, &label, &label, &"a".repeat(61)].join(".");
        for (text, expected, is_local) in [
            ("example.com", "example.com", false),
            ("EXAMPLE.com:8080", "EXAMPLE.com:8080", false),
            ("a", "a", false),
            ("a-b.c--d.e1", "a-b.c--d.e1", false),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", false),
            // Names of services among containers, of Windows machines.
            ("my_service:80", "my_service:80", false),
            ("_dmarc.example", "_dmarc.example", false),
            ("1.2.3.4.example", "1.2.3.4.example", false),
            ("3com", "3com", false),
            ("0xg", "0xg", false),
            (&name, &name, false),
            ("a:", "a", false),
            ("a:0", "a:0", false),
            ("a:65535", "a:65535", false),
            ("a:00080", "a:00080", false),
            ("localhost", "localhost", true),
            ("LOCALHOST:1", "LOCALHOST:1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("[::1]", "[::1]", true),
            ("[::1]:", "[::1]", true),
            ("[2001:db8::1]:80", "[2001:db8::1]:80", true),
            ("[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", true),
            ("localhost.example", "localhost.example", false),
            ("127.0.0.1.example", "127.0.0.1.example", false),
        ] {
            let host = Host::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((host.as_str(), host.is_local()), (expected, is_local));
        }
    }

    #[test]
    fn host_that_is_invalid_is_rejected() {
        let label = "a".repeat(63);
        let long = [&*label, &label, &label, &"a".repeat(62)].join(".");
        for text in [
            "",
            ":",
            ":80",
            ".",
            "..",
            "...",
            "-",
            "--",
            "_",
            "__",
            "_._",
            "a..b",
            ".a",
            "a.",
            "a..",
            "localhost.",
            "127.0.0.1.",
            "-a",
            "a-",
            "a.-b",
            "a-.b",
            "a.-",
            "a._.b",
            "a b",
            " a",
            "a ",
            "a\t",
            "a/b",
            "a\\b",
            "a@b",
            "a?b",
            "a#b",
            "a\"b",
            "a'b",
            "a<b",
            "a,b",
            "a;b",
            "a=b",
            "a%41",
            "a%",
            "a*b",
            "a+b",
            "a~b",
            "a!b",
            "a$b",
            "a&b",
            "a(b)",
            "a|b",
            "a^b",
            "a`b",
            "a{b}",
            "ü",
            "a\0b",
            "a\nb",
            // Ports.
            "a:x",
            "a:65536",
            "a:99999",
            "a:000080",
            "a:+1",
            "a:-1",
            "a: 1",
            "a:1 ",
            "a:1:2",
            "a::",
            "a:1/",
            // Addresses in odd forms.
            "1",
            "0",
            "1.2",
            "1.2.3",
            "1.2.3.4.5",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "0x",
            "0X1",
            "2130706433",
            "0177.0.0.1",
            "127.0.0.01",
            "127.0.0.0x1",
            "256.0.0.1",
            "1.2.3.256",
            "a.1",
            "a.0x1",
            "a.b.007",
            // Brackets.
            "[",
            "]",
            "[]",
            "[::1",
            "::1",
            "::1]",
            "[::1]x",
            "[::1]]",
            "[[::1]]",
            "[x]",
            "[::1%eth0]",
            "[::1%25eth0]",
            "[fe80::1%1]:80",
            "[v1.a]",
            "[127.0.0.1]",
            "[:::1]",
            "[12345::]",
            "[::1]:x",
            "[::1] ",
        ] {
            assert_eq!(Host::parse(text), None, "{text:?}");
        }
        assert_eq!(Host::parse(&long), None);
        assert_eq!(Host::parse(&"a".repeat(64)), None);
        assert_eq!(Host::parse(&"a.".repeat(5_000)), None);
    }
}
