//! Calls that run at once know nothing of each other.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio_stream::StreamExt;
use tracer_core::{Kind, SpanRef, TracerExt};

use crate::kit::rpc::{
    Ask, Ended, Frame, Line, Method, Orders, Reply, RpcFramework, Setup, handler,
};
use crate::kit::{Failed, Outcome};
use crate::{check, check_eq};

const CONNECTIONS: usize = 5;
const CALLS: usize = 20;

fn current() -> Bytes {
    let id = SpanRef::current().trace_id();
    id.map_or_else(String::new, |id| id.to_string()).into()
}

/// Calls of all kinds on few connections: each has its own trace, its own children and its own
/// status, and its stream sees no other.
pub async fn interleaved_calls_do_not_mix<F: RpcFramework>(framework: F) -> Outcome {
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |mut ask: Ask| {
        let tracer = Arc::clone(&tracer);
        async move {
            let number = ask.header("x-number").unwrap_or_default().to_owned();
            SpanRef::current().set_tag("number", number.as_str());
            while let Some(Ok(_)) = ask.orders.next().await {}
            for _ in 0..3 {
                tokio::task::yield_now().await;
                let step = tracer.span("step").tag("number", number.as_str());
                step.start().finish();
            }
            let made = || Frame::Made(current);
            Ok(Reply::frames([made(), made(), made()]))
        }
    });
    let server = setup.calls(framework, answer)?;
    let mut calls = Vec::new();
    for connection in 0..CONNECTIONS {
        let line = Arc::new(Line::open(server.address()).await?);
        for call in 0..CALLS {
            let line = Arc::clone(&line);
            let number = connection * CALLS + call;
            calls.push(tokio::spawn(async move {
                let trace = format!("{:032x}", number + 1);
                let b3 = format!("{trace}-00000000000000aa-1");
                let text = number.to_string();
                let headers = [("x-number", &*text), ("b3", &*b3)];
                let path = Method::ALL[number % 4].path();
                let orders: &[&str] = match number % 4 {
                    0 | 1 => &["one"],
                    _ => &["one", "two"],
                };
                let orders = Orders::these(orders.iter().copied());
                let asked = line.send(path, &headers, orders).await?;
                Ok::<(String, Ended), Failed>((trace, asked.end().await?))
            }));
        }
    }
    let mut numbers = HashMap::new();
    for (number, call) in calls.into_iter().enumerate() {
        let (trace, ended) = call.await??;
        check_eq!(ended.code(), Some(0), "{number}");
        let mine = ended.messages.iter().all(|told| *told == trace);
        check!(mine && !ended.messages.is_empty(), "{number}: {ended:?}");
        numbers.insert(trace, number.to_string());
    }
    let spans = server.spans(CONNECTIONS * CALLS * 4).await?;
    let mut requests = HashMap::new();
    for span in spans.iter().filter(|span| span.kind == Kind::Server) {
        requests.insert(span.context.trace_id(), span.context.span_id());
    }
    check_eq!(requests.len(), CONNECTIONS * CALLS, "one SERVER span each");
    for span in &spans {
        let trace = span.context.trace_id();
        let number = numbers.get(&trace.to_string());
        check_eq!(span.tag("number").as_ref(), number, "{}", span.name);
        if span.kind != Kind::Server {
            let parent = requests.get(&trace).copied();
            check_eq!(span.parent_id(), parent, "{}", span.name);
        }
    }
    Ok(())
}
