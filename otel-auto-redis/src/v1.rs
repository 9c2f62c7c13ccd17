//! For redis 1.x.

use ::redis;
use redis::{ConnectionInfo, ErrorKind, RedisError};

use crate::{Server, error::OTHER};

#[path = "aio.rs"]
mod aio;
#[path = "blocking.rs"]
mod blocking;
#[cfg(feature = "cluster")]
mod cluster;
#[path = "pubsub.rs"]
mod pubsub;
#[path = "reply.rs"]
pub(crate) mod reply;
#[path = "sent.rs"]
mod sent;

impl From<&ConnectionInfo> for Server {
    fn from(info: &ConnectionInfo) -> Self {
        info.addr().into()
    }
}

/// What went wrong where the server did not answer.
fn kind(error: &RedisError) -> &'static str {
    reply::broken(error).unwrap_or(match error.kind() {
        ErrorKind::Io => "io_error",
        ErrorKind::Parse => "parse_error",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::UnexpectedReturnType => "unexpected_return_type",
        ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList => "invalid_client_config",
        ErrorKind::Client => "client_error",
        ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        | ErrorKind::ClusterConnectionNotFound => "server_not_found",
        ErrorKind::RESP3NotSupported => "protocol_not_supported",
        _ => OTHER,
    })
}
