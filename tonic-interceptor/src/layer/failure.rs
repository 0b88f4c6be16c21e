//! What the errors of tonic and hyper mean.

use std::any::Any;
use std::error::Error;

use hyper_util::client::legacy;
use tonic::{ConnectError, Status, TimeoutExpired, transport};
use tower::load_shed::error::Overloaded;
use tracer_core::http::{Call, Failure};
use tracer_core::rpc::Code;
use tracer_tower::error::{Chain, links, unboxed};

/// Ends the call of a client.
pub(super) fn called(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    tell(error, call, Code::Unknown, of_client)
}

/// Ends the call of a server, whose transport tells the caller of load that tower sheds.
pub(super) fn served(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    tell(error, call, Code::ResourceExhausted, of_both)
}

/// Ends a gRPC call with the code that an error means; `shed` is that of tower's load shedding. Errors of
/// other layers in the usual boxes are left to their own names, unless one of these is behind them.
fn tell(
    error: &(dyn Any + 'static),
    call: &mut Call,
    shed: Code,
    meaning: for<'e> fn(&'e (dyn Error + 'static)) -> Option<Meaning<'e>>,
) -> bool {
    if !call.is_rpc() {
        return false;
    }
    let own = as_error::<Status>(error)
        .or_else(|| as_error::<transport::Error>(error))
        .or_else(|| as_error::<legacy::Error>(error))
        .or_else(|| as_error::<hyper::Error>(error));
    let Some(root) = own.or_else(|| unboxed(error)) else {
        return false;
    };
    // As tonic, which looks for it no further.
    let is_shed = root.is::<Overloaded>();
    let is_shed = is_shed.then_some(Meaning::Code(shed));
    let found = is_shed.or_else(|| links(root).find_map(meaning));
    let Some(meaning) = found.or(own.map(|_| Meaning::Code(Code::Unknown))) else {
        return false;
    };
    match meaning {
        Meaning::Status(status) => {
            let code = code(status);
            let message = status.message();
            let failure = if message.is_empty() {
                Failure::kind(code.as_str())
            } else {
                Failure::new(code.as_str(), &message)
            };
            call.fail(&failure.code(code));
        }
        Meaning::Code(code) => {
            // The outermost says "transport error" or "client error" and no more.
            call.fail(&Failure::new(code.as_str(), &Chain(root)).code(code));
        }
    }
    true
}

enum Meaning<'e> {
    Status(&'e Status),
    Code(Code),
}

fn of_both<'e>(error: &'e (dyn Error + 'static)) -> Option<Meaning<'e>> {
    if let Some(status) = error.downcast_ref::<Status>() {
        Some(Meaning::Status(status))
    } else if error.is::<TimeoutExpired>() {
        Some(Meaning::Code(Code::DeadlineExceeded))
    } else if error.is::<ConnectError>() {
        Some(Meaning::Code(Code::Unavailable))
    } else {
        None
    }
}

/// Hyper's client may be the transport in the place of tonic's. Tonic's server does not know its errors.
fn of_client<'e>(error: &'e (dyn Error + 'static)) -> Option<Meaning<'e>> {
    let hyper = error.downcast_ref::<legacy::Error>();
    if hyper.is_some_and(legacy::Error::is_connect) {
        return Some(Meaning::Code(Code::Unavailable));
    }
    of_both(error)
}

fn as_error<'e, E: Error + 'static>(
    error: &'e (dyn Any + 'static),
) -> Option<&'e (dyn Error + 'static)> {
    let error: &E = error.downcast_ref()?;
    Some(error)
}

fn code(status: &Status) -> Code {
    let number = u32::try_from(i32::from(status.code())).ok();
    number.and_then(Code::from_number).unwrap_or(Code::Unknown)
}
