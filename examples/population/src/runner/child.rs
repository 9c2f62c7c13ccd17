//! A service as a process of its own: this executable, with the service's name as its argument.

use std::{process::Stdio, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{self, Command},
    time::timeout,
};

const START: Duration = Duration::from_secs(20);
/// Longer than a service may take to send its last telemetry.
const STOP: Duration = Duration::from_secs(5);

pub(super) struct Child {
    name: &'static str,
    /// Where the service listens.
    pub(super) url: String,
    process: process::Child,
}

impl Child {
    /// Starts a service and waits until it listens.
    pub(super) async fn start(
        name: &'static str,
        variables: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(name)
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = process
            .stdout
            .take()
            .context("the service's stdout is a pipe")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(START, lines.next_line())
            .await
            .with_context(|| format!("{name} took too long to start"))?;
        let url = line?.with_context(|| format!("{name} did not start"))?;
        Ok(Self { name, url, process })
    }

    /// Closes the service's stdin, which tells it to stop, and waits until it has.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.process.stdin.take());
        let Ok(ended) = timeout(STOP, self.process.wait()).await else {
            self.process.kill().await?;
            anyhow::bail!("{} did not stop", self.name);
        };
        let status = ended?;
        anyhow::ensure!(status.success(), "{} ended with {status}", self.name);
        Ok(())
    }
}
