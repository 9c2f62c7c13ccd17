//! HTTP client spans, metrics and propagation for reqwest.
