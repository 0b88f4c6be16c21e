//! What the spans of calls are called, and whose they are.

use std::sync::Arc;

use tracer_core::http::Rule;
use tracer_core::{Kind, TracerExt};

use crate::kit::Outcome;
use crate::kit::rpc::spans::error;
use crate::kit::rpc::{
    Caller, Handler, Method, Orders, Peer, Reply, RpcClientFramework, Setup, frameworks, handler,
};
use crate::{check, check_eq};

fn one() -> Handler {
    handler(async |_| Ok(Reply::messages(["reply".into()])))
}

/// `pkg.Service/Method` names the span; the tags say each by itself, and nothing of HTTP.
pub async fn a_call_is_named_by_service_and_method<C: RpcClientFramework>(client: C) -> Outcome {
    let peer = Peer::calls(one())?;
    for method in Method::ALL {
        let caller = Caller::new();
        let ended = caller.call(client, peer.address(), method, Orders::one());
        let ended = ended.await?;
        check_eq!(ended.code(), Some(0), "answer");
        check_eq!(ended.messages, ["reply"], "answer");
        let span = caller.only().await?;
        check_eq!(span.name, format!("kit.Calls/{method:?}"), "name");
        for (key, value) in [
            ("rpc.system", "grpc"),
            ("rpc.service", "kit.Calls"),
            ("rpc.method", &*format!("{method:?}")),
            ("component", C::COMPONENT),
            ("grpc.status_code", "OK"),
        ] {
            check_eq!(span.tag(key).as_deref(), Some(value), "{key}");
        }
        for key in ["http.method", "http.url", "http.status_code", "cancelled"] {
            check_eq!(span.tag(key), None, "{key}");
        }
        check_eq!((error(&span), span.parent_id()), (None, None), "a root");
    }
    Ok(())
}

/// The peer is who was told, else who can be seen.
pub async fn the_peer_is_who_is_called<C: RpcClientFramework>(client: C) -> Outcome {
    let peer = Peer::calls(one())?;
    let (ip, port) = (Some(peer.address().ip()), Some(peer.address().port()));
    let caller = Caller::new();
    let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
    call.await?;
    let remote = caller.only().await?.remote;
    let seen = if C::SEES_HOSTS {
        (ip, port)
    } else {
        (None, None)
    };
    check_eq!((remote.ip, remote.port), seen, "what is seen");
    check_eq!(remote.service, None, "nobody said");
    let told = Caller::new().settings(|settings| {
        settings.peer_service = Some("kitchen");
        settings.peer_address = Some("192.0.2.7:81".to_owned());
    });
    let call = told.call(client, peer.address(), Method::Unary, Orders::one());
    call.await?;
    let remote = told.only().await?.remote;
    check_eq!(remote.service.as_deref(), Some("kitchen"), "service");
    check_eq!(remote.ip, Some([192, 0, 2, 7].into()), "address");
    check_eq!(remote.port, Some(81), "port");
    Ok(())
}

/// A call is a child of the span that is current when it is made.
pub async fn a_call_is_a_child_of_the_current_span<C: RpcClientFramework>(client: C) -> Outcome {
    let peer = Peer::calls(one())?;
    let caller = Caller::new();
    let request = caller.tracer().span("request").start();
    let below = caller.clone().below(&request);
    let call = below.call(client, peer.address(), Method::Chat, Orders::one());
    call.await?;
    let span = below.only().await?;
    check_eq!(span.parent_id(), request.span_id(), "parent");
    check_eq!(Some(span.context.trace_id()), request.trace_id(), "trace");
    Ok(())
}

/// A call and the span of what serves it are one trace, and one is the other's child.
pub async fn a_call_and_what_serves_it_are_one_trace<C: RpcClientFramework>(client: C) -> Outcome {
    let setup = Setup::new();
    let server = setup.calls(frameworks::HyperServer, one())?;
    for (method, count) in Method::ALL.into_iter().zip(1..) {
        let caller = Caller::new();
        let call = caller.call(client, server.address(), method, Orders::one());
        call.await?;
        let call = caller.only().await?;
        let served = server.spans(count).await?;
        let served = served.last().ok_or("no span")?;
        check_eq!(served.context.trace_id(), call.context.trace_id(), "trace");
        let parent = Some(call.context.span_id());
        check_eq!(served.parent_id(), parent, "parent");
        check_eq!(
            (served.kind, call.kind),
            (Kind::Server, Kind::Client),
            "kinds"
        );
        check_eq!(served.name, call.name, "name");
    }
    Ok(())
}

/// A rule that propagates only: no span, and whoever is current is sent along.
pub async fn propagate_only_records_nothing_and_passes_on<C: RpcClientFramework>(
    client: C,
) -> Outcome {
    let peer = Peer::calls(one())?;
    let caller = Caller::new().settings(|settings| {
        settings.rule = Some(Arc::new(|request| {
            let here = request.path() == Method::Unary.path();
            here.then_some(Rule::PropagateOnly)
        }));
    });
    let request = caller.tracer().span("request").start();
    let caller = caller.below(&request);
    let call = caller.call(client, peer.address(), Method::Unary, Orders::one());
    call.await?;
    check!(caller.finished().is_empty(), "no span");
    let id = request.span_id().map(|id| id.to_string());
    let headers = peer.last()?;
    let sent = headers.get("x-b3-spanid");
    let sent = sent.and_then(|value| value.to_str().ok());
    check_eq!(sent, id.as_deref(), "the current span's id");
    Ok(())
}

/// Calls that run at once have spans of their own, below their own parents.
pub async fn calls_at_once_do_not_mix<C: RpcClientFramework>(client: C) -> Outcome {
    let peer = Peer::calls(one())?;
    let caller = Caller::new();
    let mut calls = Vec::new();
    let mut parents = Vec::new();
    for number in 0..20 {
        let parent = caller.tracer().span("request").start();
        let below = caller.clone().below(&parent);
        parents.push(parent);
        let (address, method) = (peer.address(), Method::ALL[number % 4]);
        calls.push(tokio::spawn(async move {
            below.call(client, address, method, Orders::one()).await
        }));
    }
    for call in calls {
        check_eq!(call.await??.code(), Some(0), "answer");
    }
    let spans = caller.spans(20).await?;
    for (number, parent) in parents.iter().enumerate() {
        let mut mine = spans.iter().filter(|span| {
            span.parent_id() == parent.span_id()
                && Some(span.context.trace_id()) == parent.trace_id()
        });
        let name = mine.next().map(|span| &*span.name);
        let expected = format!("kit.Calls/{:?}", Method::ALL[number % 4]);
        check_eq!(name, Some(&*expected), "{number}");
        check!(mine.next().is_none(), "{number}: more than one");
    }
    Ok(())
}
