//! Method names of low cardinality.

/// A request's method; what is no registered method is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
    Query,
    Other,
}

impl Method {
    #[inline]
    pub(crate) fn parse(method: &str) -> Self {
        match method {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "CONNECT" => Self::Connect,
            "OPTIONS" => Self::Options,
            "TRACE" => Self::Trace,
            "PATCH" => Self::Patch,
            "QUERY" => Self::Query,
            _ => Self::Other,
        }
    }

    /// In a span's name: itself if it is registered (RFC 9110, PATCH, QUERY), else `HTTP`. Methods are
    /// case-sensitive.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Other => "HTTP",
            known => known.tag(),
        }
    }

    /// The value of the tag `http.method`: the method if it is registered, else `_OTHER`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Patch => "PATCH",
            Self::Query => "QUERY",
            Self::Other => "_OTHER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_methods_keep_their_name() {
        let known = [
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
        ];
        for method in known {
            let parsed = Method::parse(method);
            assert_eq!((parsed.name(), parsed.tag()), (method, method));
        }
        for other in ["get", "PROPFIND", "", "GET ", "X".repeat(4000).as_str()] {
            let parsed = Method::parse(other);
            assert_eq!((parsed.name(), parsed.tag()), ("HTTP", "_OTHER"));
        }
    }
}
