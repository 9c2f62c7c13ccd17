//! The proxy on the way to a receiver, by curl's rules, with one exception: what is on the loopback interface is never
//! asked of a proxy, whose loopback is another.

use std::{fmt, net::IpAddr};

use http::Uri;

use super::{
    env::{Env, items},
    percent::decode,
    vars::{self, List, Url, Variable},
};
use crate::base64;

/// A proxy that is spoken to in plain HTTP.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// `http://host:port`.
    pub(crate) uri: Uri,
    /// The value of `Proxy-Authorization`.
    pub(crate) authorization: Option<String>,
}

impl Proxy {
    fn parse(text: &str) -> Result<Self, &'static str> {
        const MALFORMED: &str = "is not the URL of a proxy";
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err("is a proxy that is not spoken to in plain http://");
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let uri: Uri = format!("http://{place}").parse().map_err(|_| MALFORMED)?;
        let host = uri.host().filter(|host| !host.is_empty());
        let port = match (host, uri.port_u16()) {
            (Some(_), Some(0)) | (None, _) => return Err(MALFORMED),
            (Some(_), Some(port)) => port,
            // curl's default, which no browser shares.
            (Some(host), None) if place == host => 1080,
            (Some(_), None) => return Err(MALFORMED),
        };
        let uri = format!("http://{}:{port}/", host.unwrap_or_default());
        Ok(Self {
            uri: uri.parse().map_err(|_| MALFORMED)?,
            authorization: user.map(authorization),
        })
    }

    /// For people: without user and password.
    pub(crate) fn shown(&self) -> String {
        let user = if self.authorization.is_some() {
            "***@"
        } else {
            ""
        };
        let place = self.uri.authority().map_or("", |place| place.as_str());
        format!("http://{user}{place}")
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

fn authorization(user: &str) -> String {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |text: &str| decode(text).unwrap_or_else(|| text.to_owned());
    let pair = format!("{}:{}", plain(name), plain(password));
    format!("Basic {}", base64::encode(pair.as_bytes()))
}

/// What the environment says of proxies.
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    direct: Vec<Direct>,
}

impl Proxies {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let is_cgi = env.text(&vars::REQUEST_METHOD).is_some();
        let (http, upper) = (
            proxy(env, &vars::HTTP_PROXY_LOWER),
            proxy(env, &vars::HTTP_PROXY).filter(|_| !is_cgi),
        );
        let (https, https_upper) = (
            proxy(env, &vars::HTTPS_PROXY_LOWER),
            proxy(env, &vars::HTTPS_PROXY),
        );
        let (direct, direct_upper) = (
            direct(env, &vars::NO_PROXY_LOWER),
            direct(env, &vars::NO_PROXY),
        );
        Self {
            http: http.or(upper),
            https: https.or(https_upper),
            direct: direct.or(direct_upper).unwrap_or_default(),
        }
    }

    /// The proxy to this URL.
    pub(super) fn to(&self, url: &str) -> Option<Proxy> {
        let url: Uri = url.parse().ok()?;
        let (proxy, port) = match url.scheme_str()? {
            "https" => (self.https.as_ref()?, 443),
            _ => (self.http.as_ref()?, 80),
        };
        let host = url.host()?.trim_matches(['[', ']']).trim_end_matches('.');
        let address: Option<IpAddr> = host.parse().ok();
        let is_loopback = host.eq_ignore_ascii_case("localhost")
            || address.is_some_and(|address| address.to_canonical().is_loopback());
        let port = url.port_u16().unwrap_or(port);
        let is_direct = |rule: &Direct| rule.holds(host, address, port);
        (!is_loopback && !self.direct.iter().any(is_direct)).then(|| proxy.clone())
    }
}

fn proxy(env: &mut Env<'_>, variable: &Variable<Url>) -> Option<Proxy> {
    let text = env.text(variable)?;
    match Proxy::parse(&text) {
        Ok(proxy) => Some(proxy),
        Err(problem) => {
            env.warn(variable, &text, problem, "it is ignored");
            None
        }
    }
}

fn direct(env: &mut Env<'_>, variable: &Variable<List>) -> Option<Vec<Direct>> {
    let text = env.text(variable)?;
    let words = items(&text).flat_map(str::split_whitespace);
    Some(words.map(Direct::parse).collect())
}

/// One rule of `NO_PROXY`, with the port that it is for.
#[derive(Debug)]
struct Direct {
    place: Place,
    port: Option<u16>,
}

#[derive(Debug)]
enum Place {
    Anywhere,
    /// Lower case, without a leading dot: the host itself, and all that end in it after a dot.
    Domain(String),
    /// The first so many bits of the address.
    Network(IpAddr, u8),
}

impl Direct {
    fn parse(word: &str) -> Self {
        if word == "*" {
            return Self {
                place: Place::Anywhere,
                port: None,
            };
        }
        if let Some(place) = network(word) {
            return Self { place, port: None };
        }
        let (host, port) = match word
            .rsplit_once(':')
            .map(|(host, port)| (host, port.parse()))
        {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (word, None),
        };
        let place = network(host).unwrap_or_else(|| {
            let domain = host.trim_start_matches('*').trim_start_matches('.');
            Place::Domain(domain.trim_end_matches('.').to_ascii_lowercase())
        });
        Self { place, port }
    }

    fn holds(&self, host: &str, address: Option<IpAddr>, port: u16) -> bool {
        let is_there = match &self.place {
            Place::Anywhere => true,
            Place::Network(network, bits) => {
                address.is_some_and(|address| shares_bits(*network, address, *bits))
            }
            Place::Domain(domain) => {
                let host = host.to_ascii_lowercase();
                let rest = host.strip_suffix(domain.as_str());
                !domain.is_empty()
                    && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        };
        is_there && self.port.is_none_or(|only| only == port)
    }
}

/// An address, or `address/bits`.
fn network(word: &str) -> Option<Place> {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (word, None),
    };
    let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some(Place::Network(address, bits))
}

fn shares_bits(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
        }
        _ => false,
    }
}
