//! The small programs, run as a reader would run them.

#[cfg(unix)]
mod ends;
mod program;
#[cfg(unix)]
mod serving;

use std::error::Error;
use std::process::Command;

use program::Program;

#[test]
fn axum_is_called_by_hyper_and_by_reqwest() -> Result<(), Box<dyn Error>> {
    let server = Program::start("axum_server", &["127.0.0.1:0"])?;
    let address = server.line_after("listening on ")?;
    for client in ["hyper_client", "reqwest_client"] {
        let out = Program::run(client, &[&format!("http://{address}/users/7")])?;
        assert!(out.contains("user 7"), "{out}");
        assert!(out.contains("CLIENT"), "{client} prints its span: {out}");
        let span = server.line_with("GET /users/{id}")?;
        assert!(span.contains("peer=127.0.0.1:"), "who called: {span}");
    }
    Ok(())
}

#[test]
fn warnings_of_telemetry_are_seen() -> Result<(), Box<dyn Error>> {
    let mut command = Program::example("in_process")?;
    let ran = command.env("OTEL_BSP_MAX_QUEUE_SIZE", "many").output()?;
    let err = String::from_utf8_lossy(&ran.stderr);
    let said = err
        .lines()
        .find(|line| line.contains("OTEL_BSP_MAX_QUEUE_SIZE"));
    assert!(said.is_some_and(|line| line.contains("WARN")), "{err}");
    Ok(())
}

#[test]
fn tonic_calls_tonic() -> Result<(), Box<dyn Error>> {
    let server = Program::start("tonic_server", &["127.0.0.1:0"])?;
    let address = server.line_after("listening on ")?;
    let out = Program::run("tonic_client", &[&format!("http://{address}")])?;
    assert!(out.contains("order 1: packed\norder 1: sent"), "{out}");
    for name in ["orders.Orders/Place", "orders.Orders/Watch"] {
        assert!(out.contains(name), "{name} in {out}");
        server.line_with(name)?;
    }
    Ok(())
}

#[test]
fn actix_is_called_by_awc() -> Result<(), Box<dyn Error>> {
    let server = Program::start("actix_server", &["127.0.0.1:0"])?;
    let address = server.line_after("listening on ")?;
    let out = Program::run("awc_client", &[&format!("http://{address}/stock/tea")])?;
    assert!(out.contains('7') && out.contains("CLIENT"), "{out}");
    server.line_with("GET /stock/{item}")?;
    Ok(())
}

#[test]
fn a_backend_and_a_sampler_of_ones_own() -> Result<(), Box<dyn Error>> {
    let out = Program::run("custom_backend", &[])?;
    assert!(
        out.contains("request took") && out.contains("rows=3"),
        "{out}"
    );
    let out = Program::run("custom_sampler", &[])?;
    assert_eq!(out.trim(), "kept 20 of 20 payments, 2 of 20 lists");
    Ok(())
}

#[test]
fn work_inside_a_process() -> Result<(), Box<dyn Error>> {
    let out = Program::run("in_process", &[])?;
    for part in ["user 7 of blue", "job", "load", "parse"] {
        assert!(out.contains(part), "{part} in {out}");
    }
    let out = Program::run("spawn", &[])?;
    for part in ["request", "audit", "mail", "hash"] {
        assert!(out.contains(part), "{part} in {out}");
    }
    Ok(())
}

#[test]
fn messages_carry_contexts() -> Result<(), Box<dyn Error>> {
    let out = Program::run("messages", &[])?;
    for part in ["traceparent", "PRODUCER", "CONSUMER"] {
        assert!(out.contains(part), "{part} in {out}");
    }
    Ok(())
}

#[test]
fn services_tell_how_they_are_used() -> Result<(), Box<dyn Error>> {
    let services = [
        ("gateway", env!("CARGO_BIN_EXE_gateway")),
        ("orders", env!("CARGO_BIN_EXE_orders")),
        ("stock", env!("CARGO_BIN_EXE_stock")),
    ];
    for (name, path) in services {
        let out = Program::spawn(name, Command::new(path).arg("--help"))?.end()?;
        assert!(out.starts_with(&format!("usage: {name}\n")), "{out}");
        let ran = Command::new(path).arg("--port").output()?;
        assert_eq!(ran.status.code(), Some(2), "{ran:?}");
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(err.starts_with("unknown argument \"--port\""), "{err}");
    }
    Ok(())
}
