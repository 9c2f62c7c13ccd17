//! diesel with SQLite, in the style of its own getting-started guide.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use diesel::{
    Connection, SqliteConnection,
    connection::SimpleConnection,
    prelude::*,
    r2d2::{ConnectionManager, Pool},
    result::{DatabaseErrorKind, Error},
    sql_query,
};
use otel_auto_core::opentelemetry::trace::{TraceContextExt, Tracer};
use otel_auto_testing::Capture;

#[allow(missing_docs, reason = "what diesel makes")]
mod schema {
    diesel::table! {
        posts (id) {
            id -> Integer,
            title -> Text,
        }
    }
}
use schema::posts;

#[derive(Queryable, Selectable)]
#[diesel(table_name = posts)]
struct Post {
    id: i32,
    title: String,
}

#[derive(Insertable)]
#[diesel(table_name = posts)]
struct NewPost<'a> {
    id: i32,
    title: &'a str,
}

fn establish() -> SqliteConnection {
    assert!(otel_auto_diesel::install());
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    connection
        .batch_execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE)")
        .unwrap();
    connection
}

fn below_a_caller<T>(capture: &Capture, inside: impl FnOnce() -> T) -> T {
    let span = capture.tracer("test").start("caller");
    let context = capture.context().with_span(span);
    let output = {
        let _attached = context.clone().attach();
        inside()
    };
    context.span().end();
    output
}

#[test]
fn queries_are_recorded_without_an_edit_and_without_their_binds() {
    let capture = Capture::new();
    let mut connection = establish();
    below_a_caller(&capture, || {
        let post = NewPost {
            id: 471_147_114,
            title: "a secret -- binds: [\"x\"]",
        };
        let inserted = diesel::insert_into(posts::table).values(&post);
        assert_eq!(inserted.execute(&mut connection).unwrap(), 1);
        let found: Vec<Post> = posts::table
            .filter(posts::title.eq(post.title))
            .limit(5)
            .select(Post::as_select())
            .load(&mut connection)
            .unwrap();
        assert_eq!(
            (found[0].id, found[0].title.as_str()),
            (471_147_114, post.title)
        );
        diesel::update(posts::table.find(471_147_114))
            .set(posts::title.eq("another secret"))
            .execute(&mut connection)
            .unwrap();
        let nothing = posts::table.find(1).first::<(i32, String)>(&mut connection);
        assert_eq!(nothing, Err(Error::NotFound));
        sql_query("DELETE FROM posts WHERE title = 'another secret'")
            .execute(&mut connection)
            .unwrap();
    });
    assert_eq!(
        capture.tree_with(&["db.query.text"]),
        "caller internal\n\
         \x20 INSERT `posts` client db.query.text=INSERT INTO `posts` (`id`, `title`) VALUES (?, ?)\n\
         \x20 SELECT `posts` client db.query.text=SELECT `posts`.`id`, `posts`.`title` FROM `posts` WHERE (`posts`.`title` = ?) LIMIT ?\n\
         \x20 UPDATE `posts` client db.query.text=UPDATE `posts` SET `title` = ? WHERE (`posts`.`id` = ?)\n\
         \x20 SELECT `posts` client db.query.text=SELECT `posts`.`id`, `posts`.`title` FROM `posts` WHERE (`posts`.`id` = ?) LIMIT ?\n\
         \x20 DELETE posts client db.query.text=DELETE FROM posts WHERE title = ?\n"
    );
    let span = &capture.spans()[0];
    assert_eq!(span.text("db.system.name"), "sqlite");
    assert_eq!(span.text("db.namespace"), ":memory:");
    let everything = format!("{:?} {:?}", capture.spans(), capture.metrics());
    assert!(!everything.contains("secret") && !everything.contains("471147114"));
    assert_eq!(capture.metric("db.client.operation.duration").len(), 4);
}

#[test]
fn errors_say_their_kind_and_nothing_of_the_values() {
    let capture = Capture::new();
    let mut connection = establish();
    below_a_caller(&capture, || {
        let post = NewPost {
            id: 1,
            title: "a secret",
        };
        let insert = || diesel::insert_into(posts::table).values(&post);
        insert().execute(&mut connection).unwrap();
        let error = insert().execute(&mut connection).unwrap_err();
        assert!(matches!(
            error,
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
        ));
        sql_query("SELEC 1").execute(&mut connection).unwrap_err();
        sql_query("SELECT 'a secret' FROM nowhere")
            .execute(&mut connection)
            .unwrap_err();
    });
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "caller internal\n\
         \x20 INSERT `posts` client\n\
         \x20 INSERT `posts` client error error.type=UniqueViolation\n\
         \x20 :memory: client error error.type=DatabaseError\n\
         \x20 SELECT nowhere client error error.type=DatabaseError\n"
    );
    assert!(!format!("{:?}", capture.spans()).contains("a secret"));
}

#[test]
fn what_the_transaction_manager_says_is_not_a_query() {
    let capture = Capture::new();
    let mut connection = establish();
    below_a_caller(&capture, || {
        let insert = |connection: &mut SqliteConnection, id| {
            let post = NewPost { id, title: "post" };
            diesel::insert_into(posts::table)
                .values(post)
                .execute(connection)
        };
        connection
            .transaction(|connection| insert(connection, 1))
            .unwrap();
        let rolled_back: Result<(), Error> = connection.transaction(|connection| {
            connection
                .transaction(|connection| diesel::delete(posts::table).execute(connection))?;
            Err(Error::RollbackTransaction)
        });
        rolled_back.unwrap_err();
        let count: i64 = posts::table.count().get_result(&mut connection).unwrap();
        assert_eq!(count, 1);
    });
    assert_eq!(
        capture.tree(),
        "caller internal\n\
         \x20 INSERT `posts` client\n\
         \x20 DELETE `posts` client\n\
         \x20 SELECT `posts` client\n"
    );
}

#[test]
fn a_connection_that_cannot_be_established_is_told_below_what_asked_for_it() {
    assert!(otel_auto_diesel::install());
    let capture = Capture::new();
    let missing = "/nowhere/at/all.db?key=secret";
    capture
        .in_scope(|| SqliteConnection::establish(missing))
        .err()
        .unwrap();
    assert!(capture.spans().is_empty(), "nobody asked");
    below_a_caller(&capture, || {
        SqliteConnection::establish(missing).err().unwrap()
    });
    assert_eq!(
        capture.tree_with(&["error.type", "db.namespace"]),
        "caller internal\n\
         \x20 CONNECT /nowhere/at/all.db client error error.type=ConnectionError db.namespace=/nowhere/at/all.db\n"
    );
}

#[test]
fn the_connections_of_a_pool_are_recorded() {
    assert!(otel_auto_diesel::install());
    let capture = Capture::new();
    let manager = ConnectionManager::<SqliteConnection>::new(":memory:");
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    below_a_caller(&capture, || {
        let mut connection = pool.get().unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"))
            .get_result::<i32>(&mut connection)
            .unwrap();
    });
    assert_eq!(
        capture.tree(),
        "caller internal\n\
         \x20 SELECT client\n\
         \x20 SELECT client\n"
    );
}
