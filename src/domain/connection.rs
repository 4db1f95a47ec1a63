//! Why a connection to the server failed, in plain words.

/// What is known of a connection that did not come about or broke.
///
/// ```
/// use costrict_credit::domain::connection::ConnectionFault;
///
/// let fault = ConnectionFault::from_code("ECONNREFUSED").unwrap();
/// assert!(fault.is_before_request(), "the request may be sent again");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionFault {
    /// This machine does not trust the server's certificate, or it names another server.
    Certificate,
    /// A proxy refused, or asks for a sign-in of its own.
    Proxy,
    /// The server's name was not found.
    Name,
    /// Nothing listens at this address and port.
    Refused,
    /// There is no way to the address, such as without a network.
    Unreachable,
    /// The two sides could not agree on a secure connection.
    Tls,
    /// The server took longer than the request may take.
    TimedOut,
    /// It ended before the whole reply had arrived.
    Closed,
}

/// Parts of the codes of Node, Chromium and Electron. The first that matches decides: the code of a failed tunnel may contain a time-out, too.
const CODES: &[(&str, ConnectionFault)] = &[
    ("PROXY", ConnectionFault::Proxy),
    ("TUNNEL", ConnectionFault::Proxy),
    ("(407)", ConnectionFault::Proxy),
    ("CERT", ConnectionFault::Certificate),
    ("SELF_SIGNED", ConnectionFault::Certificate),
    ("UNABLE_TO_", ConnectionFault::Certificate),
    ("ENOTFOUND", ConnectionFault::Name),
    ("EAI_", ConnectionFault::Name),
    ("NAME_NOT_RESOLVED", ConnectionFault::Name),
    ("DNS_", ConnectionFault::Name),
    ("ECONNREFUSED", ConnectionFault::Refused),
    ("CONNECTION_REFUSED", ConnectionFault::Refused),
    ("UNREACH", ConnectionFault::Unreachable),
    ("ENETDOWN", ConnectionFault::Unreachable),
    ("EHOSTDOWN", ConnectionFault::Unreachable),
    ("EADDRNOTAVAIL", ConnectionFault::Unreachable),
    ("INTERNET_DISCONNECTED", ConnectionFault::Unreachable),
    ("EPROTO", ConnectionFault::Tls),
    ("ERR_SSL", ConnectionFault::Tls),
    ("ERR_TLS", ConnectionFault::Tls),
    ("TIMEOUT", ConnectionFault::TimedOut),
    ("TIMEDOUT", ConnectionFault::TimedOut),
    ("TIMED_OUT", ConnectionFault::TimedOut),
    ("ECONNRESET", ConnectionFault::Closed),
    ("ECONNABORTED", ConnectionFault::Closed),
    ("EPIPE", ConnectionFault::Closed),
    ("UND_ERR_SOCKET", ConnectionFault::Closed),
    ("CONNECTION_RESET", ConnectionFault::Closed),
    ("CONNECTION_CLOSED", ConnectionFault::Closed),
    ("EMPTY_RESPONSE", ConnectionFault::Closed),
];

impl ConnectionFault {
    /// The fault of a code such as `ECONNREFUSED` or `DEPTH_ZERO_SELF_SIGNED_CERT`.
    pub fn from_code(code: &str) -> Option<ConnectionFault> {
        CODES.iter().find(|(part, _)| code.contains(part)).map(|(_, fault)| *fault)
    }

    /// The fault of a message that contains such a code, as in `net::ERR_CERT_DATE_INVALID`. Words with lower-case letters are
    /// skipped, since they may be the name of a host.
    pub fn from_message(message: &str) -> Option<ConnectionFault> {
        const MAX_WORDS: usize = 50;
        // Node's message for a 407, which has no code.
        if message == "proxy authentication required" {
            return Some(ConnectionFault::Proxy);
        }
        let words = message.split_whitespace().take(MAX_WORDS);
        let codes = words.map(|word| word.trim_start_matches("net::"));
        codes.filter(|word| !word.contains(|letter: char| letter.is_lowercase())).find_map(ConnectionFault::from_code)
    }

    /// For people, as the `detail` of a problem.
    pub const fn text(self) -> &'static str {
        match self {
            ConnectionFault::Certificate => "the server's certificate is not trusted on this machine",
            ConnectionFault::Proxy => "the proxy refused the connection or asks for a sign-in (407)",
            ConnectionFault::Name => "the server's name was not found: check the address and the network",
            ConnectionFault::Refused => "the connection was refused: nothing listens at this address and port",
            ConnectionFault::Unreachable => "the network has no way to the server",
            ConnectionFault::Tls => "no secure connection: the server may not speak https at this address",
            ConnectionFault::TimedOut => "the server did not answer in time",
            ConnectionFault::Closed => "the connection was closed before the whole answer had come",
        }
    }

    /// Whether this fault occurs only before a request is sent, so that the server cannot have received it.
    pub const fn is_before_request(self) -> bool {
        matches!(
            self,
            ConnectionFault::Certificate | ConnectionFault::Proxy | ConnectionFault::Name | ConnectionFault::Refused
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_why() {
        use ConnectionFault::*;
        for (code, fault) in [
            ("DEPTH_ZERO_SELF_SIGNED_CERT", Certificate),
            ("SELF_SIGNED_CERT_IN_CHAIN", Certificate),
            ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", Certificate),
            ("CERT_HAS_EXPIRED", Certificate),
            ("ERR_TLS_CERT_ALTNAME_INVALID", Certificate),
            ("ENOTFOUND", Name),
            ("EAI_AGAIN", Name),
            ("ECONNREFUSED", Refused),
            ("EHOSTUNREACH", Unreachable),
            ("ENETUNREACH", Unreachable),
            ("ERR_SSL_WRONG_VERSION_NUMBER", Tls),
            ("EPROTO", Tls),
            ("UND_ERR_CONNECT_TIMEOUT", TimedOut),
            ("ETIMEDOUT", TimedOut),
            ("UND_ERR_SOCKET", Closed),
            ("ECONNRESET", Closed),
        ] {
            assert_eq!(ConnectionFault::from_code(code), Some(fault), "{code}");
        }
        assert_eq!(ConnectionFault::from_code("UND_ERR_ABORTED"), None);
    }

    #[test]
    fn messages_say_why_by_their_codes_and_not_by_a_hosts_name() {
        use ConnectionFault::*;
        for (message, fault) in [
            ("net::ERR_CERT_AUTHORITY_INVALID", Some(Certificate)),
            ("net::ERR_TUNNEL_CONNECTION_FAILED", Some(Proxy)),
            ("Proxy response (407) !== 200 when HTTP Tunneling", Some(Proxy)),
            ("getaddrinfo ENOTFOUND proxy.example", Some(Name)),
            ("connect ECONNREFUSED 127.0.0.1:9", Some(Refused)),
            ("proxy authentication required", Some(Proxy)),
            ("fetch failed", None),
            ("Failed to fetch", None),
            ("proxy.example did not answer", None),
        ] {
            assert_eq!(ConnectionFault::from_message(message), fault, "{message}");
        }
    }

    #[test]
    fn only_what_comes_before_a_request_is_surely_before_it() {
        assert!(ConnectionFault::Refused.is_before_request());
        assert!(!ConnectionFault::Closed.is_before_request());
        assert!(!ConnectionFault::TimedOut.is_before_request());
    }
}
