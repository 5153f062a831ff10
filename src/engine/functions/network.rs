//! Network addresses: manual 9.12.

use super::call::{Int4, Int8, Text};
use super::registry::Registry;
use crate::pg::printed::network::{Address, mac_text, octets, widened};
use crate::pg::{Fault, SqlState};

/// Registers what is done with addresses.
pub(crate) fn register(registry: &mut Registry) {
    parts(registry);
    lengths(registry);
    tests(registry);
    arithmetic(registry);
    hardware(registry);
}

fn address(text: &str) -> Result<Address, Fault> {
    Address::stored(text)
}

fn whole(address: &Address) -> Address {
    address.with_bits(address.width())
}

fn parts(registry: &mut Registry) {
    registry.unary::<Text, String>("host(inet)", |a, _| Ok(address(a)?.host()));
    registry.unary::<Text, String>("text(inet)", |a, _| {
        let a = address(a)?;
        Ok(format!("{}/{}", a.host(), a.bits))
    });
    registry.unary::<Text, String>("abbrev(inet)", |a, _| Ok(address(a)?.text(false)));
    registry.unary::<Text, String>("abbrev(cidr)", |a, _| {
        let a = address(a)?;
        if a.width() == 128 {
            return Ok(a.text(true));
        }
        let shown = usize::from(a.bits.div_ceil(8)).max(1);
        let parts: Vec<String> = a.octets.iter().take(shown).map(u8::to_string).collect();
        Ok(format!("{}/{}", parts.join("."), a.bits))
    });
    registry.unary::<Text, i32>("family(inet)", |a, _| {
        Ok(if address(a)?.width() == 32 { 4 } else { 6 })
    });
    registry.unary::<Text, String>("broadcast(inet)", |a, _| {
        Ok(address(a)?.masked(|octet, mask| octet | !mask).text(false))
    });
    registry.unary::<Text, String>("network(inet)", |a, _| Ok(address(a)?.network().text(true)));
    registry.unary::<Text, String>("cidr(inet)", |a, _| Ok(address(a)?.network().text(true)));
    registry.unary::<Text, String>("netmask(inet)", |a, _| {
        Ok(whole(&address(a)?.masked(|_, mask| mask)).text(false))
    });
    registry.unary::<Text, String>("hostmask(inet)", |a, _| {
        Ok(whole(&address(a)?.masked(|_, mask| !mask)).text(false))
    });
}

/// The length asked for; -1 is that of a whole address.
fn bits(address: &Address, length: i32) -> Result<u8, Fault> {
    if length == -1 {
        return Ok(address.width());
    }
    u8::try_from(length)
        .ok()
        .filter(|bits| *bits <= address.width())
        .ok_or_else(|| {
            Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("invalid mask length: {length}"),
            )
        })
}

fn lengths(registry: &mut Registry) {
    registry.unary::<Text, i32>("masklen(inet)", |a, _| Ok(i32::from(address(a)?.bits)));
    registry.binary::<Text, Int4, String>("set_masklen(inet,int4)", |a, length, _| {
        let a = address(a)?;
        Ok(a.with_bits(bits(&a, length)?).text(false))
    });
    registry.binary::<Text, Int4, String>("set_masklen(cidr,int4)", |a, length, _| {
        let a = address(a)?;
        Ok(a.with_bits(bits(&a, length)?).network().text(true))
    });
    registry.binary::<Text, Text, bool>("inet_same_family(inet,inet)", |a, b, _| {
        Ok(address(a)?.width() == address(b)?.width())
    });
    registry.binary::<Text, Text, String>("inet_merge(inet,inet)", |a, b, _| {
        let (a, b) = (address(a)?, address(b)?);
        if a.width() != b.width() {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "cannot merge addresses from different families",
            ));
        }
        let common = a.common(&b, a.bits.min(b.bits));
        Ok(a.with_bits(common).network().text(true))
    });
}

fn tests(registry: &mut Registry) {
    let table: [(&str, fn(&Address, &Address) -> bool); 5] = [
        ("sub", |a, b| b.contains(a) && a.bits > b.bits),
        ("subeq", |a, b| b.contains(a)),
        ("sup", |a, b| a.contains(b) && b.bits > a.bits),
        ("supeq", Address::contains),
        ("overlap", |a, b| a.contains(b) || b.contains(a)),
    ];
    for (name, holds) in table {
        registry
            .binary::<Text, Text, bool>(format!("network_{name}(inet,inet)"), move |a, b, _| {
                Ok(holds(&address(a)?, &address(b)?))
            });
    }
}

fn different(word: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("cannot {word} inet values of different sizes"),
    )
}

fn out_of_range() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "result is out of range",
    )
}

fn number(address: &Address) -> u128 {
    address
        .octets
        .iter()
        .fold(0, |value, octet| value << 8 | u128::from(*octet))
}

fn moved(a: &str, by: i128) -> Result<String, Fault> {
    let a = address(a)?;
    let size = a.octets.len();
    let most = if size == 4 {
        u128::from(u32::MAX)
    } else {
        u128::MAX
    };
    let value = if by < 0 {
        number(&a).checked_sub(by.unsigned_abs())
    } else {
        number(&a).checked_add(by.unsigned_abs())
    };
    let value = value
        .filter(|value| *value <= most)
        .ok_or_else(out_of_range)?;
    let octets = value
        .to_be_bytes()
        .get(16 - size..)
        .unwrap_or_default()
        .to_vec();
    Ok(Address {
        octets,
        bits: a.bits,
    }
    .text(false))
}

fn arithmetic(registry: &mut Registry) {
    registry.unary::<Text, String>("inetnot(inet)", |a, _| {
        Ok(address(a)?.masked(|octet, _| !octet).text(false))
    });
    let table: [(&str, &str, fn(u8, u8) -> u8); 2] =
        [("and", "AND", |a, b| a & b), ("or", "OR", |a, b| a | b)];
    for (name, word, apply) in table {
        registry.binary::<Text, Text, String>(format!("inet{name}(inet,inet)"), move |a, b, _| {
            let (a, b) = (address(a)?, address(b)?);
            if a.width() != b.width() {
                return Err(different(word));
            }
            let pairs = a.octets.iter().zip(&b.octets);
            let octets = pairs.map(|(a, b)| apply(*a, *b)).collect();
            let bits = a.bits.max(b.bits);
            Ok(Address { octets, bits }.text(false))
        });
    }
    registry.binary::<Text, Int8, String>("inetpl(inet,int8)", |a, by, _| moved(a, by.into()));
    registry.binary::<Int8, Text, String>("int8pl_inet(int8,inet)", |by, a, _| moved(a, by.into()));
    registry.binary::<Text, Int8, String>("inetmi_int8(inet,int8)", |a, by, _| {
        moved(a, -i128::from(by))
    });
    registry.binary::<Text, Text, i64>("inetmi(inet,inet)", |a, b, _| {
        let (a, b) = (address(a)?, address(b)?);
        if a.width() != b.width() {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "cannot subtract inet values of different sizes",
            ));
        }
        let (a, b) = (number(&a), number(&b));
        let distance = i128::try_from(a.abs_diff(b)).map_err(|_| out_of_range())?;
        i64::try_from(if a < b { -distance } else { distance }).map_err(|_| out_of_range())
    });
}

fn hardware(registry: &mut Registry) {
    for (kind, kept) in [("macaddr", 3), ("macaddr8", 3)] {
        registry.unary::<Text, String>(format!("trunc({kind})"), move |a, _| {
            let octets = octets(a).into_iter().enumerate();
            let kept: Vec<u8> = octets
                .map(|(at, octet)| if at < kept { octet } else { 0 })
                .collect();
            Ok(mac_text(&kept))
        });
        registry.unary::<Text, String>(format!("{kind}_not({kind})"), |a, _| {
            let octets: Vec<u8> = octets(a).into_iter().map(|octet| !octet).collect();
            Ok(mac_text(&octets))
        });
        let table: [(&str, fn(u8, u8) -> u8); 2] = [("and", |a, b| a & b), ("or", |a, b| a | b)];
        for (name, apply) in table {
            registry.binary::<Text, Text, String>(
                format!("{kind}_{name}({kind},{kind})"),
                move |a, b, _| {
                    let pairs = octets(a).into_iter().zip(octets(b));
                    let octets: Vec<u8> = pairs.map(|(a, b)| apply(a, b)).collect();
                    Ok(mac_text(&octets))
                },
            );
        }
    }
    registry.unary::<Text, String>("macaddr8(macaddr)", |a, _| {
        Ok(mac_text(&widened(&octets(a))))
    });
    registry.unary::<Text, String>("macaddr(macaddr8)", |a, _| match octets(a).as_slice() {
        [maker @ .., 0xff, 0xfe, x, y, z] => Ok(mac_text(&[maker, &[*x, *y, *z]].concat())),
        _ => Err(Fault::new(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "macaddr8 data out of range to convert to macaddr",
        )
        .hint(
            "Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, \
             for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to \
             macaddr.",
        )),
    });
    registry.unary::<Text, String>("macaddr8_set7bit(macaddr8)", |a, _| {
        let mut octets = octets(a);
        if let Some(first) = octets.first_mut() {
            *first |= 0x02;
        }
        Ok(mac_text(&octets))
    });
}
