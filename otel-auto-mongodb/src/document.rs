//! What is read of a command and of its reply.

use mongodb::bson::{Bson, Document};
use otel_auto_core::db::ServerError;

use crate::traced::SYSTEM;

/// The commands whose value is the name of a collection. Others' may be a user, a role or a version.
const ON_COLLECTIONS: [&str; 19] = [
    "find",
    "insert",
    "update",
    "delete",
    "aggregate",
    "findAndModify",
    "findandmodify",
    "count",
    "distinct",
    "create",
    "drop",
    "createIndexes",
    "dropIndexes",
    "listIndexes",
    "collMod",
    "mapReduce",
    "createSearchIndexes",
    "updateSearchIndex",
    "dropSearchIndex",
];

/// The command as the metrics know it: programs run commands of their own by `run_command`.
pub(crate) fn name(command: &str) -> &'static str {
    let known = ON_COLLECTIONS.into_iter().find(|known| *known == command);
    known
        .or_else(|| otel_auto_core::intern(command))
        .unwrap_or("_OTHER")
}

/// What the command is about, if that is one collection.
pub(crate) fn collection<'a>(command: &str, document: &'a Document) -> Option<&'a str> {
    let key = match command {
        "getMore" => "collection",
        command if ON_COLLECTIONS.contains(&command) => command,
        _ => return None,
    };
    document.get_str(key).ok()
}

/// How many documents, updates, deletions or operations of a `bulkWrite` are in the command.
pub(crate) fn batch_size(command: &Document) -> Option<usize> {
    ["documents", "updates", "deletes", "ops"]
        .iter()
        .find_map(|key| command.get_array(key).ok())
        .map(Vec::len)
}

/// The documents in the batch that came.
pub(crate) fn returned_rows(reply: &Document) -> Option<u64> {
    if is_of_bulk_write(reply) {
        return None;
    }
    let cursor = reply.get_document("cursor").ok()?;
    let batch = cursor.get_array("firstBatch");
    let batch = batch.or_else(|_| cursor.get_array("nextBatch")).ok()?;
    u64::try_from(batch.len()).ok()
}

/// The first write that was refused: it is within a reply that says `ok`.
pub(crate) fn refused(reply: &Document) -> Option<ServerError<'static>> {
    let errors = reply.get_array("writeErrors").ok();
    if let Some(error) = errors.and_then(|errors| errors.first()?.as_document()) {
        return Some(server_error(Some(error)));
    }
    if number(reply, "nErrors").is_some_and(|errors| errors > 0) {
        return Some(server_error(refused_of_bulk_write(reply)));
    }
    let concern = reply.get_document("writeConcernError").ok()?;
    Some(server_error(Some(concern)))
}

// Without the message: the server quotes values in it.
fn server_error(document: Option<&Document>) -> ServerError<'static> {
    let error = ServerError::new(SYSTEM);
    match document.and_then(|document| number(document, "code")) {
        Some(code) => error.code(code),
        None => error,
    }
}

/// It answers with a cursor of what became of each write.
fn is_of_bulk_write(reply: &Document) -> bool {
    reply.contains_key("nErrors")
}

/// `None` if it is in a later batch.
fn refused_of_bulk_write(reply: &Document) -> Option<&Document> {
    let batch = reply.get_document("cursor").ok()?.get_array("firstBatch");
    let mut writes = batch.ok()?.iter().filter_map(Bson::as_document);
    writes.find(|write| number(write, "ok") != Some(1))
}

fn number(document: &Document, key: &str) -> Option<i64> {
    match document.get(key)? {
        Bson::Int32(number) => Some((*number).into()),
        Bson::Int64(number) => Some(*number),
        // Of a server's flags and codes none has a fraction.
        #[allow(clippy::cast_possible_truncation)]
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    /// The answer to two inserts by `Client::bulk_write`, of which the second was refused.
    fn bulk_write() -> Document {
        let error = doc! { "ok": 0.0, "idx": 1, "code": 11000, "errmsg": "hush" };
        doc! {
            "ok": 1.0,
            "cursor": { "id": 0_i64, "firstBatch": [{ "ok": 1.0, "idx": 0, "n": 1 }, error] },
            "nErrors": 1,
            "nInserted": 1,
        }
    }

    #[test]
    fn a_write_that_a_bulk_write_had_refused_is_an_error() {
        let code = refused(&bulk_write()).unwrap().status_code();
        assert_eq!(code.as_deref(), Some("11000"));
        let mut later = bulk_write();
        later.insert("cursor", doc! { "firstBatch": [{ "ok": 1.0, "idx": 0 }] });
        assert_eq!(refused(&later).unwrap().status_code(), None);
        let mut all_good = bulk_write();
        all_good.insert("nErrors", 0);
        all_good.insert("cursor", doc! { "firstBatch": [{ "ok": 1, "idx": 0 }] });
        assert!(refused(&all_good).is_none());
    }

    #[test]
    fn what_a_bulk_write_answers_for_each_write_is_no_row() {
        assert_eq!(returned_rows(&bulk_write()), None);
        let found = doc! { "ok": 1.0, "cursor": { "firstBatch": [{ "ok": 0 }, { "code": 1 }] } };
        assert_eq!(returned_rows(&found), Some(2));
        assert!(refused(&found).is_none());
    }

    #[test]
    fn the_size_of_a_batch_is_that_of_its_writes() {
        let writes = doc! { "bulkWrite": 1, "ops": [{ "insert": 0 }, { "delete": 0 }] };
        assert_eq!(batch_size(&writes), Some(2));
        assert_eq!(
            batch_size(&doc! { "insert": "people", "documents": [{}] }),
            Some(1)
        );
        assert_eq!(batch_size(&doc! { "find": "people" }), None);
    }

    #[test]
    fn only_a_command_on_a_collection_names_one() {
        let named = |command: &str| {
            let document = doc! { command: "people" };
            collection(command, &document).map(str::to_owned)
        };
        for command in ["find", "insert", "findandmodify", "dropSearchIndex"] {
            assert_eq!(named(command).as_deref(), Some("people"), "{command}");
        }
        for command in [
            "usersInfo",
            "dropUser",
            "grantRolesToUser",
            "getLog",
            "setFeatureCompatibilityVersion",
            "renameCollection",
            "getMore",
        ] {
            assert_eq!(named(command), None, "{command}");
        }
        let more = doc! { "getMore": 7_i64, "collection": "people" };
        assert_eq!(collection("getMore", &more), Some("people"));
        assert_eq!(collection("aggregate", &doc! { "aggregate": 1 }), None);
    }
}
