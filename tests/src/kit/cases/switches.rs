//! Connections that become another protocol's: WebSockets, tunnels.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracer_core::SpanRef;
use tracer_core::http::HttpServer;

use crate::kit::{
    Ask, Connection, Failed, Framework, Handler, Outcome, PROTOCOLS, Protocol, Reply, Server,
    Setup, handler,
};
use crate::{check, check_eq};

/// Switches, and sends back what comes until that ends, in a span that follows from the request's.
fn echo<F: Framework>(setup: &Setup) -> Handler {
    let traced = HttpServer::new(setup.tracer(), F::COMPONENT);
    handler(move |ask: Ask| {
        let status = if ask.method == "CONNECT" { 200 } else { 101 };
        let (mut ours, pipe) = tokio::io::duplex(64);
        let (traced, request) = (traced.clone(), SpanRef::current());
        tokio::spawn(async move {
            let (mut bytes, mut passed) = ([0; 64], 0);
            let mut connection = None;
            while let Ok(length @ 1..) = ours.read(&mut bytes).await {
                // Bytes have come: the switch is done.
                connection.get_or_insert_with(|| traced.upgraded(&request, "connection"));
                passed += length;
                if ours.write_all(&bytes[..length]).await.is_err() {
                    break;
                }
            }
            if let Some(connection) = connection {
                connection.handle().set_tag("bytes", passed as u64);
            }
        });
        std::future::ready(Reply::Switch { status, pipe })
    })
}

/// The request's span has ended at the switch; bytes pass, and their span follows from it.
async fn talk(
    server: &Server,
    response: http::Response<hyper::body::Incoming>,
    protocol: Protocol,
) -> Result<tracer_recording::OwnedSpan, Failed> {
    let status = response.status();
    let mut connection = Connection::switched(response).await?;
    let request = server.only().await?;
    check_eq!(
        request.tag("http.upgrade").as_deref(),
        Some("true"),
        "{protocol:?}"
    );
    check_eq!(
        request.tag("http.status_code"),
        Some(status.as_str().to_owned()),
        "{protocol:?}"
    );
    check_eq!(request.tag("cancelled"), None, "{protocol:?}");
    check_eq!(request.error, None, "{protocol:?}");
    for round in ["ping", "pong", "last"] {
        connection.write_all(round.as_bytes()).await?;
        let mut echo = [0; 4];
        connection.read_exact(&mut echo).await?;
        check_eq!(&echo, round.as_bytes(), "bytes pass ({protocol:?})");
    }
    connection.shutdown().await?;
    drop(connection);
    let spans = server.spans(2).await?;
    check_eq!(
        spans[0],
        request,
        "what goes on does not touch it ({protocol:?})"
    );
    check_eq!(
        spans[1].parent_id(),
        Some(request.context.span_id()),
        "the first reference is the parent ({protocol:?})"
    );
    check!(spans[1].start >= request.start, "later ({protocol:?})");
    check_eq!(
        spans[1].context.trace_id(),
        request.context.trace_id(),
        "{protocol:?}"
    );
    check_eq!(
        spans[1].tag("bytes").as_deref(),
        Some("12"),
        "it lasts as long as they talk ({protocol:?})"
    );
    Ok(request)
}

/// 101 ends the span at the switch, and what goes on has a span that follows from it. Over HTTP/2 a
/// WebSocket is a CONNECT of its own sort, if the framework knows it.
pub async fn a_switch_of_protocols_ends_the_span<F: Framework>(framework: F) -> Outcome {
    for protocol in PROTOCOLS {
        let setup = Setup::new();
        let answer = echo::<F>(&setup);
        let server = setup.route("/ws/{room}", answer).start(framework)?;
        let mut connection = server.connect(protocol).await?;
        // Over HTTP/2 the server tells with its first frames whether it can.
        let _ = connection.send("HEAD", "/nowhere", &[]).await?;
        server.only().await?;
        server.forget();
        let response = connection.websocket("/ws/7").await;
        if protocol == Protocol::Http2 && !F::SWITCHES_STREAMS {
            check!(response.is_err(), "it does not say that it can");
            continue;
        }
        let request = talk(&server, response?, protocol).await?;
        let method = match protocol {
            Protocol::Http1 => "GET",
            Protocol::Http2 => "CONNECT",
        };
        let name = match F::ROUTES {
            true => format!("{method} /ws/{{room}}"),
            false => method.to_owned(),
        };
        check_eq!(request.name, name, "name ({protocol:?})");
    }
    Ok(())
}

/// So does a tunnel that is granted.
pub async fn a_tunnel_ends_the_span_once_it_is_granted<F: Framework>(framework: F) -> Outcome {
    for protocol in F::TUNNELS {
        let setup = Setup::new();
        let answer = echo::<F>(&setup);
        let server = setup.tunnel(answer).start(framework)?;
        let mut connection = server.connect(*protocol).await?;
        let response = connection.tunnel("users.example:443").await?;
        check_eq!(response.status().as_u16(), 200, "granted ({protocol:?})");
        let request = talk(&server, response, *protocol).await?;
        check_eq!(request.name, "CONNECT", "name ({protocol:?})");
    }
    Ok(())
}

/// What is refused is an ordinary answer.
pub async fn a_refused_switch_is_an_ordinary_answer<F: Framework>(framework: F) -> Outcome {
    let refuse = |status| handler(move |_| std::future::ready(Reply::status(status)));
    for protocol in PROTOCOLS {
        let server = Setup::new()
            .route("/ws", refuse(403))
            .tunnel(refuse(407))
            .start(framework)?;
        let mut expected = Vec::new();
        if protocol == Protocol::Http1 {
            let mut connection = server.connect(protocol).await?;
            Connection::read(connection.websocket("/ws").await?).await?;
            expected.push("403");
        }
        if F::TUNNELS.contains(&protocol) {
            let mut connection = server.connect(protocol).await?;
            Connection::read(connection.tunnel("users.example:443").await?).await?;
            expected.push("407");
        }
        let spans = server.spans(expected.len()).await?;
        for (span, status) in spans.iter().zip(expected) {
            check_eq!(
                span.tag("http.status_code").as_deref(),
                Some(status),
                "{protocol:?}"
            );
            check_eq!(span.tag("http.upgrade"), None, "{status} {protocol:?}");
            check_eq!(span.tag("cancelled"), None, "{status} {protocol:?}");
        }
    }
    Ok(())
}
