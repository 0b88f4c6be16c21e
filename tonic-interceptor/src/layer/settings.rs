//! The setters that both layers have.

macro_rules! common_setters {
    ($tower:ty) => {
        /// Adds a rule: what is traced, skipped or only propagated, by path and metadata. The first
        /// rule with an opinion counts. Health checks are better propagated only than skipped.
        pub fn rule(
            self,
            rule: impl Fn(&dyn tracer_core::http::RequestView) -> Option<tracer_core::http::Rule>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.map(|tower| tower.rule(rule))
        }

        /// Called when a recorded span has started.
        pub fn on_request(
            self,
            hook: impl Fn(&dyn tracer_core::http::RequestView, &tracer_core::SpanRef)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.map(|tower| tower.on_request(hook))
        }

        /// Called when a recorded span gets its response's metadata, before any message.
        pub fn on_response(
            self,
            hook: impl Fn(&tracer_core::http::ResponseView<'_>, &tracer_core::SpanRef)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.map(|tower| tower.on_response(hook))
        }

        /// Records this metadata of requests as `http.request.header.NAME`, unless it carries
        /// secrets.
        pub fn request_metadata<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
            self.map(|tower| tower.request_headers(names))
        }

        /// Records this metadata of responses, not of their trailers, as
        /// `http.response.header.NAME`, unless it carries secrets.
        pub fn response_metadata<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
            self.map(|tower| tower.response_headers(names))
        }

        /// Changes the settings for which gRPC has no rule of its own, such as those for requests
        /// that are not gRPC.
        pub fn map(mut self, change: impl FnOnce($tower) -> $tower) -> Self {
            self.tower = change(self.tower);
            self
        }
    };
}
pub(super) use common_setters;
