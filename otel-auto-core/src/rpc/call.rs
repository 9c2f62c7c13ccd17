use std::{net::SocketAddr, time::Duration};

/// What the convention asks of a call, incoming or outgoing.
pub trait RpcCall {
    /// Service and method as they came, without leading slash: `package.Service/Method`.
    fn method(&self) -> &str;

    /// Does the library itself vouch for the method, as a generated client does?
    fn is_known(&self) -> bool {
        false
    }

    /// The host that is called: of `:authority` on a server, of the channel's target on a client.
    fn host(&self) -> Option<&str> {
        None
    }

    /// The port that goes with the host.
    fn port(&self) -> Option<u16> {
        None
    }

    /// The other end of the connection.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// How long the call may take: `grpc-timeout`.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Each value of the request's metadata that is text. Names are in lower case.
    fn metadata(&self, _visit: &mut dyn FnMut(&str, &str)) {}
}
