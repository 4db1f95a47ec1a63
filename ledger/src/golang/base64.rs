//! `encoding/base64` for URLs: what it accepts, and the position of its error.

/// Decodes text whose padding was filled up, as a token's middle part is; the offset of the first wrong byte otherwise.
/// Line breaks are passed over and the unused bits of the last character are not looked at.
pub fn decode_padded(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    while at < text.len() {
        at = quantum(text, at, &mut bytes)?;
    }
    Ok(bytes)
}

fn digit(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    })
}

fn skip_line_breaks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Four characters; where the next ones begin.
fn quantum(text: &[u8], mut at: usize, bytes: &mut Vec<u8>) -> Result<usize, usize> {
    let (mut value, mut count) = (0_u32, 0_usize);
    while count < 4 {
        let Some(&byte) = text.get(at) else {
            if count == 0 {
                return Ok(at);
            }
            return Err(at - count);
        };
        at += 1;
        if let Some(digit) = digit(byte) {
            value = value << 6 | digit;
            count += 1;
            continue;
        }
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        if byte != b'=' || count < 2 {
            return Err(at - 1);
        }
        if count == 2 {
            at = skip_line_breaks(text, at);
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        at = skip_line_breaks(text, at);
        if at < text.len() {
            return Err(at);
        }
        break;
    }
    value <<= 6 * (4 - u32::try_from(count).unwrap_or(4));
    let [_, first, second, third] = value.to_be_bytes();
    bytes.extend([first, second, third].into_iter().take(count.saturating_sub(1)));
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_what_go_takes() {
        assert_eq!(decode_padded(b"e30="), Ok(b"{}".to_vec()));
        assert_eq!(decode_padded(b"e31="), Ok(b"{}".to_vec()));
        assert_eq!(decode_padded(b"aGVs\nbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decode_padded(b""), Ok(Vec::new()));
        assert_eq!(decode_padded(b"e3%="), Err(2));
        assert_eq!(decode_padded(b"b==="), Err(1));
        assert_eq!(decode_padded(b"e30=x"), Err(4));
    }
}
