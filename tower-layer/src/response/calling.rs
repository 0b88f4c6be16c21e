//! The call of the inner service, under the span of its request.

use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tower_service::Service;
use tracer_core::http::Call;

use super::ResponseFuture;
use crate::error::FailureFn;

/// Calls the inner service under the context of a request that is not recorded.
#[inline]
pub(crate) fn unrecorded_future<S, R>(
    service: &mut S,
    request: R,
    call: Call,
    failures: Option<FailureFn>,
) -> ResponseFuture<S::Future>
where
    S: Service<R>,
{
    // Whoever is called sees to it if there is a panic: where nothing waits here to be dropped, the
    // future of the inner service is written where it stays, else it is moved there.
    let mut call = ManuallyDrop::new(call);
    let inner = call_unrecorded(service, request, &mut call);
    ResponseFuture::new(Some(inner), ManuallyDrop::into_inner(call), None, failures)
}

/// Drops the call, which nobody else does, if there is a panic.
struct Unwinding<'a>(&'a mut Call);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        drop(mem::take(self.0));
    }
}

// Not in line: its caller would have the scope to drop.
#[inline(never)]
fn call_unrecorded<S, R>(service: &mut S, request: R, call: &mut Call) -> S::Future
where
    S: Service<R>,
{
    let unwinding = Unwinding(call);
    let inner = {
        let _scope = unwinding.0.enter();
        service.call(request)
    };
    mem::forget(unwinding);
    inner
}

#[inline]
pub(crate) fn call_recorded<S, R>(service: &mut S, request: R, call: &mut Call) -> Option<S::Future>
where
    S: Service<R>,
{
    // Taken out inside: what a closure owns is moved three times on its way.
    let mut request = Some(request);
    let called = {
        let _scope = call.enter();
        catch_unwind(AssertUnwindSafe(|| {
            let request = request.take()?;
            Some(service.call(request))
        }))
    };
    match called {
        Ok(inner) => inner,
        Err(payload) => {
            call.panic(&*payload);
            resume_unwind(payload);
        }
    }
}
