//! actix-web, traced by `tracer-actix`, on a thread with its own runtime.

use std::fmt;
use std::net::TcpListener;
use std::sync::mpsc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, web};
use futures_util::stream;
use tracer_actix::Tracing;

use crate::kit::{Ask, Failed, Frame, Framework, Handler, Plan, Reply, Running};

/// actix-web.
#[derive(Clone, Copy, Debug)]
pub struct Actix;

impl Framework for Actix {
    const COMPONENT: &'static str = "actix-web";
    const ROUTES: bool = true;
    const UNMATCHED: bool = true;
    const DROPS_HANDLERS: bool = false;

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
    let (routes, nested) = (plan.routes, plan.nested);
    let server = HttpServer::new(move || {
        let scope = nested
            .iter()
            .cloned()
            .fold(web::scope("/nested"), |scope, (pattern, handler)| {
                scope.route(pattern, route(handler))
            });
        let app = App::new().service(scope);
        let app = routes.iter().cloned().fold(app, |app, (pattern, handler)| {
            app.route(pattern, route(handler))
        });
        app.wrap(tracing.clone())
    });
    Ok(server
        .workers(1)
        .disable_signals()
        .listen_auto_h2c(listener)?
        .run())
}

fn route(handler: Handler) -> actix_web::Route {
    web::route().to(move |request: HttpRequest| {
        let answered = handler(ask(&request));
        async move { answer(answered.await) }
    })
}

fn ask(request: &HttpRequest) -> Ask {
    let headers = request.headers().iter();
    let text = |value: &actix_web::http::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    Ask {
        path: request.path().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
    }
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answer(reply: Reply) -> Result<HttpResponse<BoxBody>, Told> {
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
        Reply::Stream(frames) => {
            let frames = stream::unfold(frames, async |mut frames| {
                let frame = match frames.recv().await? {
                    Frame::Data(text) => Ok(Bytes::from_static(text.as_bytes())),
                    Frame::Fails(text) => Err(Told {
                        status: 500,
                        message: text,
                    }),
                    Frame::Panics(text) => std::panic::panic_any(text),
                };
                Some((frame, frames))
            });
            HttpResponse::Ok()
                .streaming(Box::pin(frames))
                .map_body(|_, body| body.boxed())
        }
        Reply::Error { status, message } => return Err(Told { status, message }),
    })
}

/// An error with a text and a status.
#[derive(Debug)]
struct Told {
    status: u16,
    message: &'static str,
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
