//! What goes to a RabbitMQ broker, and what is made of its answers. The broker is written by hand,
//! so that both sides do not share one mistake; `tracer-tests` sends to a real one.
#![cfg(feature = "rabbitmq")]

mod blocked;
mod broker;
mod failures;
mod messages;
mod refusals;
