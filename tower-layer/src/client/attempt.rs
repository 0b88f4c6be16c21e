//! What a caller can say about a request through its extensions.

use http::Extensions;

/// Which repetition of a call a request is, as an extension of the request: 0 is the first attempt.
/// Repetitions are tagged `http.resend_count`.
///
/// A retry layer clones the request before it is sent, so its policy has to count:
///
/// ```
/// use tracer_tower::client::Attempt;
///
/// let mut request = http::Request::new(());
/// // In the policy's `retry`, for the request that goes out next:
/// Attempt::count(request.extensions_mut());
/// Attempt::count(request.extensions_mut());
/// assert_eq!(request.extensions().get(), Some(&Attempt(2)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attempt(pub u32);

impl Attempt {
    /// Counts one more repetition.
    pub fn count(extensions: &mut Extensions) {
        let before = extensions.get::<Self>().copied().unwrap_or_default();
        extensions.insert(Self(before.0.saturating_add(1)));
    }
}

/// The template of the path that is called (`/users/{id}`), as an extension of the request. The span
/// is named `METHOD template`; keep the number of templates small.
///
/// Middleware that repeats a request with its extensions, such as tower-http's `FollowRedirect`, repeats
/// this one too: what stands at the end of a redirect is then named after its beginning. Put the layer
/// outside of it, or take the template out of requests that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Template(pub &'static str);
