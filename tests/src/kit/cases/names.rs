//! What a SERVER span is called, and its tags.

use tracer_core::SpanRef;

use crate::kit::{Framework, Outcome, Reply, Setup, handler};
use crate::{check, check_eq};

fn ok() -> crate::kit::Handler {
    handler(async |_| Reply::ok())
}

/// `METHOD route`, with the tags of a request.
pub async fn a_span_is_named_by_method_and_route<F: Framework>(framework: F) -> Outcome {
    let server = Setup::new().route("/users/{id}", ok()).start(framework)?;
    server.get("/users/7?token=secret").await?;
    let span = server.only().await?;
    let name = if F::ROUTES { "GET /users/{id}" } else { "GET" };
    check_eq!(span.name, name, "name");
    let tags = ["http.method", "http.path", "http.status_code", "component"];
    let tags = tags.map(|tag| span.tag(tag).unwrap_or_default());
    check_eq!(tags, ["GET", "/users/7", "200", F::COMPONENT], "tags");
    if F::ROUTES {
        check_eq!(
            span.tag("http.route").as_deref(),
            Some("/users/{id}"),
            "route"
        );
    }
    check!(
        !format!("{span:?}").contains("secret"),
        "no query unless asked: {span:?}"
    );
    check_eq!(span.error, None, "error");
    Ok(())
}

/// Every usual method names its span.
pub async fn each_method_names_its_span<F: Framework>(framework: F) -> Outcome {
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] {
        let server = Setup::new().route("/x", ok()).start(framework)?;
        server.ask(method, "/x", &[]).await?;
        let span = server.only().await?;
        let name = if F::ROUTES {
            format!("{method} /x")
        } else {
            method.to_owned()
        };
        check_eq!(span.name, name, "name");
        check_eq!(span.tag("http.method").as_deref(), Some(method), "tag");
    }
    Ok(())
}

/// Methods come from the network: unknown ones must not become names.
pub async fn an_unknown_method_is_called_http<F: Framework>(framework: F) -> Outcome {
    let server = Setup::new().route("/x", ok()).start(framework)?;
    server.ask("BREW", "/x", &[]).await?;
    let span = server.only().await?;
    let name = if F::ROUTES { "HTTP /x" } else { "HTTP" };
    check_eq!(span.name, name, "name");
    check_eq!(span.tag("http.method").as_deref(), Some("_OTHER"), "tag");
    let sent = span.tag("http.method_original");
    check_eq!(sent.as_deref(), Some("BREW"), "as it was sent");
    Ok(())
}

/// The route of a nested router or scope is the whole pattern, its path the whole path.
pub async fn a_nested_route_is_named_as_a_whole<F: Framework>(framework: F) -> Outcome {
    let server = Setup::new().nested("/users/{id}", ok()).start(framework)?;
    server.get("/nested/users/7").await?;
    let span = server.only().await?;
    let name = if F::ROUTES {
        "GET /nested/users/{id}"
    } else {
        "GET"
    };
    check_eq!(span.name, name, "name");
    check_eq!(
        span.tag("http.path").as_deref(),
        Some("/nested/users/7"),
        "path"
    );
    Ok(())
}

/// A request that nothing matched is `not_found`, never its raw path.
pub async fn an_unmatched_request_is_not_found<F: Framework>(framework: F) -> Outcome {
    let server = Setup::new().route("/x", ok()).start(framework)?;
    check_eq!(server.get("/secret/7").await?.0, 404, "status");
    let span = server.only().await?;
    let name = if F::UNMATCHED { "GET not_found" } else { "GET" };
    check_eq!(span.name, name, "name");
    check_eq!(span.tag("http.route"), None, "route");
    check_eq!(
        span.tag("http.status_code").as_deref(),
        Some("404"),
        "status"
    );
    check_eq!(span.error, None, "a client's error is none of the server");
    Ok(())
}

/// A handler's own 404 keeps the name of its route.
pub async fn a_handlers_own_404_keeps_its_route<F: Framework>(framework: F) -> Outcome {
    let missing = handler(async |_| Reply::status(404));
    let server = Setup::new()
        .route("/users/{id}", missing)
        .start(framework)?;
    server.get("/users/7").await?;
    let name = if F::ROUTES { "GET /users/{id}" } else { "GET" };
    check_eq!(server.only().await?.name, name, "name");
    Ok(())
}

/// What a handler calls its span beats the route, also where the route is learnt last.
pub async fn a_handler_may_name_its_span<F: Framework>(framework: F) -> Outcome {
    let named = |status| {
        handler(move |_| async move {
            SpanRef::current().set_name("checkout");
            Reply::status(status)
        })
    };
    let server = Setup::new()
        .route("/users/{id}", named(200))
        .route("/missing", named(404))
        .start(framework)?;
    server.get("/users/7").await?;
    server.get("/missing").await?;
    for span in server.spans(2).await? {
        check_eq!(span.name, "checkout", "name");
        let route = span.tag("http.route");
        check_eq!(
            route.is_some(),
            F::ROUTES,
            "the route is a tag all the same"
        );
    }
    Ok(())
}

/// The query is recorded when asked for, without the values of secret parameters.
pub async fn a_query_is_recorded_only_on_request_and_redacted<F: Framework>(
    framework: F,
) -> Outcome {
    let setup = Setup::new().route("/x", ok());
    let setup = setup.configure(|http| http.query(true).secret_parameters(["token"]));
    let server = setup.start(framework)?;
    server.get("/x?page=2&token=hidden&sig=hidden").await?;
    let span = format!("{:?}", server.only().await?);
    check!(span.contains("page=2"), "asked for: {span}");
    check!(!span.contains("hidden"), "secret: {span}");
    Ok(())
}

/// Headers are recorded when named, and those that carry secrets never.
pub async fn headers_are_recorded_by_name_and_secrets_never<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |_| Reply::Whole {
        status: 200,
        headers: vec![
            ("x-answer", "seen".to_owned()),
            ("set-cookie", "hidden".to_owned()),
        ],
        body: "body".into(),
    });
    let setup = Setup::new().route("/x", answer).configure(|http| {
        http.request_headers(["x-asked", "authorization", "cookie", "x-api-key"])
            .response_headers(["x-answer", "set-cookie"])
    });
    let server = setup.start(framework)?;
    let headers = [
        ("x-asked", "why"),
        ("x-other", "unasked"),
        ("authorization", "hidden"),
        ("cookie", "hidden"),
        ("x-api-key", "hidden"),
    ];
    server.ask("GET", "/x", &headers).await?;
    let span = format!("{:?}", server.only().await?);
    check!(
        span.contains("why") && span.contains("seen"),
        "named: {span}"
    );
    check!(
        !span.contains("hidden") && !span.contains("unasked"),
        "secret: {span}"
    );
    Ok(())
}
