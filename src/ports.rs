//! What the core needs from outside. Native tests, the simulation and the wasm binding each bring their own.

use std::future::Future;
use std::pin::Pin;

use crate::domain::connection::ConnectionFault;
use crate::domain::time::{MONDAY, Millis, ServerOffset, Timestamp};

/// A callback of the host failed, did not return, or returned something unusable. Names the callback, never what it threw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The callback's name, such as `token`.
    pub callback: &'static str,
}

/// Log level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For developers of this library.
    Debug,
    /// Normal events.
    Info,
    /// Unexpected, and handled.
    Warn,
    /// Something does not work.
    Error,
}

/// Time and randomness.
pub trait Clock {
    /// The local time.
    fn now(&self) -> Timestamp;
    /// A random number in `0..1`.
    fn random(&self) -> f64;
    /// Ends after at least this long.
    fn wait(&self, length: Millis) -> impl Future<Output = ()>;
}

/// Key-value storage shared by all windows of one user, and locks where the host has them.
pub trait Store {
    /// Reads the value of a key; `None` if there is none.
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<String>, HostError>>;
    /// Writes the value of a key; `None` removes it.
    fn write(&self, key: &str, value: Option<&str>) -> impl Future<Output = Result<(), HostError>>;
    /// `None`: the host has no locks, and the library leases through storage.
    fn lock(&self, name: &str, ttl: Millis) -> impl Future<Output = Option<Result<bool, HostError>>>;
    /// Gives a lock back.
    fn unlock(&self, name: &str) -> impl Future<Output = ()>;
}

/// The signed-in user's token. It is read for each request and not kept.
pub trait Tokens {
    /// The token of the signed-in user; `None` if no user is signed in.
    fn token(&self) -> impl Future<Output = Result<Option<String>, HostError>>;
}

/// Where log lines go. Never a token, never a voucher.
pub trait Log {
    /// Takes one line.
    fn log(&self, level: LogLevel, message: &str);
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// A request to the server, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// Its method.
    pub method: Method,
    /// From the base URL on, with the query.
    pub path: String,
    /// JSON; `None` without a body.
    pub body: Option<String>,
    /// Request headers beside `Authorization`; kept to those that the server's CORS rule allows
    /// (docs/contract/endpoints.md 1.1).
    pub headers: Vec<(&'static str, String)>,
    /// Time for the whole reply.
    pub time_limit: Millis,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiReply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, unpacked.
    pub body: Vec<u8>,
}

impl ApiReply {
    /// The value of a header, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Longer bodies are refused; the limit counts unpacked bytes.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The headers of a reply that the core reads; a transport may leave the others away.
pub const READ_HEADERS: &[&str] =
    &["content-type", "date", "retry-after", "x-ratelimit-reset", "etag", "age", "x-credit-charged", "x-select-llm"];

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The request certainly did not reach the server.
    NotSent,
    /// It may have arrived: no answer, a broken connection, a time-out.
    NoAnswer,
    /// The connection failed in a way that is known. Whether the request may have arrived depends on the fault.
    Connection(ConnectionFault),
    /// A write was redirected, or a read led to another server: such an answer is not believed. A write may have arrived.
    Redirected,
    /// More than the core reads of a body.
    BodyTooLarge,
}

impl TransportError {
    /// Whether the server certainly did not receive the request, so that it may be sent again.
    pub const fn is_surely_unsent(self) -> bool {
        match self {
            TransportError::NotSent => true,
            TransportError::Connection(fault) => fault.is_before_request(),
            TransportError::NoAnswer | TransportError::Redirected | TransportError::BodyTooLarge => false,
        }
    }
}

/// The way to the server. A reply is one to this request: a transport follows no redirect of a write and none to another
/// server, and the request's time limit spans the whole reply.
pub trait Transport {
    /// Sends one request and reads the whole reply.
    fn send(
        &self,
        base_url: &str,
        token: Option<&str>,
        request: ApiRequest,
    ) -> impl Future<Output = Result<ApiReply, TransportError>>;
}

/// Work that goes on after a synchronous call has returned.
pub trait Spawn {
    /// Runs a task to its end.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);
}

/// All ports of a client.
pub trait Ports: Clock + Store + Tokens + Log + Transport + Spawn + 'static {}

impl<T: Clock + Store + Tokens + Log + Transport + Spawn + 'static> Ports for T {}

/// The IANA name of a zone that machines are set to by another one.
fn zone_alias(name: &str) -> Option<&'static str> {
    const ALIASES: [(&str, &str); 3] =
        [("Asia/Beijing", "Asia/Shanghai"), ("Asia/Shenzhen", "Asia/Shanghai"), ("Asia/Guangzhou", "Asia/Shanghai")];
    ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, known)| *known)
}

/// A time zone: a fixed offset, or a named zone with its rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The same offset at all times.
    Fixed(ServerOffset),
    /// An IANA name that [`Text::knows_zone`].
    Named(String),
}

/// How much of an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DateStyle {
    /// 28 Nov
    ShortDay,
    /// 28 Nov 2026
    ShortDayWithYear,
    /// Fri, 28 Nov
    Day,
    /// Fri, 28 Nov 2026
    DayWithYear,
    /// Friday, 28 November
    LongDay,
    /// Fri, 28 Nov, 23:59
    DayTime,
    /// Fri, 28 Nov 2026, 23:59
    DayTimeWithYear,
    /// 28 Nov, 23:59
    ShortDayTime,
    /// 28 Nov 2026, 23:59
    ShortDayTimeWithYear,
    /// 23:59
    Time,
}

/// Units of a span of time in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Months.
    Month,
    /// Years.
    Year,
}

impl TimeUnit {
    /// As `Intl.RelativeTimeFormat` names it.
    pub fn name(self) -> &'static str {
        match self {
            TimeUnit::Second => "second",
            TimeUnit::Minute => "minute",
            TimeUnit::Hour => "hour",
            TimeUnit::Day => "day",
            TimeUnit::Month => "month",
            TimeUnit::Year => "year",
        }
    }
}

/// The plural categories of CLDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plural {
    /// The form for zero.
    Zero,
    /// The form for one.
    One,
    /// The form for two.
    Two,
    /// The form for few.
    Few,
    /// The form for many.
    Many,
    /// The form for all other numbers.
    Other,
}

/// Numbers and times as people write them. Locales are tags of the core's own list (`view::locale`).
///
/// Amounts come as whole numbers with a scale, rounded by the caller: nothing is rounded here.
pub trait Text {
    /// `scaled / 10^decimals` with the locale's digits and grouping; zeros at the end of the fraction are left out.
    /// `signed` puts a plus before what is above zero.
    fn decimal(&self, locale: &str, scaled: i64, decimals: u8, signed: bool) -> String;
    /// Whole percents, with the sign where the locale puts it.
    fn percent(&self, locale: &str, percent: i64) -> String;
    /// An instant as people write it.
    fn date(&self, locale: &str, zone: &Zone, at: Timestamp, style: DateStyle) -> String;
    /// "in 2 days", "yesterday", "12 seconds ago": below zero is the past.
    fn relative(&self, locale: &str, amount: i64, unit: TimeUnit) -> String;
    /// The category of the number `scaled / 10^decimals` as [`Text::decimal`] writes it.
    fn plural(&self, locale: &str, scaled: i64, decimals: u8) -> Plural;
    /// The day that weeks begin with in the locale's region, 1 Monday to 7 Sunday; Monday where the machine does not know.
    fn first_weekday(&self, _locale: &str) -> u32 {
        MONDAY
    }
    /// For comparing without case, in any script.
    fn lower_case(&self, text: &str) -> String;
    /// Whether `name` is a time zone here.
    fn knows_zone(&self, name: &str) -> bool;
    /// How far clocks of a known zone are from UTC at an instant; `None` for a zone that is not known.
    fn named_offset(&self, name: &str, at: Timestamp) -> Option<ServerOffset>;
    /// The zone of the machine now: by name, or by its present offset where the name is not known here. `None` where the
    /// machine does not say.
    fn local_zone(&self) -> Option<Zone>;

    /// Reads a caller's zone: an offset such as `+08:00`, `Z`, an IANA name, or a name that says its offset, such as
    /// `UTC+5` or `GMT+08:00`. `None` is the caller's mistake.
    fn zone(&self, name: &str) -> Option<Zone> {
        let fixed = ServerOffset::parse(name).map(Zone::Fixed);
        let named = |name: &str| self.knows_zone(name).then(|| Zone::Named(name.to_owned()));
        fixed
            .or_else(|| named(name))
            .or_else(|| ServerOffset::from_zone_name(name).map(Zone::Fixed))
            .or_else(|| named(zone_alias(name)?))
    }

    /// How far clocks of `zone` are from UTC at `at`.
    fn offset(&self, zone: &Zone, at: Timestamp) -> ServerOffset {
        match zone {
            Zone::Fixed(offset) => *offset,
            Zone::Named(name) => self.named_offset(name, at).unwrap_or(ServerOffset::UTC),
        }
    }
}
