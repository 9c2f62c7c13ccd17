//! For redis 0.32.

use redis::{ConnectionInfo, ErrorKind, RedisError};
use redis_032 as redis;

use crate::{Server, error::OTHER};

#[path = "aio.rs"]
mod aio;
#[path = "blocking.rs"]
mod blocking;
#[path = "pubsub.rs"]
mod pubsub;
#[path = "reply.rs"]
pub(crate) mod reply;
#[path = "sent.rs"]
mod sent;

impl From<&ConnectionInfo> for Server {
    fn from(info: &ConnectionInfo) -> Self {
        (&info.addr).into()
    }
}

/// What went wrong where the server did not answer.
fn kind(error: &RedisError) -> &'static str {
    reply::broken(error).unwrap_or(match error.kind() {
        ErrorKind::IoError => "io_error",
        ErrorKind::ParseError => "parse_error",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::TypeError => "unexpected_return_type",
        ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList => "invalid_client_config",
        ErrorKind::ClientError => "client_error",
        ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        | ErrorKind::ClusterConnectionNotFound => "server_not_found",
        ErrorKind::RESP3NotSupported => "protocol_not_supported",
        _ => OTHER,
    })
}
