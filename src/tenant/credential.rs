//! Passwords and what is kept of them.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use crate::config::Secret;

/// PBKDF2 iterations of new verifiers, as PostgreSQL has them.
pub const ITERATIONS: u32 = 4_096;

const MOST_ITERATIONS: u32 = 1_000_000;
const SALT_BYTES: usize = 16;
const PASSWORD_CHARS: usize = 28;

/// Letters and digits that nobody confuses; all of them unchanged by SASLprep.
const ALPHABET: &[u8; 56] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// A stored SCRAM-SHA-256 verifier (RFC 5803): never a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    /// PBKDF2 iterations.
    pub iterations: u32,
    /// The salt.
    pub salt: Vec<u8>,
    /// `StoredKey`.
    pub stored_key: [u8; 32],
    /// `ServerKey`.
    pub server_key: [u8; 32],
}

/// The machine gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("this machine gives no random bytes")]
pub struct NoRandom;

impl Verifier {
    /// Makes the verifier of a password with a fresh salt.
    pub fn of(password: &Secret) -> Result<Self, NoRandom> {
        let mut salt = vec![0; SALT_BYTES];
        SystemRandom::new().fill(&mut salt).map_err(|_| NoRandom)?;
        Ok(Self::with_salt(password, salt, ITERATIONS))
    }

    /// RFC 5802, section 3. A password we make is its own SASLprep form.
    fn with_salt(password: &Secret, salt: Vec<u8>, iterations: u32) -> Self {
        let mut salted = Zeroizing::new([0_u8; 32]);
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN),
            &salt,
            password.expose().as_bytes(),
            salted.as_mut(),
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, salted.as_ref());
        let client_key = hmac::sign(&key, b"Client Key");
        Self {
            iterations,
            salt,
            stored_key: sized(digest::digest(&digest::SHA256, client_key.as_ref()).as_ref()),
            server_key: sized(hmac::sign(&key, b"Server Key").as_ref()),
        }
    }

    /// A verifier that no password fits, the same for the same name as long as `key` lives: a
    /// guesser learns nothing by asking twice.
    pub(crate) fn doomed(key: &hmac::Key, tenant: &str, role: &str) -> Self {
        let derive = |purpose: &[u8]| {
            let mut context = hmac::Context::with_key(key);
            for part in [purpose, tenant.as_bytes(), role.as_bytes()] {
                context.update(&(part.len() as u64).to_be_bytes());
                context.update(part);
            }
            sized(context.sign().as_ref())
        };
        Self {
            iterations: ITERATIONS,
            salt: derive(b"salt")
                .get(..SALT_BYTES)
                .unwrap_or_default()
                .to_vec(),
            stored_key: derive(b"stored key"),
            server_key: derive(b"server key"),
        }
    }
}

/// Copies what is 32 bytes long by construction.
fn sized(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SCRAM-SHA-256${}:{}${}:{}",
            self.iterations,
            STANDARD.encode(&self.salt),
            STANDARD.encode(self.stored_key),
            STANDARD.encode(self.server_key),
        )
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(hidden)")
    }
}

impl FromStr for Verifier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = "is no verifier of the form SCRAM-SHA-256$iterations:salt$stored:server";
        let rest = text.strip_prefix("SCRAM-SHA-256$").ok_or(bad)?;
        let (head, keys) = rest.split_once('$').ok_or(bad)?;
        let (iterations, salt) = head.split_once(':').ok_or(bad)?;
        let (stored, server) = keys.split_once(':').ok_or(bad)?;
        let key = |text: &str| {
            let bytes = STANDARD.decode(text).map_err(|_| bad)?;
            <[u8; 32]>::try_from(bytes).map_err(|_| bad)
        };
        let iterations = iterations.parse::<u32>().map_err(|_| bad)?;
        let salt = STANDARD.decode(salt).map_err(|_| bad)?;
        if !(ITERATIONS..=MOST_ITERATIONS).contains(&iterations) {
            return Err("has fewer than 4096 or more than 1000000 iterations");
        }
        if !(8..=64).contains(&salt.len()) {
            return Err("has a salt of fewer than 8 or more than 64 bytes");
        }
        Ok(Self {
            iterations,
            salt,
            stored_key: key(stored)?,
            server_key: key(server)?,
        })
    }
}

/// Makes a password of 28 characters, over 160 bits.
pub fn generate_password() -> Result<Secret, NoRandom> {
    let random = SystemRandom::new();
    let mut password = String::with_capacity(PASSWORD_CHARS);
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while password.len() < PASSWORD_CHARS {
        random.fill(bytes.as_mut()).map_err(|_| NoRandom)?;
        // Bytes from 224 on would favour the first letters.
        let fair = bytes.iter().filter(|byte| **byte < 224);
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        for letter in letters.take(PASSWORD_CHARS - password.len()) {
            password.push(char::from(*letter));
        }
    }
    Ok(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_postgresqls() {
        // Password and salt of the example in RFC 7677, section 3, in the form PostgreSQL stores.
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let made = Verifier::with_salt(&Secret::new("pencil".to_owned()), salt, 4_096);
        let text = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        assert_eq!(made.to_string(), text);
        assert_eq!(text.parse::<Verifier>().unwrap(), made);
    }

    #[test]
    fn what_is_no_verifier_is_refused() {
        for bad in [
            "",
            "pencil",
            "md5abc",
            "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
            "SCRAM-SHA-256$1:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        ] {
            assert!(bad.parse::<Verifier>().is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_long_and_differ() {
        let (one, two) = (generate_password().unwrap(), generate_password().unwrap());
        assert_eq!(one.expose().len(), PASSWORD_CHARS);
        assert_ne!(one, two);
        assert!(one.expose().bytes().all(|byte| ALPHABET.contains(&byte)));
    }

    #[test]
    fn doomed_verifiers_are_stable_and_apart() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let one = Verifier::doomed(&key, "acme", "ghost");
        assert_eq!(one, Verifier::doomed(&key, "acme", "ghost"));
        assert_ne!(one.salt, Verifier::doomed(&key, "acm", "eghost").salt);
        assert_eq!((one.iterations, one.salt.len()), (ITERATIONS, SALT_BYTES));
    }
}
