//! `get` and `set` of the text protocol.

use std::io;

use tokio::io::AsyncWriteExt as _;

use super::{Entries, Stream, block, broken, line, listen};

/// The URL of a stand-in that is running.
pub(crate) async fn start() -> io::Result<String> {
    Ok(format!("memcached://{}", listen(answer).await?))
}

async fn answer(mut stream: Stream, entries: Entries) -> io::Result<()> {
    while let Some(line) = line(&mut stream).await? {
        let words: Vec<&str> = line.split(' ').collect();
        let reply = match words.as_slice() {
            ["get", key] => get(key, &entries),
            ["set", key, _flags, seconds, length] => {
                let seconds = seconds.parse().map_err(|_| broken())?;
                let value = block(&mut stream, length.parse().map_err(|_| broken())?).await?;
                entries.set(key.as_bytes(), value, seconds);
                b"STORED\r\n".to_vec()
            }
            _ => b"ERROR\r\n".to_vec(),
        };
        stream.write_all(&reply).await?;
    }
    Ok(())
}

fn get(key: &str, entries: &Entries) -> Vec<u8> {
    match entries.get(key.as_bytes()) {
        Some(value) => {
            let head = format!("VALUE {key} 0 {}\r\n", value.len());
            [head.as_bytes(), &value, b"\r\nEND\r\n"].concat()
        }
        None => b"END\r\n".to_vec(),
    }
}
