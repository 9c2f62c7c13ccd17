//! What is sent in one call.

use std::{borrow::Cow, ops::ControlFlow};

use crate::{
    table,
    text::{self, Text},
};

/// One command, or several in one go, in whichever form they come.
pub(crate) trait Commands {
    fn kind(&self) -> Kind;

    /// Shows each command as its name and its arguments, until told to stop.
    fn each(&self, visit: &mut Visit<'_>) -> ControlFlow<()>;
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    Pipeline,
    Transaction,
}

pub(crate) type Visit<'v> = dyn FnMut(&mut dyn Iterator<Item = &[u8]>) -> ControlFlow<()> + 'v;

/// The operation's name, and the size of the batch if it is one.
pub(crate) fn operation(commands: &dyn Commands) -> (Cow<'static, str>, Option<usize>) {
    let mut size = 0;
    let mut first = None;
    let mut same = true;
    let _ = commands.each(&mut |arguments| {
        let name = arguments
            .next()
            .map_or("_OTHER", |name| table::lookup(name).name);
        size += 1;
        same &= *first.get_or_insert(name) == name;
        ControlFlow::Continue(())
    });
    let kind = match commands.kind() {
        Kind::One => return (first.unwrap_or("_OTHER").into(), None),
        Kind::Pipeline => "PIPELINE",
        Kind::Transaction => "MULTI",
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

/// The commands as one would type them.
pub(crate) fn text(commands: &dyn Commands, shown: text::Shown) -> String {
    let mut text = Text::new(shown);
    let _ = commands.each(&mut |arguments| text.add(arguments));
    text.into_string()
}

/// The script or function that is called, if nothing else is.
pub(crate) fn procedure(commands: &dyn Commands) -> Option<String> {
    let mut procedure = None;
    if commands.kind() == Kind::One {
        let _ = commands.each(&mut |arguments| {
            procedure = text::called(arguments);
            ControlFlow::Break(())
        });
    }
    procedure
}

#[cfg(all(test, feature = "redis-1"))]
mod tests {
    use redis::{Cmd, Pipeline};

    use super::*;
    use crate::{
        packed::{Batch, Packed},
        text::Shown,
    };

    fn described(commands: &dyn Commands) -> (String, Option<usize>, String) {
        let (name, size) = operation(commands);
        (name.into_owned(), size, text(commands, Shown::Keys))
    }

    /// Both forms in which a pipeline comes must be told alike.
    fn both(pipeline: &Pipeline) -> (String, Option<usize>, String) {
        let bytes = pipeline.get_packed_pipeline();
        let packed = Batch {
            commands: Packed::new(&bytes),
            kind: pipeline.kind(),
            size: pipeline.len(),
        };
        let typed = described(pipeline);
        assert_eq!(typed, described(&packed));
        typed
    }

    fn told(name: &str, size: Option<usize>, text: &str) -> (String, Option<usize>, String) {
        (name.to_owned(), size, text.to_owned())
    }

    #[test]
    fn a_pipeline_is_named_by_its_commands() {
        assert_eq!(
            both(redis::pipe().get("a").get("b")),
            told("PIPELINE GET", Some(2), "GET a; GET b")
        );
        assert_eq!(
            both(redis::pipe().get("a").set("b", 1)),
            told("PIPELINE", Some(2), "GET a; SET b ?")
        );
    }

    #[test]
    fn one_command_is_no_batch() {
        assert_eq!(both(redis::pipe().get("a")), told("GET", None, "GET a"));
        assert_eq!(
            both(redis::pipe().mget(&["a", "b"])),
            told("MGET", None, "MGET a b")
        );
    }

    #[test]
    fn an_empty_pipeline_has_the_size_zero() {
        assert_eq!(both(&redis::pipe()), told("PIPELINE", Some(0), ""));
    }

    #[test]
    fn a_transaction_is_named_multi() {
        let mut pipeline = redis::pipe();
        assert_eq!(both(pipeline.atomic()), told("MULTI", Some(0), ""));
        assert_eq!(
            both(pipeline.set("a", 1)),
            told("MULTI SET", Some(1), "SET a ?")
        );
        assert_eq!(
            both(pipeline.set("b", 2)),
            told("MULTI SET", Some(2), "SET a ?; SET b ?")
        );
        assert_eq!(
            both(pipeline.del("c")),
            told("MULTI", Some(3), "SET a ?; SET b ?; DEL c")
        );
    }

    #[test]
    fn a_cursor_is_a_value() {
        let mut cmd = redis::cmd("HSCAN");
        cmd.arg("hash").cursor_arg(17);
        assert_eq!(text(&cmd, Shown::Keys), "HSCAN hash ?");
    }

    #[test]
    fn an_empty_command_is_other() {
        assert_eq!(operation(&Cmd::new()), ("_OTHER".into(), None));
    }
}
