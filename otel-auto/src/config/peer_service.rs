//! What services are called that clients call.

use std::{cmp::Reverse, net::Ipv6Addr};

use otel_auto_core::{PeerService, intern};

use super::{
    env::Env,
    vars::{JAVA_PEER_MAPPING, PEER_MAPPING},
};

const SHAPE: &str = "which is not host[:port][/path]=name";

/// The most specific first: by the length of the path, then by the port.
pub(super) fn read(env: &mut Env<'_>) -> Vec<PeerService> {
    let [ours, java] = [&PEER_MAPPING, &JAVA_PEER_MAPPING].map(|variable| env.each(variable, rule));
    let mut rules = ours.or(java).unwrap_or_default();
    rules.sort_by_key(|rule| {
        let path = rule.path.as_deref().map_or(0, str::len);
        (Reverse(path), rule.port.is_none())
    });
    rules
}

fn rule(item: &str) -> Result<PeerService, String> {
    let (peer, name) = item.rsplit_once('=').ok_or(SHAPE)?;
    let (peer, name) = (peer.trim(), name.trim());
    let (authority, path) = match peer.find('/') {
        Some(slash) => peer.split_at(slash),
        None => (peer, ""),
    };
    let (host, port) = host_and_port(authority).ok_or(SHAPE)?;
    let port = match port {
        Some(text) => Some(text.parse().ok().filter(|port| *port != 0).ok_or(SHAPE)?),
        None => None,
    };
    if peer.contains([' ', '\t', '@']) || host.is_empty() || name.is_empty() {
        return Err(SHAPE.to_owned());
    }
    Ok(PeerService {
        host,
        port,
        path: (!path.is_empty()).then(|| path.to_owned()),
        name: intern(name).ok_or("for which there is no room")?,
    })
}

/// An IPv6 address is in brackets, and recorded without them, in its shortest form.
fn host_and_port(authority: &str) -> Option<(String, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let host = host.parse::<Ipv6Addr>().ok()?.to_string();
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host.to_owned(), Some(port))),
        None => Some((authority.to_owned(), None)),
    }
}
