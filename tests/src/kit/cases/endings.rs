//! How a request ends: panics, disconnects, shutdown, what runs on after it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracer_core::SpanRef;

use crate::kit::{
    Connection, Frame, Framework, Outcome, PROTOCOLS, Reply, Setup, Witness, fed, handler,
};
use crate::{check, check_eq};

/// A panic before the first await is an error with its message.
pub async fn a_panic_before_an_await_is_an_error<F: Framework>(framework: F) -> Outcome {
    panics(framework, false).await
}

/// A panic after an await is an error with its message.
pub async fn a_panic_after_an_await_is_an_error<F: Framework>(framework: F) -> Outcome {
    panics(framework, true).await
}

async fn panics<F: Framework>(framework: F, later: bool) -> Outcome {
    let answer = handler(move |_| async move {
        if later {
            tokio::task::yield_now().await;
        }
        std::panic::panic_any("out of cheese")
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    // The connection breaks, or the framework makes an answer: both are its own business.
    let _ = server.get("/x").await;
    let span = server.only().await?;
    let error = ("panic".to_owned(), Some("out of cheese".to_owned()));
    check_eq!(span.error, Some(error), "error");
    check_eq!(span.tag("cancelled"), None, "a panic is no cancellation");
    // The server goes on.
    let _ = server.get("/x").await;
    server.spans(2).await?;
    Ok(())
}

/// A client that goes away before the headers cancels, with the true duration, and is no error; a
/// framework that lets handlers finish ends the span when they have, not before.
pub async fn a_client_gone_before_the_headers_cancels<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (started, starts) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begun, go) = (Arc::clone(&started), Arc::clone(&starts));
        let hanging = handler(move |_| {
            let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
            async move {
                begun.notify_one();
                go.notified().await;
                Reply::ok()
            }
        });
        let server = Setup::new().route("/x", hanging).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        let mut asked = Box::pin(connection.send("GET", "/x", &[]));
        tokio::select! {
            answer = &mut asked => return Err(format!("answered: {answer:?}").into()),
            () = started.notified() => {}
        }
        let since = Instant::now();
        tokio::select! {
            answer = &mut asked => return Err(format!("answered: {answer:?}").into()),
            // Time itself is the point: the duration must show it.
            () = tokio::time::sleep(Duration::from_millis(30)) => {}
        }
        check!(
            server.finished().is_empty(),
            "not over while it runs ({protocol:?})"
        );
        let waited = since.elapsed().as_nanos();
        drop(asked);
        connection.close();
        if !F::DROPS_HANDLERS {
            starts.notify_one();
        }
        let span = server.only().await?;
        check!(
            u128::from(span.duration) >= waited,
            "its true duration: {} ns",
            span.duration
        );
        check_eq!(span.error, None, "no error ({protocol:?})");
        // Where the handler finishes, whether its answer still finds a client is a race.
        if F::DROPS_HANDLERS {
            check_eq!(
                span.tag("cancelled").as_deref(),
                Some("true"),
                "cancelled ({protocol:?})"
            );
        }
    }
    Ok(())
}

/// What a handler holds is dropped while its span is current, also when its client has gone away.
pub async fn the_span_is_current_while_a_handler_is_dropped<F: Framework>(framework: F) -> Outcome {
    let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begun, wait) = (Arc::clone(&started), Arc::clone(&go));
    let (witness, mut told) = Witness::new();
    let witness = Arc::new(Mutex::new(Some(witness)));
    let answer = handler(move |_| {
        let (begun, wait) = (Arc::clone(&begun), Arc::clone(&wait));
        let held = witness.lock().ok().and_then(|mut witness| witness.take());
        async move {
            begun.notify_one();
            wait.notified().await;
            drop(held);
            Reply::ok()
        }
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    {
        let mut asked = Box::pin(connection.send("GET", "/x", &[]));
        tokio::select! {
            answer = &mut asked => return Err(format!("answered: {answer:?}").into()),
            () = started.notified() => {}
        }
    }
    connection.close();
    if !F::DROPS_HANDLERS {
        go.notify_one();
    }
    let span = server.only().await?.context.span_id();
    check_eq!(told.recv().await, Some(Some(span)), "current");
    Ok(())
}

/// A task that outlives its request may make late children, but never stretches the span.
pub async fn a_background_task_does_not_stretch_the_span<F: Framework>(framework: F) -> Outcome {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |_| {
        let (wait, tracer) = (Arc::clone(&wait), Arc::clone(&tracer));
        let request = SpanRef::current();
        tokio::spawn(async move {
            wait.notified().await;
            request.set_tag("too", "late");
            tracer_core::TracerExt::span(&*tracer, "late")
                .child_of(&request)
                .start()
                .finish();
        });
        std::future::ready(Reply::ok())
    });
    let server = setup.route("/x", answer).start(framework)?;
    server.get("/x").await?;
    let request = server.only().await?;
    go.notify_one();
    let spans = server.spans(2).await?;
    check_eq!(spans[0], request, "unchanged by what came later");
    check_eq!(
        spans[1].parent_id(),
        Some(request.context.span_id()),
        "a late child"
    );
    Ok(())
}

/// A server that is told to stop lets requests in flight end, and so do their spans.
pub async fn a_graceful_shutdown_ends_spans_in_flight<F: Framework>(framework: F) -> Outcome {
    let (started, go, answer) = held();
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    let asking = tokio::spawn(async move {
        let answer = connection.send("GET", "/x", &[]).await?;
        crate::kit::Connection::read(answer).await
    });
    started.notified().await;
    let spans = server.stop();
    go.notify_one();
    check_eq!(asking.await??, "body", "answer");
    let there = spans.clone();
    let came = tokio::task::spawn_blocking(move || there.wait_for(1, Duration::from_secs(20)));
    check!(came.await?, "the span ends");
    let span = spans.spans().pop().ok_or("no span")?;
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    check_eq!(
        span.tag("http.status_code").as_deref(),
        Some("200"),
        "status"
    );
    Ok(())
}

/// A client that closes its sending half only: where handlers are dropped when a client goes this
/// cancels, elsewhere it is answered and nothing was cancelled.
pub async fn a_client_that_closes_its_half_only<F: Framework>(framework: F) -> Outcome {
    let (started, go, answer) = held();
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut wire = server.wire().await?;
    let head = "GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    wire.write(head).await?;
    started.notified().await;
    wire.close_half().await?;
    if !F::DROPS_HANDLERS {
        go.notify_one();
    }
    let answer = wire.rest().await?;
    let span = server.only().await?;
    check_eq!(answer.contains("body"), !F::DROPS_HANDLERS, "{answer}");
    check_eq!(
        span.tag("cancelled").is_some(),
        F::DROPS_HANDLERS,
        "{span:?}"
    );
    check_eq!(
        span.tag("http.status_code").is_some(),
        !F::DROPS_HANDLERS,
        "{span:?}"
    );
    check_eq!(span.error, None, "no error");
    Ok(())
}

/// So does one that is sending bodies.
pub async fn a_graceful_shutdown_lets_bodies_end<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed();
        let server = Setup::new().route("/x", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        feed.send(Frame::Data("one "))?;
        let response = connection.send("GET", "/x", &[]).await?;
        let spans = server.stop();
        check!(spans.spans().is_empty(), "open ({protocol:?})");
        feed.send(Frame::Data("two"))?;
        drop(feed);
        let body = Connection::read(response).await?;
        check_eq!(body, "one two", "{protocol:?}");
        let there = spans.clone();
        let came = tokio::task::spawn_blocking(move || there.wait_for(1, Duration::from_secs(20)));
        check!(came.await?, "the span ends ({protocol:?})");
        let span = spans.spans().pop().ok_or("no span")?;
        check_eq!(span.tag("cancelled"), None, "complete ({protocol:?})");
    }
    Ok(())
}

/// A handler that says that it has started and answers when it may go on.
fn held() -> (Arc<Notify>, Arc<Notify>, crate::kit::Handler) {
    let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begun, wait) = (Arc::clone(&started), Arc::clone(&go));
    let answer = handler(move |_| {
        let (begun, wait) = (Arc::clone(&begun), Arc::clone(&wait));
        async move {
            begun.notify_one();
            wait.notified().await;
            Reply::ok()
        }
    });
    (started, go, answer)
}
