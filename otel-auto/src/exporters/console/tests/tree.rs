use super::super::{ErrorEvent, Part, Style, Trace, render, render_trace};
use super::*;

fn plain(spans: &[Span]) -> String {
    render(spans, &Style::plain())
}

#[track_caller]
fn assert_drawn(spans: &[Span], expected: &str) {
    let drawn = plain(spans);
    assert_eq!(drawn, expected.trim_start_matches('\n'), "drawn:\n{drawn}");
}

fn request() -> Vec<Span> {
    let mut server = span(1, None, "GET /users/{id}", 0, 12)
        .kind(SpanKind::Server)
        .with("http.request.method", "GET")
        .with("http.route", "/users/{id}")
        .with("http.response.status_code", "200");
    server.end += 400_000;
    vec![
        span(4, Some(2), "GET api.example.com", 4, 12)
            .kind(SpanKind::Client)
            .with("http.request.method", "GET")
            .with("server.address", "api.example.com")
            .with("http.response.status_code", "200"),
        span(3, Some(2), "SELECT users", 1, 4)
            .kind(SpanKind::Client)
            .with("db.system.name", "postgresql")
            .with("db.response.returned_rows", "1"),
        span(2, Some(1), "user", 0, 12)
            .with("code.function.name", "users::user")
            .with("code.file.path", "src/main.rs")
            .with("code.line.number", "14"),
        server,
    ]
}

#[test]
fn one_request_is_one_tree_ordered_by_start() {
    assert_drawn(
        &request(),
        "
▸ GET /users/{id}                     200   12.4 ms   trace 4bf92f35…
  └─ user  src/main.rs:14                   12.0 ms
     ├─ SELECT users                1 row    3.0 ms   postgresql
     └─ GET api.example.com           200    8.0 ms
",
    );
}

#[test]
fn two_services_are_one_tree_that_names_them_where_they_change() {
    assert_drawn(
        &[
            span(3, Some(2), "POST /price", 2, 8)
                .kind(SpanKind::Server)
                .of("billing")
                .remote(),
            span(1, None, "GET /cart", 0, 10).kind(SpanKind::Server),
            span(2, Some(1), "POST billing", 1, 9).kind(SpanKind::Client),
            span(5, Some(1), "emit", 9, 10),
            span(4, Some(3), "tax", 3, 4)
                .of("billing")
                .with("country", "FR")
                .with("thread.id", "7"),
        ],
        "
▸ GET /cart  [users]                        10.0 ms   trace 4bf92f35…
  ├─ POST billing                            8.0 ms
  │  └─ ▸ POST /price  [billing]             6.0 ms
  │     └─ tax                               1.0 ms   country=FR
  └─ emit                                    1.0 ms
",
    );
}

#[test]
fn errors_say_class_and_message_once() {
    let mut failed = span(3, Some(1), "charge", 2, 3).error("");
    failed.errors.push(ErrorEvent {
        kind: "app::Declined".into(),
        message: "no funds".into(),
    });
    assert_drawn(
        &[
            span(1, None, "POST /pay", 0, 3)
                .kind(SpanKind::Server)
                .with("http.response.status_code", "500")
                .with("http.request.method", "POST")
                .with("url.path", "/pay")
                .with("error.type", "500")
                .error(""),
            span(2, Some(1), "INSERT payments", 0, 2)
                .kind(SpanKind::Client)
                .with("db.system.name", "postgresql")
                .with("db.response.status_code", "23505")
                .with("error.type", "23505x")
                .error("duplicate key"),
            failed,
        ],
        "
▸ POST /pay                           500    3.0 ms   trace 4bf92f35… · /pay
  ├─ INSERT payments                ERROR    2.0 ms   postgresql · 23505 · 23505x · duplicate key
  └─ charge                         ERROR    1.0 ms   app::Declined · no funds
",
    );
}

#[test]
fn errors_are_red_only_with_colour() {
    let spans = [span(1, None, "job", 0, 1).error("late")];
    assert!(!plain(&spans).contains('\x1b'));
    let style = Style::plain().with_terminal(true, None);
    assert_eq!(
        render(&spans, &style),
        "\x1b[2m• \x1b[0m\x1b[31mjob\x1b[0m                               \x1b[31mERROR\x1b[0m    1.0 ms   \
         \x1b[31mtrace 4bf92f35… · late\x1b[0m\n"
    );
}

#[test]
fn wide_characters_keep_the_columns_aligned() {
    assert_drawn(
        &[
            span(1, None, "注文 /cafe\u{301}", 0, 3).kind(SpanKind::Consumer),
            span(2, Some(1), "🚀 launch", 1, 2),
        ],
        "
▹ 注文 /cafe\u{301}                                 3.0 ms   trace 4bf92f35…
  └─ 🚀 launch                               1.0 ms
",
    );
}

#[test]
fn a_span_with_an_absent_parent_is_a_root_of_its_own() {
    assert_drawn(
        &[
            span(1, Some(77), "in", 0, 2)
                .kind(SpanKind::Server)
                .remote(),
            span(2, Some(78), "lost", 1, 2),
            span(3, None, "out", 3, 4).kind(SpanKind::Client),
        ],
        "
▸ in                                         2.0 ms   trace 4bf92f35… · remote parent
• lost                                       1.0 ms   trace 4bf92f35… · parent missing
◂ out                                        1.0 ms   trace 4bf92f35…
",
    );
}

#[test]
fn cycles_and_duplicates_are_drawn_once() {
    assert_drawn(
        &[
            span(1, Some(3), "a", 0, 3),
            span(2, Some(1), "b", 1, 3),
            span(3, Some(2), "c", 2, 3),
            span(3, Some(2), "c again", 2, 3),
            span(4, Some(4), "self", 5, 6),
            span(5, Some(2), "leaf", 2, 3),
        ],
        "
• a                                          3.0 ms   trace 4bf92f35… · parent missing
  └─ b                                       2.0 ms
     ├─ c                                    1.0 ms
     └─ leaf                                 1.0 ms
• self                                       1.0 ms   trace 4bf92f35… · parent missing
",
    );
}

#[test]
fn depth_is_bounded_and_what_is_deeper_is_counted() {
    let deep: Vec<_> = (1..=100_000)
        .map(|id| span(id, (id > 1).then(|| id - 1), "deep", 0, 1))
        .collect();
    let mut style = Style::plain();
    style.max_depth = 2;
    assert_eq!(
        render(&deep, &style),
        "\
• deep                                       1.0 ms   trace 4bf92f35…
  └─ deep                                    1.0 ms
     └─ deep                                 1.0 ms
        └─ … 99997 spans more
"
    );
    style.max_depth = usize::MAX;
    assert_eq!(render(&deep, &style).lines().count(), 26);
}

#[test]
fn breadth_is_bounded_and_the_rest_is_counted_with_its_descendants() {
    let mut spans = vec![span(1, None, "root", 0, 100)];
    spans.extend((10..15).map(|id| span(id, Some(1), "SELECT", id, id + 1)));
    spans.push(span(99, Some(14), "below", 14, 15));
    let mut style = Style::plain();
    style.max_children = 2;
    assert_eq!(
        render(&spans, &style),
        "\
• root                                     100.0 ms   trace 4bf92f35…
  ├─ SELECT                                  1.0 ms
  ├─ SELECT                                  1.0 ms
  └─ … 4 spans more
"
    );
}

#[test]
fn no_line_is_wider_than_the_style_says() {
    let long = "x".repeat(5000);
    let mut spans: Vec<_> = (1..30)
        .map(|id| {
            span(id, (id > 1).then(|| id - 1), &long, 0, 1)
                .with(&long, &long)
                .error(&long)
                .of(&long)
        })
        .collect();
    spans[3].service = "other".to_owned();
    for wanted in [60, 100, 120, 200] {
        let mut style = Style::plain();
        style.width = wanted;
        for line in render(&spans, &style).lines() {
            let cells = super::super::text::width(line);
            assert!(cells <= wanted.max(100), "{cells} > {wanted}: {line}");
        }
    }
}

#[test]
fn no_text_of_a_span_reaches_the_terminal_as_a_control() {
    let evil = "\x1b[2J\x1b]0;owned\x07\r\n\u{9b}31m\u{202e}\u{2028}\t";
    let mut spans = Vec::new();
    for (id, key) in [
        "http.request.method",
        "http.response.status_code",
        "db.system.name",
        "db.response.returned_rows",
        "rpc.system.name",
        "rpc.response.status_code",
        "messaging.system",
        "code.file.path",
        "server.address",
        "error.type",
        evil,
    ]
    .into_iter()
    .enumerate()
    {
        let mut span = span(id as u64 + 1, None, evil, 0, 1)
            .error(evil)
            .of(evil)
            .with(key, evil);
        span.errors.push(ErrorEvent {
            kind: evil.into(),
            message: evil.into(),
        });
        spans.push(span.with("url.path", evil));
    }
    spans[0].service = "b".into();
    let drawn = plain(&spans);
    assert!(drawn.contains("\\u{1b}[2J"), "{drawn}");
    assert_eq!(drawn.lines().count(), spans.len());
    let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2028}');
    assert_eq!(drawn.chars().find(|c| bad(*c)), None);
}

#[test]
fn several_traces_are_drawn_by_their_start() {
    let spans = [
        span(1, None, "second", 5, 6).in_trace(1),
        span(1, None, "first", 0, 9).in_trace(2),
    ];
    assert_drawn(
        &spans,
        "
• first                                      9.0 ms   trace 00000000…
• second                                     1.0 ms   trace 00000000…
",
    );
}

#[test]
fn a_part_of_a_trace_says_what_is_missing() {
    let trace = |part, dropped| {
        let trace = Trace {
            spans: vec![span(2, Some(1), "task", 0, 1)],
            part,
            dropped,
        };
        render_trace(&trace, &Style::plain())
    };
    assert_eq!(
        trace(Part::Late, 0),
        "• task                                       1.0 ms   trace 4bf92f35… · late\n"
    );
    assert_eq!(
        trace(Part::Unfinished, 3),
        "\
• task                                       1.0 ms   trace 4bf92f35… · parent still open
… 3 spans dropped: too many to hold
"
    );
}

#[test]
fn nothing_is_drawn_for_no_spans() {
    assert_eq!(plain(&[]), "");
}
