//! `GET`, `SETEX` and what a client says to introduce itself, in RESP2.

use std::io;

use tokio::io::AsyncWriteExt as _;

use super::{Entries, Stream, block, broken, line, listen};

const MAX_ARGUMENTS: usize = 16;

/// The URL of a stand-in that is running.
pub(crate) async fn start() -> io::Result<String> {
    Ok(format!("redis://{}", listen(answer).await?))
}

async fn answer(mut stream: Stream, entries: Entries) -> io::Result<()> {
    while let Some(command) = command(&mut stream).await? {
        stream.write_all(&reply(&command, &entries)).await?;
    }
    Ok(())
}

/// An array of strings: `*2␍␊$3␍␊GET␍␊$3␍␊key␍␊`.
async fn command(stream: &mut Stream) -> io::Result<Option<Vec<Vec<u8>>>> {
    let Some(head) = line(stream).await? else {
        return Ok(None);
    };
    let count = length(&head, '*')?;
    if count > MAX_ARGUMENTS {
        return Err(broken());
    }
    let mut arguments = Vec::with_capacity(count);
    for _ in 0..count {
        let head = line(stream).await?.ok_or_else(broken)?;
        arguments.push(block(stream, length(&head, '$')?).await?);
    }
    Ok(Some(arguments))
}

fn length(line: &str, mark: char) -> io::Result<usize> {
    line.strip_prefix(mark)
        .and_then(|length| length.parse().ok())
        .ok_or_else(broken)
}

fn reply(command: &[Vec<u8>], entries: &Entries) -> Vec<u8> {
    let command: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
    match command.as_slice() {
        [b"CLIENT", b"SETINFO", ..] => b"+OK\r\n".to_vec(),
        [b"PING"] => b"+PONG\r\n".to_vec(),
        [b"GET", key] => match entries.get(key) {
            Some(value) => [format!("${}\r\n", value.len()).as_bytes(), &value, b"\r\n"].concat(),
            None => b"$-1\r\n".to_vec(),
        },
        [b"SETEX", key, seconds, value] => match number(seconds) {
            Some(seconds) => {
                entries.set(key, value.to_vec(), seconds);
                b"+OK\r\n".to_vec()
            }
            None => b"-ERR value is not an integer or out of range\r\n".to_vec(),
        },
        _ => b"-ERR unknown command\r\n".to_vec(),
    }
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
