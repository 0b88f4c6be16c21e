//! The setters that both layers have.

/// Each hands its value to the handler, which holds the rules and their docs.
macro_rules! common_setters {
    () => {
        /// Names the framework or client library (`component`): `axum`, `reqwest`. `tower` unless
        /// said.
        pub fn component(mut self, component: &str) -> Self {
            self.handler = self.handler.component(component);
            self
        }

        /// Adds a rule: what is traced, skipped or only propagated. The first rule with an opinion
        /// counts. Health checks are better propagated only than skipped.
        pub fn rule(
            mut self,
            rule: impl Fn(&dyn tracer_core::http::RequestView) -> Option<tracer_core::http::Rule>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.handler = self.handler.rule(rule);
            self
        }

        /// Called when a recorded span has started.
        pub fn on_request(
            mut self,
            hook: impl Fn(&dyn tracer_core::http::RequestView, &tracer_core::SpanRef)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.handler = self.handler.on_request(hook);
            self
        }

        /// Called when a recorded span gets its response's headers.
        pub fn on_response(
            mut self,
            hook: impl Fn(&tracer_core::http::ResponseView<'_>, &tracer_core::SpanRef)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.handler = self.handler.on_response(hook);
            self
        }

        /// Which statuses are errors.
        pub fn errors(mut self, policy: tracer_core::http::ErrorPolicy) -> Self {
            self.handler = self.handler.errors(policy);
            self
        }

        /// Records the query too, without the values of secret parameters. Off unless said.
        pub fn query(mut self, recorded: bool) -> Self {
            self.handler = self.handler.query(recorded);
            self
        }

        /// Adds names of query parameters whose values are never recorded.
        pub fn secret_parameters<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            self.handler = self.handler.secret_parameters(names);
            self
        }

        /// Records these request headers, unless they carry secrets.
        pub fn request_headers<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            self.handler = self.handler.request_headers(names);
            self
        }

        /// Records these response headers, unless they carry secrets.
        pub fn response_headers<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
            self.handler = self.handler.response_headers(names);
            self
        }

        /// Ends spans when the response's headers are there: for endless streams.
        pub fn end_at_headers(mut self, at_headers: bool) -> Self {
            self.handler = self.handler.end_at_headers(at_headers);
            self
        }

        /// What errors mean in the protocol that an adapter speaks. Errors of which this says
        /// nothing are recorded with their type's name and their text.
        pub const fn failures(mut self, told: crate::error::FailureFn) -> Self {
            self.failures = Some(told);
            self
        }

        /// Treats requests with gRPC's content type by the rules of gRPC.
        pub fn rpc(mut self) -> Self {
            self.handler = self.handler.rpc();
            self
        }

        /// As `rpc`; the time after which a call is over, where the request does not say less.
        pub fn rpc_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.handler = self.handler.rpc_timeout(timeout);
            self
        }
    };
}
pub(crate) use common_setters;
