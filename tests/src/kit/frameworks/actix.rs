//! actix-web, traced by `tracer-actix`, on a thread with its own runtime.

use std::fmt;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody, SizedStream};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorGatewayTimeout, ErrorUnauthorized};
use actix_web::http::StatusCode;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, ResponseError, web};
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tracer_actix::Tracing;

use crate::kit::{
    Around, Ask, Failed, Frame, Frames, Framework, Handler, PROTOCOLS, Plan, Protocol, Reply,
    Running,
};

/// actix-web.
#[derive(Clone, Copy, Debug)]
pub struct Actix;

impl Framework for Actix {
    const COMPONENT: &'static str = "actix-web";
    const ROUTES: bool = true;
    const UNMATCHED: bool = true;
    const DROPS_HANDLERS: bool = false;
    const TRAILERS: bool = false;
    const TIMEOUT: Option<u16> = Some(504);
    const TUNNELS: &'static [Protocol] = &PROTOCOLS;
    const SWITCHES_STREAMS: bool = false;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let address = listener.local_addr()?;
        let (started, starts) = mpsc::channel();
        let run = move || {
            actix_rt::System::new().block_on(async move {
                let server = match server(plan, listener) {
                    Ok(server) => server,
                    Err(error) => {
                        // Nobody waits only if the case has given up.
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                let _ = started.send(Ok(server.handle()));
                let _ = server.await;
            });
        };
        std::thread::Builder::new()
            .name("actix".to_owned())
            .spawn(run)?;
        let handle = starts.recv()??;
        let stop = Box::new(move || {
            std::thread::spawn(move || actix_rt::System::new().block_on(handle.stop(true)));
        });
        Ok(Running { address, stop })
    }
}

fn server(plan: Plan, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let configure = plan.configure;
    let tracing = Tracing::new(plan.tracer).configure(|http| configure(http));
    let (routes, nested, tunnel, around) = (plan.routes, plan.nested, plan.tunnel, plan.around);
    let again = around == Around::Again;
    let streaming = around == Around::Streaming;
    let nested_tracing = match streaming {
        true => tracing.clone().configure(|http| http.end_at_headers(true)),
        false => tracing.clone(),
    };
    let server = HttpServer::new(move || {
        let scope = nested
            .iter()
            .cloned()
            .fold(web::scope("/nested"), |scope, (pattern, handler)| {
                scope.route(pattern, route(handler))
            });
        let nested_tracing = Condition::new(again || streaming, nested_tracing.clone());
        let app = App::new().service(scope.wrap(nested_tracing));
        let app = routes.iter().cloned().fold(app, |app, (pattern, handler)| {
            app.route(pattern, route(handler))
        });
        let app = match tunnel.clone() {
            Some(handler) => app.default_service(route(handler)),
            None => app,
        };
        let doorman = from_fn::<_, ()>(doorman);
        let (inside, outside) = (around.inside(), around.outside());
        let inner = from_fn::<_, ()>(move |request, next| limited(inside, request, next));
        let outer = from_fn::<_, ()>(move |request, next| limited(outside, request, next));
        app.wrap(Condition::new(around == Around::Doorman, doorman))
            .wrap(Condition::new(inside.is_some(), inner))
            .wrap(Condition::new(again, tracing.clone()))
            .wrap(tracing.clone())
            .wrap(Condition::new(outside.is_some(), outer))
    });
    Ok(server
        .workers(1)
        .disable_signals()
        .listen_auto_h2c(listener)?
        .run())
}

/// Lets nobody in.
async fn doorman<B>(_: ServiceRequest, _: Next<B>) -> Result<ServiceResponse<B>, Error> {
    Err(ErrorUnauthorized("who are you"))
}

/// Waits for an answer so long.
async fn limited<B: MessageBody>(
    after: Option<Duration>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let answer = next.call(request);
    match after {
        Some(after) => match actix_rt::time::timeout(after, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(ErrorGatewayTimeout("too late")),
        },
        None => answer.await,
    }
}

fn route(handler: Handler) -> actix_web::Route {
    web::route().to(move |request: HttpRequest, payload: Payload| {
        let handler = handler.clone();
        async move {
            let (ask, payload) = ask(&request, payload).await;
            answer(handler(ask).await, payload)
        }
    })
}

async fn ask(request: &HttpRequest, payload: Payload) -> (Ask, Option<Payload>) {
    let headers = request.headers().iter();
    let text = |value: &actix_web::http::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    let (body, payload) = if request.headers().contains_key("content-length") {
        (payload.to_bytes().await.unwrap_or_default(), None)
    } else {
        (Bytes::new(), Some(payload))
    };
    let ask = Ask {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body,
    };
    (ask, payload)
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answer(reply: Reply, payload: Option<Payload>) -> Result<HttpResponse<BoxBody>, Told> {
    Ok(match reply {
        Reply::Whole {
            status: code,
            headers,
            body,
        } => {
            let mut response = HttpResponse::build(status(code));
            for header in headers {
                response.insert_header(header);
            }
            response.body(body).map_into_boxed_body()
        }
        Reply::Stream(frames) => streamed(frames),
        Reply::Switch { status: code, pipe } => switched(code, pipe, payload),
        Reply::Error { status, message } => return Err(Told { status, message }),
    })
}

fn streamed(frames: Frames) -> HttpResponse<BoxBody> {
    let length = frames.length();
    let mut response = HttpResponse::Ok();
    for (name, value) in frames.headers() {
        response.insert_header((*name, value.as_str()));
    }
    let frames = stream::unfold(frames, async |mut frames| {
        let frame = match frames.recv().await? {
            Frame::Data(text) => Ok(Bytes::from_static(text.as_bytes())),
            Frame::Seen(text, witness) => {
                drop(witness);
                Ok(Bytes::from_static(text.as_bytes()))
            }
            Frame::Trailer(..) => Err(Told::broken("actix-web has no trailers")),
            Frame::Fails(text) => Err(Told::broken(text)),
            Frame::Panics(text) => std::panic::panic_any(text),
        };
        Some((frame, frames))
    });
    let frames = Box::pin(frames);
    match length {
        Some(length) => response.body(SizedStream::new(length, frames)),
        None => response.streaming(frames),
    }
}

/// The connection is the request's payload and the response's body.
fn switched(code: u16, pipe: DuplexStream, payload: Option<Payload>) -> HttpResponse<BoxBody> {
    let (out, mut into) = tokio::io::split(pipe);
    actix_rt::spawn(async move {
        let mut payload = payload;
        while let Some(Ok(bytes)) = match &mut payload {
            Some(payload) => payload.next().await,
            None => None,
        } {
            if into.write_all(&bytes).await.is_err() {
                return;
            }
        }
        // Its end goes on; that nobody is there to see it is an end as well.
        let _ = into.shutdown().await;
    });
    let out = stream::unfold(out, async |mut out| {
        let mut bytes = BytesMut::new();
        match out.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some((Ok::<_, Told>(bytes.freeze()), out)),
        }
    });
    let mut response = HttpResponse::build(status(code));
    if code == 101 {
        response.upgrade("websocket");
    }
    let mut response = response.streaming(Box::pin(out));
    // A tunnel has no chunks.
    response.head_mut().no_chunking(true);
    response
}

/// An error with a text and a status.
#[derive(Debug)]
struct Told {
    status: u16,
    message: &'static str,
}

impl Told {
    const fn broken(message: &'static str) -> Self {
        Self {
            status: 500,
            message,
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Told {}

impl ResponseError for Told {
    fn status_code(&self) -> StatusCode {
        status(self.status)
    }
}
