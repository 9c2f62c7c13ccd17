//! For deadpool 0.13.

use ::deadpool;

#[path = "deadpool.rs"]
mod managed;
