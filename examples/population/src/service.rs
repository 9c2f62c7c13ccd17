//! What both services do beside their routes: read settings, listen, say where, stop when told to.

use std::{
    io::{self, Write as _},
    net::Ipv4Addr,
};

use anyhow::Context as _;
use axum::Router;
use tokio::{net::TcpListener, sync::oneshot};

/// A variable without which a service cannot run.
pub(crate) fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is needed"))
}

/// What keys in the caches begin with, for those who share them with others.
pub(crate) fn cache_prefix() -> String {
    std::env::var("CACHE_PREFIX").unwrap_or_else(|_| "population".to_owned())
}

/// Serves on a free port, which the first line on stdout tells, until stdin is closed or Ctrl-C is pressed.
pub(crate) async fn serve(app: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped())
        .await?;
    Ok(())
}

async fn stopped() {
    let (closed, is_closed) = oneshot::channel();
    // On a thread of our own, since the runtime would wait for one of its own, and nothing ends a read of stdin.
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = closed.send(());
    });
    tokio::select! {
        _ = is_closed => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
