//! Answers that no gRPC server should give.

use crate::check;
use crate::check_eq;
use crate::kit::Outcome;
use crate::kit::rpc::spans::{HTTP_STATUSES, SERVER_ERRORS, code, error};
use crate::kit::rpc::{
    Line, Method, Orders, Raw, RawFrame, RpcFramework, Setup, raw, raw_fed, wire,
};

/// A stream that ends well and says no status is UNKNOWN: cut short, with messages or without.
pub async fn a_clean_end_without_a_status_is_unknown<F: RpcFramework>(framework: F) -> Outcome {
    let message = || RawFrame::Data(wire::framed(b"reply"));
    let answers = [
        raw(|| Raw::grpc(&[])),
        raw(move || Raw::grpc(&[]).body([message()])),
        raw(move || Raw::grpc(&[]).body([message(), RawFrame::Trailers(&[])])),
        raw(|| Raw::grpc(&[]).body([RawFrame::Trailers(&[("x-table", "7")])])),
    ];
    for (answer, messages) in answers.into_iter().zip(["0", "1", "1", "0"]) {
        let server = Setup::new().raw(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let asked = line.call(Method::Download, Orders::one()).await?;
        check_eq!(asked.end().await?.status, None, "no status");
        let span = server.only().await?;
        check_eq!(code(&span).as_deref(), Some("UNKNOWN"), "code");
        check_eq!(error(&span).as_deref(), Some("UNKNOWN"), "error");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
        let sent = span.tag("grpc.messages_sent");
        check_eq!(sent.as_deref(), Some(messages), "messages");
    }
    Ok(())
}

/// A page in the place of an answer means what its HTTP status does.
pub async fn an_http_status_without_a_grpc_one_is_mapped<F: RpcFramework>(framework: F) -> Outcome {
    for (status, name) in HTTP_STATUSES {
        let server = Setup::new().raw(framework, raw(move || Raw::page(status)))?;
        let line = Line::open(server.address()).await?;
        let asked = line.call(Method::Unary, Orders::one()).await?;
        check_eq!(asked.status, status, "answer");
        drop(asked.end().await);
        let span = server.only().await?;
        check_eq!(code(&span).as_deref(), Some(name), "{status}");
        let failed = SERVER_ERRORS.contains(&name).then(|| name.to_owned());
        check_eq!(error(&span), failed, "{status}");
    }
    Ok(())
}

/// A `grpc-status` beats the HTTP status.
pub async fn a_grpc_status_beats_the_one_of_http<F: RpcFramework>(framework: F) -> Outcome {
    let answer = raw(|| Raw {
        status: 404,
        ..Raw::grpc(&[("grpc-status", "5")])
    });
    let server = Setup::new().raw(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    asked.end().await?;
    let span = server.only().await?;
    check_eq!(code(&span).as_deref(), Some("NOT_FOUND"), "code");
    check_eq!(error(&span), None, "no error of the server");
    check_eq!(span.name, "kit.Calls/Unary", "name");
    Ok(())
}

/// A stream that fails is reset: an error with its text, however many messages went before.
pub async fn a_stream_that_is_reset_is_an_error<F: RpcFramework>(framework: F) -> Outcome {
    let (feed, answer) = raw_fed();
    let server = Setup::new().raw(framework, answer)?;
    let line = Line::open(server.address()).await?;
    feed.send(RawFrame::Data(wire::framed(b"reply")))?;
    let mut asked = line.call(Method::Download, Orders::one()).await?;
    check!(asked.message().await?.is_some(), "a message");
    feed.send(RawFrame::Fails("pan on fire"))?;
    check!(asked.message().await.is_err(), "the caller sees it break");
    let span = server.only().await?;
    check_eq!(code(&span).as_deref(), Some("UNKNOWN"), "code");
    let told = error(&span).unwrap_or_default();
    check!(told.contains("pan on fire"), "{told}");
    let sent = span.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("1"), "messages");
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    Ok(())
}
