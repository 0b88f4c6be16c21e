//! axum, traced by `tracer-tower`.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{Route, any};
use axum::serve::ListenerExt as _;
use axum::{Router, ServiceExt};
use tokio::sync::Notify;
use tower::util::MapResponse;
use tower::{Layer, Service};
use tower_http::timeout::TimeoutLayer;
use tracer_core::http::HttpServer;
use tracer_tower::{RouteLayer, ServerLayer};

use super::over_http::{answer, ask};
use crate::kit::{Around, Failed, Framework, Handler, PROTOCOLS, Plan, Protocol, Running};

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
    const TRAILERS: bool = true;
    const TIMEOUT: Option<u16> = Some(504);
    const TUNNELS: &'static [Protocol] = &PROTOCOLS;
    const SWITCHES_STREAMS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(Arc::clone(&plan.tracer), Self::COMPONENT);
        let layer = ServerLayer::from((plan.configure)(http));
        let streaming = layer.clone().configure(|http| http.end_at_headers(true));
        serve_router(listener, stack(plan, layer, streaming))
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
    const TRAILERS: bool = true;
    const TIMEOUT: Option<u16> = Some(504);
    const TUNNELS: &'static [Protocol] = &PROTOCOLS;
    const SWITCHES_STREAMS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let configure = Arc::clone(&plan.configure);
        let layer = tracer_tonic::ServerLayer::new(Arc::clone(&plan.tracer));
        let layer = layer.configure(|http| configure(http));
        let streaming = layer.clone().configure(|http| http.end_at_headers(true));
        serve_router(listener, stack(plan, layer, streaming))
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
    const TRAILERS: bool = true;
    const TIMEOUT: Option<u16> = Some(504);
    const TUNNELS: &'static [Protocol] = &PROTOCOLS;
    const SWITCHES_STREAMS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(plan.tracer, Self::COMPONENT);
        let layer = ServerLayer::from((plan.configure)(http));
        let mut nested = routes(plan.nested).layer(RouteLayer::new());
        let mut router = routes(plan.routes).layer(RouteLayer::new());
        nested = match plan.around {
            Around::Again => nested.layer(layer.clone()),
            Around::Streaming => {
                nested.layer(layer.clone().configure(|http| http.end_at_headers(true)))
            }
            _ => nested,
        };
        router = router.nest("/nested", nested);
        if let Some(tunnel) = plan.tunnel {
            router = router.fallback(async move |request| respond(tunnel, request).await);
        }
        router = within(router, plan.around);
        if plan.around == Around::Again {
            router = router.layer(layer.clone());
        }
        // `axum::serve` takes axum's own body only.
        let traced = MapResponse::new(layer.layer(router), |response: http::Response<_>| {
            response.map(Body::new)
        });
        if plan.around.outside().is_some() {
            let router = Router::new().fallback_service(traced);
            return serve_router(listener, around(router, plan.around));
        }
        let service =
            ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(traced);
        serve!(listener, service)
    }
}

/// The routes of a plan, the adapter's layer outermost unless the plan wants a timeout there.
fn stack<L>(plan: Plan, layer: L, streaming: L) -> Router
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    let mut router = routes(plan.routes);
    if !plan.nested.is_empty() {
        let mut nested = routes(plan.nested);
        nested = match plan.around {
            Around::Again => nested.layer(layer.clone()),
            Around::Streaming => nested.layer(streaming),
            _ => nested,
        };
        router = router.nest("/nested", nested);
    }
    if let Some(tunnel) = plan.tunnel {
        router = router.fallback(async move |request| respond(tunnel, request).await);
    }
    router = within(router, plan.around);
    if plan.around == Around::Again {
        router = router.layer(layer.clone());
    }
    around(router.layer(layer), plan.around)
}

/// What stands inside of the adapter.
fn within(router: Router, around: Around) -> Router {
    match around {
        Around::Doorman => router.layer(from_fn(async |_: Request, _: Next| {
            (StatusCode::UNAUTHORIZED, "who are you")
        })),
        around => match around.inside() {
            Some(after) => router.layer(timeout(after)),
            None => router,
        },
    }
}

/// What stands outside of it.
fn around(router: Router, around: Around) -> Router {
    match around.outside() {
        Some(after) => router.layer(timeout(after)),
        None => router,
    }
}

fn timeout(after: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, after)
}

fn routes(routes: Vec<(&'static str, Handler)>) -> Router {
    routes
        .into_iter()
        .fold(Router::new(), |router, (pattern, handler)| {
            let answer = async move |request| respond(handler, request).await;
            router.route(pattern, any(answer))
        })
}

async fn respond(handler: Handler, mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    answer(handler(ask(request).await).await, upgrade)
}
