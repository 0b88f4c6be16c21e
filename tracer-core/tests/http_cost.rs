//! The rules themselves allocate nothing, sampled or not, and what a future has to carry is small.

use std::alloc::System;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::http::{BodySize, Call, HttpClient, HttpServer, RequestView, ResponseView, Rule};
use tracer_core::{
    End, Endpoint, Error, Extract, Extracted, FlushError, Inject, Kind, Name, OpenSpan, Sampling,
    Span, SpanContext, SpanId, SpanRef, SpanStart, Tag, TraceId, Tracer,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Records nothing, but is told everything.
struct Deaf(SpanContext, Kind);

impl Span for Deaf {
    fn context(&self) -> &SpanContext {
        &self.0
    }
    fn kind(&self) -> Kind {
        self.1
    }
    fn start_child(&self, _: SpanStart<'_>) -> OpenSpan {
        OpenSpan::none()
    }
    fn set_name(&self, _: Name<'_>) {}
    fn set_kind(&self, _: Kind) {}
    fn set_sampling(&self, _: Sampling) {}
    fn set_tags(&self, _: &[Tag<'_>]) {}
    fn log(&self, _: Option<SystemTime>, _: &[Tag<'_>]) {}
    fn set_remote(&self, _: Endpoint<'_>) {}
    fn set_error(&self, _: Option<Error<'_>>) {}
    fn finish(self: Arc<Self>, _: End<'_>) {}
    fn abandon(self: Arc<Self>) {}
}

/// Starts the same span again and again.
struct Same {
    context: SpanContext,
    recorder: Option<Arc<Deaf>>,
}

impl Tracer for Same {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        match &self.recorder {
            Some(recorder) => {
                start.describe(&mut Deaf(self.context.clone(), Kind::Client));
                OpenSpan::recording(Arc::<Deaf>::clone(recorder))
            }
            None => OpenSpan::from_context(self.context.clone()),
        }
    }
    fn extract(&self, _: &dyn Extract) -> Extracted {
        Extracted::context(self.context.clone(), true)
    }
    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}
    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}

struct Request(&'static str, Vec<(&'static str, &'static str)>);

impl RequestView for Request {
    fn method(&self) -> &str {
        "POST"
    }
    fn path(&self) -> &str {
        "/shop.Orders/Place"
    }
    fn query(&self) -> Option<&str> {
        Some("a=1&sig=2")
    }
    fn host(&self) -> Option<&str> {
        Some("127.0.0.1:80")
    }
    fn route(&self) -> Option<&str> {
        Some("/{service}/{method}")
    }
    fn peer(&self) -> Option<std::net::SocketAddr> {
        Some(([127, 0, 0, 1], 9).into())
    }
    fn headers(&self) -> &dyn Extract {
        &self.1
    }
    fn content_type(&self) -> Option<&[u8]> {
        Some(self.0.as_bytes())
    }
}

fn respond(mut call: Call, trailers: &dyn Extract) {
    {
        let _scope = call.enter();
    }
    let response = ResponseView::new(503, trailers).body(BodySize::UNKNOWN);
    call.response(&response);
    call.data(5, &[0; 5]);
    call.trailers(trailers);
}

// One test: others would allocate on threads of their own meanwhile.
#[test]
fn the_rules_allocate_nothing_and_a_call_is_small() {
    assert!(size_of::<Call>() <= 112, "{}", size_of::<Call>());
    let trace = TraceId::random(true);
    let trailers = [("grpc-status", "14"), ("content-length", "5")].to_vec();
    for sampling in [Sampling::Drop, Sampling::Record] {
        let context = SpanContext::new(trace, SpanId::random(), sampling);
        let recorder = Arc::new(Deaf(context.clone(), Kind::Client));
        let tracer: Arc<dyn Tracer> = Arc::new(Same {
            context,
            recorder: sampling.is_sampled().then_some(recorder),
        });
        let server = HttpServer::new(Arc::clone(&tracer), "x")
            .rpc_methods(["shop.Orders/Place"])
            .rule(|request| (request.path() == "/health").then_some(Rule::PropagateOnly))
            .query(true)
            .on_request(|_, _| {});
        let client = HttpClient::new(tracer, "x").rpc().peer_service("orders");
        for content_type in ["application/grpc", "application/json"] {
            let request = Request(content_type, vec![("grpc-timeout", "1S")]);
            let mut out: Vec<(String, String)> = Vec::new();
            let round = || {
                let region = Region::new(ALLOCATOR);
                for _ in 0..100 {
                    respond(server.start(&request), &trailers);
                    let call = client.start(&request);
                    client.inject(&call, &mut out);
                    respond(call, &trailers);
                    drop(server.start(&request));
                }
                region.change().allocations
            };
            // The test harness allocates on a thread of its own, but not all the time.
            let least = std::iter::repeat_with(round).take(9).min();
            assert_eq!(least, Some(0), "{sampling:?} {content_type}");
        }
    }
}
