//! The cases, by what they are about.

pub mod context;
pub mod ends;
pub mod methods;
pub mod statuses;

/// All cases as tests, for an implementation of [`Rpc`](super::Rpc).
#[macro_export]
macro_rules! rpc_suite {
    ($rpc:expr) => {
        $crate::rpc_suite! { $rpc =>
            context: spans_form_one_trace_and_have_all_attributes,
            context: what_a_handler_does_belongs_to_its_call,
            context: what_a_client_sends_belongs_to_its_call,
            context: stale_metadata_is_replaced,
            context: metadata_is_recorded_if_it_is_asked_for,
            context: unsampled_calls_are_measured_and_carry_their_context,
            ends: all_four_kinds_of_calls_last_as_long_as_their_streams,
            ends: a_handler_that_panics_is_recorded,
            ends: a_stream_that_panics_is_recorded,
            ends: a_client_that_goes_away_in_the_middle_of_a_stream_cancels_the_call,
            ends: a_client_that_goes_away_before_the_answer_cancels_the_call,
            ends: a_deadline_that_passes_is_told_on_both_sides,
            ends: a_server_that_cannot_be_reached_is_an_error_of_its_kind,
            ends: a_hundred_streams_at_once_are_a_hundred_spans,
            methods: a_method_that_nobody_knows_is_other,
            methods: a_service_that_nobody_knows_is_other,
            methods: invented_methods_make_one_series,
            methods: a_method_is_known_once_it_has_answered,
            statuses: every_code_is_recorded_as_the_answer_of_a_unary_call,
            statuses: every_code_is_recorded_as_the_end_of_a_stream,
        }
    };
    ($rpc:expr => $($topic:ident: $case:ident,)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::suite::cases::$topic::$case(&$rpc).await;
            }
        )*
    };
}
