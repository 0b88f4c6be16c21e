//! What a handler finds, and what becomes of its panics.

use std::sync::Arc;

use bytes::Bytes;
use tracer_core::{SpanRef, TracerExt};

use crate::kit::Outcome;
use crate::kit::rpc::spans::{code, error};
use crate::kit::rpc::{Frame, Handler, Line, Method, Orders, Reply, RpcFramework, Setup, handler};
use crate::{check, check_eq};

fn current() -> Bytes {
    let id = SpanRef::current().span_id();
    id.map_or_else(String::new, |id| id.to_string()).into()
}

/// In the handler and while its stream is asked for messages.
pub async fn the_span_is_current_in_handler_and_stream<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        tokio::task::yield_now().await;
        let first = Frame::Message(current());
        let later = Frame::Made(current);
        Ok(Reply::frames([first, later]))
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    for (count, method) in [(1, Method::Unary), (2, Method::Download), (3, Method::Chat)] {
        let asked = line.call(method, Orders::one()).await?;
        let messages = asked.end().await?.messages;
        let spans = server.spans(count).await?;
        let id = spans.last().map(|span| span.context.span_id().to_string());
        let id = Bytes::from(id.unwrap_or_default());
        check!(!messages.is_empty(), "messages");
        check!(messages.iter().all(|told| *told == id), "{method:?}");
    }
    Ok(())
}

/// Spans that a handler makes are children of its call's; what it tells its span is there.
pub async fn a_handlers_spans_are_children<F: RpcFramework>(framework: F) -> Outcome {
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |_| {
        let tracer = Arc::clone(&tracer);
        async move {
            tracer.span("cook").start().finish();
            SpanRef::current().set_tag("table", 7);
            Ok(Reply::messages(["reply".into()]))
        }
    });
    let server = setup.calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    asked.end().await?;
    let spans = server.spans(2).await?;
    check_eq!(&*spans[0].name, "cook", "child");
    let call = spans[1].context.span_id();
    check_eq!(spans[0].parent_id(), Some(call), "parent");
    check_eq!(spans[1].tag("table").as_deref(), Some("7"), "tag");
    Ok(())
}

/// A panic before the headers is an error with its message, and the server goes on.
pub async fn a_panic_of_a_handler_is_an_error<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| -> Result<Reply, _> {
        tokio::task::yield_now().await;
        std::panic::panic_any("the oven is on fire")
    });
    panicked(framework, Method::ALL, answer).await
}

/// So is one between two messages.
pub async fn a_panic_of_a_stream_is_an_error<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        let message = Frame::Message("reply".into());
        let panic = Frame::Panics("the oven is on fire");
        Ok(Reply::frames([message, panic]))
    });
    panicked(framework, [Method::Download, Method::Chat], answer).await
}

async fn panicked<F: RpcFramework>(
    framework: F,
    methods: impl IntoIterator<Item = Method>,
    answer: Handler,
) -> Outcome {
    let server = Setup::new().calls(framework, answer)?;
    for (method, count) in methods.into_iter().zip(1..) {
        let line = Line::open(server.address()).await?;
        // What the caller sees is the framework's own business.
        if let Ok(asked) = line.call(method, Orders::one()).await {
            drop(asked.end().await);
        }
        let spans = server.spans(count).await?;
        let span = spans.last().ok_or("no span")?;
        let told = error(span);
        let text = "panic: the oven is on fire";
        check_eq!(told.as_deref(), Some(text), "{method:?}");
        check_eq!(code(span).as_deref(), Some("UNKNOWN"), "{method:?}");
        check_eq!(span.tag("cancelled"), None, "{method:?}");
    }
    Ok(())
}

/// What a handler says of its failure beats the text of its status.
pub async fn a_handler_may_set_the_error<F: RpcFramework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        if let Err(error) = "x".parse::<u8>() {
            SpanRef::current().set_error(&error);
        }
        Err(crate::kit::rpc::Status::new(13, "try again"))
    });
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    asked.end().await?;
    let span = server.only().await?;
    let text = "ParseIntError: invalid digit found in string";
    check_eq!(error(&span).as_deref(), Some(text), "error");
    check_eq!(code(&span).as_deref(), Some("INTERNAL"), "code");
    Ok(())
}
