//! What a request's headers make of its span: sampled, denied, deferred, debug, malformed.

use tracer_core::{Sampling, SpanRef};

use crate::kit::{Framework, Handler, Outcome, Reply, Setup, handler};
use crate::{check, check_eq};

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

/// Answers the current context: `trace-span-decision`.
fn told() -> Handler {
    handler(async |_| {
        let span = SpanRef::current();
        let text = span.context().map_or_else(String::new, |context| {
            let (trace, id) = (context.trace_id(), context.span_id());
            format!(
                "{trace} {id} {:?} {}",
                context.sampling(),
                span.is_recording()
            )
        });
        Reply::Whole {
            status: 200,
            headers: Vec::new(),
            body: text.into(),
        }
    })
}

/// Every format continues the caller's trace as a child of its span.
pub async fn every_format_continues_the_callers_trace<F: Framework>(framework: F) -> Outcome {
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
        let server = Setup::sampling(false)
            .route("/x", told())
            .start(framework)?;
        server.ask("GET", "/x", headers).await?;
        let span = server.only().await?;
        check_eq!(span.context.trace_id().to_string(), TRACE, "{headers:?}");
        check_eq!(
            span.parent_id().map(|id| id.to_string()).as_deref(),
            Some(SPAN),
            "{headers:?}"
        );
        check!(span.remote_parent, "{headers:?}");
    }
    Ok(())
}

/// A deny is kept: nothing is recorded, the trace id goes on, and the decision stays a deny.
pub async fn a_deny_is_kept<F: Framework>(framework: F) -> Outcome {
    let b3 = format!("{TRACE}-{SPAN}-0");
    let w3c = format!("00-{TRACE}-{SPAN}-00");
    let jaeger = format!("{TRACE}:{SPAN}:0:0");
    let multi = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "0"),
    ];
    let table: [&[(&str, &str)]; 4] = [
        &[("b3", &b3)],
        &multi,
        &[("traceparent", &w3c)],
        &[("uber-trace-id", &jaeger)],
    ];
    for headers in table {
        let server = Setup::new().route("/x", told()).start(framework)?;
        let (_, body) = server.ask("GET", "/x", headers).await?;
        check!(body.starts_with(TRACE), "{headers:?}: {body}");
        check!(
            body.ends_with(&format!("{:?} false", Sampling::Drop)),
            "{headers:?}: {body}"
        );
        check!(server.finished().is_empty(), "{headers:?}");
    }
    Ok(())
}

/// A caller that deferred leaves the decision to the sampler, and keeps its ids.
pub async fn a_deferred_decision_is_the_samplers<F: Framework>(framework: F) -> Outcome {
    let deferred = format!("{TRACE}-{SPAN}");
    for sampled in [true, false] {
        let server = Setup::sampling(sampled)
            .route("/x", told())
            .start(framework)?;
        let (_, body) = server.ask("GET", "/x", &[("b3", &deferred)]).await?;
        check!(body.starts_with(TRACE), "{body}");
        check!(
            body.ends_with(&sampled.to_string()),
            "sampler {sampled}: {body}"
        );
    }
    Ok(())
}

/// Debug records whatever the sampler says, and says so.
pub async fn debug_beats_the_sampler<F: Framework>(framework: F) -> Outcome {
    let single = format!("{TRACE}-{SPAN}-d");
    let multi = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-flags", "1"),
    ];
    let table: [&[(&str, &str)]; 3] = [&[("b3", &single)], &multi, &[("b3", "d")]];
    for headers in table {
        let server = Setup::sampling(false)
            .route("/x", told())
            .start(framework)?;
        server.ask("GET", "/x", headers).await?;
        let span = server.only().await?;
        check_eq!(span.context.sampling(), Sampling::Debug, "{headers:?}");
    }
    Ok(())
}

/// A decision without ids holds for the trace that starts here.
pub async fn a_lone_decision_starts_a_trace_under_it<F: Framework>(framework: F) -> Outcome {
    for (name, value, recorded) in [
        ("b3", "0", false),
        ("x-b3-sampled", "0", false),
        ("b3", "1", true),
        ("x-b3-flags", "1", true),
    ] {
        let server = Setup::sampling(!recorded)
            .route("/x", told())
            .start(framework)?;
        let (_, body) = server.ask("GET", "/x", &[(name, value)]).await?;
        check!(
            body.ends_with(&recorded.to_string()),
            "{name}: {value}: {body}"
        );
        if recorded {
            check_eq!(server.only().await?.parent_id(), None, "{name}: {value}");
        }
    }
    Ok(())
}

/// Malformed headers are the same as none: a normal answer and a fresh trace.
pub async fn malformed_headers_are_the_same_as_none<F: Framework>(framework: F) -> Outcome {
    let zeros = format!("00-{}-{SPAN}-01", "0".repeat(32));
    let long = format!("00-{TRACE}-{SPAN}-01-extra");
    let short = format!("{TRACE}-a2fb-1");
    for (name, value) in [
        ("b3", "nonsense"),
        ("b3", &short),
        ("b3", ""),
        ("traceparent", &zeros),
        ("traceparent", &long),
        ("traceparent", "ff-00-00-00"),
        ("uber-trace-id", "::::"),
        ("x-b3-traceid", TRACE),
        ("x-b3-sampled", "maybe"),
    ] {
        let server = Setup::new().route("/x", told()).start(framework)?;
        let (status, _) = server.ask("GET", "/x", &[(name, value)]).await?;
        check_eq!(status, 200, "{name}: {value}");
        let span = server.only().await?;
        check!(
            span.context.trace_id().to_string() != TRACE,
            "{name}: {value}"
        );
        check_eq!(span.parent_id(), None, "{name}: {value}");
    }
    Ok(())
}

/// Bytes that are no text at all do no harm either.
pub async fn huge_and_odd_headers_do_no_harm<F: Framework>(framework: F) -> Outcome {
    let huge = "a=1,".repeat(1_500);
    let server = Setup::new().route("/x", told()).start(framework)?;
    for headers in [
        [("baggage", &*huge), ("tracestate", &*huge)],
        [("baggage", "%zz=%,,;=;"), ("tracestate", "=,=,=")],
        [("traceparent", "\u{e9}\u{e9}"), ("b3", "\u{e9}")],
    ] {
        check_eq!(
            server.ask("GET", "/x", &headers).await?.0,
            200,
            "{:?}",
            headers[0].0
        );
    }
    server.spans(3).await?;
    Ok(())
}
