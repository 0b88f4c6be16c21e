//! The table.

use super::known::Known;

/// Which names change together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Names that mean the same for every kind of work.
    General,
    /// HTTP.
    Http,
    /// RPC.
    Rpc,
    /// Databases.
    Database,
    /// Message brokers.
    Messaging,
}

/// What a backend with the stable names does with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Keeps it: the name is the same there, or there is none.
    Keep,
    /// Writes the value, with its type, under this name.
    Rename(&'static str),
    /// As `Rename`; OpenTracing has no name for it, so that nobody else writes it.
    Only(&'static str),
    /// Leaves it out: a field of the span says it.
    Omit,
    /// Names the instrumentation scope with it.
    Scope,
    /// Writes what stands before the `?` as `url.path` and what follows as `url.query`.
    SplitTarget,
    /// Leaves it out: it is the first part of the full method.
    RpcService,
    /// Writes `service/method` as `rpc.method`; the value `_OTHER` alone.
    RpcMethod,
    /// Writes it as the address or port of the other side: `server.*` on a client, `client.*` on a
    /// server.
    Peer,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// The name under which layers write it.
    pub key: &'static str,
    /// The group that chooses.
    pub group: Group,
    /// What to do with it under the stable names.
    pub action: Action,
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $group:ident, $action:expr;)*) => {
        $($(#[$doc])* pub const $name: &str = $key;)*

        /// Every name that layers write, with what it is called elsewhere.
        pub const TABLE: &[Mapping] = &[$(Mapping {
            key: $name,
            group: Group::$group,
            action: $action,
        },)*];

        #[expect(clippy::upper_case_acronyms, non_camel_case_types, reason = "the names of constants")]
        enum Row {
            $($name,)*
        }

        /// The same names as numbers: keys that are not copied.
        pub mod keys {
            use super::super::known::Known;
            use super::Row;

            $($(#[$doc])* pub const $name: Known = Known::at(Row::$name as u8);)*
        }
    };
}

table! {
    /// Which library made the span.
    COMPONENT = "component", General, Action::Scope;
    /// The role of the span; a field of it.
    SPAN_KIND = "span.kind", General, Action::Omit;
    /// Whether the span failed; a field of it.
    ERROR = "error", General, Action::Omit;
    /// The class of the error: a type's name, a status code, `panic`.
    ERROR_KIND = "error.kind", General, Action::Rename("error.type");
    /// The decision of the application; a field of the span.
    SAMPLING_PRIORITY = "sampling.priority", General, Action::Omit;
    /// The work was dropped before it was done.
    CANCELLED = "cancelled", General, Action::Keep;
    /// How many tags and logs a limit has left out.
    DROPPED = "dropped", General, Action::Keep;
    /// The trace of a further reference.
    LINK_TRACE_ID = "link.trace_id", General, Action::Omit;
    /// The span of a further reference.
    LINK_SPAN_ID = "link.span_id", General, Action::Omit;
    /// The other side's service.
    PEER_SERVICE = "peer.service", General, Action::Rename("service.peer.name");
    /// The other side's host name.
    PEER_HOSTNAME = "peer.hostname", General, Action::Peer;
    /// The other side's IPv4 address.
    PEER_IPV4 = "peer.ipv4", General, Action::Peer;
    /// The other side's IPv6 address.
    PEER_IPV6 = "peer.ipv6", General, Action::Peer;
    /// The other side's port.
    PEER_PORT = "peer.port", General, Action::Peer;

    /// The method, `_OTHER` if it is not registered.
    HTTP_METHOD = "http.method", Http, Action::Rename("http.request.method");
    /// A method that is not registered, as it was sent.
    HTTP_METHOD_ORIGINAL = "http.method_original", Http,
        Action::Rename("http.request.method_original");
    /// On clients: the URL without user info and, unless opted in, without query.
    HTTP_URL = "http.url", Http, Action::Rename("url.full");
    /// On servers: the path; with the query if opted in.
    HTTP_PATH = "http.path", Http, Action::SplitTarget;
    /// On servers: `http` or `https`, where it is known. Not written under OpenTracing's names.
    HTTP_SCHEME = "http.scheme", Http, Action::Only("url.scheme");
    /// The template of the route.
    HTTP_ROUTE = "http.route", Http, Action::Keep;
    /// The status, an integer.
    HTTP_STATUS_CODE = "http.status_code", Http, Action::Rename("http.response.status_code");
    /// Which repetition of a request it is, from 1.
    HTTP_RESEND_COUNT = "http.resend_count", Http, Action::Rename("http.request.resend_count");
    /// The connection became another protocol's.
    HTTP_UPGRADE = "http.upgrade", Http, Action::Keep;

    /// `grpc`.
    RPC_SYSTEM = "rpc.system", Rpc, Action::Rename("rpc.system.name");
    /// The service with its package.
    RPC_SERVICE = "rpc.service", Rpc, Action::RpcService;
    /// The method alone; `_OTHER` if nobody implements it.
    RPC_METHOD = "rpc.method", Rpc, Action::RpcMethod;
    /// The whole name of a method that nobody implements, as it was called: `pkg.Service/Method`.
    /// Left out where the layer has no room to remember it.
    RPC_METHOD_ORIGINAL = "rpc.method_original", Rpc, Action::Keep;
    /// The name of the status: `NOT_FOUND`.
    GRPC_STATUS_CODE = "grpc.status_code", Rpc, Action::Rename("rpc.status_code");
    /// The code of a failed call, as some backends want it.
    RPC_ERROR_CODE = "rpc.error_code", Rpc, Action::Omit;
    /// How many messages were sent.
    GRPC_MESSAGES_SENT = "grpc.messages_sent", Rpc, Action::Keep;
    /// How many messages were received.
    GRPC_MESSAGES_RECEIVED = "grpc.messages_received", Rpc, Action::Keep;

    /// The kind of database: `sql`, `redis`.
    DB_TYPE = "db.type", Database, Action::Rename("db.system.name");
    /// The database's name.
    DB_INSTANCE = "db.instance", Database, Action::Rename("db.namespace");
    /// The statement, without its values.
    DB_STATEMENT = "db.statement", Database, Action::Rename("db.query.text");
    /// Who uses the database.
    DB_USER = "db.user", Database, Action::Omit;
    /// The address of a queue or topic.
    MESSAGE_BUS_DESTINATION = "message_bus.destination", Messaging,
        Action::Rename("messaging.destination.name");
}

/// The row of a name; `None` for a user's own.
pub fn mapping(key: &str) -> Option<Mapping> {
    Known::of(key).map(|known| *known.mapping())
}

/// True for names that layers write themselves, those of recorded headers among them. They do not count
/// towards a span's limit of tags and are never left out.
#[inline]
pub fn is_known(key: &str) -> bool {
    let headers = [HTTP_REQUEST_HEADER, HTTP_RESPONSE_HEADER];
    Known::of(key).is_some() || headers.iter().any(|prefix| key.starts_with(prefix))
}

/// Stands before the name of a recorded request header.
pub const HTTP_REQUEST_HEADER: &str = "http.request.header.";
/// Stands before the name of a recorded response header.
pub const HTTP_RESPONSE_HEADER: &str = "http.response.header.";
/// The value of [`RPC_SYSTEM`] for gRPC.
pub const GRPC: &str = "grpc";
/// The value for a method that is not registered, or that nobody implements.
pub const OTHER: &str = "_OTHER";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_key() {
        for row in TABLE {
            assert_eq!(mapping(row.key), Some(*row));
            assert!(is_known(row.key));
        }
        assert!(is_known("http.request.header.x-id") && is_known("http.response.header.x-id"));
        assert!(!is_known("user.id") && mapping("user.id").is_none());
    }

    #[test]
    fn stable_names_are_not_given_twice() {
        let mut targets: Vec<_> = TABLE
            .iter()
            .filter_map(|row| match row.action {
                Action::Rename(to) | Action::Only(to) => Some(to),
                _ => None,
            })
            .collect();
        targets.sort_unstable();
        let all = targets.len();
        targets.dedup();
        assert_eq!(targets.len(), all);
    }

    #[test]
    fn fields_of_the_span_are_never_forwarded() {
        for key in [SPAN_KIND, ERROR] {
            assert_eq!(mapping(key).map(|row| row.action), Some(Action::Omit));
        }
    }
}
