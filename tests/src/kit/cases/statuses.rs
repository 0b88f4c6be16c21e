//! Statuses, and which of them are errors.

use tracer_core::http::ErrorPolicy;

use crate::kit::{Connection, Framework, Handler, Outcome, Reply, Setup, handler};
use crate::{check, check_eq};

fn echo() -> Handler {
    handler(async |ask: crate::kit::Ask| {
        let code = ask
            .path
            .rsplit('/')
            .next()
            .and_then(|code| code.parse().ok());
        Reply::status(code.unwrap_or(400))
    })
}

/// 200 to 599: recorded as an integer; only 5xx is the server's error, whose kind is its code.
pub async fn only_5xx_is_an_error_of_the_server<F: Framework>(framework: F) -> Outcome {
    let server = Setup::new()
        .route("/status/{code}", echo())
        .start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    for code in 200..600_u16 {
        let answer = connection
            .send("GET", &format!("/status/{code}"), &[])
            .await?;
        check_eq!(answer.status().as_u16(), code, "answer");
        Connection::read(answer).await?;
    }
    let spans = server.spans(400).await?;
    for (span, code) in spans.iter().zip(200..600_u16) {
        check_eq!(span.tag("http.status_code"), Some(code.to_string()), "tag");
        let error = (code >= 500).then(|| (code.to_string(), None));
        check_eq!(span.error, error, "error of {code}");
        check_eq!(span.tag("error"), None, "no tag: it is a field ({code})");
        check_eq!(span.tag("cancelled"), None, "not cancelled ({code})");
    }
    Ok(())
}

/// Brave's policy counts 4xx too.
pub async fn the_error_policy_is_one_setting<F: Framework>(framework: F) -> Outcome {
    let setup = Setup::new().route("/status/{code}", echo());
    let setup = setup.configure(|http| http.errors(ErrorPolicy::brave()));
    let server = setup.start(framework)?;
    for (code, failed) in [(399, false), (400, true), (404, true), (500, true)] {
        server.get(&format!("/status/{code}")).await?;
        let spans = server.finished();
        let span = spans.last().ok_or("no span")?;
        check_eq!(span.error.is_some(), failed, "{code}");
    }
    Ok(())
}

/// An error that the framework knows gives its text; the status says what it counts as.
pub async fn a_returned_error_is_told_by_its_status_and_its_text<F: Framework>(
    framework: F,
) -> Outcome {
    let failing =
        |status, message| handler(move |_| std::future::ready(Reply::Error { status, message }));
    let server = Setup::new()
        .route("/broken", failing(503, "no stock"))
        .route("/denied", failing(401, "who are you"))
        .start(framework)?;
    server.get("/broken").await?;
    let spans = server.spans(1).await?;
    let message = spans[0].error.clone().and_then(|(_, message)| message);
    check_eq!(message.as_deref(), Some("no stock"), "text");
    server.get("/denied").await?;
    let spans = server.spans(2).await?;
    check_eq!(
        spans[1].tag("http.status_code").as_deref(),
        Some("401"),
        "status"
    );
    check!(
        spans[1].error.is_none(),
        "a 401 is no error of the server: {:?}",
        spans[1]
    );
    Ok(())
}

/// A handler tells the error that it answers.
pub async fn a_handler_may_set_the_error<F: Framework>(framework: F) -> Outcome {
    let failing = handler(async |_| {
        if let Err(error) = "x".parse::<u8>() {
            tracer_core::SpanRef::current().set_error(&error);
        }
        Reply::status(500)
    });
    let server = Setup::new().route("/x", failing).start(framework)?;
    server.get("/x").await?;
    let (kind, message) = server.only().await?.error.ok_or("no error")?;
    check_eq!(kind, "ParseIntError", "kind");
    check_eq!(
        message.as_deref(),
        Some("invalid digit found in string"),
        "message"
    );
    Ok(())
}

/// An interim answer (100) is none: the span says what came after it, and lasts until then.
pub async fn a_continue_is_not_the_answer<F: Framework>(framework: F) -> Outcome {
    let echo = handler(async |ask: crate::kit::Ask| Reply::Whole {
        status: 201,
        headers: Vec::new(),
        body: ask.body,
    });
    let server = Setup::new().route("/x", echo).start(framework)?;
    let mut wire = server.wire().await?;
    let head = "POST /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
    let expect = "content-length: 4\r\nexpect: 100-continue\r\n\r\n";
    wire.write(&format!("{head}{expect}")).await?;
    let interim = wire.head().await?;
    check!(interim.starts_with("HTTP/1.1 100 "), "{interim}");
    check!(
        server.finished().is_empty(),
        "open after the interim answer"
    );
    wire.write("data").await?;
    let answer = wire.rest().await?;
    check!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    check!(answer.contains("data"), "{answer}");
    let span = server.only().await?;
    let status = span.tag("http.status_code");
    check_eq!(status.as_deref(), Some("201"), "status");
    let end = (span.error.clone(), span.tag("cancelled"));
    check_eq!(end, (None, None), "complete");
    Ok(())
}
