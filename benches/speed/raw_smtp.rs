//! What the sink can take: one connection, ready bytes, one command for each answer, no database.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use anyhow::{Result, ensure};

/// Mails a second of so many bytes each.
pub fn rate(sink: SocketAddr, mails: usize, size: usize) -> Result<f64> {
    let stream = TcpStream::connect(sink)?;
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(&stream);
    let mut to = &stream;
    let mut body = [b"0123456789".repeat(7), b"\r\n".to_vec()].concat().repeat(size / 72 + 1);
    body.extend_from_slice(b".\r\n");
    let mut line = String::new();
    let mut hear = || -> Result<()> {
        loop {
            line.clear();
            from.read_line(&mut line)?;
            if line.as_bytes().get(3) != Some(&b'-') {
                ensure!(line.starts_with(['2', '3']), "the sink says {line}");
                return Ok(());
            }
        }
    };
    hear()?;
    to.write_all(b"EHLO bench\r\n")?;
    hear()?;
    let begun = Instant::now();
    for number in 0..mails {
        let recipient = format!("RCPT TO:<person{number}@example.org>\r\n");
        for words in [&b"MAIL FROM:<health@example.org>\r\n"[..], recipient.as_bytes(), b"DATA\r\n", &body] {
            to.write_all(words)?;
            hear()?;
        }
    }
    Ok(mails as f64 / begun.elapsed().as_secs_f64())
}
