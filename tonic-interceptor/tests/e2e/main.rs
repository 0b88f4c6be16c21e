//! The layers on real sockets. Where the rows of gRPC's table (semantics of the server and the client)
//! are tested:
//!
//! | row | tests |
//! |---|---|
//! | name | `basics::a_unary_call_is_a_client_span_round_a_server_span`, `names::methods_that_nobody_implements_do_not_name_spans`, `names::methods_that_the_layer_was_told_of_keep_their_names`; the split itself in `tracer-core` |
//! | status: trailers | `basics::a_status_in_the_trailers_is_an_error_by_side`, `statuses::all_codes_of_all_kinds_of_call_are_judged_by_side` |
//! | status: trailers-only | `statuses::a_status_in_the_headers_counts` |
//! | status: none | `statuses::a_clean_end_without_a_status_is_unknown` |
//! | status: not 200 | `statuses::an_http_status_without_a_grpc_one_is_mapped` |
//! | error? server, client | `statuses::all_codes_of_all_kinds_of_call_are_judged_by_side`, `layers::a_status_that_an_inner_layer_returns_as_its_error_counts` |
//! | end | `basics::the_spans_of_a_stream_end_after_its_trailers`, `endings::a_stream_that_is_never_read_ends_when_it_is_dropped`, `statuses::a_stream_that_is_reset_has_the_code_that_its_caller_sees` |
//! | cancel | `endings::a_call_that_its_caller_drops_is_cancelled_on_both_sides_and_no_error`, `endings::a_stream_of_both_directions_that_is_dropped_is_cancelled`, `endings::a_cancellation_that_was_received_is_an_error_of_the_client` |
//! | deadline | `deadlines` |
//! | `Err` from the channel | `deadlines::the_timeout_of_the_endpoint_is_an_error_of_the_channel`, `endings::a_server_that_cannot_be_reached_is_unavailable`, `endings::a_connection_that_breaks_is_unknown`, `layers::an_error_of_another_layer_keeps_its_name` |
//! | messages | `basics::the_spans_of_a_stream_end_after_its_trailers`, `messages`, and the one box in `allocations` |
//! | not gRPC | `names::another_content_type_is_plain_http`, `names::inside_of_grpc_web_it_is_grpc`, `names::outside_of_grpc_web_the_status_is_left_out` |
//! | metadata | `metadata::the_layer_replaces_what_stands_there`, `metadata::so_does_the_interceptor` |
//! | load balancing, lazy connect | `channels`, `basics::what_a_channel_does_not_say_is_left_empty` |
//!
//! And of HTTP's: panics in `endings`, peers in `basics`, `channels` and `settings`, two layers round
//! one request in `layers::inside_of_another_layer_it_adds_to_its_span`.

mod basics;
mod channels;
mod deadlines;
mod endings;
mod layers;
mod messages;
mod metadata;
mod names;
mod service;
mod settings;
mod statuses;
mod support;
