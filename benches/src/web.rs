//! actix-web: an application with one route, called in this process as its own tests would call it.

use std::fmt::Debug;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{App, Error, test, web};
use futures_util::FutureExt;
use tracer_actix::Tracing;
use tracer_core::NoopTracer;

use crate::case::{Case, ROUTE, Wire, headers};
use crate::harness::Contestant;
use crate::ours::recorded;

/// The application alone.
pub fn bare(case: Case) -> Option<Contestant> {
    Some(Contestant::new("bare", requests(app(), case, Wire::B3)))
}

/// Ours, called with B3.
pub fn ours(case: Case) -> Option<Contestant> {
    let (tracer, finish) = recorded("ours", case);
    let app = app().wrap(Tracing::new(tracer));
    Some(finish(Box::new(requests(app, case, Wire::B3))))
}

/// The middleware with the tracer that does nothing.
pub fn noop(case: Case) -> Option<Contestant> {
    (case == Case::Off).then(|| {
        let app = app().wrap(Tracing::new(Arc::new(NoopTracer)));
        Contestant::new("ours, `NoopTracer`", requests(app, case, Wire::B3))
    })
}

async fn hello() -> &'static str {
    "Hello, World!"
}

/// An application with one route.
pub fn app() -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().route(ROUTE, web::get().to(hello))
}

/// A loop of requests through this application. Nothing in it waits for anybody, so it needs no
/// runtime.
///
/// # Panics
///
/// If the application waits for somebody when it starts, or fails.
pub fn requests<A, F, B>(app: A, case: Case, wire: Wire) -> impl FnMut(u32)
where
    A: IntoServiceFactory<F, Request>,
    F: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = Error,
            InitError: Debug,
        >,
    B: MessageBody,
{
    let starting = test::init_service(app).now_or_never();
    let service = starting.expect("an application starts at once");
    let like = Like::new(case, wire);
    move |count| {
        for _ in 0..count {
            one(&service, like.request());
        }
    }
}

fn one<S, B>(service: &S, request: Request)
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let mut cx = Context::from_waker(Waker::noop());
    let response = {
        let mut future = pin!(service.call(request));
        loop {
            match future.as_mut().poll(&mut cx) {
                Poll::Ready(response) => break response.expect("answered"),
                Poll::Pending => {}
            }
        }
    };
    assert!(response.status().is_success());
    // The request goes with the response, as it does when a connection has written it.
    let (request, response) = response.into_parts();
    let mut body = pin!(response.into_body());
    loop {
        match body.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                black_box(bytes.len());
            }
            Poll::Ready(_) => break,
            Poll::Pending => {}
        }
    }
    drop(request);
}

/// What every request is made after: actix-web takes requests apart, so none can be used again.
struct Like {
    uri: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Like {
    fn new(case: Case, wire: Wire) -> Self {
        let headers = headers(case, wire);
        let pairs = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            let value = HeaderValue::from_bytes(value.as_bytes());
            (name.expect("a name"), value.expect("a value"))
        });
        Self {
            uri: Uri::from_static("/users/7"),
            headers: pairs.collect(),
        }
    }

    fn request(&self) -> Request {
        let mut request = Request::new();
        let head = request.head_mut();
        head.uri = self.uri.clone();
        for (name, value) in &self.headers {
            head.headers.insert(name.clone(), value.clone());
        }
        request
    }
}
