//! What can be said about a span: names, kinds, tags, peers, errors.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use crate::key::Key;

/// The role of a span in a call (OpenTracing `span.kind`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Work inside a process.
    #[default]
    Local,
    /// Serves a request.
    Server,
    /// Makes a request and waits for its answer.
    Client,
    /// Sends a message.
    Producer,
    /// Receives a message.
    Consumer,
}

impl Kind {
    /// OpenTracing's name of the kind; `None` for local spans.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Server => Some("server"),
            Self::Client => Some("client"),
            Self::Producer => Some("producer"),
            Self::Consumer => Some("consumer"),
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Server, Self::Client, Self::Producer, Self::Consumer]
            .into_iter()
            .find(|kind| kind.as_str() == Some(name))
    }
}

/// The name of a span. The two-part form is joined only when the span is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name<'a> {
    /// A whole name.
    Text(&'a str),
    /// `METHOD route`.
    Route {
        /// The HTTP method.
        method: &'a str,
        /// The route's template.
        route: &'a str,
    },
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::Text(name)
    }
}

impl<'a> From<&'a String> for Name<'a> {
    fn from(name: &'a String) -> Self {
        Self::Text(name)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Route { method, route } => write!(f, "{method} {route}"),
        }
    }
}

/// The value of a tag or of a log field. Borrowed: recording copies what it keeps.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Text.
    Str(&'a str),
    /// Prints as `true` or `false`.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A number; prints as `1.5`.
    F64(f64),
    /// Anything that can be printed; it is printed only if the span is recorded.
    Display(&'a dyn fmt::Display),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(value) => f.write_str(value),
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Display(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident $(as $cast:ty)?),* $(,)?) => {$(
        impl<'a> From<$from> for Value<'a> {
            fn from(value: $from) -> Self {
                Self::$variant(value $(as $cast)?)
            }
        }
    )*};
}
value_from!(
    &'a str => Str, bool => Bool, f64 => F64, f32 => F64 as f64,
    i64 => I64, i32 => I64 as i64, i16 => I64 as i64, i8 => I64 as i64,
    u32 => I64 as i64, u16 => I64 as i64, u8 => I64 as i64,
    &'a dyn fmt::Display => Display,
);

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a Cow<'_, str>> for Value<'a> {
    fn from(value: &'a Cow<'_, str>) -> Self {
        Self::Str(value)
    }
}

macro_rules! value_from_wide {
    ($($from:ty),*) => {$(
        impl From<$from> for Value<'_> {
            /// Values that are no `i64` become the nearest number.
            fn from(value: $from) -> Self {
                i64::try_from(value).map_or(Self::F64(value as f64), Self::I64)
            }
        }
    )*};
}
value_from_wide!(u64, u128, i128, usize, isize);

/// A key with a value.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    /// The key.
    pub key: Key<'a>,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Tag<'a> {
    /// A tag.
    #[inline]
    pub fn new(key: impl Into<Key<'a>>, value: impl Into<Value<'a>>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

impl<'a, K: Into<Key<'a>>, V: Into<Value<'a>>> From<(K, V)> for Tag<'a> {
    fn from((key, value): (K, V)) -> Self {
        Self::new(key, value)
    }
}

/// The other side of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The logical name of the service (`peer.service`); it draws the edge in a dependency graph.
    pub service: Option<&'a str>,
    /// The host name, when the address is not known (`peer.hostname`).
    pub host: Option<&'a str>,
    /// The address (`peer.ipv4`, `peer.ipv6`).
    pub ip: Option<IpAddr>,
    /// The port (`peer.port`).
    pub port: Option<u16>,
}

impl Endpoint<'_> {
    /// True when nothing is known.
    pub const fn is_empty(&self) -> bool {
        self.service.is_none() && self.host.is_none() && self.ip.is_none() && self.port.is_none()
    }
}

/// Why a span failed.
#[derive(Clone, Copy)]
pub struct Error<'a> {
    /// The class of the error: a type's name, a status code, `panic`, `timeout`.
    pub kind: &'a str,
    /// What it says, if it says more than its class.
    pub message: Option<&'a dyn fmt::Display>,
}

impl<'a> Error<'a> {
    /// An error of this class, without a message.
    pub const fn kind(kind: &'a str) -> Self {
        Self {
            kind,
            message: None,
        }
    }

    /// An error of this class with this message.
    pub const fn new(kind: &'a str, message: &'a dyn fmt::Display) -> Self {
        Self {
            kind,
            message: Some(message),
        }
    }

    /// An error whose class is the name of the type `E` and whose message is its text.
    pub fn of<E: fmt::Display>(error: &'a E) -> Self {
        Self {
            kind: short_type_name::<E>(),
            message: Some(error),
        }
    }
}

impl fmt::Debug for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            Some(message) => write!(f, "{}: {message}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

/// The name of a type without its path and its type arguments: `Elapsed`, not
/// `tower::timeout::error::Elapsed`. Of a reference, a box and their like what is behind it; of
/// `dyn Error + Send` it is `Error`.
pub fn short_type_name<T: ?Sized>() -> &'static str {
    let mut full = std::any::type_name::<T>();
    let wraps = [
        "&",
        "mut ",
        "alloc::boxed::Box<",
        "alloc::sync::Arc<",
        "alloc::rc::Rc<",
        "dyn ",
    ];
    while let Some(behind) = wraps.iter().find_map(|wrap| full.strip_prefix(wrap)) {
        full = behind;
    }
    let path = full.split(['<', '>', ' ']).next().unwrap_or(full);
    path.rsplit("::").next().unwrap_or(path)
}

/// What is said when a span ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct End<'a> {
    /// Tags that are known only now.
    pub tags: &'a [Tag<'a>],
    /// Set when the work failed.
    pub error: Option<Error<'a>>,
    /// When it ended; `None` is now. Never before the start.
    pub at: Option<SystemTime>,
}
