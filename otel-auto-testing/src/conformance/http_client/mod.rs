//! The suite of HTTP clients.
