//! Whom to ask about the topic.

use super::answer::Metadata;
use crate::net::Address;

/// How many brokers are kept that others have named.
const MOST: usize = 8;

/// The brokers of the URL, and those that belong to the same cluster: the former may go for good.
pub(super) struct Cluster {
    url: Vec<Address>,
    named: Vec<Address>,
}

impl Cluster {
    pub(super) const fn new(url: Vec<Address>) -> Self {
        let named = Vec::new();
        Self { url, named }
    }

    pub(super) fn learn(&mut self, metadata: &Metadata) {
        let named: Vec<_> = metadata.brokers().take(MOST).cloned().collect();
        // A broker that has just started may know of nobody yet.
        if !named.is_empty() {
            self.named = named;
        }
    }

    /// In this order, each with by how much the time that is left then is divided for it: one that does not answer
    /// leaves time for the others, and all that were only named have as much as one.
    pub(super) fn to_ask(&self, connected: impl Iterator<Item = Address>) -> Vec<(Address, u32)> {
        let mut brokers: Vec<_> = connected.chain(self.url.iter().cloned()).collect();
        let sure = brokers.len();
        for named in &self.named {
            if !brokers.contains(named) {
                brokers.push(named.clone());
            }
        }
        let others = brokers.len() - sure;
        let shares = (1..=sure).rev().map(|more| more + others.min(1));
        let shares = shares.chain((1..=others).rev());
        let shares = shares.map(|share| share.try_into().unwrap_or(u32::MAX));
        brokers.into_iter().zip(shares).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> Address {
        Address {
            host: "a".to_owned(),
            port,
        }
    }

    fn asked(cluster: &Cluster, connected: &[u16]) -> Vec<(u16, u32)> {
        let asked = cluster.to_ask(connected.iter().map(|port| at(*port)));
        asked
            .iter()
            .map(|(broker, share)| (broker.port, *share))
            .collect()
    }

    #[test]
    fn those_of_the_url_come_before_those_that_were_named() {
        let mut cluster = Cluster::new(vec![at(1), at(2)]);
        assert_eq!(asked(&cluster, &[]), [(1, 2), (2, 1)]);
        assert_eq!(asked(&cluster, &[2]), [(2, 3), (1, 2), (2, 1)]);
        cluster.named = (2..5).map(at).collect();
        cluster.learn(&Metadata::default());
        assert_eq!(asked(&cluster, &[]), [(1, 3), (2, 2), (3, 2), (4, 1)]);
        let all = [(4, 4), (1, 3), (2, 2), (3, 1)];
        assert_eq!(asked(&cluster, &[4]), all);
        assert_eq!(cluster.named.len(), 3);
    }
}
