/// The template that a request's URL was made from, such as `/users/{id}`, as an extension of the request.
///
/// The client layers name their spans `{method} {template}` by it, and record it as `url.template`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlTemplate(pub &'static str);
