//! axum, traced by `tracer-tower`.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt as _;
use axum::{Router, ServiceExt};
use futures_util::stream;
use tokio::sync::Notify;
use tower::Layer;
use tower::util::MapResponse;
use tracer_core::http::HttpServer;
use tracer_tower::{ResponseError, RouteLayer, ServerLayer};

use crate::kit::{Ask, Failed, Frame, Framework, Handler, Plan, Reply, Running};

/// Serves until it is told to stop. (A function would have to name what axum asks of a service.)
macro_rules! serve {
    ($listener:expr, $service:expr) => {{
        let listener = tokio::net::TcpListener::from_std($listener)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let listener = listener.tap_io(|stream| {
            // Only speed is lost without it.
            let _ = stream.set_nodelay(true);
        });
        let server = axum::serve(listener, $service)
            .with_graceful_shutdown(async move { stopped.notified().await });
        tokio::spawn(async move { server.await });
        Ok(Running {
            address,
            stop: Box::new(move || stop.notify_one()),
        })
    }};
}

/// Serves a router that knows the addresses of its clients.
pub(in crate::kit) fn serve_router(
    listener: TcpListener,
    router: Router,
) -> Result<Running, Failed> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    serve!(listener, service)
}

/// axum.
#[derive(Clone, Copy, Debug)]
pub struct Axum;

impl Framework for Axum {
    const COMPONENT: &'static str = "axum";
    const ROUTES: bool = true;
    const UNMATCHED: bool = true;
    const DROPS_HANDLERS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(plan.tracer, Self::COMPONENT);
        let layer = ServerLayer::from_handler((plan.configure)(http));
        let mut router = Router::new();
        if !plan.nested.is_empty() {
            router = router.nest("/nested", routes(plan.nested));
        }
        serve_router(listener, router.merge(routes(plan.routes)).layer(layer))
    }
}

/// tonic's layer on axum's router, which is what serves gRPC in tonic: what is not gRPC is told by
/// the rules of HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Tonic;

impl Framework for Tonic {
    const COMPONENT: &'static str = "tonic";
    const ROUTES: bool = true;
    const UNMATCHED: bool = true;
    const DROPS_HANDLERS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let configure = plan.configure;
        let layer = tracer_tonic::ServerLayer::new(plan.tracer);
        let layer =
            layer.map(|tower| ServerLayer::from_handler(configure(tower.handler().clone())));
        let nested = Router::new().nest("/nested", routes(plan.nested));
        serve_router(listener, nested.merge(routes(plan.routes)).layer(layer))
    }
}

/// axum with the tracing layer around the router, which cannot see its routes, and `RouteLayer`
/// inside, which can.
#[derive(Clone, Copy, Debug)]
pub struct AroundAxum;

impl Framework for AroundAxum {
    const COMPONENT: &'static str = "axum";
    const ROUTES: bool = true;
    const UNMATCHED: bool = false;
    const DROPS_HANDLERS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(plan.tracer, Self::COMPONENT);
        let layer = ServerLayer::from_handler((plan.configure)(http));
        let nested = routes(plan.nested).layer(RouteLayer::new());
        let router = Router::new().nest("/nested", nested);
        let router = router.merge(routes(plan.routes).layer(RouteLayer::new()));
        // `axum::serve` takes axum's own body only.
        let traced = MapResponse::new(layer.layer(router), |response: http::Response<_>| {
            response.map(Body::new)
        });
        let service =
            ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(traced);
        serve!(listener, service)
    }
}

fn routes(routes: Vec<(&'static str, Handler)>) -> Router {
    routes
        .into_iter()
        .fold(Router::new(), |router, (pattern, handler)| {
            let answer = async move |request: Request| answer(handler(ask(&request)).await);
            router.route(pattern, any(answer))
        })
}

pub(super) fn ask<B>(request: &http::Request<B>) -> Ask {
    let headers = request.headers().iter();
    let text =
        |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ask {
        path: request.uri().path().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
    }
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn answer(reply: Reply) -> Response {
    match reply {
        Reply::Whole {
            status: code,
            headers,
            body,
        } => {
            let mut response = (status(code), body).into_response();
            for (name, value) in headers {
                if let Ok(value) = value.parse() {
                    response
                        .headers_mut()
                        .insert(HeaderName::from_static(name), value);
                }
            }
            response
        }
        Reply::Stream(frames) => {
            let frames = stream::unfold(frames, async |mut frames| {
                let frame = match frames.recv().await? {
                    Frame::Data(text) => Ok(Bytes::from_static(text.as_bytes())),
                    Frame::Fails(text) => Err(Told(text)),
                    Frame::Panics(text) => std::panic::panic_any(text),
                };
                Some((frame, frames))
            });
            Response::new(Body::from_stream(frames))
        }
        Reply::Error {
            status: code,
            message,
        } => {
            let mut response = (status(code), message).into_response();
            response
                .extensions_mut()
                .insert(ResponseError::new(Told(message)));
            response
        }
    }
}

/// An error with a text.
#[derive(Debug)]
struct Told(&'static str);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Told {}
