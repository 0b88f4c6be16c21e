//! Statuses, and which of them are errors of a server.

use std::sync::Mutex;

use bytes::Bytes;

use crate::check_eq;
use crate::kit::Outcome;
use crate::kit::rpc::spans::{CODES, SERVER_ERRORS, code, error};
use crate::kit::rpc::{
    Handler, Line, Method, Orders, Raw, RawBody, RawFrame, Reply, RpcFramework, Setup, Status,
    handler, raw, wire,
};

/// Answers the code that `x-code` says: with one message before it where there may be many, and
/// alone where there may be one.
fn echo() -> Handler {
    handler(async |ask| {
        let code = ask.header("x-code").and_then(|code| code.parse().ok());
        let status = Status::new(code.unwrap_or(3), "burnt");
        let many = Method::of(&ask.path).is_some_and(Method::answers_many);
        if status.code != 0 && !many {
            return Err(status);
        }
        Ok(Reply::ending([Bytes::from_static(b"reply")], status))
    })
}

/// All codes of all kinds of call are recorded by their names, and judged as a server's.
pub async fn only_what_is_a_servers_fault_is_its_error<F: RpcFramework>(framework: F) -> Outcome {
    let server = Setup::new().calls(framework, echo())?;
    let line = Line::open(server.address()).await?;
    for method in Method::ALL {
        for number in 0..17_u32 {
            let text = number.to_string();
            let headers = [("x-code", &*text)];
            let asked = line.send(method.path(), &headers, Orders::one()).await?;
            check_eq!(asked.end().await?.code(), Some(number), "{method:?}");
        }
    }
    let spans = server.spans(4 * 17).await?;
    let expected = Method::ALL.into_iter().flat_map(|method| {
        let names = CODES.into_iter();
        names.map(move |name| (method, name))
    });
    for (span, (method, name)) in spans.iter().zip(expected) {
        check_eq!(span.name, format!("kit.Calls/{method:?}"), "{name}");
        check_eq!(code(span).as_deref(), Some(name), "{method:?}");
        let failed = SERVER_ERRORS.contains(&name);
        let failed = failed.then(|| format!("{name}: burnt"));
        check_eq!(error(span), failed, "{method:?} {name}");
        check_eq!(span.tag("cancelled"), None, "{method:?} {name}");
    }
    Ok(())
}

/// A status in the headers counts as one in the trailers (trailers-only).
pub async fn a_status_in_the_headers_counts<F: RpcFramework>(framework: F) -> Outcome {
    for (number, text, told) in [
        ("0", "", None),
        ("5", "", None),
        ("13", "", Some("INTERNAL")),
        ("14", "closed%20today", Some("UNAVAILABLE: closed today")),
    ] {
        let answer = raw(move || match text {
            "" => Raw::grpc(&[("grpc-status", number)]),
            text => Raw::grpc(&[("grpc-status", number), ("grpc-message", text)]),
        });
        let server = Setup::new().raw(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let asked = line.call(Method::Download, Orders::one()).await?;
        asked.end().await?;
        let span = server.only().await?;
        let name = number.parse().ok().and_then(|at: usize| CODES.get(at));
        check_eq!(code(&span).as_deref(), name.copied(), "{number}");
        check_eq!(error(&span).as_deref(), told, "{number}");
        check_eq!(span.tag("cancelled"), None, "{number}");
    }
    Ok(())
}

/// It is the end, even of a body that goes on and is dropped.
pub async fn a_call_that_is_dropped_after_its_status_is_complete<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let (feed, pieces) = tokio::sync::mpsc::unbounded_channel();
    let pieces = Mutex::new(Some(pieces));
    let answer = raw(move || {
        let pieces = pieces.lock().ok().and_then(|mut pieces| pieces.take());
        let mut answer = Raw::grpc(&[("grpc-status", "14")]);
        if let Some(pieces) = pieces {
            answer.body = RawBody::Pieces(pieces);
        }
        answer
    });
    let server = Setup::new().raw(framework, answer)?;
    let line = Line::open(server.address()).await?;
    drop(line.call(Method::Download, Orders::one()).await?);
    let span = server.only().await?;
    check_eq!(error(&span).as_deref(), Some("UNAVAILABLE"), "error");
    // For HTTP a body was broken off.
    let cancelled = span.tag("cancelled").is_some();
    check_eq!(cancelled, F::INSIDE_HTTP, "not cancelled");
    drop(feed);
    Ok(())
}

/// The text of a status is percent-encoded on the wire; what is wrongly encoded stays as it is.
pub async fn a_message_is_percent_decoded<F: RpcFramework>(framework: F) -> Outcome {
    for (sent, told) in [
        ("caf%C3%A9 %e2%82%ac", "INTERNAL: café €"),
        ("100% %zz %4", "INTERNAL: 100% %zz %4"),
        ("a%0Ab", "INTERNAL: a\nb"),
    ] {
        let answer = raw(move || Raw::grpc(&[("grpc-status", "13"), ("grpc-message", sent)]));
        let server = Setup::new().raw(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let asked = line.call(Method::Unary, Orders::one()).await?;
        asked.end().await?;
        check_eq!(error(&server.only().await?).as_deref(), Some(told), "text");
    }
    Ok(())
}

/// URLs in it lose what they may hide.
pub async fn secrets_in_a_message_are_not_recorded<F: RpcFramework>(framework: F) -> Outcome {
    const SECRETS: &str = "no answer from http://jo:hidden@kitchen.example/x?token=hidden";
    let answer = handler(async |_| Err(Status::new(14, SECRETS)));
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?.end().await?;
    check_eq!(
        asked.status,
        Some(Status::new(14, SECRETS)),
        "the caller's text"
    );
    let told = error(&server.only().await?).unwrap_or_default();
    check_eq!(
        told,
        "UNAVAILABLE: no answer from http://kitchen.example/x",
        "text"
    );
    Ok(())
}

/// What is no code is UNKNOWN, in the headers and in the trailers.
pub async fn a_number_that_is_no_code_is_unknown<F: RpcFramework>(framework: F) -> Outcome {
    const NUMBERS: [&[(&str, &str)]; 5] = [
        &[("grpc-status", "17")],
        &[("grpc-status", "4294967296")],
        &[("grpc-status", "-1")],
        &[("grpc-status", "OK")],
        &[("grpc-status", "")],
    ];
    for number in NUMBERS {
        for in_trailers in [true, false] {
            let answer = raw(move || {
                if in_trailers {
                    let message = RawFrame::Data(wire::framed(b"reply"));
                    Raw::grpc(&[]).body([message, RawFrame::Trailers(number)])
                } else {
                    Raw::grpc(number)
                }
            });
            let server = Setup::new().raw(framework, answer)?;
            let line = Line::open(server.address()).await?;
            let asked = line.call(Method::Download, Orders::one()).await?;
            asked.end().await?;
            let span = server.only().await?;
            check_eq!(code(&span).as_deref(), Some("UNKNOWN"), "{number:?}");
            check_eq!(error(&span).as_deref(), Some("UNKNOWN"), "{number:?}");
        }
    }
    Ok(())
}
