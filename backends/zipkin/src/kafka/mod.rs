//! Lists as messages of a Kafka topic.

mod answer;
mod cluster;
mod endpoint;
mod judge;
mod sasl;
#[cfg(feature = "tls")]
mod scram;
mod wire;

use std::fmt;
use std::io::{self, ErrorKind::UnexpectedEof};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ApiKey, MetadataRequest, ProduceRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, Record,
    RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use tracer_core::SpanId;
use tracer_recording::{Authorities, Delivery, Identity};

use crate::config::ConfigError;
use crate::exporter::ZipkinExporter;
use crate::net::{Address, Socket, Way, deadline, left};
use crate::sender::Sender;
use answer::{Metadata, produced};
use cluster::Cluster;
use endpoint::Endpoint;
use judge::judge;
use sasl::{Problem, sign_in};
use wire::{Failure, ask};

/// Understood by every broker from 0.11 on.
const METADATA: i16 = 4;
const PRODUCE: i16 = 3;
/// The leader answers when every replica in sync has the list.
const ALL_REPLICAS: i16 = -1;

impl ZipkinExporter {
    /// An exporter that sends to a Kafka topic: `kafka://broker:port[,broker:port]/topic`, with TLS
    /// `kafka+ssl`.
    ///
    /// # Errors
    ///
    /// See [`KafkaSender::new`].
    pub fn kafka(endpoint: &str) -> Result<Self, ConfigError> {
        KafkaSender::new(endpoint).map(Self::over)
    }
}

/// Sends lists to a Kafka topic, from which Zipkin's Kafka collector reads: one message a list,
/// without a key, to the topic's partitions in turn.
///
/// Blocks on the reporter's thread and needs no async runtime. Brokers from 0.11 on; with a user they
/// must be 2.2 or newer and take SASL's PLAIN or SCRAM. The topic is created if the brokers allow it.
///
/// # What is sent again
///
/// Each delivery asks first who leads the topic, so that a broker that has gone, or a topic without
/// a leader, costs no span: the list is tried again. So it is if the connection breaks before the
/// whole list was written, and if the leader answers with an error after which Kafka's own clients
/// try again, but for those that say that the list is in its log. An answer that never comes is final,
/// for nothing is to come twice, and so is a wrong password. A leader that steps down while it waits for
/// its followers says no more than that it leads no more, and the list may come twice: Zipkin takes the
/// spans of both for the same.
pub struct KafkaSender {
    endpoint: Endpoint,
    way: Way,
    /// One connection a broker, each without a request under way.
    open: Vec<Open>,
    cluster: Cluster,
    /// Counts through the partitions.
    turn: usize,
}

/// A connection that can be used again.
struct Open {
    broker: Address,
    socket: Socket,
    /// Until when the broker knows who it is.
    until: Option<Instant>,
}

impl Open {
    /// A broker closes a connection on which somebody's time is up when that is used next: a list that was
    /// written into it would be lost.
    fn is_usable(&mut self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until) && self.socket.is_quiet()
    }
}

impl KafkaSender {
    /// A sender to `kafka://broker:port[,broker:port]/topic`, or `kafka+ssl` with TLS. The port is
    /// 9092 and the topic `zipkin` if they are left out. Brokers are asked in this order; the first
    /// that answers names the others, which are asked when none of these is there any more. A user, `kafka+ssl://name:password@broker:port`, signs in at
    /// each; `%40` and the like are decoded. With `?sasl.mechanism=SCRAM-SHA-512` (or `256`, both with
    /// the feature `tls`) the password does not travel; else it does as it is, and TLS should cover it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is no such URL, or `kafka+ssl` or SCRAM without the feature `tls`.
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(endpoint)?;
        Ok(Self {
            way: Way::new(endpoint.secure),
            cluster: Cluster::new(endpoint.brokers.clone()),
            endpoint,
            open: Vec::new(),
            // So that many short-lived senders do not all begin with the first partition.
            turn: SpanId::random().get() as usize,
        })
    }

    /// Trusts these authorities, in the place of the public ones, where the URL is `kafka+ssl`.
    #[must_use]
    pub fn trust(mut self, authorities: &Authorities) -> Self {
        self.way.trust(authorities);
        self
    }

    /// Shows this identity where the URL is `kafka+ssl` and the brokers ask for one.
    #[must_use]
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.way.identity(identity);
        self
    }

    fn deliver(&mut self, list: &[u8], deadline: Instant) -> Result<Delivery, Delivery> {
        // What was closed while nothing was sent.
        self.open.retain_mut(Open::is_usable);
        let metadata = self.metadata(deadline)?;
        let (leader, partition) = self.leader(&metadata, list.len())?;
        let request = self.request(list, partition, deadline).map_err(retry)?;
        let mut open = self.leaders(&leader, deadline)?;
        let ask_for = (ApiKey::Produce, PRODUCE, &request);
        match ask(&mut open.socket, ask_for, produced) {
            Ok(code) => {
                self.open.push(open);
                Ok(judge(code as i16, list.len()))
            }
            Err(Failure::NotSent(error)) => Err(retry(format!("{leader}: {error}"))),
            Err(Failure::NoAnswer(error)) => Err(Delivery::Rejected {
                reason: format!("sent to {leader}, but no answer came: {error}"),
            }),
        }
    }

    /// What is known of the topic. Asked each time: it proves that the connection is alive before a
    /// list is trusted to it.
    fn metadata(&mut self, deadline: Instant) -> Result<Metadata, Delivery> {
        let connected = self.open.iter().rev().map(|open| open.broker.clone());
        let mut problem = retry("no broker".to_owned());
        for (broker, share) in self.cluster.to_ask(connected) {
            let share = crate::net::deadline(left(deadline) / share);
            match self.metadata_of(&broker, share) {
                Err(failure @ Delivery::Retry { .. }) => problem = failure,
                // What is final, one of the URL is to say.
                Err(Delivery::Rejected { reason }) if !self.endpoint.brokers.contains(&broker) => {
                    problem = Delivery::Retry {
                        after: None,
                        reason,
                    };
                }
                Ok(metadata) => {
                    self.cluster.learn(&metadata);
                    return Ok(metadata);
                }
                decided => return decided,
            }
        }
        Err(problem)
    }

    /// The connection that was used stands last then.
    fn metadata_of(&mut self, broker: &Address, deadline: Instant) -> Result<Metadata, Delivery> {
        let mut open = self.connection(broker, deadline)?;
        let metadata = self.ask_metadata(&mut open.socket).map_err(|error| {
            let stranger = self.endpoint.user.is_none() && error.kind() == UnexpectedEof;
            let hint = match (stranger, self.endpoint.secure) {
                (true, true) => "; does it want a user?",
                (true, false) => "; does it want a user, or TLS?",
                (false, _) => "",
            };
            retry(format!("{broker}: {error}{hint}"))
        })?;
        self.open.push(open);
        Ok(metadata)
    }

    fn ask_metadata(&self, socket: &mut Socket) -> io::Result<Metadata> {
        let topic = MetadataRequestTopic::default().with_name(Some(self.topic()));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![topic]))
            .with_allow_auto_topic_creation(true);
        let ask_for = (ApiKey::Metadata, METADATA, &request);
        ask(socket, ask_for, Metadata::read).map_err(Failure::into_error)
    }

    /// A connection to a leader that is certainly alive: it was opened or answered just now.
    fn leaders(&mut self, leader: &Address, deadline: Instant) -> Result<Open, Delivery> {
        let answered = self.open.last().is_some_and(|open| open.broker == *leader);
        if !answered && let Some(mut open) = self.take(leader) {
            // One that died unnoticed leaves time for another.
            open.socket.until(crate::net::deadline(left(deadline) / 2));
            if self.ask_metadata(&mut open.socket).is_ok() {
                open.socket.until(deadline);
                return Ok(open);
            }
        }
        self.connection(leader, deadline)
    }

    /// The next partition that has a leader, and where that is.
    fn leader(&mut self, metadata: &Metadata, bytes: usize) -> Result<(Address, u32), Delivery> {
        if metadata.error != 0 {
            return Err(judge(metadata.error as i16, bytes));
        }
        let led = metadata.led();
        self.turn = self.turn.wrapping_add(1);
        led.get(self.turn.checked_rem(led.len()).unwrap_or_default())
            .map(|(leader, partition)| ((*leader).clone(), *partition))
            .ok_or_else(|| retry("no partition of the topic has a leader".to_owned()))
    }

    /// Takes the open connection to a broker, or opens one. It is the caller's to put back.
    fn connection(&mut self, broker: &Address, deadline: Instant) -> Result<Open, Delivery> {
        if let Some(mut open) = self.take(broker) {
            open.socket.until(deadline);
            return Ok(open);
        }
        let opened = self.way.connect(broker, deadline);
        let mut socket = opened.map_err(|error| retry(format!("{broker}: {error}")))?;
        let since = Instant::now();
        let lifetime = match &self.endpoint.user {
            Some(user) => sign_in(&mut socket, user).map_err(|problem| match problem {
                Problem::Lost(error) => retry(format!("{broker}: {error}")),
                Problem::Refused(delivery) => delivery,
            })?,
            None => None,
        };
        // Well before, as Kafka's own clients do.
        let until = lifetime.and_then(|lifetime| since.checked_add(lifetime * 4 / 5));
        Ok(Open {
            broker: broker.clone(),
            socket,
            until,
        })
    }

    fn take(&mut self, broker: &Address) -> Option<Open> {
        let at = self.open.iter().position(|open| open.broker == *broker)?;
        Some(self.open.swap_remove(at))
    }

    fn request(
        &self,
        list: &[u8],
        partition: u32,
        deadline: Instant,
    ) -> Result<ProduceRequest, String> {
        let wait = i32::try_from(left(deadline).as_millis()).unwrap_or(i32::MAX);
        let records = PartitionProduceData::default()
            .with_index(partition as i32)
            .with_records(Some(records(list).map_err(|error| error.to_string())?));
        let topic = TopicProduceData::default()
            .with_name(self.topic())
            .with_partition_data(vec![records]);
        Ok(ProduceRequest::default()
            .with_acks(ALL_REPLICAS)
            .with_timeout_ms(wait)
            .with_topic_data(vec![topic]))
    }

    fn topic(&self) -> TopicName {
        TopicName(StrBytes::from_string(self.endpoint.topic.clone()))
    }
}

fn retry(mut reason: String) -> Delivery {
    reason.insert_str(0, "not sent: ");
    Delivery::Retry {
        after: None,
        reason,
    }
}

/// A batch of one message: the list, without a key.
fn records(list: &[u8]) -> Result<Bytes, impl fmt::Display> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let record = Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        timestamp_type: TimestampType::Creation,
        offset: 0,
        sequence: NO_SEQUENCE,
        timestamp: now.unwrap_or_default().as_millis() as i64,
        key: None,
        value: Some(Bytes::copy_from_slice(list)),
        headers: Default::default(),
    };
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    let mut out = BytesMut::new();
    RecordBatchEncoder::encode(&mut out, [&record], &options).map(|()| out.freeze())
}

impl Sender for KafkaSender {
    fn send(&mut self, list: &[u8], _media_type: &str, timeout: Duration) -> Delivery {
        // Zipkin's collector tells the encoding by the first byte.
        let outcome = self.deliver(list, deadline(timeout));
        outcome.unwrap_or_else(|failure| failure)
    }

    fn describe(&self) -> String {
        self.endpoint.to_string()
    }
}

impl fmt::Debug for KafkaSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSender")
            .field("to", &self.describe())
            .finish_non_exhaustive()
    }
}
