//! Where a product's data comes from, as a tenant's file says it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where a product's data comes from, and how it is read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSettings {
    /// A folder of this machine.
    Folder(PathBuf),
}

impl FromStr for SourceSettings {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!(
                "{text:?} is no URL such as file:///data/acme/learnamp"
            ));
        };
        match scheme {
            "file" => {
                let path = Path::new(rest);
                let plain = path
                    .components()
                    .all(|part| !matches!(part, std::path::Component::ParentDir));
                if !path.is_absolute() || !plain {
                    return Err(format!(
                        "{text:?} must name an absolute folder, as file:///data/acme"
                    ));
                }
                Ok(Self::Folder(path.to_owned()))
            }
            "s3" | "gs" | "az" => Err(format!(
                "{scheme}:// is reserved for object stores, which this version does not read yet; \
                 copy the files to a folder and use file:///..."
            )),
            _ => Err(format!(
                "{scheme}:// is no known kind of source; use file:///folder"
            )),
        }
    }
}

impl fmt::Display for SourceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "file://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_must_be_absolute_folders() {
        assert!("file:///data/x".parse::<SourceSettings>().is_ok());
        for bad in [
            "data/x",
            "file://data/x",
            "file:///data/../etc",
            "ftp://x/y",
            "gs://x",
        ] {
            assert!(bad.parse::<SourceSettings>().is_err(), "{bad}");
        }
    }
}
