//! Every case, once: what [`conformance!`](crate::conformance) makes tests of.

/// Makes a module with a test of each case for a framework, on a multi-threaded and on a
/// single-threaded tokio runtime: `conformance!(axum, Axum)`. The server runs where the framework
/// wants it.
#[macro_export]
macro_rules! conformance {
    ($module:ident, $framework:expr) => {
        $crate::each_case! {
            $module, $framework, cases;
            names {
                a_span_is_named_by_method_and_route
                each_method_names_its_span
                an_unknown_method_is_called_http
                a_nested_route_is_named_as_a_whole
                an_unmatched_request_is_not_found
                a_handlers_own_404_keeps_its_route
                a_handler_may_name_its_span
                a_query_is_recorded_only_on_request_and_redacted
                headers_are_recorded_by_name_and_secrets_never
            }
            statuses {
                only_5xx_is_an_error_of_the_server
                the_error_policy_is_one_setting
                a_returned_error_is_told_by_its_status_and_its_text
                a_handler_may_set_the_error
                a_continue_is_not_the_answer
            }
            bodies {
                a_span_ends_with_its_body
                a_body_that_fails_is_an_error
                a_body_that_panics_is_an_error
                a_client_gone_mid_body_cancels
                the_span_is_current_while_a_body_is_dropped
                a_reset_stream_cancels_one_request
                without_a_body_a_span_is_complete_at_headers
                an_endless_stream_may_end_at_headers
                a_response_that_is_never_read_still_ends
            }
            streams {
                the_span_is_current_while_a_body_is_polled
                an_event_stream_ends_when_its_client_leaves
                an_event_stream_that_ends_at_headers_is_complete
                a_body_that_ends_before_its_length_is_an_error
                a_body_of_which_all_was_sent_is_complete
                trailers_end_the_span_and_arrive
            }
            switches {
                a_switch_of_protocols_ends_the_span
                a_tunnel_ends_the_span_once_it_is_granted
                a_refused_switch_is_an_ordinary_answer
            }
            timeouts {
                a_timeout_inside_is_recorded
                a_timeout_outside_cancels
                a_timeout_that_does_not_strike_changes_nothing
            }
            layers {
                two_layers_round_one_request_make_one_span
                two_layers_end_one_span
                an_inner_layer_may_end_its_spans_at_headers
                an_inner_layer_decides_nothing_again
                a_middleware_that_turns_requests_away_is_judged_by_its_status
            }
            endings {
                a_panic_before_an_await_is_an_error
                a_panic_after_an_await_is_an_error
                a_client_gone_before_the_headers_cancels
                the_span_is_current_while_a_handler_is_dropped
                a_background_task_does_not_stretch_the_span
                a_client_that_closes_its_half_only
                a_graceful_shutdown_ends_spans_in_flight
                a_graceful_shutdown_lets_bodies_end
            }
            context {
                every_format_continues_the_callers_trace
                a_deny_is_kept
                a_deferred_decision_is_the_samplers
                debug_beats_the_sampler
                a_lone_decision_starts_a_trace_under_it
                malformed_headers_are_the_same_as_none
                huge_and_odd_headers_do_no_harm
            }
            handlers {
                the_span_is_current_in_the_handler
                a_handlers_spans_are_children
                a_handler_annotates_its_span
                baggage_is_read_and_set_sampled_or_not
                limits_hold_inside_a_span
                the_trace_id_may_be_told_in_a_header
                tasks_and_threads_are_told_their_span
                an_unsampled_request_has_its_context_to_the_end
                hooks_see_requests_and_responses
            }
            rules {
                propagate_only_records_nothing_and_passes_on_unchanged
                propagate_only_sends_nothing_if_nothing_came
                propagate_only_passes_on_a_lone_decision_and_baggage
                skip_is_not_sampled_for_the_whole_trace
                upstreams_decision_beats_a_rule
                trace_beats_the_sampler
                an_unsampled_call_has_an_id_of_its_own
            }
            address {
                a_forwarded_header_is_not_trusted
                a_trusted_proxy_tells_the_client_from_the_right
                an_ipv6_socket_is_the_peer
            }
            trust {
                an_edge_starts_fresh
                an_edge_hands_nothing_on
                a_refused_debug_flag_is_sampled
            }
            concurrency {
                interleaved_requests_do_not_mix
                nothing_leaks_to_the_next_request
            }
        }
    };
}

/// The same for a client: `client_conformance!(reqwest, Reqwest)`.
#[macro_export]
macro_rules! client_conformance {
    ($module:ident, $client:expr) => {
        $crate::each_case! {
            $module, $client, client_cases;
            calls {
                a_call_is_named_by_its_method
                a_template_names_the_call
                a_hosts_name_is_kept_as_a_name
                the_peers_service_name_is_a_setting
                a_call_is_a_child_of_the_current_span
                a_redirect_is_a_span_for_each_hop_that_is_seen
                calls_at_once_do_not_mix
                after_a_call_its_caller_is_current_again
                an_ipv6_address_is_the_peer
                a_query_is_recorded_only_on_request_and_redacted
                headers_are_recorded_by_name_and_secrets_never
            }
            attempts {
                each_attempt_is_a_span_of_its_own
                attempts_that_are_used_up_are_all_errors
            }
            headers {
                a_call_sends_the_ids_of_its_own_span
                an_unsampled_call_sends_an_id_and_the_decision
                debug_is_sent_as_debug
                stale_headers_of_a_gateway_are_replaced
                other_peoples_hosts_get_nothing
                baggage_goes_along
                a_lone_decision_goes_on_with_fresh_ids
                below_propagate_only_the_callers_context_goes_on
                a_rule_may_leave_a_call_out
            }
            outcomes {
                statuses_of_400_and_above_are_errors
                the_error_policy_is_one_setting
                head_is_complete_at_headers
                a_refused_connection_is_an_error
                a_body_that_breaks_off_is_an_error
                a_call_given_up_before_the_headers_is_cancelled
                a_body_dropped_in_the_middle_is_cancelled
                a_body_that_is_never_read_is_cancelled
                a_timeout_is_an_error_inside_and_given_up_outside
                a_timeout_that_does_not_strike_changes_nothing
                an_endless_stream_may_end_at_headers
                an_interim_answer_is_not_the_answer
                a_switch_of_protocols_ends_the_span
            }
        }
    };
}

/// What both are made of.
#[doc(hidden)]
#[macro_export]
macro_rules! each_case {
    ($module:ident, $subject:expr, $kit:ident; $($file:ident { $($case:ident)* })*) => {
        mod $module {
            $(mod $file {
                #[allow(unused_imports, reason = "the subject may be a path of the test itself")]
                use super::super::*;
                $(mod $case {
                    #[allow(unused_imports, reason = "as above")]
                    use super::*;

                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn on_many_threads() -> $crate::kit::Outcome {
                        $crate::kit::$kit::$file::$case($subject).await
                    }

                    #[tokio::test(flavor = "current_thread")]
                    async fn on_one_thread() -> $crate::kit::Outcome {
                        $crate::kit::$kit::$file::$case($subject).await
                    }
                })*
            })*
        }
    };
}

/// How many cases these files have. Panics if the list forgets one of them.
#[cfg(test)]
pub(super) fn listed(list: &str, files: &[&str]) -> usize {
    let names = || {
        let lines = files.iter().flat_map(|text| text.lines());
        lines.filter_map(|line| line.strip_prefix("pub async fn ")?.split('<').next())
    };
    for name in names() {
        // Cases for servers and for clients may share a name.
        let cases = names().filter(|other| *other == name).count();
        let there = list.lines().filter(|line| line.trim() == name).count();
        assert_eq!(there, cases, "{name} on the list");
    }
    names().count()
}

#[cfg(test)]
mod tests {
    /// A case that is not on the list would never run.
    #[test]
    fn every_case_is_on_the_list() {
        let cases = [
            include_str!("cases/names.rs"),
            include_str!("cases/statuses.rs"),
            include_str!("cases/bodies.rs"),
            include_str!("cases/endings.rs"),
            include_str!("cases/layers.rs"),
            include_str!("cases/streams.rs"),
            include_str!("cases/switches.rs"),
            include_str!("cases/timeouts.rs"),
            include_str!("cases/context.rs"),
            include_str!("cases/handlers.rs"),
            include_str!("cases/rules.rs"),
            include_str!("cases/address.rs"),
            include_str!("cases/trust.rs"),
            include_str!("cases/concurrency.rs"),
            include_str!("client_cases/attempts.rs"),
            include_str!("client_cases/calls.rs"),
            include_str!("client_cases/headers.rs"),
            include_str!("client_cases/outcomes.rs"),
        ];
        let found = super::listed(include_str!("list.rs"), &cases);
        assert!(found > 60, "{found} cases found");
    }
}
