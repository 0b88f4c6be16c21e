//! A request in, a call out, through the recording tracer and the handlers that adapters use.

use std::sync::Arc;

use tracer_core::carrier::Extract;
use tracer_core::http::{HttpClient, HttpServer, Incoming, RequestView, Rule};
use tracer_core::{ReferenceKind, Sampling, SpanRef, Tracer, current};
use tracer_recording::{Builder, InMemoryReporter, Propagation, RecordingTracer};

use crate::support::{Headers, list, named, show};

struct Request {
    path: &'static str,
    headers: Vec<(String, String)>,
}

/// A request to the service itself, or to the next one.
fn request(headers: &str) -> Request {
    Request {
        path: "/",
        headers: list(headers),
    }
}

impl RequestView for Request {
    fn method(&self) -> &str {
        "GET"
    }
    fn path(&self) -> &str {
        self.path
    }
    fn host(&self) -> Option<&str> {
        Some("next.example")
    }
    fn headers(&self) -> &dyn Extract {
        &self.headers
    }
}

struct Service {
    tracer: Arc<dyn Tracer>,
    spans: InMemoryReporter,
    server: HttpServer,
    client: HttpClient,
}

fn service(configure: impl FnOnce(Builder) -> Builder) -> Service {
    let spans = InMemoryReporter::new();
    let builder = RecordingTracer::builder("shop", spans.clone());
    let tracer: Arc<dyn Tracer> = Arc::new(configure(builder).build());
    Service {
        server: HttpServer::new(Arc::clone(&tracer), "test"),
        client: HttpClient::new(Arc::clone(&tracer), "test"),
        tracer,
        spans,
    }
}

impl Service {
    /// Serves a request that makes one call; returns the headers of the call. The request's own
    /// headers are copied, as a gateway does.
    fn hop(&self, received: &str, inside: impl FnOnce()) -> Headers {
        let request = request(received);
        let mut out: Headers = request.headers.iter().cloned().collect();
        let mut serving = self.server.start(&request);
        {
            let _scope = serving.enter();
            inside();
            let mut call = self.client.start(&request);
            self.client.inject(&call, &mut out);
            call.complete();
        }
        serving.complete();
        out
    }
}

fn every_format() -> Propagation {
    named("b3,b3multi,tracecontext,jaeger")
}

#[test]
fn a_lone_decision_is_injected_in_every_format_with_fresh_ids() {
    let cases = [
        ("b3: 0", [Sampling::Drop, Sampling::Drop, Sampling::Drop]),
        ("x-b3-sampled: 1", [Sampling::Record; 3]),
        (
            "x-b3-flags: 1",
            [Sampling::Debug, Sampling::Record, Sampling::Debug],
        ),
    ];
    for (received, decisions) in cases {
        let service = service(|builder| builder.propagation(every_format()));
        let out = service.hop(
            &format!("{received}\ntraceparent: 00-{{T}}-{{S}}-01"),
            || (),
        );
        for (names, decision) in ["b3", "tracecontext", "jaeger"].into_iter().zip(decisions) {
            let read = named(names).extract(&out);
            assert_eq!(read.sampling(), decision, "{received}, {names}");
            let context = read.span_context().unwrap();
            assert!(!show(&read).contains('T'), "{received} starts a new trace");
            assert_ne!(context.trace_id().high(), 0);
        }
        let multi: Headers = out.into_iter().filter(|(name, _)| name != "b3").collect();
        assert_eq!(named("b3").extract(&multi).sampling(), decisions[0]);
    }
}

#[test]
fn a_call_goes_out_below_the_server_span_sampled_or_not() {
    for (digit, spans) in [("0", 0), ("1", 2)] {
        let service = service(|builder| builder);
        let received = format!("x-b3-traceid: {{T}}\nx-b3-spanid: {{S}}\nx-b3-sampled: {digit}");
        let out = service.hop(&received, || ());
        let b3 = service.tracer.extract(&out);
        let context = b3.span_context().unwrap();
        assert!(show(&b3).starts_with("T-") && !show(&b3).starts_with("T-S"));
        assert_eq!(out["x-b3-sampled"], digit);
        let w3c = named("tracecontext").extract(&out);
        assert_eq!(
            w3c.span_context().map(|c| c.span_id()),
            Some(context.span_id())
        );
        let recorded = service.spans.take();
        assert_eq!(recorded.len(), spans);
        // The parent on the wire is the span that served, which a reporter may or may not share.
        match &recorded[..] {
            [call, served] => {
                assert_eq!(context.parent_id(), Some(served.context.span_id()));
                assert_eq!(context.span_id(), call.context.span_id());
            }
            _ => assert!(context.parent_id().is_some()),
        }
    }
}

#[test]
fn new_traces_have_128_bits_and_no_random_flag_unless_told() {
    let flags_of = |out: &Headers| out["traceparent"][53..].to_owned();
    let usual = service(|builder| builder).hop("", || ());
    assert_eq!(
        (usual["x-b3-traceid"].len(), flags_of(&usual)),
        (32, "01".into())
    );
    let short = service(Builder::trace_id_64).hop("", || ());
    assert_eq!(short["x-b3-traceid"].len(), 16);
    assert_eq!(short["traceparent"][3..19], *"0000000000000000");
    let random = service(|builder| builder.random_flag(true)).hop("", || ());
    assert_eq!(flags_of(&random), "03");
    let passed_on = service(|builder| builder).hop("traceparent: 00-{T}-{S}-03", || ());
    assert_eq!(flags_of(&passed_on), "03");
}

#[test]
fn a_debug_id_tags_the_debug_root() {
    let allowed = Propagation::builder().jaeger_debug_id(true).build();
    let service = service(|builder| builder.propagation(allowed));
    let out = service.hop("jaeger-debug-id: ticket 7", || ());
    assert_eq!(out["x-b3-flags"], "1");
    let [call, root] = &service.spans.take()[..] else {
        panic!("two spans")
    };
    assert_eq!(root.tag("jaeger-debug-id").as_deref(), Some("ticket 7"));
    assert_eq!(
        (root.parent_id(), call.tag("jaeger-debug-id")),
        (None, None)
    );
}

#[test]
fn baggage_set_on_the_way_reaches_calls_and_later_children_sampled_or_not() {
    for decision in ["0", "1"] {
        let service = service(|builder| builder);
        let received = format!("b3: {{T}}-{{S}}-{decision}\nbaggage: shop=1");
        let set = || current::set_baggage("user", "ä b").unwrap();
        let out = service.hop(&received, set);
        assert_eq!(out["baggage"], "shop=1,user=%C3%A4%20b");
        assert_eq!(
            service.hop(&received, || ())["baggage"],
            "shop=1",
            "the next request"
        );
    }
}

#[test]
fn chosen_baggage_becomes_tags_of_every_span_that_carries_it() {
    let service = service(|builder| builder.baggage_tags(["user", "shop"]));
    let set = || current::set_baggage("user", "7").unwrap();
    service.hop("b3: {T}-{S}-1\nbaggage: shop=1,other=2", set);
    let [call, served] = &service.spans.take()[..] else {
        panic!("two spans")
    };
    assert_eq!(served.tag("shop").as_deref(), Some("1"));
    assert_eq!(served.tag("user"), None, "set after its start");
    assert_eq!(call.tag("shop").as_deref(), Some("1"));
    assert_eq!(call.tag("user").as_deref(), Some("7"));
    assert_eq!(call.tag("other"), None);
}

#[test]
fn a_layer_at_the_edge_need_not_trust_anybody() {
    for (incoming, follows) in [(Incoming::Follow, 1), (Incoming::Ignore, 0)] {
        for received in ["b3: {T}-{S}-0", "traceparent: 00-{T}-{S}-01", "b3: 0"] {
            let mut service = service(|builder| builder);
            service.server = service.server.incoming(incoming);
            let out = service.hop(received, || ());
            let [_, served] = &service.spans.take()[..] else {
                panic!("the caller decided")
            };
            let references = served.references.iter().map(|(kind, _)| *kind);
            let follows = if received == "b3: 0" { 0 } else { follows };
            let expected = vec![ReferenceKind::FollowsFrom; follows];
            assert_eq!(references.collect::<Vec<_>>(), expected, "{received}");
            assert!(!show(&service.tracer.extract(&out)).contains('T'));
        }
    }
    let mut service = service(|builder| builder);
    service.server = service.server.refuse_debug(true);
    assert_eq!(service.hop("b3: {T}-{S}-d", || ())["x-b3-sampled"], "1");
}

#[test]
fn hosts_off_the_list_get_no_header_of_any_format() {
    let fields = Propagation::builder().fields(["x-tenant"]).build();
    let mut service = service(|builder| builder.propagation(fields));
    service.client = service.client.inject_to(|host| host == "ours.example");
    let received = "b3: {T}-{S}-1\nX-B3-TraceId: {T}\ntraceparent: 00-{T}-{S}-01\ntracestate: a=1\n\
                    uber-trace-id: {T}:{S}:0:1\nuberctx-a: 1\nbaggage: a=1\nx-tenant: 7\naccept: *";
    let out = service.hop(received, || current::set_baggage("user", "7").unwrap());
    assert_eq!(out, Headers::from([("accept".to_owned(), "*".to_owned())]));
}

#[test]
fn propagate_only_hands_on_ids_baggage_and_fields_as_they_came() {
    let fields = Propagation::builder()
        .names("b3")
        .unwrap()
        .fields(["x-tenant"]);
    let mut service = service(|builder| builder.propagation(fields.build()));
    service.server = service.server.rule(|_| Some(Rule::PropagateOnly));
    let received = "b3: {T}-{S}-1-{P}\nx-tenant: 7";
    let expected: Headers = list(received).into_iter().collect();
    assert_eq!(service.hop(received, || ()), expected);
    assert!(service.spans.take().is_empty());
}

/// What a handler sends within its process carries what its own request carried, and what it says itself.
#[test]
fn fields_of_a_request_within_the_process_stand_beside_the_senders() {
    let fields = Propagation::builder().names("b3").unwrap();
    let fields = fields.fields(["x-tenant", "x-vc", "x-own"]).build();
    let service = service(|builder| builder.propagation(fields));
    let mut serving = service
        .server
        .start(&request("b3: {T}-{S}-1\nx-tenant: 7\nx-vc: a"));
    let _scope = serving.enter();
    let part = Request {
        path: "/part",
        headers: list("x-tenant: 8\nx-own: b"),
    };
    let mut within = service.server.start(&part);
    let _within = within.enter();
    let mut out = Headers::new();
    service.tracer.inject(&SpanRef::current(), &mut out);
    let carried = ["x-tenant", "x-vc", "x-own"].map(|name| out[name].as_str());
    assert_eq!(carried, ["7", "a", "b"]);
    assert!(show(&service.tracer.extract(&out)).starts_with("T-"));
}
