/// The settings of the database instrumentations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DbSettings {
    /// Replace the literals of query texts by `?`. On by default; off, texts and the servers' messages are recorded as
    /// they are.
    pub sanitize: bool,
    /// The values that are bound to queries, as `db.query.parameter.<key>`. Off by default.
    pub capture_parameters: bool,
    /// Append the trace's context to SQL, as a comment. Off by default.
    pub sqlcommenter: bool,
    /// Record the BEGIN, COMMIT and ROLLBACK that a driver's own API sends. Off by default.
    pub transaction_spans: bool,
    /// The number of rows that came back: `db.response.returned_rows`, and the metric `db.client.response.returned_rows`.
    /// By the conventions the attribute is opt-in; here it is on.
    pub returned_rows: bool,
}

impl Default for DbSettings {
    fn default() -> Self {
        Self {
            sanitize: true,
            capture_parameters: false,
            sqlcommenter: false,
            transaction_spans: false,
            returned_rows: true,
        }
    }
}
