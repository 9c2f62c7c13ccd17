//! What the database instrumentations record.

use otel_auto_core::DbSettings;

use super::{
    env::Env,
    vars::{
        DB_CAPTURE_PARAMETERS, DB_QUERY_SANITIZATION, DB_RETURNED_ROWS, DB_SQLCOMMENTER,
        DB_TRANSACTION_SPANS, JAVA_DB_QUERY_SANITIZATION,
    },
};

pub(super) fn read(env: &mut Env<'_>) -> DbSettings {
    let java = env.switch_if_set(&JAVA_DB_QUERY_SANITIZATION);
    let ours = env.switch_if_set(&DB_QUERY_SANITIZATION);
    let mut settings = DbSettings::default();
    settings.sanitize = ours.or(java).unwrap_or(settings.sanitize);
    settings.capture_parameters = env.flag(&DB_CAPTURE_PARAMETERS);
    settings.sqlcommenter = env.flag(&DB_SQLCOMMENTER);
    settings.transaction_spans = env.flag(&DB_TRANSACTION_SPANS);
    settings.returned_rows = env.switch(&DB_RETURNED_ROWS);
    settings
}
