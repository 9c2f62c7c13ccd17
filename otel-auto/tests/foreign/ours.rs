//! The same service as `service.py` and `service.js`, with ours.

use axum::{
    Router,
    http::{HeaderMap, Uri},
    routing::get,
};
use opentelemetry::{Context, baggage::BaggageExt, trace::TraceContextExt};
use otel_auto::{reqwest::RequestBuilderExt, tower::HttpServerLayer};
use serde_json::{Map, Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener};

/// Prints its port. Ends, in order, when its standard input does.
pub(super) async fn serve() {
    let _otel = otel_auto::init!();
    let app = Router::new()
        .route("/echo", get(echo))
        .route("/call", get(call))
        .layer(HttpServerLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\n{}", listener.local_addr().unwrap().port());
    let end = async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    let serve = axum::serve(listener, app).with_graceful_shutdown(end);
    serve.await.unwrap();
}

async fn echo(headers: HeaderMap) -> String {
    json!([view(&headers)]).to_string()
}

async fn call(uri: Uri, headers: HeaderMap) -> String {
    let next = uri.query().unwrap().strip_prefix("next=").unwrap();
    let next = percent_encoding::percent_decode_str(next)
        .decode_utf8()
        .unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(&*next).send_traced().await.unwrap();
    let answer = answer.error_for_status().unwrap().text().await.unwrap();
    let mut views = vec![view(&headers)];
    views.extend(serde_json::from_str::<Vec<Value>>(&answer).unwrap());
    json!(views).to_string()
}

/// What this service was sent, and what its own telemetry makes of that.
fn view(headers: &HeaderMap) -> Value {
    let context = Context::current();
    let span = context.span().span_context().clone();
    let baggage: Map<_, _> = context
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.to_string(), Value::from(value.as_str())))
        .collect();
    let received: Map<_, _> = ["traceparent", "tracestate", "baggage"]
        .into_iter()
        .map(|name| {
            let value = headers.get(name).map(|value| value.to_str().unwrap());
            (name.to_owned(), Value::from(value))
        })
        .collect();
    json!({
        "trace_id": span.trace_id().to_string(),
        "sampled": span.is_sampled(),
        "tracestate": span.trace_state().header(),
        "baggage": baggage,
        "received": received,
    })
}
