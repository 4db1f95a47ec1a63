//! The transport against a real socket on loopback: what is sent, what is read, and what each fault becomes.
#![cfg(not(target_arch = "wasm32"))]
// A test panics to fail, and its small functions are no exception.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use costrict_credit::domain::connection::ConnectionFault;
use costrict_credit::domain::time::Millis;
use costrict_credit::http::Http;
use costrict_credit::ports::{ApiReply, ApiRequest, Method, Transport, TransportError};

/// A server that reads one request, answers with `reply` and closes; returns the request.
fn serve(reply: Vec<u8>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request_text, mut part) = (String::new(), [0; 4096]);
        while !request_text.contains("\r\n\r\n") {
            let length = stream.read(&mut part).unwrap();
            request_text.push_str(&String::from_utf8_lossy(&part[..length]));
        }
        // The client may hang up in the middle of a body that it does not want.
        let _ = stream.write_all(&reply);
        request_text
    });
    (address, served)
}

fn reply(head: &str, body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}

fn request(method: Method, body: Option<&str>) -> ApiRequest {
    ApiRequest {
        method,
        path: "/quota-manager/api/v1/quota".into(),
        body: body.map(str::to_owned),
        headers: vec![("content-type", "application/json".into())],
        time_limit: Millis::seconds(5),
    }
}

fn send(address: SocketAddr, token: &str, request: ApiRequest) -> Result<ApiReply, TransportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Http::new().send(&format!("http://{address}"), Some(token), request))
}

#[test]
fn the_token_goes_into_one_header_and_nowhere_else() {
    let (address, served) = serve(reply("200 OK\r\nDate: Mon, 15 Jun 2026 04:00:00 GMT", b"{}"));
    let reply = send(address, "secret-token", request(Method::Post, Some("{\"a\":1}"))).unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"{}".as_slice()));
    assert_eq!(reply.header("date"), Some("Mon, 15 Jun 2026 04:00:00 GMT"));
    let request_text = served.join().unwrap();
    assert!(request_text.starts_with("POST /quota-manager/api/v1/quota HTTP/1.1\r\n"), "{request_text}");
    assert!(request_text.contains("authorization: Bearer secret-token\r\n"), "{request_text}");
    assert_eq!(request_text.matches("secret-token").count(), 1);
}

#[test]
fn a_refusal_is_a_reply() {
    let (address, _) = serve(reply("429 Too Many Requests\r\nRetry-After: 7", b""));
    let reply = send(address, "t", request(Method::Get, None)).unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("7")));
}

#[test]
fn a_body_over_four_mebibytes_is_refused_with_and_without_a_length() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let declared = format!("200 OK\r\ncontent-length: {}", LIMIT + 1);
    for (head, length, refused) in
        [(declared.as_str(), LIMIT + 1, true), ("200 OK", LIMIT + 1, true), ("200 OK", LIMIT, false)]
    {
        let (address, _) = serve(reply(head, &vec![b' '; length]));
        let outcome = send(address, "t", request(Method::Get, None));
        assert_eq!(outcome == Err(TransportError::BodyTooLarge), refused, "{head}: {length}");
    }
}

#[test]
fn an_unsent_request_is_distinguished_from_one_that_may_have_arrived() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = send(closed, "t", request(Method::Post, Some("{}"))).unwrap_err();
    assert_eq!(refused, TransportError::Connection(ConnectionFault::Refused));
    assert!(refused.is_surely_unsent());
    assert_eq!(send(closed, "not a\nheader", request(Method::Get, None)), Err(TransportError::NotSent));
    let (address, _) = serve(Vec::new());
    assert_eq!(send(address, "t", request(Method::Post, Some("{}"))), Err(TransportError::NoAnswer));
    let (address, _) = serve(reply("200 OK\r\ncontent-length: 10", b"{}"));
    assert_eq!(send(address, "t", request(Method::Get, None)), Err(TransportError::NoAnswer), "cut body");
}

/// A server that answers every request with `reply` until it is dropped; counts them.
struct Repeating {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Repeating {
    fn start(reply: impl Fn(SocketAddr, &str) -> Vec<u8> + Send + 'static) -> Repeating {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut head, mut part) = (stream.unwrap(), String::new(), [0; 4096]);
                while !head.contains("\r\n\r\n") {
                    let length = stream.read(&mut part).unwrap();
                    head.push_str(&String::from_utf8_lossy(&part[..length]));
                }
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&reply(address, &head));
            }
        });
        Repeating { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn redirect(status: &str, to: &str) -> Vec<u8> {
    reply(&format!("{status}\r\nlocation: {to}\r\ncontent-length: 0"), b"")
}

#[test]
fn a_write_is_sent_once_whatever_it_is_redirected_to() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Repeating::start(move |address, _| redirect(status, &format!("http://{address}/again")));
        let outcome = send(server.address, "t", request(Method::Post, Some("{}")));
        assert_eq!((outcome, server.requests()), (Err(TransportError::Redirected), 1), "{status}");
    }
    assert!(!TransportError::Redirected.is_surely_unsent());
}

#[test]
fn a_read_follows_its_own_server_and_no_other() {
    let home = Repeating::start(|address, head| match head.starts_with("GET /moved ") {
        true => reply("200 OK", b"{}"),
        false => redirect("307 Temporary Redirect", &format!("http://{address}/moved")),
    });
    assert_eq!(send(home.address, "t", request(Method::Get, None)).unwrap().body, b"{}");
    assert_eq!(home.requests(), 2);

    let other = Repeating::start(|_, _| reply("200 OK", b"{}"));
    let foreign = other.address;
    let home = Repeating::start(move |_, _| redirect("302 Found", &format!("http://{foreign}/x")));
    assert_eq!(send(home.address, "t", request(Method::Get, None)), Err(TransportError::Redirected));
    assert_eq!((home.requests(), other.requests()), (1, 0));

    let circle = Repeating::start(|address, _| redirect("302 Found", &format!("http://{address}/x")));
    assert_eq!(send(circle.address, "t", request(Method::Get, None)), Err(TransportError::Redirected));
    assert!(circle.requests() <= 6);
}

#[test]
fn the_time_limit_spans_the_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Headers and the first byte come, and then nothing for as long as the client keeps the connection open.
    let held = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{").unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let request = ApiRequest { time_limit: Millis(3_000), ..request(Method::Get, None) };
    assert_eq!(send(address, "t", request), Err(TransportError::Connection(ConnectionFault::TimedOut)));
    held.join().unwrap();
}
