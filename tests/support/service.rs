//! A service that answers as a test says, where hearth cannot be brought to.
//!
//! Must hold: it answers each request of a connection, one after the other, until the test ends.
//! Not here: a real one behind faults (`fault_proxy/`).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// What a request is asked for: its operation, or else the first line of its head.
#[derive(Clone, Copy)]
pub(crate) enum Asked<'a> {
    Operation(&'a str),
    Path(&'a str),
}

/// The status with the headers that belong to it, and the body.
pub(crate) type Said = (&'static str, &'static str);

pub(crate) const OK: &str = "200 OK";
pub(crate) const REFUSED: &str = "400 Bad Request";

/// The URL of a service that answers so.
pub(crate) fn service(answer: impl Fn(Asked<'_>) -> Said + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || serve(stream, &*answer));
        }
    });
    format!("http://{address}")
}

/// Returns once the other side has hung up.
fn serve(stream: TcpStream, answer: &dyn Fn(Asked<'_>) -> Said) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            (reader.read_line(&mut head).ok()? > 0).then_some(())?;
        }
        let value = |name: &str| {
            let mut headers = head.lines().filter_map(|line| line.split_once(": "));
            headers.find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let length = value("content-length").map_or(Some(0), |length| length.parse().ok())?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let operation = value("x-amz-target").and_then(|target| target.rsplit('.').next());
        let path = head.lines().next().unwrap_or_default();
        let asked = operation.map_or(Asked::Path(path), Asked::Operation);
        let (status, body) = answer(asked);
        let length = body.len();
        let said = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        reader.get_mut().write_all(said.as_bytes()).ok()?;
    }
}
