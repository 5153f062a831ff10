//! A text that must not be seen, and where it is kept.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ring::{hmac, rand};
use zeroize::Zeroizing;

/// A text that has no `Display`, hides itself in `Debug`, is wiped on drop and is compared in
/// constant time.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one place that uses it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// Compares digests under a fresh key, so the time tells nothing about where two texts differ.
    fn eq(&self, other: &Self) -> bool {
        let Ok(key) = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new()) else {
            return false;
        };
        let tag = hmac::sign(&key, self.0.as_bytes());
        hmac::verify(&key, other.0.as_bytes(), tag.as_ref()).is_ok()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A secret is never longer.
const SECRET_BYTES: u64 = 64 << 10;

/// Where a secret is kept. Files of ours hold this in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// A file, read whole; one line end after it does not belong to it.
    File(PathBuf),
    /// A variable of the process's environment.
    Environment(String),
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Its file cannot be read.
    #[error("cannot read the secret in {file}")]
    File {
        /// The last two parts of the path.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// Its variable is not set.
    #[error("the environment variable {0}, which should hold a secret, is not set")]
    Environment(String),
    /// There is nothing in it.
    #[error("the secret in {0} is empty")]
    Empty(String),
}

impl SecretRef {
    /// Reads the secret; anew every time, so that a changed one is used from then on.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::File(path) => {
                let text = super::file::read(path, SECRET_BYTES).map_err(|error| {
                    let source = match error {
                        super::Error::Read { source, .. } => source,
                        invalid @ super::Error::Invalid { .. } => io::Error::other(invalid),
                    };
                    SecretError::File {
                        file: last_parts(path),
                        source,
                    }
                })?;
                Zeroizing::new(text)
            }
            Self::Environment(name) => {
                #[expect(clippy::disallowed_methods, reason = "this is where they are read")]
                let value = std::env::var(name);
                Zeroizing::new(value.map_err(|_| SecretError::Environment(name.clone()))?)
            }
        };
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return Err(SecretError::Empty(self.shown()));
        }
        Ok(Secret::new(line.to_owned()))
    }

    /// The place for people: of a path the last two parts.
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => format!("file:{}", last_parts(path)),
            Self::Environment(name) => format!("env:{name}"),
        }
    }
}

fn last_parts(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let from = parts.len().saturating_sub(2);
    parts.get(from..).unwrap_or_default().join("/")
}

impl FromStr for SecretRef {
    type Err = &'static str;

    /// The error does not repeat the text, which may be the secret itself.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match text.split_once(':') {
            Some(("file", path)) if Path::new(path).is_absolute() => {
                Ok(Self::File(PathBuf::from(path)))
            }
            Some(("env", variable)) if !variable.is_empty() && variable.chars().all(name) => {
                Ok(Self::Environment(variable.to_owned()))
            }
            _ => Err("must say where the secret is kept, as file:/absolute/path or env:NAME"),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Environment(name) => write!(f, "env:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text_and_equality_still_holds() {
        let secret = Secret::new("correct horse".to_owned());
        assert!(!format!("{secret:?}").contains("horse"));
        assert_eq!(secret, Secret::new("correct horse".to_owned()));
        assert_ne!(secret, Secret::new("correct hors".to_owned()));
    }

    #[test]
    fn a_reference_leads_to_the_secret_and_an_error_does_not_tell_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "correct horse\n").unwrap();
        let place: SecretRef = format!("file:{}", path.display()).parse().unwrap();
        assert_eq!(place.read().unwrap().expose(), "correct horse");
        assert_eq!(place.to_string().parse::<SecretRef>().unwrap(), place);
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(place.read(), Err(SecretError::Empty(_))));
        let home: SecretRef = "env:PATH".parse().unwrap();
        assert!(home.read().unwrap().expose().contains('/'));
        let unset: SecretRef = "env:SYLLABASE_NO_SUCH_SECRET".parse().unwrap();
        assert!(matches!(unset.read(), Err(SecretError::Environment(_))));
        for bad in ["correct horse", "file:password", "env:", "env:A B"] {
            let said = bad.parse::<SecretRef>().unwrap_err();
            assert!(!said.contains("horse"));
        }
    }
}
