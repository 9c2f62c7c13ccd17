//! Prepared statements that remember their SQL.

use std::{fmt, ops::Deref, sync::Arc};

use tokio_postgres::ToStatement;

/// A prepared statement, and its SQL, which the statement of [`tokio_postgres`] does not tell.
///
/// It dereferences to that statement. Cheap to clone.
#[derive(Clone)]
pub struct Statement {
    inner: tokio_postgres::Statement,
    sql: Arc<str>,
}

impl Statement {
    /// A statement that was prepared from this SQL elsewhere.
    pub fn new(statement: tokio_postgres::Statement, sql: impl Into<Arc<str>>) -> Self {
        Self {
            inner: statement,
            sql: sql.into(),
        }
    }
}

impl Deref for Statement {
    type Target = tokio_postgres::Statement;

    fn deref(&self) -> &tokio_postgres::Statement {
        &self.inner
    }
}

// As the statement in it: SQL may hold literals.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").finish_non_exhaustive()
    }
}

/// What can be executed: SQL or a prepared statement.
pub trait Query: Sync + sealed::Sealed {
    /// What [`tokio_postgres`] calls it.
    type Statement: ?Sized + ToStatement + fmt::Debug + Sync;

    #[doc(hidden)]
    fn statement(&self) -> &Self::Statement;

    #[doc(hidden)]
    fn sql(&self) -> Option<&str>;
}

impl Query for str {
    type Statement = str;

    fn statement(&self) -> &str {
        self
    }

    fn sql(&self) -> Option<&str> {
        Some(self)
    }
}

impl Query for String {
    type Statement = str;

    fn statement(&self) -> &str {
        self
    }

    fn sql(&self) -> Option<&str> {
        Some(self)
    }
}

impl Query for Statement {
    type Statement = tokio_postgres::Statement;

    fn statement(&self) -> &tokio_postgres::Statement {
        &self.inner
    }

    fn sql(&self) -> Option<&str> {
        Some(&self.sql)
    }
}

/// One that was prepared on the client inside: its SQL is not known.
impl Query for tokio_postgres::Statement {
    type Statement = Self;

    fn statement(&self) -> &Self {
        self
    }

    fn sql(&self) -> Option<&str> {
        None
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl Sealed for super::Statement {}
    impl Sealed for tokio_postgres::Statement {}
}
