//! The proxies that the environment names for all programs. The name in lower case wins, as for curl.

use super::*;

variables! { PROXIES = "Proxies for OTLP";
    /// The proxy to `http://` endpoints, as `http://user:password@host:port`; all but the host may be left out. A
    /// receiver on the loopback interface is always reached directly.
    HTTP_PROXY: Url = "HTTP_PROXY", Url("");
    /// The same; wins over `HTTP_PROXY`.
    HTTP_PROXY_LOWER: Url = "http_proxy", Url("");
    /// The proxy to `https://` endpoints.
    HTTPS_PROXY: Url = "HTTPS_PROXY", Url("");
    /// The same; wins over `HTTPS_PROXY`.
    HTTPS_PROXY_LOWER: Url = "https_proxy", Url("");
    /// What is reached directly, comma-separated: hosts with all that end in them, addresses, networks (`10.0.0.0/8`),
    /// each also with a port; or `*`.
    NO_PROXY: List = "NO_PROXY", List("");
    /// The same; wins over `NO_PROXY`.
    NO_PROXY_LOWER: List = "no_proxy", List("");
    /// Set for CGI programs, where a request can set `HTTP_PROXY`: it is ignored then.
    REQUEST_METHOD: Text = "REQUEST_METHOD", Text("");
}
