use super::{
    SendTraced,
    reqwest::{Client, Request},
    sealed::Sealed,
};

/// Executes requests on a [`Client`], traced.
pub trait ClientExt: Sealed {
    /// Like [`Client::execute`], inside of a client span.
    ///
    /// # Errors
    ///
    /// Those of [`Client::execute`], unchanged.
    fn execute_traced(&self, request: Request) -> SendTraced;
}

impl ClientExt for Client {
    fn execute_traced(&self, request: Request) -> SendTraced {
        SendTraced::sent(self, request, None)
    }
}
