//! Clients, as the fair queue distinguishes them.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::access::tokens::TokenHash;
use crate::request::forwarded::{Hop, Parameter, forwarded_parameter};
use crate::startup::settings::Proxy;

/// The unit of fairness: each client has its own queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The holders of a token, by its hash.
    Token(TokenHash),
    /// An IPv4 address, or the 64-bit network of an IPv6 address, as one host has 2⁶⁴ of those.
    Address(IpAddr),
    /// The client of a request without a connection, from a server in which the router is mounted.
    Unknown,
}

/// The client's address of a connection, in the extensions of each of its requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

impl Client {
    /// Returns the client of a request without a token.
    ///
    /// Behind a trusted proxy it is the address in the last element of the proxy's header, which that proxy appended. A
    /// client can set all elements before it, and could obtain a queue for each of its requests.
    pub(crate) fn from_request(request: &Parts, proxy: Proxy) -> Self {
        let forwarded = match proxy {
            Proxy::Ignored => None,
            Proxy::Trusted => forwarded_address(&request.headers),
        };
        let peer = request.extensions.get::<PeerAddress>();
        forwarded
            .or(peer.map(|peer| peer.0))
            .map_or(Self::Unknown, |address| Self::Address(network(address)))
    }
}

/// Returns the 64-bit network of an IPv6 address, and an IPv4 address, also a mapped one, as it is.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
    }
}

/// Returns the address from which the last proxy received the request. A malformed or obfuscated one is ignored.
fn forwarded_address(headers: &HeaderMap) -> Option<IpAddr> {
    let node = forwarded_parameter(headers, Parameter::For, Hop::Last);
    parse_node(node.ok()??)
}

/// Parses a node (RFC 7239 §6): `1.2.3.4`, `1.2.3.4:5`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5`.
fn parse_node(node: &str) -> Option<IpAddr> {
    if let Some(rest) = node.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let without_port = node.parse().ok();
    without_port.or_else(|| node.rsplit_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn client(headers: &[(&str, &str)], proxy: Proxy) -> Client {
        let mut request = Request::builder().extension(PeerAddress([192, 0, 2, 1].into()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Client::from_request(&request.body(()).unwrap().into_parts().0, proxy)
    }

    #[test]
    fn client_without_a_token_is_identified_by_its_address() {
        let peer = Client::Address([192, 0, 2, 1].into());
        let forwarded = Client::Address([198, 51, 100, 7].into());
        for (headers, proxy, expected) in [
            (&[][..], Proxy::Ignored, peer),
            (&[("x-forwarded-for", "198.51.100.7")], Proxy::Ignored, peer),
            (
                &[("x-forwarded-for", "198.51.100.7")],
                Proxy::Trusted,
                forwarded,
            ),
            // The client can forge all elements but the last.
            (
                &[("x-forwarded-for", "10.1.1.1, 198.51.100.7")],
                Proxy::Trusted,
                forwarded,
            ),
            (
                &[(
                    "forwarded",
                    "for=10.1.1.1, for=\"198.51.100.7:80\";proto=https",
                )],
                Proxy::Trusted,
                forwarded,
            ),
            (&[("x-forwarded-for", "nonsense")], Proxy::Trusted, peer),
            (&[("forwarded", "for=_hidden")], Proxy::Trusted, peer),
            // The proxy may have passed on the client's header of the other kind.
            (
                &[
                    ("forwarded", "for=10.1.1.1"),
                    ("x-forwarded-for", "198.51.100.7"),
                ],
                Proxy::Trusted,
                peer,
            ),
            (
                &[
                    ("x-forwarded-for", "10.1.1.1"),
                    ("x-forwarded-for", "198.51.100.7"),
                ],
                Proxy::Trusted,
                forwarded,
            ),
            (
                &[("x-forwarded-for", "::ffff:198.51.100.7")],
                Proxy::Trusted,
                forwarded,
            ),
        ] {
            assert_eq!(client(headers, proxy), expected, "{headers:?}");
        }
    }

    #[test]
    fn client_with_an_ipv6_address_is_identified_by_its_network() {
        let client_at = |address: &str| client(&[("x-forwarded-for", address)], Proxy::Trusted);
        assert_eq!(client_at("2001:db8::1"), client_at("[2001:db8::2]:443"));
        assert_ne!(client_at("2001:db8::1"), client_at("2001:db8:0:1::1"));
    }

    #[test]
    fn client_over_no_connection_is_unknown() {
        let (parts, ()) = Request::new(()).into_parts();
        assert_eq!(
            Client::from_request(&parts, Proxy::Ignored),
            Client::Unknown
        );
    }
}
