//! Baggage of the older formats: one header for each item, its key after a prefix.

use opentelemetry::{
    Context, Key, StringValue,
    baggage::{BaggageExt, BaggageMetadata},
    propagation::{Extractor, Injector},
};

use super::{baggage, percent};

/// No more is looked at than the API's baggage can hold.
const MAX_ITEMS: usize = 64;
const MAX_LENGTH: usize = 8_192;

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Encoding {
    Percent,
    Raw,
}

pub(super) fn extract(
    context: &Context,
    carrier: &dyn Extractor,
    prefix: &str,
    encoding: Encoding,
) -> Option<Context> {
    let keys = carrier.keys();
    let items = keys.iter().filter_map(|name| {
        let (start, key) = name.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(())?;
        let value = carrier
            .get(name)
            .filter(|value| value.len() <= MAX_LENGTH)?;
        let value = match encoding {
            Encoding::Percent => percent::decode(value).into_owned(),
            Encoding::Raw => value.to_owned(),
        };
        Some((
            Key::new(key.to_owned()),
            StringValue::from(value),
            BaggageMetadata::default(),
        ))
    });
    baggage::merge(context, items.take(MAX_ITEMS))
}

pub(super) fn inject(
    context: &Context,
    carrier: &mut dyn Injector,
    prefix: &str,
    encoding: Encoding,
) {
    for (key, (value, _)) in context.baggage() {
        let value = value.as_str();
        let mut header = String::with_capacity(value.len());
        match encoding {
            Encoding::Percent => percent::encode(&mut header, value, percent::is_unreserved),
            Encoding::Raw if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
                header.push_str(value);
            }
            // It would end the header, or be unreadable.
            Encoding::Raw => continue,
        }
        // Encoded it may be longer than what is read.
        if header.len() > MAX_LENGTH {
            continue;
        }
        carrier.set(&format!("{prefix}{key}"), header);
    }
}
