//! Memcached spans and metrics for async-memcached.
