//! Addresses: which are on a list, and which ranges deserve a second look.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;

/// An address as rules see it: an IPv4 address mapped into IPv6 is the IPv4 address.
pub(crate) fn normal(peer: IpAddr) -> IpAddr {
    peer.to_canonical()
}

/// A network as rules see it: mapped IPv4 becomes IPv4, host bits are cut off.
pub(crate) fn network(net: IpNet) -> IpNet {
    if let IpNet::V6(six) = net
        && let Some(four) = six.addr().to_ipv4_mapped()
        && let Some(bits) = six.prefix_len().checked_sub(96)
        && let Ok(net) = ipnet::Ipv4Net::new(four, bits)
    {
        return IpNet::V4(net).trunc();
    }
    net.trunc()
}

/// Reads `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`.
pub(crate) fn parse(text: &str) -> Result<IpNet, String> {
    let net = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is no address or network such as 203.0.113.0/24"))?;
    let normal = network(net);
    if normal.addr() != net.addr().to_canonical() {
        return Err(format!(
            "{text} has bits set outside its prefix; did you mean {normal}?"
        ));
    }
    Ok(normal)
}

/// Why a range is so wide that a person should confirm it.
pub(crate) fn too_wide(net: &IpNet) -> Option<String> {
    let (least, word) = match net {
        IpNet::V4(_) => (16, "IPv4"),
        IpNet::V6(_) => (32, "IPv6"),
    };
    (net.prefix_len() < least)
        .then(|| format!("{net} is wider than a /{least}, which is a lot for {word}"))
}

/// Many networks, asked at once in a time that does not grow with their number.
#[derive(Debug, Default)]
pub(crate) struct NetworkSet {
    nets: HashSet<IpNet>,
    lengths_v4: Vec<u8>,
    lengths_v6: Vec<u8>,
}

impl NetworkSet {
    pub(crate) fn new(nets: impl Iterator<Item = IpNet>) -> Self {
        let mut set = Self::default();
        for net in nets {
            let lengths = match net {
                IpNet::V4(_) => &mut set.lengths_v4,
                IpNet::V6(_) => &mut set.lengths_v6,
            };
            if !lengths.contains(&net.prefix_len()) {
                lengths.push(net.prefix_len());
            }
            set.nets.insert(net);
        }
        set
    }

    /// Whether a normal address is in one of the networks.
    pub(crate) fn holds(&self, peer: IpAddr) -> bool {
        let lengths = match peer {
            IpAddr::V4(_) => &self.lengths_v4,
            IpAddr::V6(_) => &self.lengths_v6,
        };
        lengths
            .iter()
            .any(|bits| IpNet::new(peer, *bits).is_ok_and(|net| self.nets.contains(&net.trunc())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_and_networks_are_the_ipv4_ones() {
        assert_eq!(
            normal("::ffff:192.0.2.1".parse().unwrap()).to_string(),
            "192.0.2.1"
        );
        assert_eq!(
            parse("::ffff:192.0.2.0/120").unwrap().to_string(),
            "192.0.2.0/24"
        );
        assert_eq!(parse("192.0.2.9").unwrap().to_string(), "192.0.2.9/32");
        assert_eq!(parse("2001:db8::/32").unwrap().to_string(), "2001:db8::/32");
    }

    #[test]
    fn careless_networks_are_refused() {
        assert!(parse("192.0.2.9/24").unwrap_err().contains("192.0.2.0/24"));
        for bad in ["", "localhost", "192.0.2.0/33", "1.2.3", "0x7f.1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(too_wide(&parse("0.0.0.0/0").unwrap()).is_some());
        assert!(too_wide(&parse("10.0.0.0/8").unwrap()).is_some());
        assert!(too_wide(&parse("10.1.0.0/16").unwrap()).is_none());
    }

    #[test]
    fn a_set_holds_what_its_networks_hold() {
        let nets = ["192.0.2.0/24", "203.0.113.7/32", "2001:db8::/32"];
        let set = NetworkSet::new(nets.iter().map(|text| parse(text).unwrap()));
        for (peer, held) in [
            ("192.0.2.200", true),
            ("192.0.3.1", false),
            ("203.0.113.7", true),
            ("203.0.113.8", false),
            ("2001:db8:9::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(set.holds(peer.parse().unwrap()), held, "{peer}");
        }
        assert!(!NetworkSet::default().holds("127.0.0.1".parse().unwrap()));
    }
}
