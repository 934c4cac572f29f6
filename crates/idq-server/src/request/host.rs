//! Hosts, as requests name them (RFC 9110 §7.2, RFC 3986 §3.2.2), of which only those are taken that can be reached by
//! that name: addresses, and names of labels as RFC 1123 §2.1 has them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The most bytes of a name, and of one of its labels (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The most digits of a port that has leading zeros: RFC 3986 has no bound, and no client sends any.
const MAX_PORT_DIGITS: usize = 5;

/// A host and perhaps a port, which are safe to be written into a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// Without a colon that no port follows.
    text: String,
    kind: HostKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostKind {
    Address,
    Localhost,
    Name,
}

impl Host {
    /// Reads `name`, `name:port`, `[address]` or `[address]:port`; `None` for what is no host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, kind, rest) = match text.strip_prefix('[') {
            Some(bracketed) => {
                // Neither a zone, which means something to one machine alone, nor an address of a later version.
                let (address, rest) = bracketed.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (&text[..address.len() + 2], HostKind::Address, rest)
            }
            None => {
                let end = text.find(':').unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                (name, kind_of(name)?, rest)
            }
        };
        let text = match rest.strip_prefix(':') {
            None if rest.is_empty() => name.to_owned(),
            None => return None,
            // The grammar of a port allows none after the colon.
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

    /// The host and the port, as a URL has them.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host is an address, or the name that means this machine.
    ///
    /// A page whose own name leads to this machine all of a sudden would be neither.
    pub(crate) fn is_local(&self) -> bool {
        self.kind != HostKind::Name
    }
}

/// The kind of a host without brackets; `None` for what is none.
fn kind_of(name: &str) -> Option<HostKind> {
    if name.len() > MAX_NAME || !name.split('.').all(is_label) {
        return None;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return Some(HostKind::Localhost);
    }
    // Browsers take a name whose last label is a number for an IPv4 address, `1` for 0.0.0.1; one form of it is a host.
    let last = name.rsplit('.').next()?;
    if is_number(last) {
        return name.parse::<Ipv4Addr>().ok().map(|_| HostKind::Address);
    }
    Some(HostKind::Name)
}

/// Whether this is a label of a host name: letters, digits and hyphens, which do not stand at its ends.
///
/// An underscore is no part of a host name, but names of containers and Windows machines have it, and resolvers take it.
fn is_label(label: &str) -> bool {
    let is_of_labels = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    label.len() <= MAX_LABEL
        && label.bytes().all(is_of_labels)
        && label.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a label is a number to those who read odd forms of IPv4 addresses: decimal, octal or hexadecimal.
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
    fn host_that_is_a_name_or_an_address_is_read() {
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
    fn host_that_could_be_none_is_refused() {
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
