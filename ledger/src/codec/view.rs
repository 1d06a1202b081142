//! The JSON view of a format's value.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A JSON-like value, for people and programs to read. Never hashed, signed or stored.
///
/// Integers above 2^53 - 1 are shown as text, since JSON readers round them (RFC 7493 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// An absent value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Integer(u64),
    /// A time, milliseconds since 1970-01-01T00:00:00Z; serialised as that number.
    Time(u64),
    /// A time of the claims, whole seconds since then (RFC 8392 section 2); serialised as that number.
    Seconds(u64),
    /// Text, or bytes in lower-case hex.
    Text(String),
    /// A list.
    List(Vec<View>),
    /// A record with its fields in the order of the format.
    Record(Vec<(&'static str, View)>),
}

impl View {
    /// The field `name` of a record.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&View> {
        match self {
            Self::Record(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl Serialize for View {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const SAFE: u64 = (1 << 53) - 1;
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) | Self::Time(value) | Self::Seconds(value) => match *value {
                value if value <= SAFE => serializer.serialize_u64(value),
                value => serializer.serialize_str(&value.to_string()),
            },
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Record(fields) => {
                let mut record = serializer.serialize_map(None)?;
                for (name, value) in fields.iter().filter(|(_, value)| *value != Self::Null) {
                    record.serialize_entry(name, value)?;
                }
                record.end()
            }
        }
    }
}
