//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::app::AppState;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address as far as our own proxies tell it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let proxies = state.config.server.trusted_proxies;
        let address = client_address(&parts.headers, &parts.extensions, proxies);
        Ok(Self(address))
    }
}

/// The address that the outermost of `proxies` trusted proxies saw: so many entries from the right
/// of `X-Forwarded-For`. What stands further left was written by the client and proves nothing.
pub(crate) fn client_address(
    headers: &HeaderMap,
    extensions: &Extensions,
    proxies: usize,
) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    // Only a router that is called without a connection, as tests do, knows no peer.
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
    forwarded(headers, proxies).unwrap_or(peer)
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let from_the_right = proxies.checked_sub(1)?;
    let values = headers.get_all(FORWARDED_FOR).iter();
    let entries: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let entry = entries.iter().rev().nth(from_the_right)?;
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip());
    entry.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(header: &[&str], proxies: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in header {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        let peer: SocketAddr = "10.0.0.1:4711".parse().unwrap();
        extensions.insert(ConnectInfo(peer));
        client_address(&headers, &extensions, proxies).to_string()
    }

    #[test]
    fn without_proxies_the_header_is_not_believed() {
        assert_eq!(seen(&["1.2.3.4"], 0), "10.0.0.1");
        assert_eq!(seen(&[], 0), "10.0.0.1");
    }

    #[test]
    fn trusted_hops_are_counted_from_the_right() {
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4"], 1), "1.2.3.4");
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4, 10.0.0.2"], 2), "1.2.3.4");
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4", "10.0.0.2"], 2), "1.2.3.4");
        assert_eq!(seen(&["1.2.3.4:5678"], 1), "1.2.3.4");
        assert_eq!(seen(&["2001:db8::1"], 1), "2001:db8::1");
    }

    #[test]
    fn what_cannot_be_read_is_not_believed() {
        assert_eq!(seen(&["nonsense"], 1), "10.0.0.1");
        assert_eq!(seen(&["1.2.3.4"], 2), "10.0.0.1");
    }
}
