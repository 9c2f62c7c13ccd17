use otel_auto_testing::Capture;

use super::*;
use crate::traced::CONVENTION;

impl Commands {
    pub(crate) fn begun(&self, address: &ServerAddress, connection: u32, request: i32) {
        self.begin(self.key(address, connection), request, Operation::off());
    }

    pub(crate) fn runs(&self, address: &ServerAddress, connection: u32, request: i32) -> bool {
        let key = self.key(address, connection);
        let lines = self.shard(key);
        lines.get(&key).is_some_and(|line| {
            let mut running = line.running.iter();
            running.any(|(number, _)| *number == request)
        })
    }
}

fn commands() -> Commands {
    let providers = Capture::new().providers();
    Commands::new(Instrumenter::new(CONVENTION).providers(providers))
}

fn held(commands: &Commands) -> usize {
    let shards = commands.lines.iter().map(|shard| shard.lock().unwrap());
    let held = shards.map(|lines| {
        let running = lines.values().map(|line| line.running.len());
        lines.len() + running.sum::<usize>()
    });
    held.sum()
}

#[test]
fn a_thousand_commands_that_are_given_up_leave_nothing() {
    let (commands, address) = (commands(), ServerAddress::default());
    for connection in 0..1000_u32 {
        commands.lent(&address, connection);
        let request = i32::try_from(connection).unwrap();
        commands.begin(
            commands.key(&address, connection),
            request,
            Operation::off(),
        );
    }
    assert_eq!(held(&commands), 2000);
    for connection in 0..1000 {
        commands.returned(&address, connection);
        // The driver tells of the connection that it closes, too.
        commands.returned(&address, connection);
    }
    assert_eq!(held(&commands), 0);
}

#[test]
fn a_connection_that_never_comes_back_holds_one_command() {
    let (commands, address) = (commands(), ServerAddress::default());
    let key = commands.key(&address, 1);
    commands.lent(&address, 1);
    for request in 0..1000 {
        commands.begin(key, request, Operation::off());
    }
    assert_eq!(held(&commands), 2);
}

#[test]
fn connections_of_the_same_number_are_told_apart_by_the_request() {
    let (commands, address) = (commands(), ServerAddress::default());
    let key = commands.key(&address, 1);
    for request in [7, 8] {
        commands.lent(&address, 1);
        commands.begin(key, request, Operation::off());
    }
    assert!(commands.taken(key, 7).is_some());
    commands.returned(&address, 1);
    assert!(commands.taken(key, 8).is_some());
    commands.returned(&address, 1);
    assert_eq!(held(&commands), 0);
}

#[test]
fn without_telemetry_nothing_is_kept_of_a_connection() {
    let commands = Commands::new(Instrumenter::new(CONVENTION));
    let address = ServerAddress::default();
    commands.lent(&address, 1);
    assert!(commands.is_idle());
    assert_eq!(held(&commands), 0);
    commands.returned(&address, 1);
    // It went while a command ran.
    commands.begin(commands.key(&address, 1), 7, Operation::off());
    assert!(!commands.is_idle());
    commands.returned(&address, 1);
    assert!(commands.is_idle());
    assert_eq!(held(&commands), 0);
}
