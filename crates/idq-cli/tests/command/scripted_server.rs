//! A server that answers the requests of a test as a script says, well or badly.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// An answer of the script.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Status 200 with this body.
    Page(String),
    /// A status line without its protocol, further headers, a body.
    Status(&'static str, Vec<String>, String),
    /// Status 200, and a connection that is closed after half of this body.
    Cut(String),
    /// Half of this body as a whole answer, whose end is that of the connection.
    CutWithoutLength(String),
    /// A connection that is closed without an answer.
    Nothing,
}

/// A server that gives one answer of its script after another, and the last one forever.
pub(crate) struct ScriptedServer {
    /// The URL of the server, without a slash at the end.
    pub(crate) url: String,
    /// The heads of all requests.
    requests: Arc<Mutex<Vec<String>>>,
}

impl ScriptedServer {
    /// Starts a server. `{url}` in an answer is the server's URL.
    pub(crate) fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (own_url, heads) = (url.clone(), Arc::clone(&requests));
        // The thread ends with the process of the tests.
        std::thread::spawn(move || {
            let mut script = script.into_iter();
            let mut answer = script.next();
            for stream in listener.incoming().map_while(Result::ok) {
                let head = read_head(&stream);
                heads.lock().unwrap().push(head);
                if let Some(answer) = &answer {
                    // A client that has closed the connection does not end the server.
                    let _ = respond(&stream, answer, &own_url);
                }
                answer = script.next().or(answer);
            }
        });
        Self { url, requests }
    }

    /// Returns the heads of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the targets of the requests so far.
    pub(crate) fn targets(&self) -> Vec<String> {
        let target = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.requests().iter().map(target).collect()
    }
}

/// Reads a request up to the empty line at its end.
fn read_head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let lines = lines.take_while(|line| !line.is_empty());
    lines.map(|line| line + "\n").collect()
}

/// Writes an answer, after which the connection is closed.
fn respond(mut stream: &TcpStream, answer: &Answer, url: &str) -> std::io::Result<()> {
    let none = Vec::new();
    let (status, headers, body) = match answer {
        Answer::Nothing => return Ok(()),
        Answer::Status(status, headers, body) => (*status, headers, body),
        Answer::Page(body) | Answer::Cut(body) | Answer::CutWithoutLength(body) => {
            ("200 OK", &none, body)
        }
    };
    let body = body.replace("{url}", url);
    let sent = match answer {
        Answer::Cut(_) | Answer::CutWithoutLength(_) => body.len() / 2,
        _ => body.len(),
    };
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n")?;
    for header in headers {
        write!(stream, "{}\r\n", header.replace("{url}", url))?;
    }
    if !matches!(answer, Answer::CutWithoutLength(_)) {
        write!(stream, "Content-Length: {}\r\n", body.len())?;
    }
    write!(stream, "\r\n{}", &body[..sent])
}
