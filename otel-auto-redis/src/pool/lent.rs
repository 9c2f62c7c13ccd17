//! A connection out of a pool.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use otel_auto_core::db;

use crate::Connection;

/// A connection that a pool has lent. It goes back when it is dropped.
///
/// It dereferences to the connection that records, as what pools give does to the library's: both `&mut connection` and
/// `&mut *connection` are recorded.
pub struct PooledConnection<C> {
    connection: Connection<Lent<C>>,
}

impl<C> PooledConnection<C> {
    pub(super) fn new(connection: Connection<Lent<C>>) -> Self {
        Self { connection }
    }
}

impl<C> Deref for PooledConnection<C> {
    type Target = Connection<Lent<C>>;

    fn deref(&self) -> &Connection<Lent<C>> {
        &self.connection
    }
}

impl<C> DerefMut for PooledConnection<C> {
    fn deref_mut(&mut self) -> &mut Connection<Lent<C>> {
        &mut self.connection
    }
}

impl<C> fmt::Debug for PooledConnection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledConnection")
            .field(&self.connection)
            .finish()
    }
}

/// A connection out of a pool. It dereferences to what the pool gave.
pub struct Lent<C> {
    // Before its time: it goes back first.
    connection: C,
    _lent: db::Lent,
}

impl<C> Lent<C> {
    pub(super) fn new(connection: C, lent: db::Lent) -> Self {
        Self {
            connection,
            _lent: lent,
        }
    }
}

impl<C> Deref for Lent<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.connection
    }
}

impl<C> DerefMut for Lent<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.connection
    }
}

impl<C> fmt::Debug for Lent<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}
