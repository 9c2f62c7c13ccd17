#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proc_macro2::{TokenStream, TokenTree};

use super::expand;

fn expanded(args: &str, item: &str) -> TokenStream {
    expand(args.parse().unwrap(), item.parse().unwrap())
}

fn text(tokens: &str) -> String {
    tokens.parse::<TokenStream>().unwrap().to_string()
}

fn count(tokens: TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => 2 + count(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(inside).sum()
}

#[track_caller]
fn assert_kept(args: &str, item: &str, body: &str) {
    let expanded = expanded(args, item).to_string();
    assert!(
        expanded.contains(&text(body)),
        "{body:?} is not in {expanded}"
    );
    assert!(
        expanded.contains("__OTEL_AUTO_FUNCTION"),
        "not instrumented: {expanded}"
    );
    assert!(!expanded.contains("compile_error"), "a mistake: {expanded}");
}

#[test]
fn half_typed_body_comes_out_as_it_was_written() {
    for body in [
        "let user = self.users.",
        "foo(bar, )",
        "match x { A => }",
        "if let Some()",
        "let = 1; x.",
    ] {
        assert_kept("", &format!("fn f(&self) -> u32 {{ {body} }}"), body);
        assert_kept("", &format!("async fn f(&self) -> u32 {{ {body} }}"), body);
        assert_kept(
            "",
            &format!("impl S {{ fn f(&self) -> u32 {{ {body} }} fn g() {{}} }}"),
            body,
        );
    }
}

#[test]
fn half_typed_async_block_comes_out_as_it_was_written() {
    let body = "let x = 1 . ; Box::pin(async move { x. })";
    assert_kept(
        "",
        &format!("fn f() -> BoxFuture<'static, u32> {{ {body} }}"),
        body,
    );
}

#[test]
fn half_typed_member_comes_out_with_the_rest_of_the_block() {
    assert_kept(
        "",
        "impl S { fn f(&self) {} const X: = ; fn g() {} }",
        "const X: = ; fn g() {}",
    );
}

#[test]
fn half_typed_signature_is_left_as_it_is() {
    let expanded = expanded("", "fn f(x: ) { x.a }").to_string();
    assert!(
        expanded.starts_with(&text("fn f(x: ) { x.a }")),
        "{expanded}"
    );
    assert!(expanded.contains("compile_error"));
}

#[test]
fn mistaken_arguments_leave_the_item_as_it_is() {
    let expanded = expanded(
        "kind = 1",
        "impl S { #[instrumented(name = 2)] fn f() { 1 } }",
    )
    .to_string();
    assert!(
        expanded.starts_with(&text("impl S { fn f() { 1 } }")),
        "{expanded}"
    );
    assert_eq!(expanded.matches("compile_error").count(), 2);
}

#[test]
fn expansion_stays_small() {
    for (item, most) in [
        ("fn f() {}", 145),
        ("fn f() -> u32 { 1 }", 145),
        ("fn f() -> Answer { 1 }", 175),
        ("async fn f() {}", 180),
        ("async fn f() -> Result<u32, E> { 1 }", 210),
    ] {
        let tokens = count(expanded("", item));
        assert!(tokens <= most, "{item}: {tokens} tokens");
        assert!(
            tokens > most * 9 / 10,
            "{item}: {tokens} tokens; lower the limit"
        );
    }
}
