//! A way to the server on which commands get lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What becomes of a command, and of its connection.
#[derive(Clone, Copy)]
pub enum Loss {
    /// It never arrives, and nothing is said of it.
    Swallowed,
    /// The connection is cut.
    Cut,
}

/// Forwards to the server on a port, but for so many of the messages in which a command is named.
pub struct Proxy {
    pub port: u16,
    left: Arc<AtomicUsize>,
    lost: Arc<Notify>,
}

impl Proxy {
    pub async fn start(server: u16, command: &'static str, loss: Loss) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicUsize::new(0));
        let lost = Arc::new(Notify::new());
        let (to_lose, to_tell) = (Arc::clone(&left), Arc::clone(&lost));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let (left, lost) = (Arc::clone(&to_lose), Arc::clone(&to_tell));
                let is_lost = move |message: &[u8]| {
                    let is_it = holds(message, command) && take_one(&left);
                    if is_it {
                        lost.notify_one();
                    }
                    is_it
                };
                tokio::spawn(forward(client, server, is_lost, loss));
            }
        });
        Self { port, left, lost }
    }

    /// From now on, loses so many.
    pub fn lose(&self, messages: usize) {
        self.left.store(messages, Ordering::SeqCst);
    }

    /// Waits until one more was lost.
    pub async fn lost(&self) {
        self.lost.notified().await;
    }
}

fn holds(message: &[u8], command: &str) -> bool {
    let mut parts = message.windows(command.len());
    parts.any(|part| part == command.as_bytes())
}

fn take_one(left: &AtomicUsize) -> bool {
    let one_less = |left: usize| left.checked_sub(1);
    let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
    before.is_ok()
}

async fn forward(
    client: TcpStream,
    server: TcpStream,
    is_lost: impl Fn(&[u8]) -> bool,
    loss: Loss,
) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        let message = &buffer[..read];
        let sent = match (is_lost(message), loss) {
            (true, Loss::Swallowed) => Ok(()),
            (true, Loss::Cut) => break,
            (false, _) => to_server.write_all(message).await,
        };
        if sent.is_err() {
            break;
        }
    }
    answers.abort();
}
