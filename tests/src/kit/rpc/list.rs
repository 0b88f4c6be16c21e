//! Every case of gRPC, once: what [`rpc_conformance!`](crate::rpc_conformance) makes tests of.

/// Makes a module with a test of each case for a framework that serves gRPC, on a multi-threaded and
/// on a single-threaded tokio runtime: `rpc_conformance!(tonic, Tonic)`.
#[macro_export]
macro_rules! rpc_conformance {
    ($module:ident, $framework:expr) => {
        $crate::each_case! {
            $module, $framework, rpc_cases;
            names {
                a_call_is_named_by_service_and_method
                methods_that_nobody_implements_do_not_name_spans
                methods_that_the_layer_was_told_of_keep_their_names
                an_unimplemented_method_that_explains_itself_keeps_its_name
                another_content_type_is_plain_http
                the_callers_address_is_known
            }
            statuses {
                only_what_is_a_servers_fault_is_its_error
                a_status_in_the_headers_counts
                a_call_that_is_dropped_after_its_status_is_complete
                a_message_is_percent_decoded
                secrets_in_a_message_are_not_recorded
                a_number_that_is_no_code_is_unknown
            }
            odd {
                a_clean_end_without_a_status_is_unknown
                an_http_status_without_a_grpc_one_is_mapped
                a_grpc_status_beats_the_one_of_http
                a_stream_that_is_reset_is_an_error
            }
            messages {
                messages_are_counted
                a_message_of_many_pieces_counts_once
                compressed_messages_count_like_others
                what_was_sent_before_a_cancellation_counts
                both_directions_may_take_turns
            }
            streams {
                a_span_ends_with_the_trailers
                an_upload_is_one_span_from_its_first_order
                an_answer_before_the_last_order_is_complete
                a_graceful_shutdown_ends_calls_in_flight
            }
            cancels {
                a_call_reset_before_the_headers_is_cancelled
                a_stream_reset_half_way_is_cancelled
                a_stream_that_is_reset_cancels_one_call
                a_connection_that_goes_cancels_all_its_calls
                the_span_is_current_while_a_stream_is_dropped
                a_caller_that_goes_after_the_status_cancels_nothing
            }
            deadlines {
                a_deadline_that_passes_before_the_headers_is_exceeded
                a_deadline_that_passes_half_way_is_exceeded
                a_call_given_up_long_before_its_deadline_is_cancelled
                the_time_that_the_layer_was_told_counts
                an_answer_after_the_deadline_stands
                a_status_that_came_in_time_stands
            }
            context {
                every_format_continues_the_callers_trace
                a_deny_is_kept
                malformed_metadata_is_the_same_as_none
                propagate_only_records_nothing_and_passes_on
                an_edge_starts_fresh
                an_answer_passes_unchanged
                metadata_reaches_the_handler_unchanged
            }
            handlers {
                the_span_is_current_in_handler_and_stream
                a_handlers_spans_are_children
                a_panic_of_a_handler_is_an_error
                a_panic_of_a_stream_is_an_error
                a_handler_may_set_the_error
            }
            concurrency {
                interleaved_calls_do_not_mix
            }
        }
    };
}

/// The same for a client: `rpc_client_conformance!(tonic_client, TonicClient)`.
#[macro_export]
macro_rules! rpc_client_conformance {
    ($module:ident, $client:expr) => {
        $crate::each_case! {
            $module, $client, rpc_client_cases;
            calls {
                a_call_is_named_by_service_and_method
                the_peer_is_who_is_called
                a_call_is_a_child_of_the_current_span
                a_call_and_what_serves_it_are_one_trace
                propagate_only_records_nothing_and_passes_on
                calls_at_once_do_not_mix
            }
            headers {
                a_call_sends_the_ids_of_its_own_span
                an_unsampled_call_sends_an_id_and_the_decision
                stale_metadata_is_replaced_and_other_untouched
            }
            statuses {
                anything_but_ok_is_an_error_of_the_client
                a_cancellation_that_was_received_is_an_error
                a_status_in_the_headers_counts
                a_clean_end_without_a_status_is_unknown
                an_http_status_without_a_grpc_one_is_mapped
                an_answer_passes_unchanged
                a_page_that_is_dropped_is_no_cancellation
                a_number_that_is_no_code_is_unknown
            }
            messages {
                messages_are_counted
                a_message_of_many_pieces_counts_once
                compressed_messages_count_like_others
            }
            deadlines {
                a_deadline_that_passes_is_exceeded
                a_deadline_that_passes_half_way_is_exceeded
                the_time_that_the_layer_was_told_counts
                an_answer_after_the_deadline_stands
                a_call_given_up_long_before_its_deadline_is_cancelled
            }
            endings {
                a_span_ends_with_the_trailers
                an_upload_is_one_span_to_its_last_order
                an_answer_before_the_last_order_is_complete
                a_call_given_up_before_the_headers_is_cancelled
                a_stream_dropped_half_way_is_cancelled
                a_stream_that_is_reset_is_an_error
                a_connection_that_breaks_is_unknown
                a_server_that_cannot_be_reached_is_an_error
            }
        }
    };
}

#[cfg(test)]
mod tests {
    /// A case that is not on the list would never run.
    #[test]
    fn every_case_is_on_the_list() {
        let cases = [
            include_str!("cases/names.rs"),
            include_str!("cases/statuses.rs"),
            include_str!("cases/odd.rs"),
            include_str!("cases/messages.rs"),
            include_str!("cases/streams.rs"),
            include_str!("cases/cancels.rs"),
            include_str!("cases/deadlines.rs"),
            include_str!("cases/context.rs"),
            include_str!("cases/handlers.rs"),
            include_str!("cases/concurrency.rs"),
            include_str!("client_cases/calls.rs"),
            include_str!("client_cases/headers.rs"),
            include_str!("client_cases/statuses.rs"),
            include_str!("client_cases/messages.rs"),
            include_str!("client_cases/deadlines.rs"),
            include_str!("client_cases/endings.rs"),
        ];
        let found = crate::kit::list::listed(include_str!("list.rs"), &cases);
        assert!(found > 60, "{found} cases found");
    }
}
