//! gRPC server and client spans, metrics and propagation for tonic.
//!
//! ```no_run
//! use otel_auto_tonic::{RpcClientLayer, RpcServerLayer};
//! use tonic::transport::{Endpoint, Server};
//! use tonic_health::pb::health_client::HealthClient;
//! use tower::ServiceBuilder;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! # let (_, service) = tonic_health::server::health_reporter();
//! Server::builder()
//!     .layer(RpcServerLayer::new())
//!     .add_service(service)
//!     .serve("127.0.0.1:50051".parse()?)
//!     .await?;
//!
//! let endpoint = Endpoint::from_static("http://greeter:50051");
//! let channel = ServiceBuilder::new()
//!     .layer(RpcClientLayer::new(endpoint.uri()))
//!     .service(endpoint.connect().await?);
//! let client = HealthClient::new(channel);
//! # Ok(())
//! # }
//! ```
//!
//! The layers may be built before `otel_auto::init()`; without it, they cost a branch.
//!
//! # What they emit
//!
//! | signal | name | when |
//! |---|---|---|
//! | SERVER or CLIENT span | `{package.Service/Method}`, or `grpc` if the method is not known | each call |
//! | `rpc.server.call.duration`, `rpc.client.call.duration` | seconds | each call, when it has ended |
//!
//! with the attributes of the gRPC conventions. Metadata is recorded by allow-list alone, and the values of
//! `authorization`, cookies and what else the settings name are replaced; keys that end in `-bin` are left out. Requests
//! that are not gRPC pass untouched, gRPC-Web among them: put the layer inside of tonic's `GrpcWebLayer`.
//!
//! # When a call starts and ends
//!
//! - It starts when the layer is called: on a server with the context that the metadata carries as its parent, on a
//!   client below the current context, which then goes along in the metadata in place of any that was there.
//! - It ends with the status, in the response's head or its trailers: after the last message of a stream, in whichever
//!   direction. What handlers and their streams do is inside of it, and so are the messages of a client's stream.
//! - A client is told an error by every status but `OK`; a server has one with `UNKNOWN`, `DEADLINE_EXCEEDED`,
//!   `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE` and `DATA_LOSS`. `error.type` is the status then, and the status's
//!   message describes the span.
//! - A client that goes away ends the call as `CANCELLED`, on both sides, which is no error on either. If the time of
//!   its `grpc-timeout` is over, the call ends as `DEADLINE_EXCEEDED` on both sides, as gRPC calls it. (tonic 0.14 gives
//!   its caller `CANCELLED` with the message "Timeout expired".)
//! - A handler that panics: `UNKNOWN`, with `error.type=panic`. A service that gives an error without a status:
//!   `UNKNOWN`, with `service_error`; a body that does: `body_error`.
//! - A server that cannot be reached: `UNAVAILABLE`, with `error.type` one of `connection_refused`, `connection_reset`,
//!   `timeout`, `tls`, `connect`. A connection that breaks before the answer: `connection_reset`.
//! - An answer that is not gRPC has the status that gRPC makes of its HTTP status: `UNAVAILABLE` of 503, say.
//! - A message that the client cannot decode is found above the layer, which sees a caller that goes away.
//!
//! # Which methods are known
//!
//! A path does not tell whether its method exists, and anybody may send any path. So `rpc.method` is `_OTHER`, and the
//! path is in `rpc.method_original` on the span alone, unless the method
//!
//! - comes from a generated client, or
//! - has answered, now or before, with anything but a mere status (which a router or an authentication layer gives too),
//!   or
//! - was named: `RpcServerLayer::new().file_descriptor_set(pb::FILE_DESCRIPTOR_SET)`, or `.methods([..])`.
//!
//! The last is for services that must be seen by name before their methods have succeeded once. No more than 1,024
//! methods are ever known, so that a proxy for all paths keeps its metrics bounded.
//!
//! # Together with HTTP
//!
//! The HTTP and the RPC conventions are two layers: a router with `HttpServerLayer` outside and `RpcServerLayer` inside
//! records both, the RPC span below the HTTP one. Either alone is complete. Two RPC layers around each other record once.
//!
//! # Features
//!
//! - `channel` (default): the errors of tonic's `Channel` are told apart.
//! - `server` (default): the address of the client, from tonic's `Server`.

mod body;
mod call;
mod client;
mod descriptors;
mod error;
mod future;
mod response;
mod server;

pub use body::ResponseBody;
pub use client::{RpcClient, RpcClientLayer};
pub use future::ResponseFuture;
pub use server::{RpcServer, RpcServerLayer};
