use mongodb::{
    bson::{Bson, de::from_document, doc},
    event::cmap::ConnectionClosedEvent,
};
use otel_auto_testing::Capture;

use super::*;

const NUMBER: u32 = 1;

fn pools() -> Pools {
    let providers = Capture::new().providers();
    let instrumenter = Instrumenter::new(CONVENTION).providers(providers.clone());
    let commands = Arc::new(Commands::new(instrumenter.clone()));
    Pools::new(instrumenter, Some(providers), commands)
}

/// What a driver's pool says when its client is gone.
fn pool_closed() -> CmapEvent {
    let event = doc! {
        "connectionId": Bson::Int64(NUMBER.into()),
        "reason": "poolClosed",
    };
    let mut event: ConnectionClosedEvent = from_document(event).unwrap();
    event.address = ServerAddress::default();
    CmapEvent::ConnectionClosed(event)
}

#[test]
fn a_client_that_closes_its_idle_connections_ends_no_command_of_another() {
    let (pools, address) = (pools(), ServerAddress::default());
    for _client in 0..2 {
        pools.created(&address, None);
        pools.of(&address, |pool| pool.connections().came(NUMBER));
    }
    pools.commands.lent(&address, NUMBER);
    pools.of(&address, |pool| pool.connections().lent(NUMBER));
    pools.commands.begun(&address, NUMBER, 7);
    pools.on(&pool_closed());
    assert!(pools.commands.runs(&address, NUMBER, 7));
    // The other client's own, which it used to the end.
    pools.on(&pool_closed());
    assert!(!pools.commands.runs(&address, NUMBER, 7));
    pools.of(&address, |pool| {
        assert!(pool.connections().there.is_empty());
    });
}
