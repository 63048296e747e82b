//! The SMTP sink, a process of its own: says yes to every mail and keeps nothing but the count. It can be held, so that mails
//! gather before it, and tells when so many had come.
//!
//! Spoken to in lines: `hold`, `go`, and `wait N`, which answers with the microseconds from `go` to the N-th mail.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Longest wait for mails.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Default)]
struct Count {
    held: bool,
    /// When it was let go last, and after how long each mail since then had come.
    since: Option<Instant>,
    mails: Vec<Duration>,
}

type Shared = Arc<(Mutex<Count>, Condvar)>;

fn change<T>(shared: &Shared, act: impl FnOnce(&mut Count) -> T) -> T {
    let done = act(&mut shared.0.lock().unwrap_or_else(PoisonError::into_inner));
    shared.1.notify_all();
    done
}

fn wait_until(shared: &Shared, stop: impl Fn(&Count) -> bool) -> bool {
    let count = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = shared.1.wait_timeout_while(count, PATIENCE, |own| !stop(own));
    !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
}

/// Serves until standard input ends.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let shared = Shared::default();
    let counted = Arc::clone(&shared);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            // The client may hang up as it likes.
            std::thread::spawn(move || drop(converse(&stream, &counted)));
        }
    });
    for line in std::io::stdin().lines() {
        println!("{}", obey(&line?, &shared)?);
    }
    Ok(())
}

fn obey(line: &str, shared: &Shared) -> Result<String> {
    match line.split_once(' ') {
        None if line == "hold" => change(shared, |own| own.held = true),
        None if line == "go" => {
            let now = Instant::now();
            change(shared, |own| *own = Count { held: false, since: Some(now), mails: Vec::new() });
        }
        Some(("wait", count)) => {
            let count: usize = count.parse()?;
            let came = wait_until(shared, |own| own.mails.len() >= count);
            let last = came.then(|| change(shared, |own| own.mails.get(count - 1).copied())).flatten();
            return Ok(last.context("the mails have not come")?.as_micros().to_string());
        }
        _ => anyhow::bail!("{line} is nothing that the sink does"),
    }
    Ok("done".to_owned())
}

fn converse(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut from = BufReader::with_capacity(64 * 1024, stream);
    let mut to = stream;
    let (mut line, mut answers) = (Vec::new(), b"220 sink ESMTP\r\n".to_vec());
    loop {
        // Commands that came together are answered together.
        if from.buffer().is_empty() {
            wait_until(shared, |own| !own.held);
            to.write_all(&answers)?;
            answers.clear();
        }
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_slice() {
            b"EHLO" => answers
                .extend_from_slice(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n"),
            b"DATA" => {
                answers.extend_from_slice(b"354 go on\r\n");
                to.write_all(&answers)?;
                answers.clear();
                while line != b".\r\n" {
                    line.clear();
                    if from.read_until(b'\n', &mut line)? == 0 {
                        return Ok(());
                    }
                }
                change(shared, |own| own.mails.extend(own.since.map(|at| at.elapsed())));
                answers.extend_from_slice(b"250 2.0.0 queued\r\n");
            }
            b"QUIT" => return to.write_all(b"221 bye\r\n"),
            _ => answers.extend_from_slice(b"250 ok\r\n"),
        }
    }
}
