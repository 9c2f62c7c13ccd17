use tonic::{Code, Request};

use crate::suite::{Rpc, path, probe, start};

async fn assert_unknown(rpc: &impl Rpc, unknown: &str) {
    let running = start(rpc).await;
    let request = Request::new(String::new());
    let path = format!("/{unknown}").parse().unwrap();
    let status = running.unary_at(request, path).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    let (server, client) = running.pair().await;
    for (span, points) in [
        (server, running.server_points()),
        (client, running.client_points()),
    ] {
        assert_eq!(span.name, "grpc");
        assert_eq!(span.text("rpc.method"), "_OTHER");
        assert_eq!(span.text("rpc.method_original"), unknown);
        assert_eq!(span.text("rpc.response.status_code"), "UNIMPLEMENTED");
        assert_eq!(span.text("error.type"), "UNIMPLEMENTED");
        assert_eq!(points.len(), 1);
        assert_eq!(points[0].get("rpc.method"), "_OTHER");
        assert_eq!(points[0].get("rpc.method_original"), "");
    }
}

pub async fn a_method_that_nobody_knows_is_other(rpc: &impl Rpc) {
    assert_unknown(rpc, &format!("{}/Nothing", probe::SERVICE)).await;
}

pub async fn a_service_that_nobody_knows_is_other(rpc: &impl Rpc) {
    assert_unknown(rpc, "nobody.Knows/This").await;
}

pub async fn invented_methods_make_one_series(rpc: &impl Rpc) {
    let running = start(rpc).await;
    for number in 0..1_000 {
        let request = Request::new(String::new());
        let invented = match number % 3 {
            0 => format!("/{}/M{number}", probe::SERVICE),
            1 => format!("/invented.Service{number}/M"),
            _ => format!("/{}/{}{number}", probe::SERVICE, "long".repeat(200)),
        };
        let _ = running.unary_at(request, invented.parse().unwrap()).await;
    }
    let (servers, clients) = running.spans(1_000).await;
    for span in servers.iter().chain(&clients) {
        assert_eq!(span.name, "grpc");
        assert!(span.text("rpc.method_original").len() <= 256);
    }
    assert_eq!(running.server_points().len(), 1);
    assert_eq!(running.server_points()[0].number(), 1_000.0);
    assert_eq!(running.client_points().len(), 1);
}

pub async fn a_method_is_known_once_it_has_answered(rpc: &impl Rpc) {
    let running = start(rpc).await;
    for message in ["code:5", "fine", "code:5"] {
        // Not as a generated client: it would know the method.
        let request = Request::new(message.to_owned());
        let _ = running.unary_at(request, path("Unary")).await;
    }
    let (servers, clients) = running.spans(3).await;
    for spans in [servers, clients] {
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["grpc", "probe.Probe/Unary", "probe.Probe/Unary"]);
        assert_eq!(spans[0].text("rpc.method_original"), "probe.Probe/Unary");
        assert_eq!(spans[1].text("rpc.method_original"), "");
        assert_eq!(spans[1].text("rpc.method"), "probe.Probe/Unary");
    }
}
