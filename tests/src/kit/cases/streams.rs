//! Bodies in pieces: events, announced lengths, trailers.

use http_body_util::BodyExt;

use crate::kit::{
    Connection, Frame, Framework, Outcome, PROTOCOLS, Protocol, Setup, Witness, fed_with,
};
use crate::{check, check_eq};

/// The span is current in every poll of a body.
pub async fn the_span_is_current_while_a_body_is_polled<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed_with(|frames| frames);
        let server = Setup::new().route("/x", answer).start(framework)?;
        let (early, mut told_early) = Witness::new();
        let (late, mut told_late) = Witness::new();
        feed.send(Frame::Seen("one", early))?;
        let mut connection = server.connect(protocol).await?;
        let mut response = connection.send("GET", "/x", &[]).await?;
        response.frame().await.ok_or("no frame")??;
        feed.send(Frame::Seen("two", late))?;
        drop(feed);
        Connection::read(response).await?;
        let span = server.only().await?.context.span_id();
        check_eq!(told_early.recv().await, Some(Some(span)), "{protocol:?}");
        check_eq!(told_late.recv().await, Some(Some(span)), "{protocol:?}");
    }
    Ok(())
}

/// An endless stream of events is open as long as it is listened to; that its client leaves is no
/// error of the server.
pub async fn an_event_stream_ends_when_its_client_leaves<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed_with(|frames| frames.header("content-type", "text/event-stream"));
        let server = Setup::new().route("/events", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        let mut response = connection.send("GET", "/events", &[]).await?;
        for _ in 0..3 {
            feed.send(Frame::Data("data: tick\n\n"))?;
            response.frame().await.ok_or("no event")??;
        }
        check!(server.finished().is_empty(), "open ({protocol:?})");
        drop(response);
        connection.close();
        while server.finished().is_empty() && feed.send(Frame::Data("data: tick\n\n")).is_ok() {
            tokio::task::yield_now().await;
        }
        let span = server.only().await?;
        check_eq!(
            span.tag("cancelled").as_deref(),
            Some("true"),
            "cancelled ({protocol:?})"
        );
        check_eq!(span.error, None, "no error ({protocol:?})");
        let status = span.tag("http.status_code");
        check_eq!(status.as_deref(), Some("200"), "status ({protocol:?})");
    }
    Ok(())
}

/// Told to end spans at the headers, the adapter says nothing of what comes after them: neither
/// that the client left, nor that the stream failed.
pub async fn an_event_stream_that_ends_at_headers_is_complete<F: Framework>(
    framework: F,
) -> Outcome {
    for protocol in PROTOCOLS {
        for fails in [false, true] {
            let (feed, answer) = fed_with(|frames| frames);
            let setup = Setup::new().route("/events", answer);
            let server = setup
                .configure(|http| http.end_at_headers(true))
                .start(framework)?;
            let mut connection = server.connect(protocol).await?;
            let mut response = connection.send("GET", "/events", &[]).await?;
            let span = server.only().await?;
            feed.send(Frame::Data("data: tick\n\n"))?;
            response
                .frame()
                .await
                .ok_or("the event comes all the same")??;
            if fails {
                feed.send(Frame::Fails("gone"))?;
                let _ = Connection::read(response).await;
            } else {
                drop(response);
                connection.close();
                // The server sees it when it writes, and drops the body.
                while feed.send(Frame::Data("data: tick\n\n")).is_ok() {
                    tokio::task::yield_now().await;
                }
            }
            feed.closed().await;
            check_eq!(
                (span.tag("cancelled"), span.error.clone()),
                (None, None),
                "{protocol:?} {fails}"
            );
            check_eq!(server.finished(), [span], "{protocol:?} {fails}");
        }
    }
    Ok(())
}

/// Of a body that ends before what had been announced the client gets no whole answer.
pub async fn a_body_that_ends_before_its_length_is_an_error<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let (feed, answer) = fed_with(|frames| frames.announce(6));
        let server = Setup::new().route("/x", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        feed.send(Frame::Data("abc"))?;
        drop(feed);
        // Whether the head still comes is a race inside the framework.
        if let Ok(response) = connection.send("GET", "/x", &[]).await {
            let read = Connection::read(response).await;
            check!(read.is_err(), "the client sees it break ({protocol:?})");
        }
        let span = server.only().await?;
        check_eq!(span.tag("cancelled"), None, "it broke ({protocol:?})");
        check_eq!(
            span.error.map(|(kind, _)| kind).as_deref(),
            Some("BodyError"),
            "{protocol:?}"
        );
    }
    Ok(())
}

/// A body of which all was sent that had been announced is complete, whoever drops it.
pub async fn a_body_of_which_all_was_sent_is_complete<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        for (announced, all) in [(4, true), (1 << 40, false)] {
            let (feed, answer) = fed_with(|frames| frames.announce(announced));
            let server = Setup::new().route("/x", answer).start(framework)?;
            feed.send(Frame::Data("four"))?;
            let mut connection = server.connect(protocol).await?;
            let mut response = connection.send("GET", "/x", &[]).await?;
            response.frame().await.ok_or("no frame")??;
            drop(response);
            connection.close();
            // Of the longer one the server sees it when it writes.
            while !all && server.finished().is_empty() && feed.send(Frame::Data("more")).is_ok() {
                tokio::task::yield_now().await;
            }
            let span = server.only().await?;
            let cancelled = (!all).then(|| "true".to_owned());
            check_eq!(span.tag("cancelled"), cancelled, "{announced} {protocol:?}");
            check_eq!(span.error, None, "{announced} {protocol:?}");
        }
    }
    Ok(())
}

/// Where the framework has trailers, the span ends with them and they arrive.
pub async fn trailers_end_the_span_and_arrive<F: Framework>(framework: F) -> Outcome {
    if !F::TRAILERS {
        return Ok(());
    }
    let (feed, answer) = fed_with(|frames| frames);
    let server = Setup::new().route("/x", answer).start(framework)?;
    let mut connection = server.connect(Protocol::Http2).await?;
    feed.send(Frame::Data("one"))?;
    let mut response = connection.send("GET", "/x", &[]).await?;
    response.frame().await.ok_or("no frame")??;
    check!(server.finished().is_empty(), "open after the data");
    // The feed stays open: nothing but the trailers can end it.
    feed.send(Frame::Trailer("x-sum", "4711"))?;
    let span = server.only().await?;
    check_eq!(span.tag("cancelled"), None, "complete");
    let frame = response.frame().await.ok_or("no trailers")??;
    let trailers = frame.into_trailers().map_err(|_| "no trailers")?;
    check_eq!(trailers.get("x-sum").ok_or("lost")?, "4711", "trailer");
    Ok(())
}
