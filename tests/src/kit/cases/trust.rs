//! An edge need not believe what comes in.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracer_core::http::Incoming;
use tracer_core::{Kind, Sampling, SpanRef, Tracer, TracerExt};

use crate::kit::{Ask, Framework, Handler, Outcome, Reply, Setup, handler};
use crate::{check, check_eq};

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

fn baggage() -> Handler {
    handler(async |_| {
        let body = SpanRef::current()
            .baggage("tenant")
            .unwrap_or_default()
            .to_owned()
            .into();
        Reply::Whole {
            status: 200,
            headers: Vec::new(),
            body,
        }
    })
}

/// `Ignore` drops what came; `Follow` keeps the caller's span as a reference, and nothing else.
pub async fn an_edge_starts_fresh<F: Framework>(framework: F) -> Outcome {
    for incoming in [Incoming::Ignore, Incoming::Follow] {
        let setup = Setup::new().route("/x", baggage());
        let server = setup
            .configure(move |http| http.incoming(incoming))
            .start(framework)?;
        let b3 = format!("{TRACE}-{SPAN}-0");
        let headers = [("b3", &*b3), ("baggage", "tenant=blue")];
        let (_, body) = server.ask("GET", "/x", &headers).await?;
        check_eq!(body, "", "no baggage ({incoming:?})");
        let span = server.only().await?;
        check!(
            span.context.trace_id().to_string() != TRACE,
            "{incoming:?}: {span:?}"
        );
        check_eq!(span.parent_id(), None, "{incoming:?}");
        let references: Vec<_> = span
            .references
            .iter()
            .map(|(_, context)| context.span_id().to_string())
            .collect();
        let expected: &[&str] = if incoming == Incoming::Follow {
            &[SPAN]
        } else {
            &[]
        };
        check_eq!(references, expected, "{incoming:?}");
    }
    Ok(())
}

/// Hands the caller's headers on with a call of its own, as gateways do, and answers what it sent of them.
fn gateway(tracer: Arc<dyn Tracer>) -> Handler {
    handler(move |ask: Ask| {
        let tracer = Arc::clone(&tracer);
        async move {
            let mut sent: BTreeMap<String, String> = ask.headers.into_iter().collect();
            let call = tracer.span("call").kind(Kind::Client).start();
            tracer.inject(&call, &mut sent);
            let sent: Vec<_> = sent.into_values().collect();
            Reply::Whole {
                status: 200,
                headers: Vec::new(),
                body: sent.join("\n").into(),
            }
        }
    })
}

/// Nothing that an edge does not believe reaches the next service, whether it records or not.
pub async fn an_edge_hands_nothing_on<F: Framework>(framework: F) -> Outcome {
    for incoming in [Incoming::Trust, Incoming::Ignore, Incoming::Follow] {
        for disabled in [false, true] {
            let setup = if disabled {
                Setup::disabled()
            } else {
                Setup::new()
            };
            let gateway = gateway(setup.tracer());
            let setup = setup.route("/x", gateway);
            let server = setup
                .configure(move |http| http.incoming(incoming))
                .start(framework)?;
            let b3 = format!("{TRACE}-{SPAN}-d");
            let headers = [("b3", &*b3), ("baggage", "tenant=blue"), ("x-own", "kept")];
            let (_, sent) = server.ask("GET", "/x", &headers).await?;
            check!(sent.contains("kept"), "{incoming:?} {disabled}: {sent}");
            for said in [TRACE, "tenant=blue"] {
                check_eq!(
                    sent.contains(said),
                    incoming == Incoming::Trust,
                    "{said} ({incoming:?}, disabled: {disabled}): {sent}"
                );
            }
        }
    }
    Ok(())
}

/// A refused debug flag still means "sampled".
pub async fn a_refused_debug_flag_is_sampled<F: Framework>(framework: F) -> Outcome {
    let setup = Setup::sampling(false).route("/x", baggage());
    let server = setup
        .configure(|http| http.refuse_debug(true))
        .start(framework)?;
    let b3 = format!("{TRACE}-{SPAN}-d");
    server.ask("GET", "/x", &[("b3", &b3)]).await?;
    check_eq!(
        server.only().await?.context.sampling(),
        Sampling::Record,
        "decision"
    );
    Ok(())
}
