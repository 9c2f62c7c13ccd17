use super::{SendTraced, reqwest::RequestBuilder, sealed::Sealed};

/// Sends what a [`RequestBuilder`] built, traced.
pub trait RequestBuilderExt: Sealed {
    /// Like [`RequestBuilder::send`], inside of a client span.
    ///
    /// # Errors
    ///
    /// Those of [`RequestBuilder::send`], unchanged.
    fn send_traced(self) -> SendTraced;

    /// Says which template the URL was made from: the span is then named `{method} {template}`.
    ///
    /// This is the last step before `send_traced`. For a request that is built already, see
    /// [`RequestBuilder::from_parts`].
    fn url_template(self, template: &'static str) -> TemplatedRequest;
}

impl RequestBuilderExt for RequestBuilder {
    fn send_traced(self) -> SendTraced {
        send(self, None)
    }

    fn url_template(self, template: &'static str) -> TemplatedRequest {
        TemplatedRequest {
            builder: self,
            template,
        }
    }
}

/// A request and the template of its URL: see [`RequestBuilderExt::url_template`].
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct TemplatedRequest {
    builder: RequestBuilder,
    template: &'static str,
}

impl TemplatedRequest {
    /// Like [`RequestBuilder::send`], inside of a client span.
    ///
    /// # Errors
    ///
    /// Those of [`RequestBuilder::send`], unchanged.
    pub fn send_traced(self) -> SendTraced {
        send(self.builder, Some(self.template))
    }
}

fn send(builder: RequestBuilder, template: Option<&'static str>) -> SendTraced {
    match builder.build_split() {
        (client, Ok(request)) => SendTraced::sent(&client, request, template),
        (_, Err(error)) => SendTraced::unbuilt(error),
    }
}
