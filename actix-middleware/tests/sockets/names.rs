//! What spans are called, what they say and whose children they are.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::{App, Error, HttpResponse, error as fail, test, web};
use tracer_actix::Tracing;
use tracer_core::testing::MockTracer;
use tracer_core::{Kind, NoopTracer, Sampling, SpanRef, TracerExt};

use crate::support::{Server, error};

fn routes(config: &mut web::ServiceConfig) {
    let users = web::resource("/users/{id}").route(web::get().to(|| async {
        SpanRef::current().set_tag("seen", true);
        NoopTracer.span("elsewhere").start().finish();
        HttpResponse::Ok().body("me")
    }));
    config
        .service(users)
        .service(web::scope("/shop").service(web::scope("/{shop}").route(
            "/items/{item}",
            web::get().to(|| async { HttpResponse::Ok().body("item") }),
        )))
        .route("/broken", web::get().to(broken))
        .route("/absent", web::get().to(absent));
}

async fn broken() -> Result<String, Error> {
    Err(fail::ErrorInternalServerError("db at http://u:p@db/x?k=1"))
}

async fn absent() -> Result<String, Error> {
    Err(fail::ErrorNotFound("no such item"))
}

#[actix_web::test]
async fn it_says_what_was_asked_and_answered() {
    let server = Server::start(routes);
    let request = server.get("/users/7?secret=1");
    request.send().await.unwrap().body().await.unwrap();
    let span = server.only().await;
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.kind, Kind::Server);
    let tags: Vec<_> = span.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        tags,
        [
            "http.method=GET",
            "component=actix-web",
            "http.path=/users/7",
            "http.scheme=http",
            "seen=true",
            "http.route=/users/{id}",
            "http.status_code=200",
        ]
    );
    assert_eq!(span.remote.ip, Some(server.address.ip()));
    assert!(span.remote.port.is_some());
    assert!(span.error.is_none());
}

#[actix_web::test]
async fn the_route_is_the_whole_pattern_and_none_if_nothing_matched() {
    let server = Server::start(routes);
    for path in ["/shop/1/items/2", "/shop/1/nothing", "/nothing"] {
        server.fetch(path).await;
    }
    let wrong_method = awc::Client::new().post(server.url("/users/1"));
    assert_eq!(wrong_method.send().await.unwrap().status(), 405);
    let spans = server.spans(4).await;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "GET /shop/{shop}/items/{item}",
            "GET not_found",
            "GET not_found",
            "POST /users/{id}",
        ]
    );
    assert_eq!(spans[2].tag("http.route"), None);
    assert!(spans.iter().all(|span| span.error.is_none()));
}

#[actix_web::test]
async fn the_text_of_an_error_is_told_if_its_status_is_one() {
    let server = Server::start(routes);
    assert_eq!(server.fetch("/broken").await.0, 500);
    assert_eq!(server.fetch("/absent").await.0, 404);
    let spans = server.spans(2).await;
    assert_eq!(error(&spans[0]), "500: db at http://db/x");
    assert_eq!(error(&spans[1]), "");
    assert_eq!(spans[1].name, "GET /absent");
    assert_eq!(spans[1].tag("http.status_code").as_deref(), Some("404"));
}

/// A middleware's own error, which never becomes a response below it.
async fn rejected(tracer: &MockTracer, reason: fn() -> Error) {
    let app = App::new()
        .wrap_fn(move |_, _| async move { Err::<actix_web::dev::ServiceResponse, _>(reason()) })
        .wrap(Tracing::new(Arc::new(tracer.clone())));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/x").to_request();
    assert!(test::try_call_service(&app, request).await.is_err());
}

#[actix_web::test]
async fn an_err_is_judged_by_the_status_that_it_becomes() {
    let tracer = MockTracer::new();
    rejected(&tracer, || fail::ErrorUnauthorized("who are you?")).await;
    rejected(&tracer, || fail::ErrorBadGateway("no upstream")).await;
    let spans = tracer.finished();
    assert_eq!(
        (error(&spans[0]), error(&spans[1])),
        (String::new(), "502: no upstream".into())
    );
    assert_eq!(spans[0].tag("http.status_code").as_deref(), Some("401"));
    assert_eq!(spans[0].tag("cancelled"), None);
    assert_eq!(spans[0].name, "GET");
}

#[actix_web::test]
async fn wrapped_again_in_a_scope_it_adds_to_the_outer_span() {
    let tracer = MockTracer::new();
    let tracing = Tracing::new(Arc::new(tracer.clone()));
    let child = tracer.clone();
    let handler = move || {
        child.span("load").start().finish();
        async { HttpResponse::Ok().body("x") }
    };
    let scope = web::scope("/in").route("/{id}", web::get().to(handler));
    let app = App::new()
        .service(scope.wrap(tracing.clone()))
        .wrap(tracing);
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/in/1").to_request();
    test::call_and_read_body(&app, request).await;
    let spans = tracer.finished();
    assert_eq!(spans.len(), 2, "{}", tracer.tree());
    assert_eq!(spans[1].name, "GET /in/{id}");
    assert!(spans[0].is_child_of(&spans[1]));
}

#[actix_web::test]
async fn in_a_scope_alone_it_traces_that_scope() {
    let tracer = MockTracer::new();
    let tracing = Tracing::new(Arc::new(tracer.clone()));
    let handler = || async { HttpResponse::Ok().body("x") };
    let scope = web::scope("/in").route("/{id}", web::get().to(handler));
    let app = App::new()
        .service(scope.wrap(tracing))
        .route("/out", web::get().to(handler));
    let app = test::init_service(app).await;
    for path in ["/in/1", "/out"] {
        let request = test::TestRequest::get().uri(path).to_request();
        test::call_and_read_body(&app, request).await;
    }
    let spans = tracer.finished();
    assert_eq!(spans.len(), 1, "{}", tracer.tree());
    assert_eq!(spans[0].name, "GET /in/{id}");
}

/// The error goes on as it is; actix-web makes the response of it outside of the middleware.
#[actix_web::test]
async fn a_client_is_told_the_trace_of_a_request_that_failed_in_a_middleware() {
    let header = "x-trace-id";
    for sampling in [Sampling::Record, Sampling::Drop] {
        let tracer = MockTracer::new().sampling(sampling);
        let tracing = Tracing::new(Arc::new(tracer.clone()));
        let app = App::new()
            .wrap_fn(|_, _| async {
                Err::<actix_web::dev::ServiceResponse, _>(fail::ErrorBadGateway("no upstream"))
            })
            .wrap(tracing.configure(|http| http.trace_id_header(header)));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/x").to_request();
        let error = test::try_call_service(&app, request).await.err().unwrap();
        assert_eq!(error.to_string(), "no upstream");
        let response = error.error_response();
        assert_eq!(response.status(), 502);
        let told = response.headers().get(header).unwrap();
        assert_eq!(told.len(), 32, "{told:?}");
        if sampling == Sampling::Record {
            let trace = tracer.finished()[0].trace_id();
            assert_eq!(told, trace.hex().as_str());
        }
        let body = response.into_body().try_into_bytes().unwrap();
        assert_eq!(body, "no upstream");
    }
}

#[actix_web::test]
async fn an_error_gets_no_header_unless_asked_for() {
    let server = Server::start(|config| {
        let scope = web::scope("/in").wrap_fn(|_, _| async {
            Err::<actix_web::dev::ServiceResponse, _>(fail::ErrorUnauthorized("who are you?"))
        });
        config.service(scope);
    });
    let mut response = server.get("/in/x").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers().get("x-trace-id"), None);
    assert_eq!(response.body().await.unwrap(), "who are you?");
}
