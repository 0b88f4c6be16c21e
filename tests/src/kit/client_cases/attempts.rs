//! Calls that are made again.

use std::collections::HashSet;

use tracer_core::TracerExt;

use crate::kit::caller::Caller;
use crate::kit::peer::Peer;
use crate::kit::{ClientFramework, Outcome};
use crate::{check, check_eq};

/// Each attempt is a span of its own with an outcome of its own, all below the caller's; repetitions
/// are counted where a request can carry which one it is.
pub async fn each_attempt_is_a_span_of_its_own<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new());
    let request = caller.tracer().span("request").start();
    let caller = caller.attempts(5).below(&request);
    let answer = caller.call(client, peer.url("/unready")).await?;
    check_eq!(answer.status, 200, "in the end");
    let spans = caller.spans(3).await?;
    let tags = |name| {
        let tags = spans.iter().map(|span| span.tag(name));
        tags.map(Option::unwrap_or_default).collect::<Vec<_>>()
    };
    check_eq!(tags("http.status_code"), ["503", "503", "200"], "outcomes");
    let errors = spans.iter().map(|span| span.error.is_some());
    check_eq!(errors.collect::<Vec<_>>(), [true, true, false], "errors");
    let counts = match C::TELLS_ATTEMPTS {
        true => ["", "1", "2"],
        false => [""; 3],
    };
    check_eq!(tags("http.resend_count"), counts, "repetitions");
    check_eq!(tags("cancelled"), [""; 3], "none was given up");
    check!(
        spans
            .iter()
            .all(|span| span.parent_id() == request.span_id()),
        "all are siblings: {spans:#?}"
    );
    let sent = peer.all();
    let sent = sent.iter().map(|headers| {
        let id = headers.get("x-b3-spanid").and_then(|id| id.to_str().ok());
        id.unwrap_or_default().to_owned()
    });
    let recorded = spans.iter().map(|span| span.context.span_id().to_string());
    check_eq!(
        sent.collect::<Vec<_>>(),
        recorded.collect::<Vec<_>>(),
        "each sends its own id"
    );
    Ok(())
}

/// Attempts that are used up leave the last error to the caller.
pub async fn attempts_that_are_used_up_are_all_errors<C: ClientFramework>(client: C) -> Outcome {
    let (peer, caller) = (Peer::start().await?, Caller::new().attempts(2));
    let answer = caller.call(client, peer.url("/unready")).await?;
    check_eq!(answer.status, 503, "the last answer");
    let spans = caller.spans(2).await?;
    for span in &spans {
        check_eq!(span.error, Some(("503".to_owned(), None)), "error");
        check_eq!(span.parent_id(), None, "nobody is above");
    }
    let traces: HashSet<_> = spans.iter().map(|span| span.context.trace_id()).collect();
    check_eq!(traces.len(), 2, "each starts a trace");
    Ok(())
}
