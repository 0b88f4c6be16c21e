//! Calls whose time is up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tracer_recording::OwnedSpan;

use crate::kit::rpc::spans::{error, is_cancelled, is_late, is_ok};
use crate::kit::rpc::{
    Frame, Line, Method, Orders, Reply, RpcFramework, Settings, Setup, Status, fed, handler,
};
use crate::kit::{Failed, Outcome, Server};
use crate::{check, check_eq};

const TIMEOUT: Duration = Duration::from_millis(80);

/// A server that never answers, and what tells that it was asked.
fn hanging<F: RpcFramework>(
    framework: F,
    settings: impl FnOnce(&mut Settings),
) -> Result<(Server, Arc<Notify>), Failed> {
    let started = Arc::new(Notify::new());
    let begun = Arc::clone(&started);
    let answer = handler(move |_| {
        begun.notify_one();
        std::future::pending()
    });
    let server = Setup::new().settings(settings).calls(framework, answer)?;
    Ok((server, started))
}

/// Calls with headers and waits until the time is up, which has begun when the handler runs.
async fn late<F: RpcFramework>(
    framework: F,
    settings: impl FnOnce(&mut Settings),
    headers: &[(&str, &str)],
) -> Result<OwnedSpan, Failed> {
    let (server, started) = hanging(framework, settings)?;
    let line = Line::open(server.address()).await?;
    let call = line.send(Method::Unary.path(), headers, Orders::one());
    let time = async {
        started.notified().await;
        // Time itself is the point: the deadline must pass.
        tokio::time::sleep(TIMEOUT).await;
    };
    tokio::select! {
        // tonic's server keeps the time itself, and answers.
        _ = call => {}
        () = time => {}
    }
    server.only().await
}

/// A caller that gives up when its own `grpc-timeout` is over ran out of time.
pub async fn a_deadline_that_passes_before_the_headers_is_exceeded<F: RpcFramework>(
    framework: F,
) -> Outcome {
    for value in ["80m", "80000u", "80000000n"] {
        let span = late(framework, |_| {}, &[("grpc-timeout", value)]).await?;
        is_late(&span)?;
        let least = u64::try_from((TIMEOUT - Duration::from_millis(20)).as_nanos())?;
        check!(span.duration >= least, "{} ns", span.duration);
    }
    Ok(())
}

/// Half-way too.
pub async fn a_deadline_that_passes_half_way_is_exceeded<F: RpcFramework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    // Long enough for the headers to come in time.
    let headers = [("grpc-timeout", "400m")];
    feed.send(Frame::Message("reply".into()))?;
    let call = line.send(Method::Download.path(), &headers, Orders::one());
    let mut asked = call.await?;
    check!(asked.message().await?.is_some(), "a message");
    let silence = timeout(5 * TIMEOUT, asked.message());
    check!(silence.await.is_err(), "silence");
    drop(asked);
    let span = server.only().await?;
    is_late(&span)?;
    let sent = span.tag("grpc.messages_sent");
    check_eq!(sent.as_deref(), Some("1"), "messages");
    Ok(())
}

/// Given up long before, a call is cancelled; what is no timeout is none.
pub async fn a_call_given_up_long_before_its_deadline_is_cancelled<F: RpcFramework>(
    framework: F,
) -> Outcome {
    for value in ["300S", "5M", "1H", "soon", "1", "m", "123456789n"] {
        let headers = [("grpc-timeout", value)];
        is_cancelled(&late(framework, |_| {}, &headers).await?)?;
    }
    Ok(())
}

/// The time that the layer was told counts, where the caller does not say less.
pub async fn the_time_that_the_layer_was_told_counts<F: RpcFramework>(framework: F) -> Outcome {
    for headers in [&[][..], &[("grpc-timeout", "300S")]] {
        let told = |settings: &mut Settings| settings.timeout = Some(TIMEOUT);
        is_late(&late(framework, told, headers).await?)?;
    }
    let told = |settings: &mut Settings| settings.timeout = Some(Duration::from_secs(300));
    is_late(&late(framework, told, &[("grpc-timeout", "80m")]).await?)
}

/// An answer that came nevertheless stands, however late.
pub async fn an_answer_after_the_deadline_stands<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        // Time itself is the point.
        tokio::time::sleep(2 * TIMEOUT).await;
        Ok(Reply::messages(["reply".into()]))
    });
    let setup = Setup::new().settings(|settings| settings.timeout = Some(TIMEOUT));
    let server = setup.calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    check_eq!(asked.end().await?.code(), Some(0), "answer");
    is_ok(&server.only().await?)
}

/// A server that answers in time is not late, even if it says so.
pub async fn a_status_that_came_in_time_stands<F: RpcFramework>(framework: F) -> Outcome {
    for (number, name) in [(4, "DEADLINE_EXCEEDED"), (14, "UNAVAILABLE")] {
        let answer = handler(move |_| std::future::ready(Err(Status::new(number, "too slow"))));
        let server = Setup::new().calls(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let headers = [("grpc-timeout", "300S")];
        let path = Method::Unary.path();
        line.send(path, &headers, Orders::one())
            .await?
            .end()
            .await?;
        let span = server.only().await?;
        let told = error(&span);
        check_eq!(told, Some(format!("{name}: too slow")), "error");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
    }
    Ok(())
}
