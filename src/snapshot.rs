//! How a published state is laid out, made durable, found, pinned and thrown away.
