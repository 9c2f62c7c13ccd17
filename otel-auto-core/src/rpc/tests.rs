use super::{methods::Methods, *};
use crate::{Instrumentation, Matcher};

struct Call(&'static str);

impl RpcCall for Call {
    fn method(&self) -> &str {
        self.0
    }
}

#[test]
fn codes_have_the_numbers_and_names_of_grpc() {
    for (number, code) in (0..).zip(Code::ALL) {
        assert_eq!(code as i32, number);
        assert_eq!(Code::of(number), code);
    }
    assert_eq!(Code::of(17), Code::Unknown);
    assert_eq!(Code::of(-1), Code::Unknown);
    let errors: Vec<_> = Code::ALL
        .into_iter()
        .filter(|code| code.is_server_error())
        .map(Code::as_str)
        .collect();
    assert_eq!(
        errors.join(" "),
        "UNKNOWN DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS"
    );
}

#[test]
fn methods_are_learnt_up_to_a_limit() {
    let methods = Methods::default();
    for number in 0..2_000 {
        methods.learn(&format!("learnt.Many/M{number}"));
    }
    assert_eq!(methods.get("learnt.Many/M0"), Some("learnt.Many/M0"));
    assert_eq!(methods.get("learnt.Many/M1500"), None);
    assert_eq!(Methods::default().learn(&"x".repeat(300)), None);
}

#[test]
fn a_method_is_excluded_under_the_name_of_the_instrumentation() {
    let server = RpcServer::new("scope", "0", "tonic");
    let mut settings = Settings::default();
    let health = &Call("grpc.health.v1.Health/Check") as &dyn RpcCall;
    assert!(!server.excluded(&health, &settings));
    settings.rpc.excluded_methods.all =
        Some(Matcher::new(|method| method.starts_with("grpc.health.v1.")));
    assert!(server.excluded(&health, &settings));
    assert!(!server.excluded(&(&Call("pkg.Greeter/Hello") as &dyn RpcCall), &settings));
    settings
        .rpc
        .excluded_methods
        .by_instrumentation
        .insert("tonic".to_owned(), Matcher::exact("pkg.Greeter/Hello"));
    assert!(!server.excluded(&health, &settings));
}
