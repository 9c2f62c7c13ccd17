//! Frames of HTTP/2 on a connection with prior knowledge, written by hand: no client library sends what is wrong.

use proptest::{collection::vec, prelude::*, sample::Index};

use crate::headers::{bytes, headers, method, target};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const MAX_FRAME: usize = 16_384;

/// What is done on a connection, in order.
#[derive(Debug, Clone)]
enum Step {
    Request(Request),
    /// A part of the body of a request that was begun before.
    Data(Index, Vec<u8>, bool),
    Reset(Index, u32),
    /// Any frame at all.
    Frame(u8, u8, u32, Vec<u8>),
}

#[derive(Debug, Clone)]
struct Request {
    block: Vec<u8>,
    splits: Vec<Index>,
    has_body: bool,
}

pub(super) fn connection() -> impl Strategy<Value = Vec<u8>> {
    vec(step(), 1..8).prop_map(|steps| {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        frame(&mut bytes, SETTINGS, 0, 0, &[]);
        let mut streams = Vec::new();
        for step in steps {
            write(&mut bytes, &mut streams, step);
        }
        bytes
    })
}

fn step() -> impl Strategy<Value = Step> {
    let any_frame = (0..12_u8, any::<u8>(), 0..9_u32, vec(any::<u8>(), 0..64));
    prop_oneof![
        12 => request().prop_map(Step::Request),
        2 => (any::<Index>(), bytes(), any::<bool>())
            .prop_map(|(stream, data, ends)| Step::Data(stream, data, ends)),
        2 => (any::<Index>(), 0..16_u32).prop_map(|(stream, code)| Step::Reset(stream, code)),
        1 => any_frame.prop_map(|(kind, flags, stream, payload)| {
            Step::Frame(kind, flags, stream, payload)
        }),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let scheme =
        prop_oneof![12 => Just(b"http".to_vec()), 4 => Just(b"https".to_vec()), 1 => bytes()];
    let authority = prop_oneof![
        12 => Just(b"localhost".to_vec()),
        1 => Just(b"user:pass@[::1]:99999".to_vec()),
        1 => bytes(),
    ];
    // Pseudo-headers, of which one may be missing or come twice.
    let pseudo = (method(), scheme, target(), authority, 0..40_usize).prop_map(
        |(method, scheme, target, authority, odd)| {
            let mut pseudo = vec![
                (b":method".to_vec(), method),
                (b":scheme".to_vec(), scheme),
                (b":path".to_vec(), target),
                (b":authority".to_vec(), authority),
            ];
            match odd {
                0..4 => drop(pseudo.remove(odd)),
                4..8 => pseudo.push(pseudo[odd - 4].clone()),
                8 => pseudo.push((b":protocol".to_vec(), b"websocket".to_vec())),
                _ => {}
            }
            pseudo
        },
    );
    (pseudo, headers(), vec(any::<Index>(), 0..3), any::<bool>()).prop_map(
        |(pseudo, headers, splits, has_body)| {
            let mut block = Vec::new();
            for (name, value) in pseudo.iter().chain(&headers) {
                block.push(0); // a literal, with a new name, not to be indexed
                literal(&mut block, name);
                literal(&mut block, value);
            }
            Request {
                block,
                splits,
                has_body,
            }
        },
    )
}

fn write(bytes: &mut Vec<u8>, streams: &mut Vec<u32>, step: Step) {
    match step {
        Step::Request(request) => {
            let stream = streams.last().map_or(1, |last| last + 2);
            streams.push(stream);
            let mut ends: Vec<_> = request
                .splits
                .iter()
                .map(|split| split.index(request.block.len()))
                .chain((0..=request.block.len() / MAX_FRAME).map(|part| part * MAX_FRAME))
                .chain([0, request.block.len()])
                .collect();
            ends.sort_unstable();
            ends.dedup();
            let last = ends.len() - 2;
            for (at, part) in ends.windows(2).enumerate() {
                let (kind, body) = match at {
                    0 if request.has_body => (HEADERS, 0),
                    0 => (HEADERS, END_STREAM),
                    _ => (CONTINUATION, 0),
                };
                let flags = body | if at == last { END_HEADERS } else { 0 };
                frame(bytes, kind, flags, stream, &request.block[part[0]..part[1]]);
            }
        }
        Step::Data(..) | Step::Reset(..) if streams.is_empty() => {}
        Step::Data(stream, data, ends) => {
            let flags = if ends { END_STREAM } else { 0 };
            frame(bytes, DATA, flags, *stream.get(streams), &data);
        }
        Step::Reset(stream, code) => {
            frame(
                bytes,
                RST_STREAM,
                0,
                *stream.get(streams),
                &code.to_be_bytes(),
            );
        }
        Step::Frame(kind, flags, stream, payload) => frame(bytes, kind, flags, stream, &payload),
    }
}

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    bytes.extend([length[1], length[2], length[3], kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
}

/// A string of HPACK, without Huffman's code: its length in seven bits and more, then itself.
fn literal(block: &mut Vec<u8>, text: &[u8]) {
    let Some(mut more) = text.len().checked_sub(127) else {
        block.push(u8::try_from(text.len()).unwrap());
        block.extend(text);
        return;
    };
    block.push(127);
    while more >= 128 {
        block.push(u8::try_from(more % 128).unwrap() | 128);
        more /= 128;
    }
    block.push(u8::try_from(more).unwrap());
    block.extend(text);
}
