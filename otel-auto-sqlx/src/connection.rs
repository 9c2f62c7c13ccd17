use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use futures_core::future::BoxFuture;
use otel_auto_core::db::Lent;

use super::{
    Driver, Statement,
    call::Call,
    sqlx::{
        self, Error, acquire::Acquire, connection::Connection as _, database::Database,
        pool::MaybePoolConnection,
    },
};
use crate::calls::Calls;

/// What a [`PoolConnection`] and a [`Transaction`] dereference to: `&mut *connection` runs queries that are recorded.
///
/// It dereferences further, to sqlx's own `C` and by it to the connection of the database, for functions that take one
/// of them. What runs there is recorded by [`QueryEvents`](crate::QueryEvents) alone.
pub struct Connection<C> {
    pub(crate) inner: C,
    pub(crate) calls: Arc<Calls>,
}

impl<C> Deref for Connection<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.inner
    }
}

impl<C> DerefMut for Connection<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C: fmt::Debug> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A connection out of a [`Pool`](super::Pool).
pub struct PoolConnection<DB: Database> {
    // Before its time: it goes back first.
    connection: Connection<sqlx::pool::PoolConnection<DB>>,
    lent: Lent,
}

impl<DB: Database> PoolConnection<DB> {
    pub(super) fn new(inner: sqlx::pool::PoolConnection<DB>, calls: &Arc<Calls>) -> Self {
        Self {
            connection: Connection {
                inner,
                calls: Arc::clone(calls),
            },
            lent: calls.metrics.lend(),
        }
    }

    /// sqlx's own connection. What runs on it is not recorded here any more, nor for how long it is used.
    #[must_use]
    pub fn into_inner(self) -> sqlx::pool::PoolConnection<DB> {
        self.lent.out_of_sight();
        self.connection.inner
    }

    /// Takes the connection out of the pool for good, as sqlx's.
    #[must_use]
    pub fn detach(self) -> DB::Connection {
        self.into_inner().detach()
    }

    /// Closes the connection, as sqlx's.
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn close(self) -> Result<(), Error> {
        self.into_inner().close().await
    }
}

impl<DB: Driver> PoolConnection<DB> {
    /// Begins a transaction, as sqlx's.
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        begin(&mut self.connection).await
    }

    pub(super) async fn into_transaction(
        self,
        statement: Option<Statement>,
    ) -> Result<Transaction<'static, DB>, Error> {
        let Connection { inner, calls } = self.connection;
        let connection = MaybePoolConnection::PoolConnection(inner);
        let inner = sqlx::transaction::Transaction::begin(connection, statement).await?;
        Ok(Transaction {
            connection: Connection { inner, calls },
            lent: Some(self.lent),
        })
    }
}

/// A transaction that a [`Pool`](super::Pool) began, or a connection out of one. Dropped, it is rolled back.
pub struct Transaction<'c, DB: Database> {
    connection: Connection<sqlx::transaction::Transaction<'c, DB>>,
    /// That of the connection, where nobody else holds it.
    lent: Option<Lent>,
}

impl<'c, DB: Database> Transaction<'c, DB> {
    /// sqlx's own transaction. What runs on it is not recorded here any more, nor for how long its connection is used.
    #[must_use]
    pub fn into_inner(self) -> sqlx::transaction::Transaction<'c, DB> {
        if let Some(lent) = self.lent {
            lent.out_of_sight();
        }
        self.connection.inner
    }
}

impl<DB: Driver> Transaction<'_, DB> {
    /// Commits, as sqlx's.
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn commit(self) -> Result<(), Error> {
        let Connection { inner, calls } = self.connection;
        let _lent = self.lent;
        Call::<DB>::control(&calls, "COMMIT", inner.commit()).await
    }

    /// Rolls back, as sqlx's.
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn rollback(self) -> Result<(), Error> {
        let Connection { inner, calls } = self.connection;
        let _lent = self.lent;
        Call::<DB>::control(&calls, "ROLLBACK", inner.rollback()).await
    }

    /// Begins a transaction within this one: a savepoint.
    ///
    /// # Errors
    ///
    /// The same as sqlx's.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        begin(&mut self.connection).await
    }
}

async fn begin<DB: Driver, C>(connection: &mut Connection<C>) -> Result<Transaction<'_, DB>, Error>
where
    C: DerefMut<Target = DB::Connection>,
{
    let Connection { inner, calls } = connection;
    let connection: &mut DB::Connection = inner;
    let statement = if connection.is_in_transaction() {
        "SAVEPOINT"
    } else {
        "BEGIN"
    };
    let begin = sqlx::transaction::Transaction::begin(connection, None);
    let inner = Call::<DB>::control(calls, statement, begin).await?;
    Ok(Transaction {
        connection: Connection {
            inner,
            calls: Arc::clone(calls),
        },
        lent: None,
    })
}

impl<DB: Database> Deref for PoolConnection<DB> {
    type Target = Connection<sqlx::pool::PoolConnection<DB>>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<'c, DB: Database> Deref for Transaction<'c, DB> {
    type Target = Connection<sqlx::transaction::Transaction<'c, DB>>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Database> DerefMut for PoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Database> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Database> fmt::Debug for PoolConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(f)
    }
}

impl<DB: Database> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(f)
    }
}

impl<DB: Database> AsMut<DB::Connection> for PoolConnection<DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self
    }
}

impl<DB: Database> AsMut<DB::Connection> for Transaction<'_, DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self
    }
}

/// For code that is generic over what gives connections. These are sqlx's own, since the trait names them.
impl<'t, DB: Database> Acquire<'t> for &'t mut PoolConnection<DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        self.connection.inner.acquire()
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::transaction::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut self.connection.inner)
    }
}

/// For code that is generic over what gives connections. These are sqlx's own, since the trait names them.
impl<'t, DB: Database> Acquire<'t> for &'t mut Transaction<'_, DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        self.connection.inner.acquire()
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::transaction::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut self.connection.inner)
    }
}
