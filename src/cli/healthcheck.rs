//! `hearth healthcheck`: one GET of `/readyz`, with a deadline, and nothing else needed.

use std::time::Duration;

use super::Error;
use super::admin_port::AdminPort;

/// Asks the admin port at `url` whether the process is ready.
pub(super) fn run(url: &str) -> Result<(), Error> {
    let reply = AdminPort::at(url, DEADLINE)?.page("/readyz");
    let reply = reply.map_err(|source| Error::Silent { url: url.to_owned(), source })?;
    if reply.status == 200 {
        return Ok(());
    }
    let first = reply.body.lines().next().unwrap_or_default();
    let answer = format!("{} {first}", reply.status).trim_end().to_owned();
    Err(Error::NotReady { url: url.to_owned(), answer })
}

const DEADLINE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
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

        let request = request.join().expect("the server ends").to_ascii_lowercase();
        let host = url.trim_start_matches("http://");
        assert!(request.starts_with("get /readyz http/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("host: {host}\r\n")), "{request}");
    }

    #[test]
    fn a_process_that_answers_otherwise_is_not() {
        let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 9\r\n\r\nstopping\n";
        let (url, _request) = server(busy);

        let error = run(&url).expect_err("it is not ready");

        assert!(matches!(&error, Error::NotReady { answer, .. } if answer == "503 stopping"));
        for answer in ["", "SSH-2.0-x 200\r\n"] {
            let (url, _request) = server(answer);
            assert!(matches!(run(&url), Err(Error::Silent { .. })), "{answer:?}");
        }
    }

    #[test]
    fn nobody_there_is_silence() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = listener.local_addr().expect("it is bound").to_string();
        drop(listener);

        assert!(matches!(run(&url), Err(Error::Silent { .. })));
    }
}
