//! What is sent in one call.

use std::{borrow::Cow, ops::ControlFlow};

use redis::{Arg, Cmd, Pipeline};

use crate::{
    packed::Packed,
    table,
    text::{self, Text},
};

/// One command, or several in one go.
#[derive(Clone, Copy)]
pub(crate) enum Commands<'a> {
    One(&'a Cmd),
    Pipeline(&'a Pipeline),
    /// `size` commands as they are sent, between `MULTI` and `EXEC` if they are a transaction.
    Packed {
        bytes: &'a [u8],
        size: usize,
        transaction: bool,
    },
}

type Visit<'v> = dyn FnMut(&mut dyn Iterator<Item = &[u8]>) -> ControlFlow<()> + 'v;

impl Commands<'_> {
    /// The operation's name, and the size of the batch if it is one.
    pub(crate) fn operation(&self) -> (Cow<'static, str>, Option<usize>) {
        let mut size = 0;
        let mut first = None;
        let mut same = true;
        self.each(&mut |arguments| {
            let name = arguments
                .next()
                .map_or("_OTHER", |name| table::lookup(name).name);
            size += 1;
            same &= *first.get_or_insert(name) == name;
            ControlFlow::Continue(())
        });
        let kind = match self {
            Self::One(_) => return (first.unwrap_or("_OTHER").into(), None),
            Self::Pipeline(pipeline) if pipeline.is_transaction() => "MULTI",
            Self::Packed {
                transaction: true, ..
            } => "MULTI",
            Self::Pipeline(_) | Self::Packed { .. } => "PIPELINE",
        };
        match first {
            Some(name) if size == 1 && kind == "PIPELINE" => (name.into(), None),
            Some(name) if same => {
                let name = otel_auto_core::intern(&format!("{kind} {name}")).unwrap_or(kind);
                (name.into(), Some(size))
            }
            _ => (kind.into(), Some(size)),
        }
    }

    pub(crate) fn text(&self, keys: bool) -> String {
        let mut text = Text::new(keys);
        self.each(&mut |arguments| text.add(arguments));
        text.into_string()
    }

    /// The script or function that is called, if nothing else is.
    pub(crate) fn procedure(&self) -> Option<&str> {
        match self {
            Self::One(cmd) => text::called(&mut arguments(cmd)),
            Self::Packed {
                bytes,
                size: 1,
                transaction: false,
            } => text::called(&mut Packed::new(bytes).next()?),
            Self::Pipeline(_) | Self::Packed { .. } => None,
        }
    }

    fn each(&self, visit: &mut Visit<'_>) {
        let _ = match self {
            Self::One(cmd) => visit(&mut arguments(cmd)),
            Self::Pipeline(pipeline) => pipeline
                .cmd_iter()
                .try_for_each(|cmd| visit(&mut arguments(cmd))),
            Self::Packed {
                bytes,
                size,
                transaction,
            } => Packed::new(bytes)
                .skip(usize::from(*transaction))
                .take(*size)
                .try_for_each(|mut arguments| visit(&mut arguments)),
        };
    }
}

fn arguments(cmd: &Cmd) -> impl Iterator<Item = &[u8]> {
    cmd.args_iter().map(|argument| match argument {
        Arg::Simple(bytes) => bytes,
        // The place of a cursor, which is a value.
        _ => &[],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pipeline: &Pipeline) -> (Vec<u8>, usize, bool) {
        (
            pipeline.get_packed_pipeline(),
            pipeline.len(),
            pipeline.is_transaction(),
        )
    }

    /// Both forms in which a pipeline comes must be told alike.
    fn operation(pipeline: &Pipeline) -> (String, Option<usize>, String) {
        let (bytes, size, transaction) = packed(pipeline);
        let told = |commands: Commands<'_>| {
            let (name, size) = commands.operation();
            (name.into_owned(), size, commands.text(true))
        };
        let typed = told(Commands::Pipeline(pipeline));
        assert_eq!(
            typed,
            told(Commands::Packed {
                bytes: &bytes,
                size,
                transaction
            })
        );
        typed
    }

    fn told(name: &str, size: Option<usize>, text: &str) -> (String, Option<usize>, String) {
        (name.to_owned(), size, text.to_owned())
    }

    #[test]
    fn a_pipeline_is_named_by_its_commands() {
        assert_eq!(
            operation(redis::pipe().get("a").get("b")),
            told("PIPELINE GET", Some(2), "GET a; GET b")
        );
        assert_eq!(
            operation(redis::pipe().get("a").set("b", 1)),
            told("PIPELINE", Some(2), "GET a; SET b ?")
        );
    }

    #[test]
    fn one_command_is_no_batch() {
        assert_eq!(
            operation(redis::pipe().get("a")),
            told("GET", None, "GET a")
        );
        assert_eq!(
            operation(redis::pipe().mget(&["a", "b"])),
            told("MGET", None, "MGET a b")
        );
    }

    #[test]
    fn an_empty_pipeline_has_the_size_zero() {
        assert_eq!(operation(&redis::pipe()), told("PIPELINE", Some(0), ""));
    }

    #[test]
    fn a_transaction_is_named_multi() {
        let mut pipeline = redis::pipe();
        assert_eq!(operation(pipeline.atomic()), told("MULTI", Some(0), ""));
        assert_eq!(
            operation(pipeline.set("a", 1)),
            told("MULTI SET", Some(1), "SET a ?")
        );
        assert_eq!(
            operation(pipeline.set("b", 2)),
            told("MULTI SET", Some(2), "SET a ?; SET b ?")
        );
        assert_eq!(
            operation(pipeline.del("c")),
            told("MULTI", Some(3), "SET a ?; SET b ?; DEL c")
        );
    }

    #[test]
    fn a_cursor_is_a_value() {
        let mut cmd = redis::cmd("HSCAN");
        cmd.arg("hash").cursor_arg(17);
        assert_eq!(Commands::One(&cmd).text(true), "HSCAN hash ?");
    }

    #[test]
    fn an_empty_command_is_other() {
        assert_eq!(
            Commands::One(&Cmd::new()).operation(),
            ("_OTHER".into(), None)
        );
    }
}
