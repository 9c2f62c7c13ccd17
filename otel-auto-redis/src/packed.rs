//! Commands in the form in which they are sent: all that a blocking pipeline gives.

use std::ops::ControlFlow;

use crate::commands::{Commands, Kind, Visit};

/// `size` commands as they are sent, between `MULTI` and `EXEC` if they are a transaction.
pub(crate) struct Batch<'a> {
    pub(crate) commands: Packed<'a>,
    pub(crate) kind: Kind,
    pub(crate) size: usize,
}

impl Commands for Batch<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn each(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.commands
            .clone()
            .skip(usize::from(self.kind == Kind::Transaction))
            .take(self.size)
            .try_for_each(|mut arguments| visit(&mut arguments))
    }
}

/// The commands in a packed pipeline, each as its arguments. What is not well formed ends it.
#[derive(Debug, Clone)]
pub(crate) struct Packed<'a> {
    rest: &'a [u8],
}

impl<'a> Packed<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = Arguments<'a>;

    fn next(&mut self) -> Option<Arguments<'a>> {
        let (left, rest) = header(self.rest, b'*')?;
        let arguments = Arguments { rest, left };
        let mut end = arguments.clone();
        end.by_ref().for_each(drop);
        self.rest = end.rest;
        Some(arguments)
    }
}

/// The name and the arguments of one command.
#[derive(Debug, Clone)]
pub(crate) struct Arguments<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (length, rest) = header(self.rest, b'$')?;
        let (argument, rest) = rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix(b"\r\n")?;
        Some(argument)
    }
}

/// A mark, a number, and the end of the line.
fn header(bytes: &[u8], mark: u8) -> Option<(usize, &[u8])> {
    let bytes = bytes.strip_prefix(&[mark])?;
    let end = bytes.iter().position(|byte| *byte == b'\r')?;
    let (number, rest) = bytes.split_at_checked(end)?;
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((number, rest.strip_prefix(b"\r\n")?))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn commands(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = |argument: &[u8]| String::from_utf8_lossy(argument).into_owned();
        Packed::new(bytes)
            .map(|arguments| arguments.map(text).collect())
            .collect()
    }

    #[test]
    fn a_packed_pipeline_gives_its_commands_back() {
        let mut pipeline = redis::pipe();
        pipeline
            .atomic()
            .cmd("SET")
            .arg("key")
            .arg("a\r\n$3\r\nb")
            .cmd("GET")
            .arg("")
            .cmd("PING");
        assert_eq!(
            commands(&pipeline.get_packed_pipeline()),
            [
                vec!["MULTI"],
                vec!["SET", "key", "a\r\n$3\r\nb"],
                vec!["GET", ""],
                vec!["PING"],
                vec!["EXEC"]
            ]
        );
    }

    #[test]
    fn what_is_cut_off_or_malformed_ends_it() {
        let whole = redis::pipe()
            .cmd("SET")
            .arg("key")
            .arg("value")
            .get_packed_pipeline();
        for end in 0..whole.len() {
            let given: usize = commands(&whole[..end]).iter().map(Vec::len).sum();
            assert!(given < 3, "{given} arguments of {end} bytes");
        }
        assert!(commands(b"*99999999999999999999\r\n").is_empty());
        assert_eq!(
            commands(b"*2\r\n$99999999\r\nGET\r\n"),
            [Vec::<String>::new()]
        );
        assert!(commands(b"PING\r\n").is_empty());
    }
}
