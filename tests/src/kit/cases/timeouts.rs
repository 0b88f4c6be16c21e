//! A timeout inside of the adapter is an outcome; around it, it is a caller that went away.

use std::time::Duration;

use crate::kit::{Around, Failed, Framework, Outcome, Reply, Server, Setup, handler};
use crate::{check, check_eq};

const SHORT: Duration = Duration::from_millis(50);

/// A server of which one handler never answers; asks that one.
async fn late<F: Framework>(framework: F, around: Around) -> Result<Server, Failed> {
    let never = handler(async |_| std::future::pending::<Reply>().await);
    let server = Setup::new()
        .route("/never", never)
        .around(around)
        .start(framework)?;
    let answer = server.get("/never").await;
    match F::TIMEOUT {
        Some(status) => check_eq!(answer?.0, status, "the answer"),
        None => check!(answer.is_err(), "the connection goes: {answer:?}"),
    }
    Ok(server)
}

/// What a timeout inside says is recorded as anybody's: its status, or an error `timeout`.
pub async fn a_timeout_inside_is_recorded<F: Framework>(framework: F) -> Outcome {
    let server = late(framework, Around::TimeoutInside(SHORT)).await?;
    let span = server.only().await?;
    let status = F::TIMEOUT.map(|status| status.to_string());
    check_eq!(span.tag("http.status_code"), status, "status");
    let (kind, _) = span.error.clone().ok_or("no error")?;
    check_eq!(kind, status.as_deref().unwrap_or("timeout"), "error");
    check_eq!(span.tag("cancelled"), None, "no cancellation");
    check!(
        u128::from(span.duration) >= SHORT.as_nanos(),
        "its true duration: {} ns",
        span.duration
    );
    Ok(())
}

/// A timeout around the adapter drops the request: cancelled, with its true duration, no error.
pub async fn a_timeout_outside_cancels<F: Framework>(framework: F) -> Outcome {
    let server = late(framework, Around::TimeoutOutside(SHORT)).await?;
    let span = server.only().await?;
    check_eq!(span.tag("cancelled").as_deref(), Some("true"), "cancelled");
    check_eq!(span.error, None, "no error");
    check_eq!(span.tag("http.status_code"), None, "no status was seen");
    // The timeout counts from a little before the span.
    check!(
        u128::from(span.duration) >= SHORT.as_nanos() / 2,
        "its true duration: {} ns",
        span.duration
    );
    Ok(())
}

/// Who answers in time never hears of either.
pub async fn a_timeout_that_does_not_strike_changes_nothing<F: Framework>(framework: F) -> Outcome {
    let patience = Duration::from_secs(60);
    for around in [
        Around::TimeoutInside(patience),
        Around::TimeoutOutside(patience),
    ] {
        let ok = handler(async |_| Reply::ok());
        let server = Setup::new().route("/x", ok).around(around);
        let server = server.start(framework)?;
        check_eq!(server.get("/x").await?.0, 200, "{around:?}");
        let span = server.only().await?;
        let name = if F::ROUTES { "GET /x" } else { "GET" };
        check_eq!(span.name, name, "{around:?}");
        check_eq!(
            (span.error.clone(), span.tag("cancelled")),
            (None, None),
            "{around:?}"
        );
    }
    Ok(())
}
