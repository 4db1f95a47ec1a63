//! Connections that are silent, slow, greedy or many: none of them keeps others out.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use costrict_credit::domain::time::Millis;
use ledger::http::limits::Limits;
use ledger::http::{App, Options, Running, serve_within};
use reqwest::Method;
use serde_json::json;

use crate::process::Served;
use crate::world::{Base, CHAT, QUOTA, User, World};

/// A world on SQLite with a second server in front of it that has these limits.
async fn limited(limits: Limits) -> (Base, World, Running, User) {
    let base = Base::sqlite();
    let world = base.start().await;
    let user = world.user("ann", &[("100", "2026-06-30T23:59:59+08:00")]).await;
    let options = Options { admin: true, ..Options::default() };
    let running = serve_within(App::new(world.ledger.clone(), options), "127.0.0.1", 0, limits).await.unwrap();
    (base, world, running, user)
}

/// Long enough for every condition, short enough for a person who waits for the failure.
const PATIENCE: Duration = Duration::from_secs(60);
const NEVER: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_millis(200);

const GENEROUS: Limits = Limits { head_timeout: NEVER, body_timeout: NEVER, write_timeout: NEVER, connections_max: 64 };

fn connect(running: &Running, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

/// What comes until the server closes the connection.
fn until_closed(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(reason) => assert_eq!(reason.kind(), std::io::ErrorKind::ConnectionReset, "still open: {reason}"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_and_half_sent_heads_are_closed() {
    let (_base, _world, running, _) = limited(Limits { head_timeout: SOON, ..GENEROUS }).await;
    let answered = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for bytes in ["", "GET /quota", "GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ", answered] {
        let stream = connect(&running, bytes);
        let text = blocking(move || until_closed(stream)).await;
        assert_eq!(text.contains("\r\n\r\nok\n"), bytes == answered, "{bytes:?}: {text:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_stalls_or_drips_is_given_up() {
    let (_base, _world, running, user) = limited(Limits { body_timeout: SOON, ..GENEROUS }).await;
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: 5000\r\n\r\n{{",
        user.token
    );
    let stalled = connect(&running, &head);
    let text = blocking(move || until_closed(stalled)).await;
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    let mut dripping = connect(&running, &head);
    let reader = dripping.try_clone().unwrap();
    let dripper = std::thread::spawn(move || {
        // Ends when the server has closed the connection.
        while dripping.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let text = blocking(move || until_closed(reader)).await;
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 400"), "{text}");
    blocking(move || dripper.join().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_house_makes_room_for_who_has_something_to_ask() {
    let (_base, world, running, user) = limited(Limits { connections_max: 4, ..GENEROUS }).await;
    // One is being answered, for longer than this test lasts.
    let slow = json!({"route": QUOTA, "latency_ms": 3_600_000, "times": 1});
    world.client.post(format!("{}/admin/faults", running.url())).json(&slow).send().await.unwrap();
    let ask = format!("GET {QUOTA} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n", user.token);
    let mut busy = connect(&running, &ask);
    while !running.app.faults.active().is_empty() {
        tokio::task::yield_now().await;
    }
    let half = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: 9\r\n\r\n{{",
        user.token
    );
    let mut silent = Vec::new();
    for number in 0..12 {
        silent.push(connect(&running, if number % 2 == 0 { "" } else { &half }));
        // A client of its own: each request has a new connection.
        let answer = reqwest::Client::new().get(format!("{}/health", running.url())).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok\n");
    }
    // The one that is being answered was left alone.
    busy.set_read_timeout(Some(SOON)).unwrap();
    let kind = blocking(move || busy.read(&mut [0]).unwrap_err().kind()).await;
    assert!(matches!(kind, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{kind:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_read_is_given_up() {
    let (_base, world, running, user) = limited(Limits { write_timeout: SOON, connections_max: 1, ..GENEROUS }).await;
    let large = json!({"route": QUOTA, "body": "x".repeat(900_000), "times": 64});
    world.client.post(format!("{}/admin/faults", running.url())).json(&large).send().await.unwrap();
    let ask = format!("GET {QUOTA} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n", user.token);
    let greedy = connect(&running, &ask.repeat(64));
    // The only place is taken by an answer under way, which nothing but the limit ends.
    let answer = reqwest::Client::new().get(format!("{}/health", running.url())).send();
    let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    drop(greedy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_addresses_and_bodies_have_a_largest_size() {
    let (_base, world, _running, user) = limited(GENEROUS).await;
    let long = "a".repeat(70_000);
    for (path, name, value) in
        [(QUOTA.to_owned(), "x-long", long.as_str()), (format!("{QUOTA}?a={long}"), "x-short", "a")]
    {
        let request = world.client.get(format!("{}{path}", world.url)).header(name, value).bearer_auth(&user.token);
        // Refused, or closed while the client was still sending.
        if let Ok(answer) = request.send().await {
            assert!(matches!(answer.status().as_u16(), 414 | 431), "{}", answer.status());
        }
    }
    let mut many = world.client.get(format!("{}{QUOTA}", world.url)).bearer_auth(&user.token);
    for number in 0..120 {
        many = many.header(format!("x-{number}"), "a");
    }
    assert_eq!(many.send().await.unwrap().status(), 431);
    let body = format!("{{\"name\":\"{}\"}}", "a".repeat(1024 * 1024));
    for path in [CHAT, crate::world::OUT, crate::world::IN, "/admin/accounts"] {
        let request = world.client.request(Method::POST, format!("{}{path}", world.url)).bearer_auth(&user.token);
        let answer = request.header("content-type", "application/json").body(body.clone()).send().await;
        if let Ok(answer) = answer {
            assert_eq!(answer.status(), 413, "{path}");
        }
    }
    // What is noted of a request is short, however long the request was.
    let address = format!("{}{QUOTA}/{}?{}", world.url, "p".repeat(20_000), "q".repeat(20_000));
    assert_eq!(world.client.get(address).bearer_auth(&user.token).send().await.unwrap().status(), 404);
    let log = world.admin(Method::GET, "/requests", None).await.text;
    assert!(log.contains("ppp") && log.len() < 10_000, "{}", log.len());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_beyond_the_descriptor_limit_do_not_block_the_ledger() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // This process has to hold more of them than the ledger may.
    let own = getrlimit(Resource::Nofile);
    let wanted = own.maximum.map_or(4_096, |maximum| maximum.min(4_096));
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted.max(own.current.unwrap_or(0))), ..own }).unwrap();
    let base = Base::sqlite();
    let world = base.start().await;
    let user = world.user("ann", &[]).await;
    let now = ledger::clock::Clock::system(Millis(0)).now();
    let claims = ledger::token::claims(&user.id, "", "", None, now, Millis::days(1));
    let token = ledger::token::mint(&world.ledger.key, &claims);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 256; exec \"$0\" serve --database \"$1\"", env!("CARGO_BIN_EXE_ledger")]);
    command.arg(base.database()).env("LEDGER_LOG", "off").stdin(Stdio::null());
    let served = Served::run(command);
    let address = served.url.trim_start_matches("http://").to_owned();
    let held = blocking(move || {
        let connect = |number: usize| {
            let mut stream = TcpStream::connect(&address).ok()?;
            let bytes: &[u8] = if number.is_multiple_of(2) { b"" } else { b"POST / HTTP/1.1\r\nhost: local" };
            stream.write_all(bytes).ok()?;
            Some(stream)
        };
        (0..366).filter_map(connect).collect::<Vec<_>>()
    })
    .await;
    let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
    let answer = client.get(format!("{}{QUOTA}", served.url)).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200, "with {} connections held", held.len());
}
