//! SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the server's side (RFC 5802, 7677, 5929).
//!
//! Pure: messages in, messages out. It holds the client's proof against a stored verifier and never
//! sees a password. The whole exchange runs also for a verifier that nothing fits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use crate::pg::{Fault, SqlState};
use crate::tenant::Verifier;

/// The mechanism without channel binding.
pub(super) const PLAIN: &str = "SCRAM-SHA-256";
/// The mechanism bound to the server's certificate.
pub(super) const PLUS: &str = "SCRAM-SHA-256-PLUS";

/// After the server's first message.
pub(super) struct Challenged<'a> {
    verifier: &'a Verifier,
    /// What the client must repeat in `c=`.
    bound: String,
    plus: bool,
    nonce: String,
    /// client-first-bare and server-first, as the signature covers them.
    before: String,
    /// server-first-message.
    pub(super) challenge: String,
}

/// Reads the client's first message and makes the challenge.
///
/// `end_point` is the channel-binding value of this connection's certificate, when there is TLS.
///
/// # Errors
/// FATAL 08P01 for a message that is none, 28000 for a downgraded binding.
pub(super) fn challenge<'a>(
    verifier: &'a Verifier,
    end_point: Option<&[u8]>,
    mechanism: &str,
    message: &[u8],
    nonce: &str,
) -> Result<Challenged<'a>, Fault> {
    let plus = match (mechanism, end_point) {
        (PLAIN, _) => false,
        (PLUS, Some(_)) => true,
        _ => {
            return Err(violation(
                "client selected an invalid SASL authentication mechanism",
            ));
        }
    };
    let message =
        std::str::from_utf8(message).map_err(|_| malformed("The message is not in UTF-8."))?;
    let mut parts = message.splitn(3, ',');
    let (Some(flag), Some(identity), Some(bare)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("The message is incomplete."));
    };
    check_flag(flag, plus, end_point.is_some())?;
    if !identity.is_empty() {
        return Err(unsupported(
            "client uses authorization identity, but it is not supported",
        ));
    }
    let mut attributes = bare.split(',');
    let user = attributes.next().unwrap_or_default();
    if user.starts_with("m=") {
        return Err(unsupported(
            "client requires an unsupported SCRAM extension",
        ));
    }
    // The name is in the start-up packet already; here it is ignored, as PostgreSQL does.
    let client_nonce = match attributes.next().and_then(|part| part.strip_prefix("r=")) {
        Some(nonce) if user.starts_with("n=") && printable(nonce) => nonce,
        _ => return Err(malformed("Attribute expected, but not found.")),
    };
    let nonce = format!("{client_nonce}{nonce}");
    let challenge = format!(
        "r={nonce},s={},i={}",
        STANDARD.encode(&verifier.salt),
        verifier.iterations
    );
    let mut binding = format!("{flag},,").into_bytes();
    if let (true, Some(end_point)) = (plus, end_point) {
        binding.extend_from_slice(end_point);
    }
    Ok(Challenged {
        verifier,
        bound: STANDARD.encode(binding),
        plus,
        before: format!("{bare},{challenge}"),
        nonce,
        challenge,
    })
}

fn check_flag(flag: &str, plus: bool, binding: bool) -> Result<(), Fault> {
    match (flag, plus) {
        ("n", false) => Ok(()),
        ("y", false) if !binding => Ok(()),
        ("y", false) => Err(Fault::fatal(
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            "SCRAM channel binding negotiation error",
        )
        .detail(
            "The client supports SCRAM channel binding but thinks the server does not.  \
             However, this server does support channel binding.",
        )),
        ("p=tls-server-end-point", true) => Ok(()),
        ("n" | "y", true) => Err(malformed(
            "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include \
             channel binding data.",
        )),
        (flag, true) if flag.starts_with("p=") => {
            Err(violation("unsupported SCRAM channel-binding type"))
        }
        (flag, false) if flag.starts_with("p=") => Err(malformed(
            "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message \
             includes channel binding data.",
        )),
        _ => Err(malformed("Unexpected channel-binding flag.")),
    }
}

impl Challenged<'_> {
    /// Reads the client's final message: the server's final message when the proof holds, `None`
    /// when it does not.
    ///
    /// # Errors
    /// FATAL 08P01 for a message that is none, 28000 for a foreign channel.
    pub(super) fn verify(&self, message: &[u8]) -> Result<Option<String>, Fault> {
        let message =
            std::str::from_utf8(message).map_err(|_| malformed("The message is not in UTF-8."))?;
        let Some((without_proof, proof)) = message.rsplit_once(",p=") else {
            return Err(malformed("Proof expected, but not found."));
        };
        let mut attributes = without_proof.split(',');
        let bound = attributes.next().and_then(|part| part.strip_prefix("c="));
        if bound != Some(self.bound.as_str()) {
            return Err(if self.plus {
                Fault::fatal(
                    SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
                    "SCRAM channel binding check failed",
                )
            } else {
                violation("unexpected SCRAM channel-binding attribute in client-final-message")
            });
        }
        let nonce = attributes.next().and_then(|part| part.strip_prefix("r="));
        if nonce != Some(self.nonce.as_str()) {
            return Err(violation("invalid SCRAM response").detail("Nonce does not match."));
        }
        let proof: [u8; 32] = STANDARD
            .decode(proof)
            .ok()
            .and_then(|proof| proof.try_into().ok())
            .ok_or_else(|| malformed("Malformed proof in client-final-message."))?;

        let signed = format!("{},{without_proof}", self.before);
        let sign =
            |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        let mut client_key = proof;
        for (byte, mask) in client_key
            .iter_mut()
            .zip(sign(&self.verifier.stored_key).as_ref())
        {
            *byte ^= mask;
        }
        let stored = digest::digest(&digest::SHA256, &client_key);
        if !same(stored.as_ref(), &self.verifier.stored_key) {
            return Ok(None);
        }
        let signature = sign(&self.verifier.server_key);
        Ok(Some(format!("v={}", STANDARD.encode(signature.as_ref()))))
    }
}

/// Compares in a time that depends on the lengths only.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0, |seen, (left, right)| {
        std::hint::black_box(seen | (left ^ right))
    });
    left.len() == right.len() && differing == 0
}

fn printable(nonce: &str) -> bool {
    !nonce.is_empty() && nonce.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
}

fn violation(message: &str) -> Fault {
    Fault::fatal(SqlState::PROTOCOL_VIOLATION, message)
}

fn malformed(detail: &str) -> Fault {
    violation("malformed SCRAM message").detail(detail)
}

fn unsupported(message: &str) -> Fault {
    Fault::fatal(SqlState::FEATURE_NOT_SUPPORTED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677, section 3: user "user", password "pencil".
    fn vector() -> Verifier {
        let key = |text: &str| STANDARD.decode(text).unwrap().try_into().unwrap();
        Verifier {
            iterations: 4096,
            salt: STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap(),
            stored_key: key("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="),
            server_key: key("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="),
        }
    }

    const FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                         p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn rfc_7677_vector_holds() {
        let verifier = vector();
        let challenged = challenge(&verifier, None, PLAIN, FIRST, NONCE).unwrap();
        assert_eq!(
            challenged.challenge,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        assert_eq!(
            challenged.verify(FINAL.as_bytes()).unwrap().as_deref(),
            Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        );
    }

    #[test]
    fn a_wrong_proof_is_no_and_a_broken_one_is_an_error() {
        let verifier = vector();
        let challenged = challenge(&verifier, None, PLAIN, FIRST, NONCE).unwrap();
        let wrong = FINAL.replace("p=dH", "p=eH");
        assert_eq!(challenged.verify(wrong.as_bytes()).unwrap(), None);
        for broken in [
            FINAL.replace(",p=", ",q="),
            FINAL.replace("VQ=", ""),
            FINAL.replace("c=biws", "c=eSws"),
            FINAL.replace("k0,", "k1,"),
            String::new(),
        ] {
            assert!(challenged.verify(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn binding_cannot_be_downgraded_or_moved() {
        let verifier = vector();
        let end = Some(&b"hash"[..]);
        let first = |flag: &str| format!("{flag},,n=,r=abc").into_bytes();
        for (mechanism, flag, state) in [
            (PLAIN, "y", "28000"),
            (PLAIN, "p=tls-server-end-point", "08P01"),
            (PLUS, "n", "08P01"),
            (PLUS, "p=tls-unique", "08P01"),
            ("PLAIN", "n", "08P01"),
        ] {
            let Err(fault) = challenge(&verifier, end, mechanism, &first(flag), "x") else {
                panic!("{mechanism} {flag} was taken");
            };
            assert_eq!(fault.state.0, state, "{mechanism} {flag}");
        }
        let bound = challenge(&verifier, end, PLUS, &first("p=tls-server-end-point"), "x").unwrap();
        let other = STANDARD.encode("p=tls-server-end-point,,other");
        let Err(fault) = bound.verify(format!("c={other},r=abcx,p=").as_bytes()) else {
            panic!("a foreign channel was taken");
        };
        assert_eq!(fault.message, "SCRAM channel binding check failed");
        assert!(challenge(&verifier, None, PLUS, &first("p=tls-server-end-point"), "x").is_err());
    }
}
