//! Clients, as far as the queue tells one from another.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::header::FORWARDED;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::request::origin::has_both_kinds;
use crate::startup::settings::Proxy;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The unit of fairness: each client has a queue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The holders of a token, by the token's hash.
    Token([u8; 32]),
    /// An address; of IPv6 the network, as one host has 2⁶⁴ addresses of it.
    Address(IpAddr),
    /// A request that came over no connection of this server: its routes are mounted elsewhere.
    Unknown,
}

/// The other end of the connection that a request came over, in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

impl Client {
    /// The client that a request without a token comes from.
    ///
    /// The last of the addresses in a trusted proxy's header counts, which the proxy appended; the client can set those
    /// before it, and could give itself a queue for each.
    pub(crate) fn of(request: &Parts, proxy: Proxy) -> Self {
        let forwarded = match proxy {
            Proxy::Ignored => None,
            Proxy::Trusted if has_both_kinds(&request.headers) => None,
            Proxy::Trusted => forwarded(&request.headers),
        };
        let peer = request.extensions.get::<PeerAddress>();
        forwarded
            .or(peer.map(|peer| peer.0))
            .map_or(Self::Unknown, |address| Self::Address(network(address)))
    }
}

/// The network of an IPv6 address (64 bits), an IPv4 address as it is, however it is written.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
    }
}

/// The last address that the headers of proxies tell.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last_of = |name: HeaderName| {
        let value = headers.get_all(name).iter().next_back()?;
        Some(value.to_str().ok()?.rsplit(',').next()?.trim())
    };
    let node = match last_of(FORWARDED) {
        Some(element) => element
            .split(';')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))
            .map(|(_, value)| value.trim().trim_matches('"')),
        None => last_of(X_FORWARDED_FOR),
    };
    address(node?)
}

/// The address of `1.2.3.4`, `1.2.3.4:5`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5`.
fn address(node: &str) -> Option<IpAddr> {
    if let Some(rest) = node.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let alone = node.parse().ok();
    alone.or_else(|| node.rsplit_once(':')?.0.parse().ok())
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
        Client::of(&request.body(()).unwrap().into_parts().0, proxy)
    }

    #[test]
    fn client_without_a_token_is_its_address() {
        let peer = Client::Address([192, 0, 2, 1].into());
        let told = Client::Address([198, 51, 100, 7].into());
        for (headers, proxy, expected) in [
            (&[][..], Proxy::Ignored, peer),
            (&[("x-forwarded-for", "198.51.100.7")], Proxy::Ignored, peer),
            (&[("x-forwarded-for", "198.51.100.7")], Proxy::Trusted, told),
            // The client can set those before the last one.
            (
                &[("x-forwarded-for", "10.1.1.1, 198.51.100.7")],
                Proxy::Trusted,
                told,
            ),
            (
                &[(
                    "forwarded",
                    "for=10.1.1.1, for=\"198.51.100.7:80\";proto=https",
                )],
                Proxy::Trusted,
                told,
            ),
            (&[("x-forwarded-for", "nonsense")], Proxy::Trusted, peer),
            (&[("forwarded", "for=_hidden")], Proxy::Trusted, peer),
            // A proxy sets one of them, and may pass on the client's other one.
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
                told,
            ),
            (
                &[("x-forwarded-for", "::ffff:198.51.100.7")],
                Proxy::Trusted,
                told,
            ),
        ] {
            assert_eq!(client(headers, proxy), expected, "{headers:?}");
        }
    }

    #[test]
    fn client_with_an_ipv6_address_is_its_network() {
        let of = |address: &str| client(&[("x-forwarded-for", address)], Proxy::Trusted);
        assert_eq!(of("2001:db8::1"), of("[2001:db8::2]:443"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }

    #[test]
    fn client_over_no_connection_is_unknown() {
        let (parts, ()) = Request::new(()).into_parts();
        assert_eq!(Client::of(&parts, Proxy::Ignored), Client::Unknown);
    }
}
