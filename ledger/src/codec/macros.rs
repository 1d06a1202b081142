//! The shapes of our formats, stated once a type.

/// A struct encoded as a map with ascending integer labels; fields whose value is absent are left out.
///
/// A list whose items are dear to read says how many it may have, as `2 => keys: Vec<NewKey> [5],`: a head that claims
/// more is refused before the first item is read.
#[macro_export]
macro_rules! cbor_map {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $label:literal => $field:ident: $kind:ty $([$max:expr])?,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $crate::codec::Cbor for $name {
            fn write(&self, writer: &mut $crate::codec::Writer) {
                let mut length = 0u64;
                $(length += u64::from(!$crate::codec::Cbor::is_absent(&self.$field));)*
                writer.map(length);
                $(if !$crate::codec::Cbor::is_absent(&self.$field) {
                    writer.uint($label);
                    $crate::codec::Cbor::write(&self.$field, writer);
                })*
            }

            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                let mut left = reader.map()?;
                $(let $field: $kind = {
                    let items_max: Option<usize> = None$(.or(Some($max)))?;
                    reader.field($label, &mut left, items_max)?
                };)*
                reader.fields_end(left)?;
                Ok(Self { $($field,)* })
            }

            fn view(&self) -> $crate::codec::View {
                $crate::codec::View::Record(vec![
                    $((stringify!($field), $crate::codec::Cbor::view(&self.$field)),)*
                ])
            }
        }
    };
}

/// A struct encoded as an array of fixed length; an absent optional value is null.
#[macro_export]
macro_rules! cbor_array {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $crate::codec::Cbor for $name {
            fn write(&self, writer: &mut $crate::codec::Writer) {
                writer.array([$(stringify!($field)),*].len() as u64);
                $($crate::codec::Cbor::write(&self.$field, writer);)*
            }

            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                reader.array_exact([$(stringify!($field)),*].len() as u64)?;
                Ok(Self { $($field: $crate::codec::Cbor::read(reader)?,)* })
            }

            fn view(&self) -> $crate::codec::View {
                $crate::codec::View::Record(vec![
                    $((stringify!($field), $crate::codec::Cbor::view(&self.$field)),)*
                ])
            }
        }
    };
}

/// An enum without fields, encoded as its unsigned code and shown as its word.
#[macro_export]
macro_rules! cbor_code {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_meta])* $variant = $code,)*
        }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of this value in views, configuration and command lines.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl $crate::codec::Cbor for $name {
            fn write(&self, writer: &mut $crate::codec::Writer) {
                writer.uint(*self as u64);
            }

            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                match reader.uint()? {
                    $($code => Ok(Self::$variant),)*
                    _ => Err($crate::codec::ValueRule::KnownCode(stringify!($name)).into()),
                }
            }

            fn view(&self) -> $crate::codec::View {
                $crate::codec::View::Text(self.word().to_owned())
            }
        }
    };
}

/// An enum of variants with one body each, encoded as the array `[code, body]`.
#[macro_export]
macro_rules! cbor_union {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident($body:ty) = $code:literal $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant($body),)*
        }

        impl $name {
            /// The stable code of this variant.
            #[must_use]
            pub const fn code(&self) -> u64 {
                match self { $(Self::$variant(_) => $code,)* }
            }

            /// The word of this variant in views.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }
        }

        impl $crate::codec::Cbor for $name {
            fn write(&self, writer: &mut $crate::codec::Writer) {
                writer.array(2).uint(self.code());
                match self { $(Self::$variant(body) => $crate::codec::Cbor::write(body, writer),)* }
            }

            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                reader.array_exact(2)?;
                match reader.uint()? {
                    $($code => <$body as $crate::codec::Cbor>::read(reader).map(Self::$variant),)*
                    _ => Err($crate::codec::ValueRule::KnownCode(stringify!($name)).into()),
                }
            }

            fn view(&self) -> $crate::codec::View {
                let body = match self { $(Self::$variant(body) => $crate::codec::Cbor::view(body),)* };
                $crate::codec::View::Record(vec![("type", $crate::codec::View::Text(self.word().to_owned())), ("body", body)])
            }
        }
    };
}
