//! MySQL, and MariaDB, which the driver cannot tell from it.

use std::borrow::Cow;

use super::{
    mysql::{MySql, MySqlDatabaseError},
    traced::in_drivers::*,
};
use crate::target::Target;

impl Driver for MySql {}

executors!(MySql);

impl sealed::Driver for MySql {
    fn target(options: &Options<Self>) -> Target {
        Target {
            system: "mysql",
            server: Some(server(
                options.get_socket(),
                options.get_host(),
                options.get_port(),
            )),
            namespace: options.get_database().map(str::to_owned),
        }
    }

    fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<i64>) {
        let number = error
            .try_downcast_ref::<MySqlDatabaseError>()
            .map(|error| i64::from(error.number()));
        (error.code(), number)
    }
}
