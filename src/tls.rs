//! The certificate in use: load, check, reload.
