//! Reading an SMTP reply (RFC 5321, 4.2).
//!
//! Strict where a wrong guess would lose or double a letter: three digits from 2 to 5, the same code on every line, an end.
//! Lenient where nothing depends on it: the text may be missing or in any encoding, and a bare LF ends a line. No reply is
//! longer than 64 KiB, however long the relay goes on. Called by `conversation`.

/// More than any relay has to say.
const LONGEST: usize = 64 * 1024;
/// So much of its words is kept, in characters.
const WORDS: usize = 1000;

/// A valid reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits, 200 to 599.
    pub(super) code: u16,
    /// The texts behind the code, without what could not be shown or stored.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Whether it accepts: 2yz.
    pub(super) fn is_yes(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Its words on one line.
    pub(super) fn words(&self) -> String {
        self.lines.join(" ").chars().take(WORDS).collect()
    }
}

/// The first reply in what was read and how many bytes it takes; `None` while it is not complete.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence without the relay's words.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(Reply, usize)>, String> {
    let (mut code, mut lines, mut length) = (None, Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line.strip_suffix(b"\n") else { break };
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        length += line.len();
        let (own, last, words) = read_line(text).ok_or("its reply was none")?;
        if *code.get_or_insert(own) != own {
            return Err("the lines of its reply contradict each other".to_owned());
        }
        lines.push(words);
        if last && length <= LONGEST {
            return Ok(Some((Reply { code: own, lines }, length)));
        }
    }
    if bytes.len() > LONGEST {
        return Err("its reply did not end".to_owned());
    }
    Ok(None)
}

/// The code, whether the line is the last of its reply, and the text.
fn read_line(line: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !(b'2'..=b'5').contains(&digits[0]) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let (last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return None,
    };
    // A database refuses NUL, and a terminal obeys the others.
    let shown =
        String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Some((code, last, shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(bytes: &[u8]) -> (u16, String, usize) {
        let (reply, length) = read(bytes).unwrap().unwrap();
        (reply.code, reply.words(), length)
    }

    #[test]
    fn a_reply_is_read_to_its_end_and_no_further() {
        for (given, code, words, length) in [
            (&b"250 2.0.0 Ok\r\n"[..], 250, "2.0.0 Ok", 14),
            (b"250 a\r\n250 b\r\n", 250, "a", 7),
            (b"250-a\r\n250-\r\n250 b\r\n", 250, "a  b", 20),
            (b"354\r\n", 354, "", 5),
            (b"250 bare\n", 250, "bare", 9),
            (b"550 gr\xfc\xdfe\0\x1b\r\n", 550, "gr\u{fffd}\u{fffd}e\u{fffd}\u{fffd}", 13),
        ] {
            assert_eq!(reply(given), (code, words.to_owned(), length), "{given:?}");
        }
    }

    #[test]
    fn half_a_reply_is_waited_for() {
        for given in [&b""[..], b"2", b"250 ok", b"250 ok\r", b"250-a\r\n", b"250-a\r\n25"] {
            assert_eq!(read(given), Ok(None), "{given:?}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for given in
            [&b"\r\n"[..], b"ok\r\n", b"25\r\n", b"2500 a\r\n", b"150 a\r\n", b"650 a\r\n", b"\xff\xfe\0\n"]
        {
            assert!(read(given).is_err(), "{given:?}");
        }
        assert!(read(b"250-a\r\n550 b\r\n").is_err(), "two codes in one reply");
        let endless = [&b"250 "[..], &b"a".repeat(LONGEST)].concat();
        assert!(read(&endless).is_err(), "a line without an end");
        let many = b"250-a\r\n".repeat(LONGEST);
        assert!(read(&many).is_err(), "lines without an end");
        assert_eq!(reply(&[&b"250 "[..], &b"a".repeat(60_000), b"\r\n"].concat()).1.len(), WORDS);
    }
}
