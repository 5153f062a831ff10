//! Every expectation in `oracle.tsv` was printed by a real PostgreSQL 15.

use super::*;

fn n(text: &str) -> Numeric {
    Numeric::parse(text).unwrap()
}

fn answer(operation: &str, a: &str, b: &str) -> Result<String, Fault> {
    let x = Numeric::parse(a)?;
    let y = || Numeric::parse(b);
    let places = || b.parse::<i32>().unwrap();
    let value = match operation {
        "in" => x,
        "+" => x.add(&y()?)?,
        "-" => x.sub(&y()?)?,
        "*" => x.mul(&y()?)?,
        "/" => x.div(&y()?)?,
        "%" => x.rem(&y()?)?,
        "div" => x.div_trunc(&y()?)?,
        "power" => x.power(&y()?)?,
        "log" => y()?.log(&x)?,
        "gcd" => x.gcd(&y()?)?,
        "lcm" => x.lcm(&y()?)?,
        "round" => x.round(places())?,
        "trunc" => x.trunc(places())?,
        "sqrt" => x.sqrt()?,
        "exp" => x.exp()?,
        "ln" => x.ln()?,
        "log10" => x.log10()?,
        "ceil" => x.ceil()?,
        "floor" => x.floor()?,
        "abs" => x.abs(),
        "neg" => x.neg(),
        "sign" => x.sign(),
        "trim_scale" => x.trim_scale(),
        "int8" => return x.to_i64().map(|v| v.to_string()),
        "modifier" => x.with_modifier(places())?,
        "send" => {
            let mut bytes = Vec::new();
            x.write_binary(&mut bytes);
            assert_eq!(Numeric::read_binary(&bytes)?, x, "binary form of {a}");
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok(hex.concat());
        }
        other => panic!("unknown operation {other}"),
    };
    Ok(value.to_string())
}

#[test]
fn operations_answer_as_postgresql_does() {
    let mut wrong = Vec::new();
    for line in include_str!("oracle.tsv").lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap();
        let (operation, a, b, expected) = (field(), field(), field(), field());
        let got = match answer(operation, a, b) {
            Ok(text) => text,
            Err(fault) => format!("{} {}", fault.state, fault.message),
        };
        if got != expected {
            wrong.push(format!("{operation} {a} {b}: {got}, PostgreSQL {expected}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn stored_form_round_trips() {
    let all = [
        "0",
        "0.00",
        "1",
        "-1",
        "127",
        "128",
        "-128",
        "-129",
        "255",
        "1.50",
        "-0.000001",
        "NaN",
        "Infinity",
        "-Infinity",
        "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105728",
        "170141183460469231731687303715884105728",
        "1e100",
        "-1e-100",
        "123456789012345678901234567890123456789012345678901234567890.5",
    ];
    for text in all {
        let value = n(text);
        let back = Numeric::decode(&value.to_bytes()).unwrap();
        assert_eq!(back.to_string(), value.to_string());
    }
    assert_eq!(n("0").to_bytes().len(), 2);
    assert_eq!(n("1.5").to_bytes().len(), 3);
}

#[test]
fn sort_keys_order_as_values_do() {
    let ascending = [
        "-Infinity",
        "-1e100",
        "-1000",
        "-999.99",
        "-12.5",
        "-12.4999",
        "-1.1",
        "-1",
        "-0.1",
        "-0.01",
        "0",
        "0.00000001",
        "0.01",
        "0.09",
        "0.1",
        "0.11",
        "1",
        "1.00001",
        "1.1",
        "2",
        "9.99",
        "10",
        "10.5",
        "99",
        "100",
        "101",
        "1e50",
        "1e50000",
        "Infinity",
        "NaN",
    ];
    let key = |text: &str| {
        let mut key = Vec::new();
        n(text).sort_key(&mut key);
        key
    };
    for pair in ascending.windows(2) {
        assert!(key(pair[0]) < key(pair[1]), "{} < {}", pair[0], pair[1]);
        assert!(n(pair[0]) < n(pair[1]), "{} < {}", pair[0], pair[1]);
    }
    assert_eq!(key("1.0"), key("1.000"));
    assert_eq!(key("-100"), key("-1e2"));
    assert_eq!(key("0"), key("-0.000"));
}
