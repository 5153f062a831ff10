//! Somebody who listens for alerts.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver on a free port of 127.0.0.1, below a path that nobody else knows.
pub(crate) struct Receiver {
    listener: TcpListener,
    secret: &'static str,
}

impl Receiver {
    pub(crate) async fn start(secret: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, secret }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!(
            "http://{}/{}",
            self.listener.local_addr().unwrap(),
            self.secret
        )
    }

    /// What the next POST says, which is answered so.
    pub(crate) async fn next(&self, answer: &str) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.take(answer)).await;
        next.expect("nothing is told")
    }

    /// Whether nothing comes for so long.
    pub(crate) async fn is_quiet(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.listener.accept())
            .await
            .is_err()
    }

    async fn take(&self, answer: &str) -> Value {
        let (mut socket, _) = self.listener.accept().await.unwrap();
        let mut text = String::new();
        let mut part = [0; 4096];
        let body = loop {
            let read = socket.read(&mut part).await.unwrap();
            text.push_str(std::str::from_utf8(&part[..read]).unwrap());
            let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
            if let Some(body) = body.filter(|body| body.ends_with('}')) {
                break body;
            }
        };
        let begins = format!("POST /{} HTTP/1.1\r\n", self.secret);
        assert!(text.starts_with(&begins), "{text}");
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        socket.write_all(answer.as_bytes()).await.unwrap();
        serde_json::from_str(&body).unwrap()
    }
}
