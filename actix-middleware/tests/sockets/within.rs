//! Requests within the process: behind edges, at a second layer, and behind rewritten paths.

use std::sync::Arc;

use actix_web::dev::Service;
use actix_web::http::Uri;
use actix_web::middleware::NormalizePath;
use actix_web::{App, HttpRequest, HttpResponse, test, web};
use tracer_actix::Tracing;
use tracer_core::Sampling;
use tracer_core::http::{HttpServer, Incoming};
use tracer_core::testing::MockTracer;

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";

fn tracing(tracer: &MockTracer) -> Tracing {
    Tracing::new(Arc::new(tracer.clone()))
}

/// What an edge records whose handler hands its headers on to an application that trusts everybody.
async fn handed_on(
    edge: fn(HttpServer) -> HttpServer,
    headers: &[(&'static str, &'static str)],
) -> MockTracer {
    let tracer = MockTracer::new();
    let inner = tracing(&tracer);
    let handler = move |request: HttpRequest| {
        let inner = inner.clone();
        async move {
            let parts = App::new()
                .route(
                    "/part/{id}",
                    web::get().to(HttpResponse::InternalServerError),
                )
                .wrap(inner);
            let parts = test::init_service(parts).await;
            let mut part = test::TestRequest::get().uri("/part/7");
            for (name, value) in request.headers() {
                part = part.insert_header((name.clone(), value.clone()));
            }
            let response = test::call_service(&parts, part.to_request()).await;
            assert_eq!(response.status(), 500);
            test::read_body(response).await;
            ""
        }
    };
    let app = App::new()
        .route("/batch", web::get().to(handler))
        .wrap(tracing(&tracer).configure(edge));
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::get().uri("/batch");
    for header in headers {
        request = request.insert_header(*header);
    }
    test::call_and_read_body(&app, request.to_request()).await;
    tracer
}

#[actix_web::test]
async fn what_an_edge_refused_counts_no_further_in_either() {
    let ids = [
        ("mock-trace-id", TRACE),
        ("mock-span-id", "a2fb4a1d1a96d312"),
    ];
    type Edge = fn(HttpServer) -> HttpServer;
    let edges: [(Edge, &[_], bool); 5] = [
        (
            |http| http.incoming(Incoming::Ignore),
            &[ids[0], ids[1], ("mock-sampled", "1")],
            true,
        ),
        (
            |http| http.incoming(Incoming::Follow),
            &[ids[0], ids[1], ("mock-sampled", "d")],
            true,
        ),
        (
            |http| http.refuse_debug(true),
            &[ids[0], ids[1], ("mock-sampled", "d")],
            false,
        ),
        (
            |http| http.refuse_debug(true),
            &[("mock-sampled", "d")],
            true,
        ),
        (|http| http, &[ids[0], ids[1], ("mock-sampled", "1")], false),
    ];
    for (edge, headers, fresh) in edges {
        let tracer = handed_on(edge, headers).await;
        let spans = tracer.finished();
        assert_eq!(spans.len(), 2, "{}", tracer.tree());
        let (part, batch) = (&spans[0], &spans[1]);
        assert_eq!(
            (&*part.name, &*batch.name),
            ("GET /part/{id}", "GET /batch")
        );
        assert_eq!(batch.context.trace_id().to_string() != TRACE, fresh);
        assert!(part.is_child_of(batch), "{}", tracer.tree());
        assert_eq!(part.context.sampling(), Sampling::Record);
        assert_eq!(batch.context.sampling(), Sampling::Record);
        assert!(batch.error.is_none() && part.error.is_some());
    }
}

/// With actix-web's own middleware between them.
#[actix_web::test]
async fn a_scope_that_is_wrapped_again_adds_to_the_outer_span() {
    for path in ["/in/1", "/in/1/"] {
        let tracer = MockTracer::new();
        let scope = web::scope("/in").route("/{id}", web::get().to(HttpResponse::Ok));
        let app = App::new()
            .service(scope.wrap(tracing(&tracer)))
            .wrap(NormalizePath::trim())
            .wrap(tracing(&tracer));
        let app = test::init_service(app).await;
        test::call_and_read_body(&app, test::TestRequest::get().uri(path).to_request()).await;
        let spans = tracer.finished();
        assert_eq!(spans.len(), 1, "{path}\n{}", tracer.tree());
        assert_eq!(spans[0].name, "GET /in/{id}");
    }
}

/// Middleware that rewrites the path inside of the layer: the span tells what was sent, and the pattern.
#[actix_web::test]
async fn behind_a_rewritten_path_the_pattern_is_known() {
    let tracer = MockTracer::new();
    let app = App::new()
        .route("/users/{id}", web::get().to(HttpResponse::Ok))
        .wrap_fn(|mut request, next| {
            let uri: Uri = request.path().replace("people", "users").parse().unwrap();
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
            next.call(request)
        })
        .wrap(tracing(&tracer));
    let app = test::init_service(app).await;
    test::call_and_read_body(&app, test::TestRequest::get().uri("/people/7").to_request()).await;
    let span = &tracer.finished()[0];
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.tag("http.path").as_deref(), Some("/people/7"));
}

#[actix_web::test]
async fn a_scope_that_trusts_brings_back_nothing_that_an_edge_ignores() {
    let tracer = MockTracer::new();
    let scope = web::scope("/in").route("/{id}", web::get().to(HttpResponse::Ok));
    let app = App::new()
        .service(scope.wrap(tracing(&tracer)))
        .wrap(tracing(&tracer).configure(|http| http.incoming(Incoming::Ignore)));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get()
        .uri("/in/1")
        .insert_header(("mock-trace-id", TRACE))
        .insert_header(("mock-span-id", "a2fb4a1d1a96d312"));
    test::call_and_read_body(&app, request.to_request()).await;
    let spans = tracer.finished();
    assert_eq!(spans.len(), 1);
    assert_ne!(spans[0].context.trace_id().to_string(), TRACE);
}
