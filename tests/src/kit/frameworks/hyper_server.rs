//! A bare hyper service, traced by `tracer-tower`: it has no router, so nobody knows a route.

use std::convert::Infallible;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::{Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Error};
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Notify;
use tower::steer::Steer;
use tower::timeout::Timeout;
use tower::util::BoxCloneService;
use tower::{Layer, Service, ServiceExt, service_fn};
use tracer_core::http::HttpServer;
use tracer_tower::ServerLayer;

use super::over_http::{answer, ask};
use crate::kit::{Around, Failed, Framework, Handler, PROTOCOLS, Plan, Protocol, Reply, Running};

/// hyper without a router.
#[derive(Clone, Copy, Debug)]
pub struct HyperServer;

impl Framework for HyperServer {
    const COMPONENT: &'static str = "hyper";
    const ROUTES: bool = false;
    const UNMATCHED: bool = false;
    const DROPS_HANDLERS: bool = true;
    const TRAILERS: bool = true;
    const TIMEOUT: Option<u16> = None;
    const TUNNELS: &'static [Protocol] = &PROTOCOLS;
    const SWITCHES_STREAMS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(plan.tracer, Self::COMPONENT);
        let layer = ServerLayer::from((plan.configure)(http))
            .peer(|extensions| extensions.get::<SocketAddr>().copied());
        let nested = plan.nested.into_iter();
        let nested = nested.map(|(pattern, handler)| (format!("/nested{pattern}"), handler));
        let routes = plan
            .routes
            .into_iter()
            .map(|(pattern, handler)| (pattern.to_owned(), handler));
        let routes = Routes {
            routes: Arc::new(routes.chain(nested).collect()),
            tunnel: plan.tunnel,
        };
        let service = stack(routes, &layer, plan.around);
        accept(listener, move |peer| {
            boxed(tower::util::MapRequest::new(
                service.clone(),
                move |mut request: Request| {
                    request.extensions_mut().insert(peer);
                    request
                },
            ))
        })
    }
}

/// A service of one connection.
type Boxed = BoxCloneService<Request, http::Response<UnsyncBoxBody<Bytes, Error>>, Error>;

/// A service of whatever type.
pub(in crate::kit) fn boxed<S, B>(service: S) -> Boxed
where
    S: tower::Service<Request, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneService::new(
        service
            .map_response(|response| response.map(|body| body.map_err(Error::new).boxed_unsync()))
            .map_err(Error::new),
    )
}

/// Serves connections, each by a service that is told its client, until it is told to stop.
pub(in crate::kit) fn accept(
    listener: TcpListener,
    service: impl Fn(SocketAddr) -> Boxed + Send + 'static,
) -> Result<Running, Failed> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    tokio::spawn(async move {
        let connections = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(_) => return,
                },
                () = stopped.notified() => break,
            };
            // Only speed is lost without it.
            let _ = stream.set_nodelay(true);
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http2().enable_connect_protocol();
            let (service, stream) = (
                TowerToHyperService::new(service(peer)),
                TokioIo::new(stream),
            );
            let connection = server.serve_connection_with_upgrades(stream, service);
            let connection = connections.watch(connection.into_owned());
            tokio::spawn(async move {
                // A client that goes away is what some cases are about.
                let _ = connection.await;
            });
        }
        connections.shutdown().await;
    });
    Ok(Running {
        address,
        stop: Box::new(move || stop.notify_one()),
    })
}

type Request = http::Request<Incoming>;

/// The adapter round the routes, and what the plan wants beside.
fn stack(routes: Routes, layer: &ServerLayer, around: Around) -> Boxed {
    match around {
        Around::Nothing => boxed(layer.layer(routes)),
        Around::Again => boxed(layer.layer(layer.layer(routes))),
        Around::Streaming => {
            let streaming = layer.clone().configure(|http| http.end_at_headers(true));
            let services = [boxed(routes.clone()), boxed(streaming.layer(routes))];
            let nested = |request: &Request| request.uri().path().starts_with("/nested/");
            let pick = move |request: &Request, _: &[Boxed]| usize::from(nested(request));
            boxed(layer.layer(Steer::new(services, pick)))
        }
        Around::TimeoutInside(after) => boxed(layer.layer(Timeout::new(routes, after))),
        Around::TimeoutOutside(after) => boxed(Timeout::new(layer.layer(routes), after)),
        Around::Doorman => boxed(layer.layer(service_fn(async |_| {
            let response = (StatusCode::UNAUTHORIZED, "who are you").into_response();
            Ok::<Response, Infallible>(response)
        }))),
    }
}

/// The least router that can be.
#[derive(Clone)]
struct Routes {
    routes: Arc<Vec<(String, Handler)>>,
    tunnel: Option<Handler>,
}

impl Service<Request> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let path = request.uri().path();
        let found = self.routes.iter().find(|(pattern, _)| fits(pattern, path));
        let found = found.map(|(_, handler)| Arc::clone(handler));
        let answered = found.or_else(|| self.tunnel.clone());
        // Over HTTP/2 hyper leaves it to the service that an answer to HEAD has no body.
        let bare = request.method() == Method::HEAD && request.version() == Version::HTTP_2;
        Box::pin(async move {
            let upgrade = hyper::upgrade::on(&mut request);
            let reply = match answered {
                Some(handler) => handler(ask(request).await).await,
                None => Reply::status(404),
            };
            let response = answer(reply, upgrade);
            Ok(if bare {
                response.map(|_| Body::empty())
            } else {
                response
            })
        })
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}
