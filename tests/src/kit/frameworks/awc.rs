//! awc, traced by `tracer-actix`, on a thread with actix's runtime.

use std::future::Future;
use std::pin::Pin;

use awc::Client;
use awc::http::Method;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tracer_actix::ClientTracing;
use tracer_core::current::FutureExt;

use super::patiently;
use crate::kit::{Answer, Call, ClientFramework, Failed};

/// awc.
#[derive(Clone, Copy, Debug)]
pub struct Awc;

impl ClientFramework for Awc {
    const COMPONENT: &'static str = "awc";
    const TELLS_BROKEN_BODIES: bool = false;
    const SPANS_OF_A_REDIRECT: usize = 2;

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
    let configure = call.configure;
    let tracing = ClientTracing::new(call.tracer).configure(|http| configure(http));
    let client = Client::builder().wrap(tracing).finish();
    let mut request = client.request(Method::from_bytes(call.method.as_bytes())?, call.url);
    for header in call.headers {
        request = request.append_header(header);
    }
    let mut response = request.send().await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.next().await {
            Some(chunk) => body.extend_from_slice(&chunk.map_err(|error| error.to_string())?),
            None => break,
        }
    }
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
