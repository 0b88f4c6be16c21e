//! What a call sends along.

use http::HeaderMap;
use tracer_core::TracerExt;

use crate::kit::Outcome;
use crate::kit::rpc::{Caller, Handler, Method, Orders, Peer, Reply, RpcClientFramework, handler};
use crate::{check, check_eq};

fn one() -> Handler {
    handler(async |_| Ok(Reply::messages(["reply".into()])))
}

fn values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| value.to_str().unwrap_or_default())
        .collect()
}

/// The ids of the CLIENT span itself, in B3's headers and in W3C's, each once.
pub async fn a_call_sends_the_ids_of_its_own_span<C: RpcClientFramework>(client: C) -> Outcome {
    for method in Method::ALL {
        let (peer, caller) = (Peer::calls(one())?, Caller::new());
        let request = caller.tracer().span("request").start();
        let caller = caller.below(&request);
        let call = caller.call(client, peer.address(), method, Orders::one());
        call.await?;
        let (span, headers) = (caller.only().await?, peer.last()?);
        let trace = span.context.trace_id().to_string();
        let id = span.context.span_id().to_string();
        let w3c = format!("00-{trace}-{id}-01");
        check_eq!(values(&headers, "traceparent"), [&*w3c], "W3C");
        check_eq!(values(&headers, "x-b3-traceid"), [&*trace], "B3");
        check_eq!(values(&headers, "x-b3-spanid"), [&*id], "B3");
        check_eq!(values(&headers, "x-b3-sampled"), ["1"], "B3");
        let parent = request.span_id().map(|id| id.to_string());
        let parent = parent.unwrap_or_default();
        check_eq!(values(&headers, "x-b3-parentspanid"), [&*parent], "B3");
    }
    Ok(())
}

/// An unsampled call records nothing and still sends an id of its own and "not sampled".
pub async fn an_unsampled_call_sends_an_id_and_the_decision<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    let (peer, caller) = (Peer::calls(one())?, Caller::sampling(false));
    let call = caller.call(client, peer.address(), Method::Upload, Orders::one());
    call.await?;
    let headers = peer.last()?;
    check_eq!(values(&headers, "x-b3-sampled"), ["0"], "decision");
    let id = values(&headers, "x-b3-spanid").concat();
    check_eq!(id.len(), 16, "an id");
    let w3c = values(&headers, "traceparent").concat();
    check!(w3c.ends_with("-00"), "{w3c}");
    check!(caller.finished().is_empty(), "nothing is recorded");
    Ok(())
}

/// What a gateway copied from its own caller is replaced, never added to; other metadata, binary or
/// not, goes on as it is.
pub async fn stale_metadata_is_replaced_and_other_untouched<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    const STALE: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    let peer = Peer::calls(one())?;
    let caller = Caller::new()
        .metadata("traceparent", STALE)
        .metadata("traceparent", STALE)
        .metadata("x-b3-traceid", "0af7651916cd43dd")
        .metadata("uber-trace-id", "stale")
        .metadata("x-table", "7")
        .metadata("grpc-trace-bin", "AP8H")
        .metadata("grpc-trace-bin", "AQ");
    let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
    call.await?;
    let headers = peer.last()?;
    let trace = caller.only().await?.context.trace_id().to_string();
    let w3c = values(&headers, "traceparent");
    check_eq!(w3c.len(), 1, "{w3c:?}");
    check!(w3c.concat().contains(&trace), "{w3c:?}");
    check_eq!(values(&headers, "x-b3-traceid"), [&*trace], "B3");
    check!(values(&headers, "uber-trace-id").is_empty(), "{headers:?}");
    check_eq!(values(&headers, "x-table"), ["7"], "another's");
    let binary = values(&headers, "grpc-trace-bin");
    check_eq!(binary, ["AP8H", "AQ"], "binary");
    Ok(())
}
