//! Mistakes are compile errors on the user's tokens, and what is right compiles without a warning.

#[test]
fn mistakes_are_shown_where_they_are_and_nothing_else_is() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
