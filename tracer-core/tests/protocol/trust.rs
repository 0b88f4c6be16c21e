//! A layer at the edge need not trust what comes with a request.

use tracer_core::http::{HttpServer, Incoming, Rule, TrustList};
use tracer_core::{Sampling, TraceId};

use crate::tape::{Headers, Tape, Written, req};

fn edge(settings: impl FnOnce(HttpServer) -> HttpServer, context: &str) -> Vec<Written> {
    let (tape, tracer) = Tape::new();
    let server = settings(HttpServer::new(tracer, "x"));
    server
        .start(&req("GET", "/").header("ctx", context))
        .complete();
    tape.finished()
}

#[test]
fn a_distrusted_context_starts_a_trace_of_its_own() {
    for (incoming, follows) in [(Incoming::Follow, 1), (Incoming::Ignore, 0)] {
        for context in ["5-6-0", "5-6-1"] {
            let spans = edge(|server| server.incoming(incoming), context);
            let [span] = &spans[..] else {
                panic!("the caller decided: {spans:?}")
            };
            let own = &span.context;
            assert_ne!(Some(own.trace_id()), TraceId::new(5));
            assert_eq!((own.parent_id(), span.follows), (None, follows));
        }
        assert_eq!(edge(|server| server.incoming(incoming), "0").len(), 1);
    }
}

#[test]
fn a_distrusted_context_is_not_handed_on_either() {
    let (_tape, tracer) = Tape::new();
    let server = HttpServer::new(tracer.clone(), "x")
        .incoming(Incoming::Follow)
        .rule(|_| Some(Rule::PropagateOnly));
    let call = server.start(&req("GET", "/").header("ctx", "5-6-d"));
    let mut out = Headers::new();
    tracer.inject(call.span(), &mut out);
    assert!(out.is_empty());
}

#[test]
fn debug_can_be_refused() {
    for context in ["5-6-d", "d"] {
        let decision = |spans: Vec<Written>| spans[0].context.sampling();
        assert_eq!(decision(edge(|server| server, context)), Sampling::Debug);
        let refused = edge(|server| server.refuse_debug(true), context);
        assert_eq!(decision(refused), Sampling::Record);
    }
}

#[test]
fn a_trusted_proxy_says_who_the_client_is() {
    let (tape, tracer) = Tape::new();
    let proxies = TrustList::parse(["10.0.0.0/8"]).unwrap();
    let server = HttpServer::new(tracer, "x").trusted_proxies(proxies);
    for socket in ["10.0.0.1:1", "8.8.8.8:1"] {
        let mut request = req("GET", "/").header("x-forwarded-for", "6.6.6.6, 1.2.3.4");
        request.peer = Some(socket.parse().unwrap());
        server.start(&request).complete();
    }
    let peers: Vec<_> = tape.finished().into_iter().map(|span| span.peer).collect();
    assert_eq!(peers, ["1.2.3.4", "8.8.8.8:1"]);
}
