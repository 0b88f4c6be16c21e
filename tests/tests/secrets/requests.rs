//! Requests to servers.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tracer_core::http::HttpServer;
use tracer_tests::kit::frameworks::{Actix, Axum};
use tracer_tests::kit::{Configure, Frame, Framework, Handler, Plan, Reply, Running, handler};

use crate::exported::Exported;
use crate::places::{HEADERS, MESSAGE, QUERY, SEEN, UNASKED, asked};

fn serve<F: Framework>(framework: F, exported: &Exported, configure: Configure) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let plan = Plan {
        configure,
        routes: vec![
            ("/ok", handler(async |_| answer())),
            ("/error", fails()),
            ("/break", piece(|| Frame::Fails(MESSAGE))),
            ("/panic", piece(|| Frame::Panics(MESSAGE))),
        ],
        ..Plan::new(Arc::clone(&exported.tracer))
    };
    framework.serve(plan, listener).unwrap()
}

fn answer() -> Reply {
    let headers = HEADERS.iter().chain(&UNASKED).chain([&SEEN]);
    let headers = headers.filter(|(name, _)| !name.contains(char::is_uppercase));
    Reply::Whole {
        status: 200,
        headers: headers
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        body: Bytes::from_static(b"session=hunter2"),
    }
}

fn fails() -> Handler {
    handler(async |_| Reply::Error {
        status: 500,
        message: MESSAGE,
    })
}

/// A body that goes wrong after its first piece.
fn piece(end: fn() -> Frame) -> Handler {
    handler(move |_| {
        let (feed, body) = mpsc::unbounded_channel();
        // The other end is held by the answer below.
        let _ = feed.send(Frame::Data("hunter2"));
        let _ = feed.send(end());
        std::future::ready(Reply::Stream(body.into()))
    })
}

/// Sends a request with all credentials and reads whatever comes.
async fn ask(address: SocketAddr, target: &str) {
    let mut request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in HEADERS.iter().chain(&UNASKED).chain([&SEEN]) {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A body that breaks may end with a reset.
    let _ = stream.read_to_end(&mut answer).await;
}

async fn check<F: Framework>(framework: F, configure: Configure, seen: &[&str]) {
    let exported = Exported::new();
    let configure: Configure = {
        let with_headers = move |http: HttpServer| {
            let http = http.request_headers(asked()).response_headers(asked());
            configure(http)
        };
        Arc::new(with_headers)
    };
    let running = serve(framework, &exported, configure);
    let address = running.address;
    let targets = [
        format!("/ok?{QUERY}"),
        format!("http://user:hunter2@{address}/ok?{QUERY}"),
        "/missing?token=hunter2".to_owned(),
        "/error?token=hunter2".to_owned(),
        "/break".to_owned(),
        "/panic".to_owned(),
    ];
    for target in &targets {
        ask(address, target).await;
    }
    exported.check(targets.len(), seen).await;
    (running.stop)();
}

/// What the errors said is there, without what they must not say.
const CLEAN: &str = "no answer from https://db.example/a";

#[tokio::test]
async fn axum_by_default() {
    check(Axum, Arc::new(|http| http), &[CLEAN]).await;
}

#[tokio::test]
async fn actix_by_default() {
    check(Actix, Arc::new(|http| http), &[CLEAN]).await;
}

fn with_query(http: HttpServer) -> HttpServer {
    http.query(true).secret_parameters(["token"])
}

#[tokio::test]
async fn axum_with_queries() {
    let seen = ["page=2&token=REDACTED&X-Amz-Signature=REDACTED"];
    check(Axum, Arc::new(with_query), &seen).await;
}

#[tokio::test]
async fn actix_with_queries() {
    let seen = ["page=2&token=REDACTED&X-Amz-Signature=REDACTED"];
    check(Actix, Arc::new(with_query), &seen).await;
}
