//! The table, in MySQL, MariaDB or SQLite. There is no telemetry here: sqlx tells of its queries by itself.

use anyhow::Context as _;
use sqlx::{Any, AnyPool, QueryBuilder, any::AnyPoolOptions};

use crate::data::PREFECTURES;

pub(crate) struct Store {
    pool: AnyPool,
}

impl Store {
    /// Connects, and makes and fills the table if it is not there.
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        // A database in memory belongs to one connection, and ends with it.
        let connections = if url.starts_with("sqlite:") { 1 } else { 10 };
        let options = AnyPoolOptions::new()
            .max_connections(connections)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = options
            .connect(url)
            .await
            .context("no connection to the database")?;
        let store = Self { pool };
        store
            .seed()
            .await
            .context("the database could not be filled")?;
        Ok(store)
    }

    async fn seed(&self) -> sqlx::Result<()> {
        let table = "CREATE TABLE IF NOT EXISTS prefecture (name VARCHAR(32) PRIMARY KEY, population BIGINT NOT NULL)";
        sqlx::query(table).execute(&self.pool).await?;
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM prefecture")
            .fetch_one(&self.pool)
            .await?;
        if rows == 0 {
            // Both dialects know REPLACE, so that two who fill the table at once are in nobody's way.
            QueryBuilder::<Any>::new("REPLACE INTO prefecture (name, population) ")
                .push_values(PREFECTURES, |mut row, (name, population)| {
                    row.push_bind(name).push_bind(population);
                })
                .build()
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Inhabitants, if there is such a prefecture.
    pub(crate) async fn population(&self, prefecture: &str) -> sqlx::Result<Option<i64>> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT name, population FROM prefecture WHERE name = ?")
                .bind(prefecture)
                .fetch_optional(&self.pool)
                .await?;
        // To MySQL, case and spaces at the end make no difference.
        Ok(row
            .filter(|(name, _)| name == prefecture)
            .map(|(_, population)| population))
    }

    /// Inhabitants per square kilometre. The demo's bug: nobody has made the table `area` yet.
    pub(crate) async fn density(&self, prefecture: &str) -> sqlx::Result<Option<f64>> {
        sqlx::query_scalar(
            "SELECT p.population / a.square_kilometres \
             FROM prefecture p JOIN area a ON a.name = p.name WHERE p.name = ?",
        )
        .bind(prefecture)
        .fetch_optional(&self.pool)
        .await
    }
}
