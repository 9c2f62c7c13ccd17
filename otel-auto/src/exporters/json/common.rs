//! What the signals share: attributes, resources, scopes.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
};

use super::writer::{self, Object};
use crate::base64;

pub(super) fn resource(resource: &Resource, out: &mut Object<'_>) {
    attributes(&resource.attributes, out);
    out.number("droppedAttributesCount", resource.dropped_attributes_count);
    out.objects("entityRefs", &resource.entity_refs, entity);
}

fn entity(entity: &EntityRef, out: &mut Object<'_>) {
    let string = |text: &String, out: &mut String| writer::text(out, text);
    out.text("schemaUrl", &entity.schema_url);
    out.text("type", &entity.r#type);
    out.list("idKeys", &entity.id_keys, string);
    out.list("descriptionKeys", &entity.description_keys, string);
}

pub(super) fn scope(scope: &InstrumentationScope, out: &mut Object<'_>) {
    out.text("name", &scope.name);
    out.text("version", &scope.version);
    attributes(&scope.attributes, out);
    out.number("droppedAttributesCount", scope.dropped_attributes_count);
}

pub(super) fn attributes(attributes: &[KeyValue], out: &mut Object<'_>) {
    out.objects("attributes", attributes, pair);
}

pub(super) fn pair(pair: &KeyValue, out: &mut Object<'_>) {
    // An empty key is a key.
    writer::text(out.member("key"), &pair.key);
    out.object("value", pair.value.as_ref(), any);
}

/// Exactly one member, even if its value is a default one; none for the empty value.
pub(super) fn any(value: &AnyValue, out: &mut Object<'_>) {
    match &value.value {
        Some(Value::StringValue(text)) => writer::text(out.member("stringValue"), text),
        Some(Value::BoolValue(value)) => {
            let value = if *value { "true" } else { "false" };
            out.member("boolValue").push_str(value);
        }
        Some(Value::IntValue(value)) => {
            writer::text(out.member("intValue"), &value.to_string());
        }
        Some(Value::DoubleValue(value)) => writer::float(out.member("doubleValue"), *value),
        Some(Value::ArrayValue(array)) => {
            writer::object(out.member("arrayValue"), |out| {
                out.objects("values", &array.values, any);
            });
        }
        Some(Value::KvlistValue(list)) => {
            writer::object(out.member("kvlistValue"), |out| {
                out.objects("values", &list.values, pair);
            });
        }
        Some(Value::BytesValue(bytes)) => {
            writer::text(out.member("bytesValue"), &base64::encode(bytes));
        }
        // An index into a dictionary that only profiles have.
        Some(Value::StringValueStrindex(_)) | None => {}
    }
}

/// A value as JSON would have it, without the names of OTLP's types around it.
pub(in crate::exporters) fn plain(value: &AnyValue) -> String {
    let mut out = String::new();
    write_plain(value, &mut out);
    out
}

fn write_plain(value: &AnyValue, out: &mut String) {
    match &value.value {
        Some(Value::StringValue(text)) => writer::text(out, text),
        Some(Value::BoolValue(value)) => out.push_str(&value.to_string()),
        Some(Value::IntValue(value)) => out.push_str(&value.to_string()),
        Some(Value::DoubleValue(value)) => writer::float(out, *value),
        Some(Value::BytesValue(bytes)) => writer::text(out, &base64::encode(bytes)),
        Some(Value::ArrayValue(array)) => writer::list(out, &array.values, write_plain),
        Some(Value::KvlistValue(list)) => {
            out.push('{');
            for (position, pair) in list.values.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                writer::text(out, &pair.key);
                out.push(':');
                write_plain(&pair.value.clone().unwrap_or_default(), out);
            }
            out.push('}');
        }
        Some(Value::StringValueStrindex(_)) | None => out.push_str("null"),
    }
}
