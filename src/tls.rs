//! The certificate in use: load, check, reload.
//!
//! A certificate that cannot be used is an error at start-up, never a reason to serve in plain text.
//! Later the files are watched: a good new pair is used by the next connection, a bad one is
//! reported and the last good one stays.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use ring::digest;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto, version};
use tokio_util::sync::CancellationToken;
use x509_certificate::{SignatureAlgorithm, X509Certificate};

use crate::clock::Clock;
use crate::telemetry;

/// The name of the protocol in direct TLS, as registered with IANA.
pub const ALPN: &[u8] = b"postgresql";

/// How often the files are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(2);

/// A PEM file of ours is never larger.
const FILE_BYTES: u64 = 1 << 20;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the machine says.
        source: std::io::Error,
    },
    /// The file holds nothing of the kind.
    #[error("{path} holds no {what} in PEM form")]
    Missing {
        /// The file.
        path: PathBuf,
        /// Certificate or private key.
        what: &'static str,
    },
    /// The certificate is not one.
    #[error("{path} holds a certificate that cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: x509_certificate::X509CertificateError,
    },
    /// The certificate is no longer valid.
    #[error("the certificate in {path} expired at {at}")]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: DateTime<Utc>,
    },
    /// Key and certificate do not fit, or are of a kind that is not supported.
    #[error("the certificate in {path} cannot be used with its key")]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// One loaded pair of certificate and key.
pub struct Loaded {
    acceptor: TlsAcceptor,
    /// The value of `tls-server-end-point` (RFC 5929); `None` when its hash is not defined.
    pub end_point: Option<Vec<u8>>,
    /// When the certificate ends.
    pub expires: DateTime<Utc>,
}

impl Loaded {
    /// What makes a TLS connection out of a plain one.
    pub fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The certificate of the server.
#[derive(Debug)]
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    clock: Clock,
    current: RwLock<Arc<Loaded>>,
}

impl Certificate {
    /// Loads and checks a certificate chain and its key.
    ///
    /// # Errors
    /// Every variant of [`Error`].
    pub fn load(certificate: &Path, key: &Path, clock: &Clock) -> Result<Self, Error> {
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            clock: clock.clone(),
            current: RwLock::new(Arc::new(load(certificate, key, clock)?)),
        })
    }

    /// The pair that new connections use.
    pub fn current(&self) -> Arc<Loaded> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the files as they are now.
    ///
    /// # Errors
    /// Every variant of [`Error`]; then the last good pair stays.
    pub fn reload(&self) -> Result<(), Error> {
        let fresh = Arc::new(load(&self.certificate, &self.key, &self.clock)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reloads when a file changes, until the server drains.
    pub async fn watch(&self, drain: CancellationToken) {
        let mut seen = self.stamps();
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                () = tokio::time::sleep(WATCH_EVERY) => (),
            }
            let now = self.stamps();
            if now == seen {
                continue;
            }
            seen = now;
            match self.reload() {
                Ok(()) => tracing::info!(expires = %self.current().expires, "certificate reloaded"),
                Err(error) => tracing::error!(
                    error = telemetry::chain(&error),
                    "certificate not reloaded, the last good one stays"
                ),
            }
        }
    }

    fn stamps(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

fn load(certificate: &Path, key: &Path, clock: &Clock) -> Result<Loaded, Error> {
    let missing = |path: &Path, what| Error::Missing {
        path: path.to_owned(),
        what,
    };
    let chain: Vec<CertificateDer<'static>> = rustls_pemfile::certs(&mut &*read(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|source| cannot_read(certificate, source))?;
    let first = chain
        .first()
        .ok_or_else(|| missing(certificate, "certificate"))?;
    let parsed = X509Certificate::from_der(first).map_err(|source| Error::Unreadable {
        path: certificate.to_owned(),
        source,
    })?;
    let expires = parsed.validity_not_after();
    if expires <= clock.now() {
        return Err(Error::Expired {
            path: certificate.to_owned(),
            at: expires,
        });
    }
    let end_point = end_point(&parsed, first);
    let secret = rustls_pemfile::private_key(&mut &*read(key)?)
        .map_err(|source| cannot_read(key, source))?
        .ok_or_else(|| missing(key, "private key"))?;
    let config = configure(chain, secret).map_err(|source| Error::Unusable {
        path: certificate.to_owned(),
        source,
    })?;
    Ok(Loaded {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        end_point,
        expires,
    })
}

fn configure(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// RFC 5929, section 4.1: the certificate's hash by its signature's hash, SHA-256 for older ones.
fn end_point(parsed: &X509Certificate, der: &[u8]) -> Option<Vec<u8>> {
    use SignatureAlgorithm as By;
    let hash = match parsed.signature_algorithm()? {
        By::RsaSha1 | By::RsaSha256 | By::EcdsaSha256 => &digest::SHA256,
        By::RsaSha384 | By::EcdsaSha384 => &digest::SHA384,
        By::RsaSha512 => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(hash, der).as_ref().to_vec())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| cannot_read(path, source))?;
    Ok(bytes)
}

fn cannot_read(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// Makes a key and a self-signed certificate of `days` days, as an operator would.
    fn make(folder: &Path, name: &str, days: &str) -> (PathBuf, PathBuf) {
        let paths = ["crt", "key"].map(|end| folder.join(format!("{name}.{end}")));
        let [certificate, key] = paths;
        let done = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-nodes",
                "-subj",
                "/CN=localhost",
            ])
            .args(["-pkeyopt", "ec_paramgen_curve:P-256", "-days", days, "-out"])
            .arg(&certificate)
            .arg("-keyout")
            .arg(&key)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        (certificate, key)
    }

    #[test]
    fn a_bad_certificate_is_an_error_and_never_plain_text() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let (certificate, key) = make(folder.path(), "a", "10");
        let (other, other_key) = make(folder.path(), "b", "10");
        let loaded = Certificate::load(&certificate, &key, &clock).unwrap();
        assert_eq!(loaded.current().end_point.as_ref().unwrap().len(), 32);

        let error = |certificate: &Path, key: &Path, clock: &Clock| {
            Certificate::load(certificate, key, clock).unwrap_err()
        };
        assert!(matches!(
            error(&folder.path().join("none"), &key, &clock),
            Error::Read { .. }
        ));
        assert!(matches!(error(&key, &key, &clock), Error::Missing { .. }));
        assert!(matches!(
            error(&certificate, &certificate, &clock),
            Error::Missing { .. }
        ));
        assert!(matches!(
            error(&certificate, &other_key, &clock),
            Error::Unusable { .. }
        ));
        let later = Clock::fixed(clock.micros() + 11 * 86_400_000_000);
        assert!(matches!(
            error(&certificate, &key, &later),
            Error::Expired { .. }
        ));
        assert!(Certificate::load(&other, &other_key, &clock).is_ok());
    }

    #[test]
    fn a_bad_new_pair_leaves_the_last_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let (certificate, key) = make(folder.path(), "a", "10");
        let loaded = Certificate::load(&certificate, &key, &clock).unwrap();
        let before = loaded.current().expires;
        fs::write(&certificate, "nonsense").unwrap();
        assert!(loaded.reload().is_err());
        assert_eq!(loaded.current().expires, before);
        make(folder.path(), "a", "20");
        loaded.reload().unwrap();
        assert!(loaded.current().expires > before);
    }
}
