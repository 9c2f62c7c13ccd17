//! Starts both services, as processes of their own, and shows what they send.

mod child;
mod destination;
mod inbox;
mod settings;
mod traces;

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use otel_auto::console::{Style, render, render_metrics};
use tokio::time::timeout;

use self::{child::Child, destination::Destination, inbox::Inbox, settings::Settings};

/// How long the spans of a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(3);

const REQUESTS: [(&str, &str); 4] = [
    ("a miss: asked for the first time", "/prefectures/Tokyo"),
    ("a hit: Redis has it now", "/prefectures/Tokyo"),
    (
        "not found: a prefecture that there is not",
        "/prefectures/Atlantis",
    ),
    (
        "an error: nobody has made the table `area`",
        "/prefectures/Tokyo/density",
    ),
];

/// A few requests, their traces, the metrics, and the end.
pub(crate) async fn demo() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut waiting = stage.destination.draws_traces();
    for (title, path) in REQUESTS {
        let response = client
            .get(format!("{}{path}", stage.front.url))
            .send()
            .await?;
        say(format!(
            "\n# {title}\nGET {path} → {} {}",
            response.status().as_u16(),
            response.text().await?
        ));
        if waiting {
            // If the spans of one do not come, a sampler may be why, and those of the next need not come either.
            waiting = timeout(PATIENCE, stage.draw_next()).await.is_ok();
        }
    }
    stage.strike().await
}

/// Both services, until Ctrl-C.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    say(format!("\n{}/prefectures/Tokyo", stage.front.url));
    say(format!("{}/population/Tokyo", stage.api.url));
    say("Ctrl-C stops.\n");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = stage.draw_all() => {}
    }
    stage.strike().await
}

/// Both services, and where their telemetry arrives.
struct Stage {
    destination: Destination,
    inbox: Inbox,
    api: Child,
    front: Child,
    style: Style,
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        let settings = Settings::new().await?;
        say(settings.told());
        let inbox = Inbox::open().await?;
        let destination = Destination::from_env(inbox.address());
        say(destination.told());

        let api = Child::start("api", settings.api().chain(destination.variables())).await?;
        let front = Child::start(
            "front",
            settings.front(&api.url).chain(destination.variables()),
        )
        .await?;
        let no_color = std::env::var_os("NO_COLOR");
        let style = Style::plain().with_terminal(io::stdout().is_terminal(), no_color.as_deref());
        Ok(Self {
            destination,
            inbox,
            api,
            front,
            style,
        })
    }

    async fn draw_next(&mut self) {
        let spans = self.inbox.next_trace().await;
        say(render(&spans, &self.style).trim_end());
    }

    async fn draw_all(&mut self) {
        loop {
            self.draw_next().await;
        }
    }

    /// Services send what they have before they end, so that after them there is nothing more to wait for.
    async fn strike(mut self) -> anyhow::Result<()> {
        let (front, api) = tokio::join!(self.front.stop(), self.api.stop());
        let (late, metrics) = self.inbox.close();
        if !late.is_empty() {
            say(format!(
                "\n# what came late\n{}",
                render(&late, &self.style).trim_end()
            ));
        }
        if !metrics.is_empty() {
            say(format!(
                "\n{}",
                render_metrics(&metrics, &self.style).trim_end()
            ));
        }
        front.and(api)
    }
}

/// A line on stdout. If nobody reads it any more, the services still have to be stopped.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
