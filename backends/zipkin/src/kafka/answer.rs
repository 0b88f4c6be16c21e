//! What a broker answers.
//!
//! Read by hand: `kafka-protocol` makes room for as many entries as an answer says there are before
//! it looks whether they are there, and one wrong number would end the process.

use std::collections::HashMap;

use crate::net::{Address, Reader};

/// What is known of one topic (`MetadataResponse`, version 4).
#[derive(Debug, Default)]
pub(super) struct Metadata {
    brokers: Vec<(u32, Address)>,
    /// Zero if all is well.
    pub(super) error: u16,
    /// Partitions, and the number of the broker that leads each.
    partitions: Vec<(u32, u32)>,
}

impl Metadata {
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let mut reader = Reader(answer);
        let mut metadata = Self::default();
        // The time for which the broker holds answers back.
        reader.u32()?;
        for _ in 0..reader.u32()? {
            let number = reader.u32()?;
            let host = text(&mut reader)?.to_owned();
            let port = reader.u32()?;
            // The rack.
            nullable(&mut reader)?;
            // Others have no address, and hosts go into the log.
            if let Ok(port) = port.try_into()
                && is_name(&host)
            {
                metadata.brokers.push((number, Address { host, port }));
            }
        }
        // The cluster, and its controller.
        nullable(&mut reader)?;
        reader.u32()?;
        // One topic was asked for.
        if reader.u32()? != 1 {
            return None;
        }
        metadata.error = reader.u16()?;
        text(&mut reader)?;
        // Whether it is internal.
        reader.bytes(1)?;
        for _ in 0..reader.u32()? {
            reader.u16()?;
            metadata.partitions.push((reader.u32()?, reader.u32()?));
            for _replicas in 0..2 {
                for _ in 0..reader.u32()? {
                    reader.u32()?;
                }
            }
        }
        Some(metadata)
    }

    /// Who belongs to the cluster.
    pub(super) fn brokers(&self) -> impl Iterator<Item = &Address> {
        self.brokers.iter().map(|(_, address)| address)
    }

    /// The partitions that have a leader, and where that is.
    pub(super) fn led(&self) -> Vec<(&Address, u32)> {
        let brokers = self.brokers.iter();
        let addresses: HashMap<_, _> = brokers.map(|(number, address)| (number, address)).collect();
        let partitions = self.partitions.iter();
        partitions
            .filter_map(|(partition, leader)| Some((*addresses.get(leader)?, *partition)))
            .collect()
    }
}

fn is_name(host: &str) -> bool {
    (1..=255).contains(&host.len()) && !host.contains(char::is_control)
}

/// What became of one list: the error of its partition (`ProduceResponse`, version 3).
pub(super) fn produced(answer: &[u8]) -> Option<u16> {
    let mut reader = Reader(answer);
    let topics = reader.u32()?;
    text(&mut reader)?;
    let partitions = reader.u32()?;
    // The number of the partition.
    reader.u32()?;
    let error = reader.u16()?;
    (topics == 1 && partitions == 1).then_some(error)
}

/// What a broker says of a mechanism (`SaslHandshakeResponse`, version 1).
pub(super) struct Chosen {
    /// Zero if it is one of the broker's.
    pub(super) error: u16,
    /// The broker's own, separated by commas.
    pub(super) mechanisms: String,
}

impl Chosen {
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let mut reader = Reader(answer);
        let error = reader.u16()?;
        let mut mechanisms = String::new();
        for at in 0..reader.u32()? {
            let mechanism = text(&mut reader)?;
            // As many as are told.
            if mechanisms.len() < MESSAGE_BYTES {
                mechanisms.push_str(if at > 0 { ", " } else { "" });
                mechanisms.push_str(mechanism);
            }
        }
        let mechanisms = short(mechanisms.as_bytes());
        Some(Self { error, mechanisms })
    }
}

/// How much of a broker's text goes into the reason.
const MESSAGE_BYTES: usize = 200;

fn short(text: &[u8]) -> String {
    let text = text.get(..MESSAGE_BYTES).unwrap_or(text);
    String::from_utf8_lossy(text).replace(char::is_control, " ")
}

/// Whether somebody was let in (`SaslAuthenticateResponse`, version 1).
pub(super) struct Authenticated {
    /// Zero if all is well.
    pub(super) error: u16,
    pub(super) message: Option<String>,
    /// What the mechanism says; PLAIN says nothing.
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "SCRAM needs it"))]
    pub(super) bytes: Vec<u8>,
    /// For how many milliseconds it counts; zero: for ever.
    pub(super) lifetime: u64,
}

impl Authenticated {
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let mut reader = Reader(answer);
        let error = reader.u16()?;
        let message = nullable(&mut reader)?;
        let len = reader.u32()? as usize;
        let bytes = reader.bytes(len)?.to_vec();
        let lifetime = reader.array().map(u64::from_be_bytes)?;
        Some(Self {
            error,
            message: message.map(short),
            bytes,
            lifetime,
        })
    }
}

fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    let len = reader.u16()?;
    std::str::from_utf8(reader.bytes(usize::from(len))?).ok()
}

/// A text, or a length of -1 in its place.
fn nullable<'a>(reader: &mut Reader<'a>) -> Option<Option<&'a [u8]>> {
    match reader.u16()? {
        u16::MAX => Some(None),
        len => reader.bytes(usize::from(len)).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (Metadata::read(&bytes), produced(&bytes));
            let _ = (Chosen::read(&bytes), Authenticated::read(&bytes));
        }

        #[test]
        fn a_brokers_text_is_one_short_line(text in "\\PC{0,300}", break_at in 0..300_usize) {
            let mut text = text.into_bytes();
            text.insert(break_at.min(text.len()), b'\n');
            let mut answer = vec![0, 58];
            answer.extend((text.len() as u16).to_be_bytes());
            answer.extend(&text);
            answer.extend([0; 12]);
            let read = Authenticated::read(&answer).unwrap();
            let message = read.message.unwrap();
            prop_assert_eq!(read.error, 58);
            prop_assert!(message.chars().count() <= MESSAGE_BYTES);
            prop_assert!(!message.contains(char::is_control));
        }

        #[test]
        fn of_many_mechanisms_as_many_are_kept_as_are_told(len in 0..20_usize, count in 0..1_000_u32) {
            let mut answer = vec![0, 33];
            answer.extend(count.to_be_bytes());
            let name = "M".repeat(len);
            for _ in 0..count {
                answer.extend((len as u16).to_be_bytes());
                answer.extend(name.as_bytes());
            }
            let read = Chosen::read(&answer).unwrap();
            let mut all = vec![&*name; count as usize].join(", ");
            all.truncate(MESSAGE_BYTES);
            prop_assert_eq!(read.mechanisms, all);
            prop_assert!(Chosen::read(answer.split_last().unwrap().1).is_none());
        }

        #[test]
        fn a_cut_answer_is_none(len in 0..26_usize) {
            let answer = b"\0\0\0\x01\0\x01a\0\0\0\x01\0\0\0\x07\0\x06\0\0\0\0\0\0\0\0\0";
            prop_assert_eq!(produced(answer), Some(6));
            prop_assert_eq!(produced(&answer[..len]).is_some(), len >= 17);
        }
    }
}
