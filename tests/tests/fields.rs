//! Headers that the tracer was told to carry, on the carriers of the frameworks.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll};

use actix_web::http::header as actix;
use tonic::metadata::MetadataMap;
use tower::{Layer, Service};
use tracer_core::{OpenSpan, SpanRef, Tracer, TracerExt};
use tracer_recording::{NullReporter, Propagation, RecordingTracer};

/// A header's value may have bytes beyond ASCII (RFC 9110, section 5.5). If they are UTF-8 it is carried as it came,
/// and where a gateway copies headers it stays.
#[test]
fn a_value_beyond_ascii_is_carried_as_it_came() {
    let fields = Propagation::builder().fields(["x-tenant"]).build();
    let value = "café".as_bytes();

    let mut headers = http::HeaderMap::new();
    headers.insert("x-tenant", http::HeaderValue::from_bytes(value).unwrap());
    let extracted = fields.extract(&tracer_tower::carrier::Headers(&headers));
    let pass = OpenSpan::pass_through(&extracted);
    let span: &SpanRef = &pass;
    for mut map in [headers, http::HeaderMap::new()] {
        fields.inject(span, &mut tracer_tower::carrier::HeadersMut(&mut map));
        let all: Vec<_> = map.get_all("x-tenant").iter().collect();
        assert_eq!(all, [value]);
    }

    let mut map = actix::HeaderMap::new();
    fields.inject(span, &mut tracer_actix::carrier::HeadersMut(&mut map));
    assert_eq!(map.get("x-tenant").unwrap(), value);

    let mut metadata = MetadataMap::new();
    fields.inject(span, &mut tracer_tonic::carrier::MetadataMut(&mut metadata));
    assert!(metadata.is_empty(), "gRPC has no such metadata");

    let tracer = RecordingTracer::builder("shop", NullReporter).propagation(fields);
    let tracer: Arc<dyn Tracer> = Arc::new(tracer.build());
    let caller = tracer.extract(&vec![("x-tenant", value)]);
    let serves = tracer.span("serve").continues(&caller).start();
    let _current = serves.enter();
    let http = tracer_tower::ClientLayer::new(Arc::clone(&tracer));
    let grpc = tracer_tonic::ClientLayer::new(tracer);
    let whole = Some(value.to_owned());
    assert_eq!(sent(&http, "application/grpc"), whole);
    assert_eq!(sent(&grpc, "application/grpc"), None);
    // What is not gRPC goes by the rules of HTTP, whatever the layer.
    assert_eq!(sent(&grpc, "application/json"), whole);
}

/// A header may have tabs (RFC 9110, section 5.5), metadata may not (gRPC over HTTP/2, "ASCII-Value").
#[test]
fn a_tab_is_no_metadata() {
    let fields = Propagation::builder().fields(["x-tenant"]).build();
    let extracted = fields.extract(&[("x-tenant", "a\tb")]);
    let pass = OpenSpan::pass_through(&extracted);
    let mut metadata = MetadataMap::new();
    fields.inject(
        &pass,
        &mut tracer_tonic::carrier::MetadataMut(&mut metadata),
    );
    assert!(metadata.is_empty());

    let tracer = RecordingTracer::builder("shop", NullReporter).propagation(fields);
    let tracer: Arc<dyn Tracer> = Arc::new(tracer.build());
    let serves = tracer.span("serve").continues(&extracted).start();
    let _current = serves.enter();
    let grpc = tracer_tonic::ClientLayer::new(tracer);
    assert_eq!(sent(&grpc, "application/grpc"), None);
    assert_eq!(sent(&grpc, "text/plain"), Some(b"a\tb".to_vec()));
}

/// The field that a client sends with a request of this content type.
fn sent(
    layer: &impl Layer<Answers, Service: Service<http::Request<()>>>,
    content_type: &str,
) -> Option<Vec<u8>> {
    let (tell, told) = std::sync::mpsc::channel();
    let request = http::Request::post("/shop.Orders/Place");
    let request = request.header("content-type", content_type);
    drop(layer.layer(Answers(tell)).call(request.body(()).unwrap()));
    let headers = told.try_recv().unwrap();
    assert!(headers.contains_key("traceparent"));
    Some(headers.get("x-tenant")?.as_bytes().to_owned())
}

struct Answers(Sender<http::HeaderMap>);

impl Service<http::Request<()>> for Answers {
    type Response = http::Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<()>) -> Self::Future {
        self.0.send(request.into_parts().0.headers).unwrap();
        ready(Ok(http::Response::new(String::new())))
    }
}
