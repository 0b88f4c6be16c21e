//! What the spans of calls are called, and which requests are calls.

use tracer_core::Kind;

use crate::kit::Outcome;
use crate::kit::rpc::spans::{code, error};
use crate::kit::rpc::{
    Handler, Line, Method, Orders, Raw, Reply, RpcFramework, Setup, Status, handler, raw,
};
use crate::{check, check_eq};

fn one() -> Handler {
    handler(async |_| Ok(Reply::messages(["reply".into()])))
}

/// `pkg.Service/Method` names the span; the tags say each by itself, and nothing of HTTP.
pub async fn a_call_is_named_by_service_and_method<F: RpcFramework>(framework: F) -> Outcome {
    for method in Method::ALL {
        let server = Setup::new().calls(framework, one())?;
        let line = Line::open(server.address()).await?;
        let ended = line.call(method, Orders::one()).await?.end().await?;
        check_eq!(ended.code(), Some(0), "answer");
        let span = server.only().await?;
        check_eq!(span.name, format!("kit.Calls/{method:?}"), "name");
        for (key, value) in [
            ("rpc.system", "grpc"),
            ("rpc.service", "kit.Calls"),
            ("rpc.method", &*format!("{method:?}")),
            ("component", F::COMPONENT),
            ("grpc.status_code", "OK"),
        ] {
            check_eq!(span.tag(key).as_deref(), Some(value), "{key}");
        }
        for key in ["http.method", "http.path", "http.status_code"] {
            check_eq!(span.tag(key).is_some(), F::INSIDE_HTTP, "{key}");
        }
        check_eq!(span.kind, Kind::Server, "kind");
        check_eq!((error(&span), span.parent_id()), (None, None), "a root");
    }
    Ok(())
}

/// Paths come from the network: those that nobody implements name no span.
pub async fn methods_that_nobody_implements_do_not_name_spans<F: RpcFramework>(
    framework: F,
) -> Outcome {
    for path in ["/kit.Calls/Guess", "/kit.Nobody/Unary", "/alone"] {
        let server = Setup::new().calls(framework, one())?;
        let line = Line::open(server.address()).await?;
        let ended = line.send(path, &[], Orders::one()).await?.end().await?;
        check_eq!(ended.status, Some(Status::new(12, "")), "{path}");
        let span = server.only().await?;
        check_eq!(span.name, "grpc", "{path}");
        check_eq!(span.tag("rpc.method").as_deref(), Some("_OTHER"), "{path}");
        let asked = span.tag("rpc.method_original");
        check_eq!(asked.as_deref(), path.strip_prefix('/'), "{path}");
        check_eq!(code(&span).as_deref(), Some("UNIMPLEMENTED"), "{path}");
        check_eq!(error(&span).as_deref(), Some("UNIMPLEMENTED"), "{path}");
    }
    Ok(())
}

/// Unless the layer was told that there are such methods.
pub async fn methods_that_the_layer_was_told_of_keep_their_names<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let setup = Setup::new().settings(|settings| settings.methods = vec!["kit.Calls/Planned"]);
    let server = setup.calls(framework, one())?;
    let line = Line::open(server.address()).await?;
    let asked = line.send("/kit.Calls/Planned", &[], Orders::one()).await?;
    asked.end().await?;
    let span = server.only().await?;
    check_eq!(span.name, "kit.Calls/Planned", "name");
    check_eq!(span.tag("rpc.method").as_deref(), Some("Planned"), "method");
    check_eq!(error(&span).as_deref(), Some("UNIMPLEMENTED"), "error");
    Ok(())
}

/// Or somebody explains why it is not implemented: then there is a method.
pub async fn an_unimplemented_method_that_explains_itself_keeps_its_name<F: RpcFramework>(
    framework: F,
) -> Outcome {
    let answer = handler(async |_| Err(Status::new(12, "next year")));
    let server = Setup::new().calls(framework, answer)?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    asked.end().await?;
    let span = server.only().await?;
    check_eq!(span.name, "kit.Calls/Unary", "name");
    check_eq!(span.tag("rpc.method").as_deref(), Some("Unary"), "method");
    let told = error(&span);
    check_eq!(told.as_deref(), Some("UNIMPLEMENTED: next year"), "error");
    Ok(())
}

/// gRPC is what says so: with a suffix too, and not what only begins alike.
pub async fn another_content_type_is_plain_http<F: RpcFramework>(framework: F) -> Outcome {
    let proto = [("content-type", "application/grpc+proto")];
    let server = Setup::new().calls(framework, one())?;
    let line = Line::open(server.address()).await?;
    let path = Method::Unary.path();
    let asked = line.send(path, &proto, Orders::one()).await?;
    asked.end().await?;
    check_eq!(
        server.only().await?.name,
        "kit.Calls/Unary",
        "with a suffix"
    );
    for content_type in ["application/json", "application/grpc-web+proto"] {
        let server = Setup::new().raw(framework, raw(|| Raw::page(502)))?;
        let line = Line::open(server.address()).await?;
        let headers = [("content-type", content_type)];
        line.send(path, &headers, Orders::one())
            .await?
            .end()
            .await?;
        let span = server.only().await?;
        check!(span.name.starts_with("POST"), "{}", span.name);
        check_eq!(span.tag("http.path").as_deref(), Some(path), "path");
        let status = span.tag("http.status_code");
        check_eq!(status.as_deref(), Some("502"), "status");
        check_eq!(error(&span).as_deref(), Some("502"), "error");
        check_eq!((code(&span), span.tag("rpc.system")), (None, None), "gRPC");
    }
    Ok(())
}

/// The span says who calls.
pub async fn the_callers_address_is_known<F: RpcFramework>(framework: F) -> Outcome {
    let server = Setup::new().calls(framework, one())?;
    let line = Line::open(server.address()).await?;
    let asked = line.call(Method::Unary, Orders::one()).await?;
    asked.end().await?;
    let span = server.only().await?;
    let remote = (span.remote.ip, span.remote.port);
    let local = line.local()?;
    let local = (Some(local.ip()), Some(local.port()));
    check_eq!(remote, local, "the other end");
    Ok(())
}
