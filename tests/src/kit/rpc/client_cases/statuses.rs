//! Statuses: for a caller everything but OK is an error.

use bytes::Bytes;

use crate::kit::Outcome;
use crate::kit::rpc::spans::{CODES, HTTP_STATUSES, code, error};
use crate::kit::rpc::{
    Caller, Method, Orders, Peer, Raw, RawFrame, RawHandler, Reply, RpcClientFramework, Status,
    handler, raw, wire,
};
use crate::{check, check_eq};

/// All codes of all kinds of call: after a message where there may be many, else without one.
pub async fn anything_but_ok_is_an_error_of_the_client<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for (number, name) in (0..).zip(CODES) {
        let peer = Peer::calls(handler(move |ask| {
            let many = Method::of(&ask.path).is_some_and(Method::answers_many);
            let status = Status::new(number, "burnt");
            let reply = if number == 0 || many {
                Ok(Reply::ending([Bytes::from_static(b"reply")], status))
            } else {
                Err(status)
            };
            std::future::ready(reply)
        }))?;
        for method in Method::ALL {
            let caller = Caller::new();
            let ended = caller.call(client, peer.address(), method, Orders::one());
            check_eq!(ended.await?.code(), Some(number), "{method:?}");
            let span = caller.only().await?;
            check_eq!(code(&span).as_deref(), Some(name), "{method:?}");
            let failed = (number > 0).then(|| format!("{name}: burnt"));
            check_eq!(error(&span), failed, "{method:?}");
            check_eq!(span.tag("cancelled"), None, "{method:?} {name}");
        }
    }
    Ok(())
}

/// A CANCELLED that was received is an error, with a text or without: nobody here gave it up.
pub async fn a_cancellation_that_was_received_is_an_error<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for (text, told) in [("", "CANCELLED"), ("closing", "CANCELLED: closing")] {
        let answer = handler(move |_| std::future::ready(Err(Status::new(1, text))));
        let (peer, caller) = (Peer::calls(answer)?, Caller::new());
        let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
        check_eq!(call.await?.status, Some(Status::new(1, text)), "answer");
        let span = caller.only().await?;
        check_eq!(error(&span).as_deref(), Some(told), "error");
        check_eq!(span.tag("cancelled"), None, "not cancelled");
    }
    Ok(())
}

/// What a caller's span says of an odd answer: code and error.
async fn answered<C: RpcClientFramework>(
    client: C,
    answer: RawHandler,
) -> Result<(String, String), crate::kit::Failed> {
    let (peer, caller) = (Peer::raw(answer)?, Caller::new());
    let call = caller.call(client, peer.address(), Method::Download, Orders::one());
    // What the caller is told is its library's own business.
    let _ = call.await;
    let span = caller.only().await?;
    check_eq!(span.tag("cancelled"), None, "not cancelled");
    let code = code(&span).unwrap_or_default();
    Ok((code, error(&span).unwrap_or_default()))
}

/// A status in the headers counts as one in the trailers (trailers-only), and its text is decoded.
pub async fn a_status_in_the_headers_counts<C: RpcClientFramework>(client: C) -> Outcome {
    let ok = raw(|| Raw::grpc(&[("grpc-status", "0")]));
    let (name, failed) = answered(client, ok).await?;
    check_eq!((&*name, &*failed), ("OK", ""), "OK");
    let text = "caf%C3%A9%20closed";
    let no = raw(move || Raw::grpc(&[("grpc-status", "14"), ("grpc-message", text)]));
    let (name, failed) = answered(client, no).await?;
    check_eq!(name, "UNAVAILABLE", "code");
    check_eq!(failed, "UNAVAILABLE: café closed", "error");
    // Nobody reads on, whatever the body may still be.
    let open = raw(|| {
        let message = RawFrame::Data(wire::framed(b"reply"));
        Raw::grpc(&[("grpc-status", "14")]).body([message])
    });
    let (name, failed) = answered(client, open).await?;
    check_eq!((&*name, &*failed), ("UNAVAILABLE", "UNAVAILABLE"), "open");
    Ok(())
}

/// A stream that ends well and says no status is UNKNOWN.
pub async fn a_clean_end_without_a_status_is_unknown<C: RpcClientFramework>(client: C) -> Outcome {
    let message = || RawFrame::Data(wire::framed(b"reply"));
    for answer in [
        raw(|| Raw::grpc(&[])),
        raw(move || Raw::grpc(&[]).body([message()])),
        raw(move || Raw::grpc(&[]).body([message(), RawFrame::Trailers(&[])])),
    ] {
        let (name, failed) = answered(client, answer).await?;
        check_eq!((&*name, &*failed), ("UNKNOWN", "UNKNOWN"), "no status");
    }
    Ok(())
}

/// A page in the place of an answer means what its HTTP status does.
pub async fn an_http_status_without_a_grpc_one_is_mapped<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for (status, expected) in HTTP_STATUSES {
        let (name, failed) = answered(client, raw(move || Raw::page(status))).await?;
        check_eq!(name, expected, "{status}");
        let kind = failed.split(": ").next();
        check_eq!(kind, Some(expected), "{status}");
    }
    Ok(())
}

/// Recorded or not: the caller sees the same, to the last trailer.
pub async fn an_answer_passes_unchanged<C: RpcClientFramework>(client: C) -> Outcome {
    for (sampled, spans) in [(true, 2), (false, 0)] {
        let caller = Caller::sampling(sampled);
        for method in [Method::Download, Method::Chat] {
            let peer = Peer::raw(raw(|| {
                let message = |text: &'static str| RawFrame::Data(wire::framed(text.as_bytes()));
                let end = RawFrame::Trailers(&[
                    ("grpc-status", "9"),
                    ("grpc-message", "caf%C3%A9"),
                    ("grpc-status-details-bin", "AP8H"),
                    ("x-cook", "jo"),
                ]);
                Raw::grpc(&[]).body([message("one"), message("two"), end])
            }))?;
            let call = caller.call(client, peer.address(), method, Orders::one());
            let ended = call.await?;
            check_eq!(ended.messages, ["one", "two"], "messages");
            check_eq!(ended.status, Some(Status::new(9, "café")), "status");
            let cook = ended.trailers.get("x-cook");
            check!(cook.is_some_and(|cook| cook == "jo"), "{cook:?}");
        }
        check_eq!(caller.spans(spans).await?.len(), spans, "{sampled}");
    }
    Ok(())
}

/// What is no code is UNKNOWN.
pub async fn a_number_that_is_no_code_is_unknown<C: RpcClientFramework>(client: C) -> Outcome {
    for number in ["17", "-1", "OK", ""] {
        let answer = raw(move || Raw::grpc(&[("grpc-status", number)]));
        let (name, failed) = answered(client, answer).await?;
        check_eq!((&*name, &*failed), ("UNKNOWN", "UNKNOWN"), "{number}");
    }
    let answer = raw(|| {
        let message = RawFrame::Data(wire::framed(b"reply"));
        Raw::grpc(&[]).body([message, RawFrame::Trailers(&[("grpc-status", "99")])])
    });
    let (name, failed) = answered(client, answer).await?;
    check!(name == "UNKNOWN" && failed == "UNKNOWN", "{name}: {failed}");
    Ok(())
}

/// Also when its reader drops it, because it is no gRPC and nobody knows how long it is.
pub async fn a_page_that_is_dropped_is_no_cancellation<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    for (status, expected) in HTTP_STATUSES {
        if status == 200 {
            // As if its caller had given up: the headers say nothing of a failure.
            continue;
        }
        let page = b"<html><body>a proxy says no</body></html>";
        let answer = raw(move || Raw::page(status).body([RawFrame::Data(page[..].into())]));
        let (name, failed) = answered(client, answer).await?;
        check_eq!(name, expected, "{status}");
        let kind = failed.split(": ").next();
        check_eq!(kind, Some(expected), "{status}");
    }
    Ok(())
}
