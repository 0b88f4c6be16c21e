//! Rules: what is traced, skipped or only propagated.

use std::sync::{Arc, Mutex};

use tracer_core::http::Rule;
use tracer_core::{Kind, SpanRef, Tracer, TracerExt};

use crate::kit::{Failed, Framework, Outcome, Reply, Server, Setup, handler};
use crate::{check, check_eq};

type Sent = Arc<Mutex<Vec<(String, String)>>>;

/// A server whose handler makes a call: what it would send is kept.
fn calling<F: Framework>(
    framework: F,
    sampled: bool,
    rule: Rule,
) -> Result<(Server, Sent), Failed> {
    let setup = Setup::sampling(sampled);
    let tracer = setup.tracer();
    let sent = Sent::default();
    let keep = Arc::clone(&sent);
    let answer = handler(move |_| {
        let mut headers: Vec<(String, String)> = Vec::new();
        let call = tracer.span("GET").kind(Kind::Client).start();
        tracer.inject(&call, &mut headers);
        call.finish();
        if let Ok(mut keep) = keep.lock() {
            *keep = headers;
        }
        std::future::ready(Reply::ok())
    });
    let setup = setup.route("/health", answer);
    let setup = setup.configure(move |http| {
        http.rule(move |request| (request.path() == "/health").then_some(rule))
    });
    Ok((setup.start(framework)?, sent))
}

fn sent(sent: &Sent, name: &str) -> Option<String> {
    let sent = sent.lock().ok()?;
    sent.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.clone())
}

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

/// `PropagateOnly` applies whatever the caller decided: no span here or below, the caller's ids and
/// decision go on unchanged.
pub async fn propagate_only_records_nothing_and_passes_on_unchanged<F: Framework>(
    framework: F,
) -> Outcome {
    for decision in ["1", "0"] {
        let (server, headers) = calling(framework, true, Rule::PropagateOnly)?;
        let b3 = format!("{TRACE}-{SPAN}-{decision}");
        check_eq!(
            server.ask("GET", "/health", &[("b3", &b3)]).await?.0,
            200,
            "status"
        );
        check!(
            server.finished().is_empty(),
            "sampled={decision}: {:?}",
            server.finished()
        );
        check_eq!(
            sent(&headers, "x-b3-traceid").as_deref(),
            Some(TRACE),
            "trace"
        );
        check_eq!(sent(&headers, "x-b3-spanid").as_deref(), Some(SPAN), "span");
        check_eq!(
            sent(&headers, "x-b3-sampled").as_deref(),
            Some(decision),
            "decision"
        );
    }
    Ok(())
}

/// Without headers from the caller, `PropagateOnly` sends nothing.
pub async fn propagate_only_sends_nothing_if_nothing_came<F: Framework>(framework: F) -> Outcome {
    let (server, headers) = calling(framework, true, Rule::PropagateOnly)?;
    server.get("/health").await?;
    check!(server.finished().is_empty(), "{:?}", server.finished());
    let sent = headers.lock().map_err(|error| error.to_string())?.clone();
    check!(sent.is_empty(), "{sent:?}");
    Ok(())
}

/// A decision that came without ids goes on alone where the format can say so, and baggage with it.
pub async fn propagate_only_passes_on_a_lone_decision_and_baggage<F: Framework>(
    framework: F,
) -> Outcome {
    for decision in ["1", "0"] {
        let (server, headers) = calling(framework, true, Rule::PropagateOnly)?;
        let came = [("b3", decision), ("baggage", "tenant=blue")];
        server.ask("GET", "/health", &came).await?;
        check!(server.finished().is_empty(), "{:?}", server.finished());
        let sent = |name| sent(&headers, name).unwrap_or_default();
        check_eq!(sent("x-b3-sampled"), decision, "the decision");
        for ids in ["x-b3-traceid", "x-b3-spanid", "traceparent"] {
            check_eq!(sent(ids), "", "{ids}");
        }
        check_eq!(sent("baggage"), "tenant=blue", "baggage");
    }
    Ok(())
}

/// `Skip` is "not sampled" for the whole trace, and is sent on.
pub async fn skip_is_not_sampled_for_the_whole_trace<F: Framework>(framework: F) -> Outcome {
    let (server, headers) = calling(framework, true, Rule::Skip)?;
    server.get("/health").await?;
    check!(server.finished().is_empty(), "{:?}", server.finished());
    check_eq!(
        sent(&headers, "x-b3-sampled").as_deref(),
        Some("0"),
        "sent on"
    );
    Ok(())
}

/// Upstream's decision beats `Skip` and `Trace`.
pub async fn upstreams_decision_beats_a_rule<F: Framework>(framework: F) -> Outcome {
    let (server, _) = calling(framework, false, Rule::Skip)?;
    let b3 = format!("{TRACE}-{SPAN}-1");
    server.ask("GET", "/health", &[("b3", &b3)]).await?;
    server.spans(2).await?;
    let (server, headers) = calling(framework, true, Rule::Trace)?;
    let b3 = format!("{TRACE}-{SPAN}-0");
    server.ask("GET", "/health", &[("b3", &b3)]).await?;
    check!(server.finished().is_empty(), "{:?}", server.finished());
    check_eq!(
        sent(&headers, "x-b3-sampled").as_deref(),
        Some("0"),
        "deny goes on"
    );
    Ok(())
}

/// `Trace` beats the sampler where the caller has not decided.
pub async fn trace_beats_the_sampler<F: Framework>(framework: F) -> Outcome {
    let (server, _) = calling(framework, false, Rule::Trace)?;
    server.get("/health").await?;
    server.spans(2).await?;
    Ok(())
}

/// An unsampled call has an id of its own and names the current span as its parent.
pub async fn an_unsampled_call_has_an_id_of_its_own<F: Framework>(framework: F) -> Outcome {
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |_| {
        let mut headers: Vec<(String, String)> = Vec::new();
        let call = tracer.span("GET").kind(Kind::Client).start();
        tracer.inject(&call, &mut headers);
        let current = SpanRef::current().span_id().map(|id| id.to_string());
        headers.push(("current".to_owned(), current.unwrap_or_default()));
        let text: Vec<_> = headers
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let body = text.join("\n").into();
        std::future::ready(Reply::Whole {
            status: 200,
            headers: Vec::new(),
            body,
        })
    });
    let server = setup.route("/x", answer).start(framework)?;
    let b3 = format!("{TRACE}-{SPAN}-0");
    let (_, body) = server.ask("GET", "/x", &[("b3", &b3)]).await?;
    let value = |name: &str| {
        let start = format!("{name}=");
        body.lines()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_default()
    };
    check_eq!(value("x-b3-traceid"), TRACE, "{body}");
    check_eq!(value("x-b3-sampled"), "0", "{body}");
    check_eq!(value("x-b3-parentspanid"), value("current"), "{body}");
    check!(
        value("x-b3-spanid") != value("current") && value("x-b3-spanid") != SPAN,
        "{body}"
    );
    check!(value("x-b3-spanid").len() == 16, "{body}");
    Ok(())
}
