//! Routes that are found further in than the layer that traces.

use super::exchange::{ROUTED, mark};
use super::method::Method;
use crate::conventions::keys;
use crate::current;
use crate::frame::Frame;
use crate::span::SpanRef;
use crate::tag::{Name, Tag};

/// Tells the SERVER span of the request that is being served, here and now, of its route: for what stands
/// inside of the layer that traces and knows the route first. `method` and `path` are the request's, the path
/// as it was sent, with the prefixes that routers have stripped.
///
/// The span is that of another request if its method or path is another: a handler sends this one within the
/// process. Then nothing is told, but where only the path is another and no route of the span's request is
/// known either, because what stands between may have rewritten it. What a handler has called its span
/// stays, and so does the name of a gRPC call.
pub fn tell_route(method: &str, path: &str, route: &str) {
    let Some(span) = current::server_entry().filter(SpanRef::is_recording) else {
        return;
    };
    let method = Method::parse(method);
    let mark = mark(method, path);
    if current::with_entry(|frame| frame.take_route(method, mark)) == Some(true) {
        let method = method.name();
        span.set_late_name(Name::Route { method, route });
        span.set_tags(&[Tag::new(keys::HTTP_ROUTE, route)]);
    }
}

/// The frame of a call.
impl Frame {
    /// Whether the route of a request with this method and [`mark`] is this one's, which is known from then
    /// on. Of a span that was opened by hand nothing is known: what its frame says is of an earlier call.
    fn take_route(&mut self, method: Method, mark: u32) -> bool {
        if !self.listens() {
            return true;
        }
        let exchange = &self.exchange;
        let rewritten = exchange.method == method && !exchange.is(ROUTED);
        let takes = !self.is_rpc() && (self.may_be(mark) || rewritten);
        if takes {
            self.exchange.flags |= ROUTED;
        }
        takes
    }
}
