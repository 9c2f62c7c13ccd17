//! What is sent, and where to, in the library's own types.

use std::ops::ControlFlow;

use super::redis::{Arg, Client, Cmd, ConnectionAddr, Pipeline};
use crate::{
    Server,
    commands::{Commands, Kind, Visit},
    server::Place,
};

impl Commands for Cmd {
    fn kind(&self) -> Kind {
        Kind::One
    }

    fn each(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        visit(&mut self.args_iter().map(|argument| {
            if let Arg::Simple(bytes) = argument {
                bytes
            } else {
                // The place of a cursor, which is a value.
                &[]
            }
        }))
    }
}

impl Commands for Pipeline {
    fn kind(&self) -> Kind {
        if self.is_transaction() {
            Kind::Transaction
        } else {
            Kind::Pipeline
        }
    }

    fn each(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.cmd_iter().try_for_each(|cmd| cmd.each(visit))
    }
}

impl From<&ConnectionAddr> for Server {
    fn from(address: &ConnectionAddr) -> Self {
        Self(match address {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Place::Tcp(host.as_str().into(), *port)
            }
            ConnectionAddr::Unix(path) => Place::Unix(path.to_string_lossy().into()),
            #[allow(unreachable_patterns)] // There are no others yet in some versions.
            _ => Place::Unknown,
        })
    }
}

impl From<&Client> for Server {
    fn from(client: &Client) -> Self {
        client.get_connection_info().into()
    }
}
