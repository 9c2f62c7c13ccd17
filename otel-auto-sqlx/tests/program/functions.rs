//! Forty functions as a service has them: they name the pool, the connection and the transaction, and no telemetry.

use sqlx::{Executor, PgExecutor, Postgres, Row};

use super::names::{PgConnection, PgPool, Transaction};

type Result<T> = std::result::Result<T, sqlx::Error>;

pub async fn create_table(pool: &PgPool) -> Result<()> {
    sqlx::query("CREATE TABLE IF NOT EXISTS orders (id INT PRIMARY KEY, item TEXT, amount INT)")
        .execute(pool)
        .await?;
    Ok(())
}

pub async fn clear(pool: &PgPool) -> Result<u64> {
    Ok(sqlx::query("DELETE FROM orders")
        .execute(pool)
        .await?
        .rows_affected())
}

pub async fn count(pool: &PgPool) -> Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(pool)
        .await
}

pub async fn items(pool: &PgPool) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT item FROM orders ORDER BY id")
        .fetch_all(pool)
        .await
}

pub async fn first_item(pool: &PgPool) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT item FROM orders WHERE id = $1")
        .bind(1)
        .fetch_optional(pool)
        .await
}

pub async fn total(pool: &PgPool) -> Result<i64> {
    sqlx::query_scalar("SELECT sum(amount) FROM orders")
        .fetch_one(pool)
        .await
}

pub async fn largest(pool: &PgPool) -> Result<i32> {
    sqlx::query_scalar("SELECT max(amount) FROM orders")
        .fetch_one(pool)
        .await
}

pub async fn smallest(pool: &PgPool) -> Result<i32> {
    sqlx::query_scalar("SELECT min(amount) FROM orders")
        .fetch_one(pool)
        .await
}

pub async fn pairs(pool: &PgPool) -> Result<Vec<(i32, String)>> {
    sqlx::query_as("SELECT id, item FROM orders ORDER BY id")
        .fetch_all(pool)
        .await
}

pub async fn one_pair(pool: &PgPool) -> Result<(i32, String)> {
    sqlx::query_as("SELECT id, item FROM orders WHERE id = $1")
        .bind(2)
        .fetch_one(pool)
        .await
}

pub async fn row_item(pool: &PgPool) -> Result<String> {
    let row = sqlx::query("SELECT item FROM orders WHERE id = $1")
        .bind(1)
        .fetch_one(pool)
        .await?;
    row.try_get("item")
}

pub async fn double_amounts(pool: &PgPool) -> Result<u64> {
    Ok(sqlx::query("UPDATE orders SET amount = amount * $1")
        .bind(2)
        .execute(pool)
        .await?
        .rows_affected())
}

pub async fn raw_count(pool: &PgPool) -> Result<usize> {
    Ok(pool.fetch_all("SELECT id FROM orders").await?.len())
}

pub async fn own_connection(pool: &PgPool) -> Result<i64> {
    let mut connection = pool.acquire().await?;
    sqlx::query_scalar("SELECT count(*) FROM orders WHERE id > $1")
        .bind(0)
        .fetch_one(&mut *connection)
        .await
}

pub async fn own_transaction(pool: &PgPool) -> Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query("DELETE FROM orders WHERE id = $1")
        .bind(1)
        .execute(&mut *transaction)
        .await?;
    transaction.rollback().await
}

pub async fn is_open(pool: &PgPool) -> Result<bool> {
    Ok(!pool.is_closed())
}

pub async fn c_insert(connection: &mut PgConnection) -> Result<u64> {
    Ok(sqlx::query("INSERT INTO orders VALUES ($1, $2, $3)")
        .bind(10)
        .bind("ten")
        .bind(1)
        .execute(connection)
        .await?
        .rows_affected())
}

pub async fn c_remove(connection: &mut PgConnection) -> Result<u64> {
    Ok(sqlx::query("DELETE FROM orders WHERE id = $1")
        .bind(10)
        .execute(connection)
        .await?
        .rows_affected())
}

pub async fn c_count(connection: &mut PgConnection) -> Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(connection)
        .await
}

pub async fn c_twice(connection: &mut PgConnection) -> Result<i64> {
    let one: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut *connection)
        .await?;
    let two: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut *connection)
        .await?;
    Ok(one + two)
}

pub async fn c_items(connection: &mut PgConnection) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT item FROM orders")
        .fetch_all(connection)
        .await
}

pub async fn c_item(connection: &mut PgConnection) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT item FROM orders WHERE id = $1")
        .bind(1)
        .fetch_optional(connection)
        .await
}

pub async fn c_sum(connection: &mut PgConnection) -> Result<i64> {
    sqlx::query_scalar("SELECT sum(amount) FROM orders")
        .fetch_one(connection)
        .await
}

pub async fn c_max(connection: &mut PgConnection) -> Result<i32> {
    sqlx::query_scalar("SELECT max(amount) FROM orders")
        .fetch_one(connection)
        .await
}

pub async fn c_exists(connection: &mut PgConnection) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM orders)")
        .fetch_one(connection)
        .await
}

pub async fn c_pairs(connection: &mut PgConnection) -> Result<Vec<(i32, String)>> {
    sqlx::query_as("SELECT id, item FROM orders")
        .fetch_all(connection)
        .await
}

pub async fn t_insert(transaction: &mut Transaction<'_, Postgres>) -> Result<u64> {
    Ok(sqlx::query("INSERT INTO orders VALUES ($1, $2, $3)")
        .bind(20)
        .bind("twenty")
        .bind(1)
        .execute(&mut **transaction)
        .await?
        .rows_affected())
}

pub async fn t_remove(transaction: &mut Transaction<'_, Postgres>) -> Result<u64> {
    Ok(sqlx::query("DELETE FROM orders WHERE id = $1")
        .bind(20)
        .execute(&mut **transaction)
        .await?
        .rows_affected())
}

pub async fn t_count(transaction: &mut Transaction<'_, Postgres>) -> Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut **transaction)
        .await
}

pub async fn t_items(transaction: &mut Transaction<'_, Postgres>) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT item FROM orders")
        .fetch_all(&mut **transaction)
        .await
}

pub async fn t_lock(transaction: &mut Transaction<'_, Postgres>) -> Result<Vec<i32>> {
    sqlx::query_scalar("SELECT id FROM orders FOR UPDATE")
        .fetch_all(&mut **transaction)
        .await
}

pub async fn t_sum(transaction: &mut Transaction<'_, Postgres>) -> Result<i64> {
    sqlx::query_scalar("SELECT sum(amount) FROM orders")
        .fetch_one(&mut **transaction)
        .await
}

pub async fn t_of_connection(transaction: &mut Transaction<'_, Postgres>) -> Result<i64> {
    c_count(transaction).await
}

pub async fn t_raw(transaction: &mut Transaction<'_, Postgres>) -> Result<()> {
    transaction.execute("SELECT 1").await?;
    Ok(())
}

pub async fn g_count<'e, E: PgExecutor<'e>>(executor: E) -> Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(executor)
        .await
}

pub async fn g_items<'e, E: Executor<'e, Database = Postgres>>(executor: E) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT item FROM orders")
        .fetch_all(executor)
        .await
}

pub async fn g_first<'e, E: PgExecutor<'e>>(executor: E) -> Result<Option<i32>> {
    sqlx::query_scalar("SELECT id FROM orders ORDER BY id")
        .fetch_optional(executor)
        .await
}

pub async fn g_touch<'e, E: PgExecutor<'e>>(executor: E) -> Result<u64> {
    Ok(sqlx::query("UPDATE orders SET amount = amount")
        .execute(executor)
        .await?
        .rows_affected())
}

pub async fn seed(pool: &PgPool, ids: &[i32]) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for id in ids {
        let order = sqlx::query("INSERT INTO orders VALUES ($1, $2, $3)").bind(id);
        order
            .bind(format!("item {id}"))
            .bind(id * 10)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

pub async fn fails(pool: &PgPool) -> Result<()> {
    sqlx::query("SELECT no_such_column FROM orders")
        .execute(pool)
        .await?;
    Ok(())
}
