//! Small servers in this process, for those who have no Redis and no memcached at hand. They speak so much of the
//! protocols that the same clients work with them as with the real ones.

pub(crate) mod memcached;
pub(crate) mod redis;

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

const MAX_LINE: u64 = 1024;
const MAX_VALUE: usize = 64 * 1024;
const MAX_ENTRIES: usize = 1024;

type Stream = BufReader<TcpStream>;

/// What is cached, for all connections.
#[derive(Clone, Default)]
struct Entries(Arc<Mutex<HashMap<Vec<u8>, Entry>>>);

struct Entry {
    value: Vec<u8>,
    until: Instant,
}

impl Entries {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(key)
            .filter(|entry| entry.until > Instant::now())
            .map(|entry| entry.value.clone())
    }

    fn set(&self, key: &[u8], value: Vec<u8>, seconds: u32) {
        let now = Instant::now();
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.until > now);
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(
            key.to_vec(),
            Entry {
                value,
                until: now + Duration::from_secs(seconds.into()),
            },
        );
    }
}

/// Listens on a free port, and answers each connection until it ends or breaks the protocol.
async fn listen<F>(answer: impl Fn(Stream, Entries) -> F + Send + 'static) -> io::Result<SocketAddr>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let entries = Entries::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(answer(BufReader::new(stream), entries.clone()));
        }
    });
    Ok(address)
}

/// A line without its end; none at the end of the stream.
async fn line(stream: &mut Stream) -> io::Result<Option<String>> {
    let mut line = String::new();
    stream.take(MAX_LINE).read_line(&mut line).await?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(Some(line.to_owned())),
        None if line.is_empty() => Ok(None),
        None => Err(broken()),
    }
}

/// As many bytes, and the end of the line after them.
async fn block(stream: &mut Stream, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_VALUE {
        return Err(broken());
    }
    let mut block = vec![0; length + 2];
    stream.read_exact(&mut block).await?;
    block.truncate(length);
    Ok(block)
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}
