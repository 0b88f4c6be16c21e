//! awc, traced by `tracer-actix`, on a thread with actix's runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use awc::error::PayloadError;
use awc::http::Method;
use awc::{Client, ClientResponse};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;
use tracer_actix::ClientTracing;
use tracer_core::current::FutureExt;

use super::{patiently, pong};
use crate::kit::{Answer, Call, ClientFramework, Failed, Protocol, Read};

/// awc.
#[derive(Clone, Copy, Debug)]
pub struct Awc;

impl ClientFramework for Awc {
    const COMPONENT: &'static str = "awc";
    const PROTOCOL: Protocol = Protocol::Http1;
    const TELLS_BROKEN_BODIES: bool = false;
    const SPANS_OF_A_REDIRECT: usize = 2;
    const TIMEOUT_INSIDE: bool = false;
    const TELLS_ATTEMPTS: bool = false;
    const TELLS_TEMPLATES: bool = false;
    const SKIPS_INTERIM: bool = false;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        let (tell, told) = oneshot::channel();
        std::thread::spawn(move || {
            let (current, patience) = (call.current.clone(), call.patience);
            let made = patiently(patience, made(call).in_span(current));
            // Nobody listens only if the case has given up.
            let _ = tell.send(actix_rt::System::new().block_on(made));
        });
        Box::pin(async move { told.await? })
    }
}

async fn made(call: Call) -> Result<Answer, Failed> {
    let configure = Arc::clone(&call.configure);
    let tracing = ClientTracing::new(Arc::clone(&call.tracer)).configure(|http| configure(http));
    let client = Client::builder().wrap(tracing).finish();
    if call.read == Read::Switched {
        let asked = client.ws(call.url).connect().await;
        let (head, connection) = asked.map_err(|error| error.to_string())?;
        let connection = connection.into_parts().io;
        return Ok(Answer::new(
            head.status().as_u16(),
            &pong(connection).await?,
        ));
    }
    let mut attempt = 0;
    let mut response = loop {
        let answered = sent(&client, &call).await?;
        attempt += 1;
        if answered.status() != 503 || attempt == call.attempts {
            break answered;
        }
    };
    let status = response.status().as_u16();
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.next().await {
            Some(chunk) => body.extend_from_slice(&chunk.map_err(|error| error.to_string())?),
            None => break,
        }
    }
    drop(response);
    Ok(Answer::new(status, &body))
}

async fn sent(
    client: &Client,
    call: &Call,
) -> Result<ClientResponse<impl Stream<Item = Result<Bytes, PayloadError>> + Unpin + use<>>, Failed>
{
    let mut request = client.request(Method::from_bytes(call.method.as_bytes())?, &call.url);
    for (name, value) in &call.headers {
        request = request.append_header((*name, value.as_str()));
    }
    if let Some(timeout) = call.timeout {
        request = request.timeout(timeout);
    }
    Ok(request.send().await.map_err(|error| error.to_string())?)
}
