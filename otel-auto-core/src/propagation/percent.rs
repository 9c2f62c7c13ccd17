//! Percent-encoding of baggage values.

use std::borrow::Cow;

/// Decodes what is encoded. Bytes that are not UTF-8 become U+FFFD; a `%` that encodes nothing stays what it is.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let encoded = match (byte, after) {
            (b'%', [high, low, ..]) => digit(*high)
                .zip(digit(*low))
                .map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(encoded.unwrap_or(*byte));
        rest = after
            .get(if encoded.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Appends the text, with the bytes encoded that are not kept. Only ASCII may be kept.
pub(crate) fn encode(out: &mut String, text: &str, keep: impl Fn(u8) -> bool) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 0xf].map(usize::from);
            out.push('%');
            out.extend(digits.iter().filter_map(|digit| DIGITS.get(*digit)));
        }
    }
}

/// The characters that RFC 3986 never wants encoded.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
