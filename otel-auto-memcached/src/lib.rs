//! Memcached spans and metrics, for [`async_memcached`].
//!
//! ```no_run
//! use otel_auto_memcached::{AsciiProtocol, Client};   // the one edit: was `async_memcached`
//!
//! # async fn example() -> Result<(), otel_auto_memcached::Error> {
//! let mut client = Client::new("tcp://localhost:11211").await?;
//! client.set("greeting", "hello", Some(60), None).await?;
//! let greeting = client.get("greeting").await?;
//! # let _ = greeting;
//! # Ok(())
//! # }
//! ```
//!
//! A [`Client`] has the methods of the client in it and implements both of its protocols, [`AsciiProtocol`] and
//! [`MetaProtocol`], so code that is generic over these works unchanged, too.
//!
//! # What it emits
//!
//! One CLIENT span for each call that goes to the server, and `db.client.operation.duration`. The conventions have no
//! page for memcached; these are the general rules of `docs/db/database-spans.md`:
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `memcached` |
//! | `db.operation.name` | the protocol's word: `get`, `set`, `incr`, `mg`…; `BATCH set` for several commands |
//! | `db.operation.batch.size` | how many they are; one command is no batch |
//! | `server.address`, `server.port` | as the program names them; the port 11211 goes without saying |
//! | `db.response.status_code` | `ERROR`, `CLIENT_ERROR` or `SERVER_ERROR`, as the protocol says |
//! | `error.type` | the same; or, if the server did not answer, one of a fixed set, such as `connection_closed` |
//!
//! `get_multi` is one command with several keys, so it is no batch; `set_multi` sends a command for each key.
//!
//! A key that is not there, or that is there already, is an answer and not an error, even where the client makes an
//! `Err` of it. A call that is dropped before its answer ends its span without an error; the client closes the
//! connection then, and later calls have the error `connection_closed`. The client has no time-outs of its own: with
//! `tokio::time::timeout` around a call, the call is dropped.
//!
//! A connection that does not come about is a span `CONNECT`, with `error.type` such as `connection_refused`, inside of
//! another span; one that does makes none.
//!
//! # What it never emits
//!
//! Keys and values, and the messages of errors, which may quote them. The keys of a cache are made of the names, mail
//! addresses and session tokens of people; there is no `db.query.text`.
//!
//! # Why this client
//!
//! async-memcached is made for Tokio and kept by Shopify, with five releases in 2026. It speaks both text protocols as
//! traits, so that a wrapper is a type that implements them, and a call that is dropped half-way closes its connection
//! instead of leaving its answer to the next call. `memcache` (0.21) is kept as well, but blocks; what it has for Tokio is
//! declared experimental, and its verbs are several commands each. `memcache-async` (0.10) works on a stream that the
//! program opens, so nothing knows the server.

mod client;
mod dsn;
mod error;
mod protocols;

pub use async_memcached::{
    AsMemcachedValue, AsciiProtocol, Error, MetaProtocol, MetaValue, MetadumpIter, Status, Value,
};
pub use client::Client;
