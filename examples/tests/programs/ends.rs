//! Servers that are told to end: requests in flight are answered, and their spans delivered.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use tonic::transport::Endpoint;
use tracer_examples::orders::PlaceRequest;
use tracer_examples::orders::orders_client::OrdersClient;

use crate::program::Program;

const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request; the answer is read later.
pub(crate) fn ask(address: &str, path: &str) -> Result<TcpStream, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    Ok(stream)
}

pub(crate) fn answer(mut stream: TcpStream) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// Returns when nobody listens there any more.
fn closed(address: &str) {
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn either_signal_delivers_the_last_spans() -> Result<(), Box<dyn Error>> {
    for signal in ["TERM", "INT"] {
        for (name, path, span) in [
            ("axum_server", "/users/7", "GET /users/{id}"),
            ("actix_server", "/stock/tea", "GET /stock/{item}"),
        ] {
            let server = Program::start(name, &["127.0.0.1:0"])?;
            let address = server.line_after("listening on ")?;
            let said = answer(ask(&address, path)?)?;
            assert!(said.starts_with("HTTP/1.1 200"), "{name}: {said}");
            server.signal(signal)?;
            let out = server.end()?;
            assert!(out.contains(span), "{name} {signal}: {out}");
        }
        let server = Program::start("tonic_server", &["127.0.0.1:0"])?;
        let address = server.line_after("listening on ")?;
        Program::run("tonic_client", &[&format!("http://{address}")])?;
        server.signal(signal)?;
        let out = server.end()?;
        assert!(out.contains("orders.Orders/Watch"), "{signal}: {out}");
    }
    Ok(())
}

#[test]
fn the_gateway_answers_what_is_in_flight() -> Result<(), Box<dyn Error>> {
    let orders = TcpListener::bind("127.0.0.1:0")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.env("GATEWAY_ADDR", "127.0.0.1:0");
    command.env("ORDERS_ADDR", orders.local_addr()?.to_string());
    let gateway = Program::spawn("gateway", &mut command)?;
    let address = gateway.line_after("gateway on http://")?;
    let asked = ask(&address, "/checkout/tea")?;
    // It asks for an order: the request is in flight.
    let called = orders.accept()?;
    gateway.signal("TERM")?;
    closed(&address);
    drop((called, orders));
    let said = answer(asked)?;
    assert!(said.starts_with("HTTP/1.1 50"), "{said}");
    let out = gateway.end()?;
    assert!(out.contains("GET /checkout/{item}"), "{out}");
    assert!(!out.contains("cancelled=true"), "{out}");
    Ok(())
}

#[tokio::test]
async fn orders_answers_what_is_in_flight() -> Result<(), Box<dyn Error>> {
    let stock = TcpListener::bind("127.0.0.1:0")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_orders"));
    command.env("ORDERS_ADDR", "127.0.0.1:0");
    command.env("STOCK_ADDR", stock.local_addr()?.to_string());
    let orders = Program::spawn("orders", &mut command)?;
    let address = orders.line_after("orders on http://")?;
    let channel = Endpoint::try_from(format!("http://{address}"))?.connect_lazy();
    let asked = tokio::spawn(async move {
        let item = "tea".to_owned();
        OrdersClient::new(channel)
            .place(PlaceRequest { item })
            .await
    });
    let called = tokio::task::spawn_blocking(move || {
        let (mut called, _) = stock.accept()?;
        called.read_exact(&mut [0]).map(|()| called)
    });
    let mut called = called.await??;
    orders.signal("TERM")?;
    called.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"left\":7}")?;
    assert_eq!(asked.await??.into_inner().left, 7);
    let out = tokio::task::spawn_blocking(move || orders.end().map_err(|error| error.to_string()));
    let out = out.await??;
    assert!(out.contains("orders.Orders/Place"), "{out}");
    assert!(!out.contains("cancelled=true"), "{out}");
    Ok(())
}

#[test]
fn stock_answers_what_is_in_flight() -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stock"));
    let stock = Program::spawn("stock", command.env("STOCK_ADDR", "127.0.0.1:0"))?;
    let address = stock.line_after("stock on http://")?;
    let slow = ask(&address, "/stock/slow")?;
    // Its one thread has seen the first request before it answers the second.
    answer(ask(&address, "/stock/tea")?)?;
    stock.signal("INT")?;
    let said = answer(slow)?;
    assert!(said.starts_with("HTTP/1.1 "), "{said}");
    let out = stock.end()?;
    assert_eq!(out.matches("GET /stock/{item}").count(), 2, "{out}");
    assert!(!out.contains("cancelled=true"), "{out}");
    Ok(())
}
