//! What comes with a call: whose trace it is.

use tracer_core::http::{Incoming, Rule};
use tracer_core::{Sampling, SpanRef};

use crate::kit::rpc::{
    Ask, Handler, Line, Method, Orders, Raw, RawFrame, Reply, RpcFramework, Setup, Status, handler,
    raw, wire,
};
use crate::kit::{Failed, Outcome, Server};
use crate::{check, check_eq};

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

/// Tells what is current in the handler.
fn told() -> Handler {
    handler(async |_| {
        let current = SpanRef::current();
        let text = current.context().map_or_else(String::new, |context| {
            let (trace, id) = (context.trace_id(), context.span_id());
            let recorded = current.is_recording();
            format!("{trace} {id} {:?} {recorded}", context.sampling())
        });
        Ok(Reply::messages([text.into()]))
    })
}

/// What the handler told.
async fn ask(server: &Server, headers: &[(&str, &str)]) -> Result<String, Failed> {
    let line = Line::open(server.address()).await?;
    let asked = line.send(Method::Unary.path(), headers, Orders::one());
    let ended = asked.await?.end().await?;
    check_eq!(ended.code(), Some(0), "{headers:?}");
    let message = ended.messages.first().ok_or("no message")?;
    Ok(String::from_utf8_lossy(message).into_owned())
}

/// Every format continues the caller's trace as a child of its span.
pub async fn every_format_continues_the_callers_trace<F: RpcFramework>(framework: F) -> Outcome {
    let b3 = format!("{TRACE}-{SPAN}-1");
    let w3c = format!("00-{TRACE}-{SPAN}-01");
    let jaeger = format!("{TRACE}:{SPAN}:0:1");
    let multi = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "1"),
    ];
    let table: [&[(&str, &str)]; 4] = [
        &[("b3", &b3)],
        &multi,
        &[("traceparent", &w3c)],
        &[("uber-trace-id", &jaeger)],
    ];
    for headers in table {
        // Even a sampler that says no: upstream's decision wins.
        let server = Setup::sampling(false).calls(framework, told())?;
        check!(
            ask(&server, headers).await?.starts_with(TRACE),
            "{headers:?}"
        );
        let span = server.only().await?;
        check_eq!(span.context.trace_id().to_string(), TRACE, "{headers:?}");
        let parent = span.parent_id().map(|id| id.to_string());
        check_eq!(parent.as_deref(), Some(SPAN), "{headers:?}");
        check!(span.remote_parent, "{headers:?}");
    }
    Ok(())
}

/// A deny is kept: nothing is recorded, the trace goes on.
pub async fn a_deny_is_kept<F: RpcFramework>(framework: F) -> Outcome {
    let b3 = format!("{TRACE}-{SPAN}-0");
    let w3c = format!("00-{TRACE}-{SPAN}-00");
    for header in [("b3", &*b3), ("traceparent", &w3c)] {
        let server = Setup::new().calls(framework, told())?;
        let text = ask(&server, &[header]).await?;
        check!(text.starts_with(TRACE), "{header:?}: {text}");
        let end = format!("{:?} false", Sampling::Drop);
        check!(text.ends_with(&end), "{header:?}: {text}");
        check!(server.finished().is_empty(), "{header:?}");
    }
    Ok(())
}

/// Malformed metadata is the same as none.
pub async fn malformed_metadata_is_the_same_as_none<F: RpcFramework>(framework: F) -> Outcome {
    let short = format!("{TRACE}-a2fb-1");
    let zeros = format!("00-{}-{SPAN}-01", "0".repeat(32));
    for header in [("b3", &*short), ("traceparent", &zeros), ("b3", "\u{e9}")] {
        let server = Setup::new().calls(framework, told())?;
        ask(&server, &[header]).await?;
        let span = server.only().await?;
        check!(span.context.trace_id().to_string() != TRACE, "{header:?}");
        check_eq!(span.parent_id(), None, "{header:?}");
    }
    Ok(())
}

/// `PropagateOnly`: no span, and the caller's ids are current.
pub async fn propagate_only_records_nothing_and_passes_on<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let setup = Setup::new().settings(|settings| {
        settings.rule = Some(std::sync::Arc::new(|request| {
            let health = request.path() == Method::Unary.path();
            health.then_some(Rule::PropagateOnly)
        }));
    });
    let server = setup.calls(framework, told())?;
    let b3 = format!("{TRACE}-{SPAN}-1");
    let text = ask(&server, &[("b3", &b3)]).await?;
    check!(text.starts_with(&format!("{TRACE} {SPAN}")), "{text}");
    check!(text.ends_with("false"), "{text}");
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Upload, Orders::one()).await?;
    asked.end().await?;
    // The only one: of the call that no rule is about.
    check_eq!(server.only().await?.name, "kit.Calls/Upload", "name");
    Ok(())
}

/// A layer at the edge need not trust its callers.
pub async fn an_edge_starts_fresh<F: RpcFramework>(framework: F) -> Outcome {
    let setup = Setup::new().settings(|settings| settings.incoming = Incoming::Ignore);
    let server = setup.calls(framework, told())?;
    let b3 = format!("{TRACE}-{SPAN}-0");
    check!(
        !ask(&server, &[("b3", &b3)]).await?.contains(TRACE),
        "fresh"
    );
    check_eq!(server.only().await?.parent_id(), None, "a root");
    Ok(())
}

/// Recorded, denied or only propagated: the answer is the same to its last trailer.
pub async fn an_answer_passes_unchanged<F: RpcFramework>(framework: F) -> Outcome {
    for (decision, spans) in [("1", 4), ("0", 0)] {
        let answer = raw(|| {
            let message = |text: &'static str| RawFrame::Data(wire::framed(text.as_bytes()));
            let end = RawFrame::Trailers(&[
                ("grpc-status", "9"),
                ("grpc-message", "caf%C3%A9"),
                ("grpc-status-details-bin", "AP8H"),
            ]);
            Raw::grpc(&[("x-cook", "jo")]).body([message("one"), message("two"), end])
        });
        let server = Setup::new().raw(framework, answer)?;
        let line = Line::open(server.address()).await?;
        let b3 = format!("{TRACE}-{SPAN}-{decision}");
        for method in Method::ALL {
            let headers = [("b3", &*b3)];
            let asked = line.send(method.path(), &headers, Orders::one()).await?;
            check_eq!(asked.headers.get("x-cook").is_some(), true, "headers");
            let ended = asked.end().await?;
            check_eq!(ended.messages, ["one", "two"], "messages");
            check_eq!(ended.status, Some(Status::new(9, "café")), "status");
            let details = ended.trailers.get("grpc-status-details-bin");
            check!(details.is_some_and(|bytes| bytes == "AP8H"), "{details:?}");
        }
        check_eq!(server.spans(spans).await?.len(), spans, "{decision}");
    }
    Ok(())
}

/// The layer leaves the metadata of a call as it is, binary or not.
pub async fn metadata_reaches_the_handler_unchanged<F: RpcFramework>(framework: F) -> Outcome {
    let b3 = format!("{TRACE}-{SPAN}-1");
    let sent = [("x-table", "7"), ("grpc-trace-bin", "AP8H"), ("b3", &*b3)];
    let keep = handler(async |ask: Ask| {
        let names = ["x-table", "grpc-trace-bin", "b3"].into_iter();
        let values = names.map(|name| ask.header(name).unwrap_or_default());
        let values: Vec<_> = values.collect();
        Ok(Reply::messages([values.join(" ").into()]))
    });
    let server = Setup::new().calls(framework, keep)?;
    check_eq!(
        ask(&server, &sent).await?,
        format!("7 AP8H {b3}"),
        "metadata"
    );
    server.only().await?;
    Ok(())
}
