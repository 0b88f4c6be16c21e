//! Plain headers that travel with the trace.

use tracer_core::{OpenSpan, Sampling, SpanRef};
use tracer_recording::Propagation;

use crate::support::{Headers, context, list, named, write};

#[test]
fn configured_headers_are_carried_under_their_own_name() {
    let builder = Propagation::builder().names("b3").unwrap();
    let fields = builder.fields(["X-Tenant", "x-vc"]).build();
    let sent = "b3: {T}-{S}-1\nx-tenant: 7\nX-Tenant: 8\nX-VC: a b\nx-other: 9";
    let extracted = fields.extract(&list(sent));
    let span = SpanRef::from_context(extracted.span_context().unwrap().clone());
    let expected = "b3: {T}-{S}-1\nx-tenant: 7\nx-vc: a b";
    assert_eq!(write(&fields, &span), expected);
    assert_eq!(write(&named("b3"), &span), "b3: {T}-{S}-1");
}

#[test]
fn they_travel_without_a_trace_too_and_leave_others_alone() {
    let fields = Propagation::builder().fields(["x-tenant"]).build();
    let extracted = fields.extract(&list("x-tenant: 7"));
    assert!(extracted.is_absent());
    let pass = OpenSpan::pass_through(&extracted);
    assert_eq!(write(&fields, &pass), "x-tenant: 7");

    let mut headers = Headers::from([("x-tenant".into(), "own".into())]);
    fields.inject(
        &SpanRef::from_context(context(Sampling::Drop)),
        &mut headers,
    );
    assert_eq!(headers["x-tenant"], "own");
}

#[test]
fn there_may_be_more_of_them_than_there_are_slots() {
    let names: Vec<String> = (0..40).map(|i| format!("x-f{i}")).collect();
    let fields = Propagation::builder().fields(names.clone());
    let fields = fields.jaeger_debug_id(true).build();
    let id = list("jaeger-debug-id: ticket 7");
    assert_eq!(fields.extract(&id).debug_id(), Some("ticket 7"));
    let headers: Vec<_> = names
        .iter()
        .map(|n| (n.to_uppercase(), n.clone()))
        .collect();
    let extracted = fields.extract(&headers);
    let carried = &extracted.extra().unwrap().fields;
    assert_eq!(carried.len(), 40);
    assert!(carried.iter().all(|(name, value)| name == value));
}
