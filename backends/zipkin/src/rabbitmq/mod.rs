//! Lists as messages of a RabbitMQ queue.

mod endpoint;
mod frame;
mod reply;
mod session;

use std::fmt;
use std::time::{Duration, Instant};

use tracer_recording::{Authorities, Delivery, Identity};

use crate::config::ConfigError;
use crate::exporter::ZipkinExporter;
use crate::net::{Way, deadline, left};
use crate::sender::Sender;
use endpoint::{Endpoint, Login};
use reply::{Refusal, Refused};
use session::{Failure, Outcome, Session};

/// Reply codes (section 1.1 of the protocol's reference).
const CONTENT_TOO_LARGE: u16 = 311;
const CONNECTION_FORCED: u16 = 320;
const PRECONDITION_FAILED: u16 = 406;
const RESOURCE_ERROR: u16 = 506;
const NOT_ALLOWED: u16 = 530;
const INTERNAL_ERROR: u16 = 541;

impl ZipkinExporter {
    /// An exporter that sends to a RabbitMQ queue:
    /// `amqp://user:password@host:port/vhost?queue=name`, with TLS `amqps`.
    ///
    /// # Errors
    ///
    /// See [`RabbitMqSender::new`].
    pub fn rabbitmq(endpoint: &str) -> Result<Self, ConfigError> {
        RabbitMqSender::new(endpoint).map(Self::over)
    }
}

/// Sends lists to a RabbitMQ queue, from which Zipkin's RabbitMQ collector reads: one persistent
/// message a list, which the broker confirms.
///
/// Blocks on the reporter's thread and needs no async runtime. AMQP 0-9-1 with a password (mechanism PLAIN), or
/// with a certificate (EXTERNAL, RFC 4422, for which RabbitMQ has a plugin). The queue is the collector's to declare, and its URL's password stands in no log line.
///
/// # What is sent again
///
/// Each delivery asks first whether the queue is there, so that a broker that has gone costs no
/// span: the list is tried again. So it is if the connection breaks before the whole list was
/// written, and if the broker says that it could not take it, or lets nobody in for now. A broker that runs
/// out of memory or disk (`connection.blocked`) says so only to who publishes: that list is given up when
/// its time is over, though it may arrive later, and there is none more until the broker reads again. After
/// ten minutes it may have gone without a word: then another connection is tried, and if that is blocked, too, its
/// list is given up. A wrong password, a virtual host or a queue that is not there, and a confirmation that never
/// comes are final.
pub struct RabbitMqSender {
    endpoint: Endpoint,
    way: Way,
    session: Option<Session>,
}

impl RabbitMqSender {
    /// A sender to `amqp://user:password@host:port/vhost?queue=name`, or `amqps` with TLS. What is
    /// left out is `guest:guest`, port 5672 (5671 with TLS), virtual host `/` and queue `zipkin`.
    /// `%2f` and the like are decoded. With `amqps://host/?auth_mechanism=external` the certificate of
    /// [`identity`](Self::identity) is the user.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is no such URL, or `amqps` without the feature `tls`.
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(endpoint)?;
        Ok(Self {
            way: Way::new(endpoint.secure),
            endpoint,
            session: None,
        })
    }

    /// Trusts these authorities, in the place of the public ones, where the URL is `amqps`.
    #[must_use]
    pub fn trust(mut self, authorities: &Authorities) -> Self {
        self.way.trust(authorities);
        self
    }

    /// Shows this identity where the URL is `amqps` and the broker asks for one.
    #[must_use]
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.way.identity(identity);
        self
    }

    fn deliver(&mut self, list: &[u8], media_type: &str, deadline: Instant) -> Delivery {
        let mut session = match self.session(deadline) {
            Ok(session) => session,
            Err(failure) => return self.failed(failure),
        };
        match session.publish(&self.endpoint.queue, media_type, list) {
            Outcome::Confirmed => {
                self.session = Some(session);
                Delivery::Sent { bytes: list.len() }
            }
            Outcome::Unable => {
                self.session = Some(session);
                retry("the broker could not take it")
            }
            Outcome::Refused(refusal) => self.refused(&refusal),
            Outcome::NotSent { error, blocked } => {
                if session.is_blocked() {
                    self.session = Some(session);
                }
                let blocked = blocked.map(|why| self.blocked(&why));
                let why = blocked.unwrap_or_else(|| error.to_string());
                retry(&format!("not sent: {why}"))
            }
            Outcome::Closed(refusal) => Delivery::Rejected {
                reason: format!("sent, but no confirmation came: {}", self.said(&refusal)),
            },
            Outcome::NoAnswer { error, blocked } => {
                if session.is_blocked() {
                    self.session = Some(session);
                }
                let blocked = blocked.map(|why| self.blocked(&why));
                let why = blocked.map_or_else(String::new, |why| format!(", for {why}"));
                Delivery::Rejected {
                    reason: format!("sent, but no confirmation came: {error}{why}"),
                }
            }
        }
    }

    /// A session on which the queue was found; the caller's to put back.
    fn session(&mut self, deadline: Instant) -> Result<Session, Failure> {
        let queue = &self.endpoint.queue;
        if let Some(mut session) = self.session.take() {
            // One that died unnoticed leaves time for another.
            session.until(crate::net::deadline(left(deadline) / 2));
            match session.revive().and_then(|()| session.find(queue)) {
                Ok(()) => {
                    session.until(deadline);
                    return Ok(session);
                }
                // It had died while nothing was sent, or was dying.
                Err(Failure::Io(_)) => {}
                Err(Failure::Refused(refusal)) if refusal.what == Refused::Connection => {}
                Err(failure) => return Err(self.kept(session, failure)),
            }
        }
        let mut session = Session::open(&self.endpoint, &mut self.way, deadline)?;
        match session.find(queue) {
            Ok(()) => Ok(session),
            Err(failure) => Err(self.kept(session, failure)),
        }
    }

    /// Keeps a session that only has to be waited for.
    fn kept(&mut self, session: Session, failure: Failure) -> Failure {
        if matches!(failure, Failure::Blocked(_)) {
            self.session = Some(session);
        }
        failure
    }

    fn failed(&self, failure: Failure) -> Delivery {
        match failure {
            Failure::Io(error) => retry(&format!("not sent: {error}")),
            Failure::Blocked(why) => retry(&format!("not sent: {}", self.blocked(&why))),
            Failure::Refused(refusal) if passes(&refusal) => retry(&self.said(&refusal)),
            Failure::Refused(refusal) => self.refused(&refusal),
            Failure::Mechanism => Delivery::Rejected {
                reason: match &self.endpoint.login {
                    Login::Plain { .. } => "the broker takes no passwords (mechanism PLAIN)",
                    Login::External => {
                        "the broker knows no users by certificate (mechanism EXTERNAL)"
                    }
                }
                .to_owned(),
            },
        }
    }

    fn blocked(&self, why: &str) -> String {
        match &*self.clean(why) {
            "" => "the broker is blocked".to_owned(),
            why => format!("the broker is blocked: {why}"),
        }
    }

    /// What the broker has said: its code, and its text if there is any.
    fn said(&self, Refusal { code, text, .. }: &Refusal) -> String {
        match &*self.clean(text) {
            "" => format!("AMQP {code}"),
            text => format!("AMQP {code}: {text}"),
        }
    }

    /// A text of the broker's. Brokers do not repeat passwords, but nobody has promised it.
    fn clean(&self, text: &str) -> String {
        match &self.endpoint.login {
            Login::Plain { password, .. } if !password.is_empty() => text.replace(password, "***"),
            _ => text.to_owned(),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Delivery {
        let reason = self.said(refusal);
        match refusal.code {
            CONNECTION_FORCED | RESOURCE_ERROR => retry(&reason),
            // The only precondition of a message is its size.
            CONTENT_TOO_LARGE | PRECONDITION_FAILED => Delivery::TooLarge { reason },
            _ => Delivery::Rejected { reason },
        }
    }
}

/// Why a broker lets nobody in for now: a virtual host that is down, or has as many connections as it may. The
/// latter has the code of one that is not there.
fn passes(refusal: &Refusal) -> bool {
    match refusal.code {
        INTERNAL_ERROR => true,
        NOT_ALLOWED => refusal.text.contains(" is reached"),
        _ => false,
    }
}

fn retry(reason: &str) -> Delivery {
    Delivery::Retry {
        after: None,
        reason: reason.to_owned(),
    }
}

impl Sender for RabbitMqSender {
    fn send(&mut self, list: &[u8], media_type: &str, timeout: Duration) -> Delivery {
        self.deliver(list, media_type, deadline(timeout))
    }

    fn describe(&self) -> String {
        self.endpoint.to_string()
    }
}

impl fmt::Debug for RabbitMqSender {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMqSender")
            .field("to", &self.describe())
            .finish_non_exhaustive()
    }
}
