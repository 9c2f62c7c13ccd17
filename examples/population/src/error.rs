//! What goes wrong in a handler, and what the client hears of it.

use std::fmt;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use otel_auto::tracing;

#[derive(Debug)]
pub(crate) enum AppError {
    NotFound,
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for AppError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such prefecture"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "no such prefecture").into_response(),
            // What it is goes to the log, and is nobody else's business.
            Self::Failed(error) => {
                tracing::error!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response()
            }
        }
    }
}
