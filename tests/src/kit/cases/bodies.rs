//! Spans end with the body, however it ends.

use http_body_util::BodyExt;

use crate::kit::{
    Connection, Frame, Framework, Outcome, PROTOCOLS, Protocol, Reply, Setup, Witness, fed,
    fed_with, handler,
};
use crate::{check, check_eq};

/// Not with the headers, nor with the first pieces.
pub async fn a_span_ends_with_its_body<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed();
        let server = Setup::new().route("/x", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        let mut response = connection.send("GET", "/x", &[]).await?;
        check!(
            server.finished().is_empty(),
            "open after the headers ({protocol:?})"
        );
        feed.send(Frame::Data("one"))?;
        response.frame().await.ok_or("no frame")??;
        check!(
            server.finished().is_empty(),
            "open after a frame ({protocol:?})"
        );
        feed.send(Frame::Data("two"))?;
        drop(feed);
        Connection::read(response).await?;
        let span = server.only().await?;
        check_eq!(span.tag("cancelled"), None, "complete ({protocol:?})");
        check_eq!(span.error, None, "no error ({protocol:?})");
    }
    Ok(())
}

/// An error in the middle of the body is the span's error.
pub async fn a_body_that_fails_is_an_error<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed();
        let server = Setup::new().route("/x", answer).start(framework)?;
        feed.send(Frame::Data("one"))?;
        feed.send(Frame::Fails("disk gone"))?;
        let mut connection = server.connect(protocol).await?;
        // Whether the head still comes is a race inside the framework.
        if let Ok(response) = connection.send("GET", "/x", &[]).await {
            let read = Connection::read(response).await;
            check!(read.is_err(), "the client sees it break ({protocol:?})");
        }
        let span = server.only().await?;
        check_eq!(span.tag("cancelled"), None, "it broke ({protocol:?})");
        let message = span
            .error
            .and_then(|(_, message)| message)
            .unwrap_or_default();
        check!(message.contains("disk gone"), "{protocol:?}: {message:?}");
    }
    Ok(())
}

/// A panic inside the body is an error of kind `panic` with its message.
pub async fn a_body_that_panics_is_an_error<F: Framework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    feed.send(Frame::Data("one"))?;
    feed.send(Frame::Panics("out of cheese"))?;
    if let Ok(response) = connection.send("GET", "/x", &[]).await {
        let _ = Connection::read(response).await;
    }
    let error = ("panic".to_owned(), Some("out of cheese".to_owned()));
    check_eq!(server.only().await?.error, Some(error), "error");
    Ok(())
}

/// A client that goes away in the middle cancels; that is no error of the server.
pub async fn a_client_gone_mid_body_cancels<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed();
        let server = Setup::new().route("/x", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        feed.send(Frame::Data("one"))?;
        let mut response = connection.send("GET", "/x", &[]).await?;
        response.frame().await.ok_or("no frame")??;
        drop(response);
        connection.close();
        // The server sees it when it writes.
        while server.finished().is_empty() && feed.send(Frame::Data("more")).is_ok() {
            tokio::task::yield_now().await;
        }
        let span = server.only().await?;
        check_eq!(
            span.tag("cancelled").as_deref(),
            Some("true"),
            "cancelled ({protocol:?})"
        );
        check_eq!(span.error, None, "no error ({protocol:?})");
    }
    Ok(())
}

/// What a body holds is dropped while its span is current.
pub async fn the_span_is_current_while_a_body_is_dropped<F: Framework>(framework: F) -> Outcome {
    let (witness, mut told) = Witness::new();
    let (feed, answer) = fed_with(|frames| frames.witness(witness));
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    feed.send(Frame::Data("one"))?;
    let mut response = connection.send("GET", "/x", &[]).await?;
    response.frame().await.ok_or("no frame")??;
    drop(response);
    connection.close();
    while server.finished().is_empty() && feed.send(Frame::Data("more")).is_ok() {
        tokio::task::yield_now().await;
    }
    let span = server.only().await?.context.span_id();
    check_eq!(told.recv().await, Some(Some(span)), "current");
    Ok(())
}

/// HTTP/2: a reset stream is that same cancellation, and its connection lives on.
pub async fn a_reset_stream_cancels_one_request<F: Framework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let ok = handler(async |_| Reply::ok());
    let server = Setup::new()
        .route("/x", answer)
        .route("/y", ok)
        .start(framework)?;
    let mut connection = server.connect(Protocol::Http2).await?;
    feed.send(Frame::Data("one"))?;
    let mut response = connection.send("GET", "/x", &[]).await?;
    response.frame().await.ok_or("no frame")??;
    drop(response);
    while server.finished().is_empty() && feed.send(Frame::Data("more")).is_ok() {
        tokio::task::yield_now().await;
    }
    check_eq!(
        server.only().await?.tag("cancelled").as_deref(),
        Some("true"),
        "cancelled"
    );
    let other = connection.send("GET", "/y", &[]).await?;
    Connection::read(other).await?;
    check_eq!(
        server.spans(2).await?[1].tag("cancelled"),
        None,
        "the next one is whole"
    );
    Ok(())
}

/// Without a body the headers are the end: HEAD, 204, 304, nothing in it.
pub async fn without_a_body_a_span_is_complete_at_headers<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 200)] {
            let empty = handler(move |_| {
                std::future::ready(match method {
                    "HEAD" => Reply::ok(),
                    _ => Reply::Whole {
                        status,
                        headers: Vec::new(),
                        body: "".into(),
                    },
                })
            });
            let server = Setup::new().route("/x", empty).start(framework)?;
            let mut connection = server.connect(protocol).await?;
            let response = connection.send(method, "/x", &[]).await?;
            check_eq!(response.status().as_u16(), status, "status");
            let span = server.only().await?;
            check_eq!(
                span.tag("cancelled"),
                None,
                "{method} {status} {protocol:?}"
            );
            check_eq!(span.error, None, "{method} {status} {protocol:?}");
        }
    }
    Ok(())
}

/// Endless streams may end at their headers.
pub async fn an_endless_stream_may_end_at_headers<F: Framework>(framework: F) -> Outcome {
    let (_feed, answer) = fed();
    let setup = Setup::new().route("/events", answer);
    let server = setup
        .configure(|http| http.end_at_headers(true))
        .start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    let _response = connection.send("GET", "/events", &[]).await?;
    check_eq!(server.only().await?.tag("cancelled"), None, "complete");
    Ok(())
}

/// A response that the client never reads to its end: the span ends when the connection goes.
pub async fn a_response_that_is_never_read_still_ends<F: Framework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    let response = connection.send("GET", "/x", &[]).await?;
    check!(server.finished().is_empty(), "open");
    connection.close();
    drop(response);
    while server.finished().is_empty() && feed.send(Frame::Data("more")).is_ok() {
        tokio::task::yield_now().await;
    }
    check_eq!(
        server.only().await?.tag("cancelled").as_deref(),
        Some("true"),
        "cancelled"
    );
    Ok(())
}
