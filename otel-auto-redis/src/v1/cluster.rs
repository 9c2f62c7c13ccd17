//! Pipelines over blocking cluster connections, which the library only takes with a connection of its own type.

use std::ops::ControlFlow;

use super::{
    redis::{
        FromRedisValue, RedisResult,
        cluster::{ClusterConnection, ClusterPipeline},
    },
    reply,
};
use crate::{
    Connection,
    commands::{Commands, Kind, Visit},
};

impl Commands for ClusterPipeline {
    fn kind(&self) -> Kind {
        Kind::Pipeline
    }

    fn each(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.cmd_iter().try_for_each(|cmd| cmd.each(visit))
    }
}

impl Connection<ClusterConnection> {
    /// Sends a pipeline: `connection.query_pipeline(&pipeline)` instead of `pipeline.query(&mut connection)`.
    ///
    /// # Errors
    ///
    /// Those of [`ClusterPipeline::query`].
    pub fn query_pipeline<T: FromRedisValue>(
        &mut self,
        pipeline: &ClusterPipeline,
    ) -> RedisResult<T> {
        let operation = self.start(pipeline, 0);
        let result = operation.run(|| pipeline.query(&mut self.inner));
        // The library gives the errors of the commands in one of its own.
        let errors = match &result {
            Err(error) => error.clone().into_server_errors(),
            Ok(_) => None,
        };
        let code = errors.as_deref().and_then(|errors| errors.first());
        reply::end_by(
            operation,
            match code {
                Some((_, error)) => Ok(Some(error.code())),
                None => result.as_ref().map(|_| None),
            },
        );
        result
    }
}
