//! `hearth healthcheck`: one GET of `/readyz`, with a deadline, and nothing else needed.
//!
//! Not here: a general HTTP client; the answer is read no further than its first line.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::Error;
use crate::clock::Clock;

/// Asks the admin port at `url` whether the process is ready.
pub(super) fn run(url: &str) -> Result<(), Error> {
    let authority = authority(url).ok_or_else(|| Error::AdminUrl { url: url.to_owned() })?;
    let answer = ask(authority).map_err(|source| Error::Silent { url: url.to_owned(), source })?;
    let status = answer.split(' ').nth(1);
    if answer.starts_with("HTTP/1.") && status == Some("200") {
        return Ok(());
    }
    Err(Error::NotReady { url: url.to_owned(), answer })
}

/// The host and port of a URL without a path, or of an address alone.
fn authority(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("http://").unwrap_or(url);
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (host, port) = authority.rsplit_once(':')?;
    let is_plain = authority.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    (is_plain && !host.is_empty() && port.parse::<u16>().is_ok()).then_some(authority)
}

/// The first line of the answer, which must come within [`DEADLINE`].
fn ask(authority: &str) -> io::Result<String> {
    let clock = Clock::system();
    let started = clock.monotonic();
    let left = || {
        let spent = clock.monotonic().saturating_sub(started);
        let left = DEADLINE.checked_sub(spent).filter(|left| !left.is_zero());
        left.ok_or_else(|| io::Error::from(io::ErrorKind::TimedOut))
    };

    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left()?) {
            Ok(mut stream) => {
                stream.set_write_timeout(Some(left()?))?;
                write!(
                    stream,
                    "GET /readyz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
                )?;
                return first_line(&mut stream, left);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn first_line(
    stream: &mut TcpStream,
    left: impl Fn() -> io::Result<Duration>,
) -> io::Result<String> {
    let mut line = Vec::new();
    let mut chunk = [0; 256];
    while !line.contains(&b'\n') && line.len() < LINE_BYTES_MAX {
        stream.set_read_timeout(Some(left()?))?;
        let bytes = match stream.read(&mut chunk) {
            // Systems differ in what they call a time-out.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            outcome => outcome?,
        };
        if bytes == 0 {
            break;
        }
        line.extend_from_slice(&chunk[..bytes]);
    }
    let first = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(first).trim_end().to_owned())
}

const DEADLINE: Duration = Duration::from_secs(3);
const LINE_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// Answers one connection with `answer`; yields the request.
    fn server(answer: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let request = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the check connects");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a whole request");
                request.extend_from_slice(&byte);
            }
            stream.write_all(answer.as_bytes()).expect("the check reads");
            String::from_utf8(request).expect("requests are ASCII")
        });
        (url, request)
    }

    #[test]
    fn a_process_that_answers_200_is_ready() {
        let (url, request) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

        run(&url).expect("it is ready");

        let request = request.join().expect("the server ends");
        let host = url.trim_start_matches("http://");
        assert!(request.starts_with(&format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\n")));
    }

    #[test]
    fn a_process_that_answers_otherwise_is_not() {
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "", "SSH-2.0-x 200\r\n"] {
            let (url, _request) = server(answer);
            let error = run(&url).expect_err("it is not ready");
            assert!(matches!(error, Error::NotReady { .. }), "{error}");
        }
    }

    #[test]
    fn nobody_there_is_silence() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = listener.local_addr().expect("it is bound").to_string();
        drop(listener);

        assert!(matches!(run(&url), Err(Error::Silent { .. })));
    }

    #[test]
    fn only_an_address_can_be_asked() {
        for url in ["https://a:1", "http://a", "http://a:1/x", "http://:1", "a:99999", "a b:1", ""]
        {
            assert!(matches!(run(url), Err(Error::AdminUrl { .. })), "{url}");
        }
    }
}
