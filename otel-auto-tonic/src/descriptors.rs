//! The methods in an encoded `google.protobuf.FileDescriptorSet`, read without prost.

/// Calls `visit` with each `package.Service/Method`.
pub(crate) fn methods(encoded: &[u8], visit: &mut dyn FnMut(&str)) {
    for file in all(encoded, 1) {
        let package = text(file, 2);
        for service in all(file, 6) {
            let service_name = text(service, 1);
            for method in all(service, 2) {
                let name = text(method, 1);
                if package.is_empty() {
                    visit(&format!("{service_name}/{name}"));
                } else {
                    visit(&format!("{package}.{service_name}/{name}"));
                }
            }
        }
    }
}

/// All values of a field of messages or texts.
fn all(message: &[u8], wanted: u64) -> impl Iterator<Item = &[u8]> {
    let mut rest = message;
    std::iter::from_fn(move || {
        loop {
            let key = varint(&mut rest)?;
            let value = match key & 7 {
                0 => {
                    varint(&mut rest)?;
                    continue;
                }
                1 => take(&mut rest, 8)?,
                2 => {
                    let length = usize::try_from(varint(&mut rest)?).ok()?;
                    take(&mut rest, length)?
                }
                5 => take(&mut rest, 4)?,
                _ => return None,
            };
            if key >> 3 == wanted && key & 7 == 2 {
                return Some(value);
            }
        }
    })
}

fn text(message: &[u8], field: u64) -> &str {
    all(message, field)
        .last()
        .and_then(|text| std::str::from_utf8(text).ok())
        .unwrap_or_default()
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(encoded: &[u8]) -> Vec<String> {
        let mut read = Vec::new();
        methods(encoded, &mut |method| read.push(method.to_owned()));
        read
    }

    #[test]
    fn methods_are_read_from_real_descriptors() {
        assert_eq!(
            read(tonic_health::pb::FILE_DESCRIPTOR_SET),
            ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch"]
        );
    }

    #[test]
    fn what_is_cut_anywhere_is_read_as_far_as_it_goes() {
        let encoded = tonic_health::pb::FILE_DESCRIPTOR_SET;
        for end in 0..encoded.len() {
            assert!(read(encoded.get(..end).unwrap()).len() <= 3);
        }
    }
}
