//! CBOR as a tree of tokens, and every way to write a tree that is not the deterministic one (RFC 8949 4.2.1).
//!
//! Shares no code with the ledger's codec: it is the forger's tool. Reads deterministic CBOR only, writes anything.

/// One CBOR item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Major type 0.
    Uint(u64),
    /// Major type 1: -1 - n.
    Negative(u64),
    /// Major type 2.
    Bytes(Vec<u8>),
    /// A byte string that holds CBOR, looked into.
    Embedded(Box<Token>),
    /// Major type 3, not necessarily UTF-8.
    Text(Vec<u8>),
    /// Major type 4.
    Array(Vec<Token>),
    /// Major type 5.
    Map(Vec<(Token, Token)>),
    /// Major type 6.
    Tag(u64, Box<Token>),
    /// Major type 7, value below 24.
    Simple(u8),
    /// Any bytes, as they are.
    Raw(Vec<u8>),
}

/// A form of a value that a strict decoder refuses.
#[derive(Debug, Clone)]
pub struct Form {
    /// What was done, and to which node.
    pub name: String,
    /// The whole encoding.
    pub bytes: Vec<u8>,
}

/// Head of an item in its shortest form.
#[must_use]
pub fn head(major: u8, value: u64) -> Vec<u8> {
    let width = match value {
        0..24 => 0,
        24..0x100 => 1,
        0x100..0x1_0000 => 2,
        0x1_0000..0x1_0000_0000 => 4,
        _ => 8,
    };
    head_of_width(major, value, width)
}

fn head_of_width(major: u8, value: u64, width: usize) -> Vec<u8> {
    let info = match width {
        0 => u8::try_from(value).expect("below 24"),
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    let mut bytes = vec![major << 5 | info];
    bytes.extend_from_slice(&value.to_be_bytes()[8 - width..]);
    bytes
}

impl Token {
    /// Reads one deterministic item.
    ///
    /// # Panics
    /// If the bytes are none: a test gives its own encoding.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let token = Self::take(&mut rest);
        assert!(rest.is_empty(), "bytes after the item");
        token
    }

    fn take(rest: &mut &[u8]) -> Self {
        let (first, tail) = rest.split_first().expect("an item");
        let (major, info) = (first >> 5, first & 0x1f);
        *rest = tail;
        let value = match info {
            0..24 => u64::from(info),
            24..28 => Self::cut(rest, 1 << (info - 24)).iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
            _ => panic!("an indefinite length in a deterministic encoding"),
        };
        let count = usize::try_from(value).unwrap_or(usize::MAX);
        match major {
            0 => Self::Uint(value),
            1 => Self::Negative(value),
            2 => Self::Bytes(Self::cut(rest, count)),
            3 => Self::Text(Self::cut(rest, count)),
            4 => Self::Array((0..value).map(|_| Self::take(rest)).collect()),
            5 => Self::Map((0..value).map(|_| (Self::take(rest), Self::take(rest))).collect()),
            6 => Self::Tag(value, Box::new(Self::take(rest))),
            _ => Self::Simple(info),
        }
    }

    fn cut(rest: &mut &[u8], count: usize) -> Vec<u8> {
        let (head, tail) = rest.split_at(count);
        *rest = tail;
        head.to_vec()
    }

    /// Looks into the byte strings among the items of an array.
    #[must_use]
    pub fn looking_into(self, items: &[usize]) -> Self {
        match self {
            Self::Tag(tag, inner) => Self::Tag(tag, Box::new(inner.looking_into(items))),
            Self::Array(mut tokens) => {
                for item in items {
                    if let Self::Bytes(bytes) = &tokens[*item] {
                        tokens[*item] = Self::Embedded(Box::new(Self::parse(bytes)));
                    }
                }
                Self::Array(tokens)
            }
            other => other,
        }
    }

    /// The encoding: deterministic, but for what is raw.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Uint(value) => head(0, *value),
            Self::Negative(value) => head(1, *value),
            Self::Bytes(bytes) => joined(head(2, bytes.len() as u64), [bytes.clone()]),
            Self::Embedded(inner) => Self::Bytes(inner.encode()).encode(),
            Self::Text(bytes) => joined(head(3, bytes.len() as u64), [bytes.clone()]),
            Self::Array(items) => joined(head(4, items.len() as u64), items.iter().map(Self::encode)),
            Self::Map(pairs) => joined(head(5, pairs.len() as u64), pairs.iter().map(encode_pair)),
            Self::Tag(tag, inner) => joined(head(6, *tag), [inner.encode()]),
            Self::Simple(value) => head(7, u64::from(*value)),
            Self::Raw(bytes) => bytes.clone(),
        }
    }

    fn children(&self) -> Vec<&Self> {
        match self {
            Self::Embedded(inner) | Self::Tag(_, inner) => vec![inner],
            Self::Array(items) => items.iter().collect(),
            Self::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            _ => Vec::new(),
        }
    }

    fn child_mut(&mut self, index: usize) -> &mut Self {
        match self {
            Self::Embedded(inner) | Self::Tag(_, inner) => inner,
            Self::Array(items) => &mut items[index],
            Self::Map(pairs) => {
                let (key, value) = &mut pairs[index / 2];
                if index.is_multiple_of(2) { key } else { value }
            }
            _ => panic!("no such child"),
        }
    }

    /// Paths of all nodes, the root first.
    #[must_use]
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths = vec![Vec::new()];
        for (index, child) in self.children().into_iter().enumerate() {
            paths.extend(child.paths().into_iter().map(|path| [vec![index], path].concat()));
        }
        paths
    }

    /// The node at a path.
    #[must_use]
    pub fn at(&self, path: &[usize]) -> &Self {
        path.iter().fold(self, |node, index| node.children()[*index])
    }

    /// The node at a path, to be changed.
    pub fn at_mut(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, index| node.child_mut(*index))
    }

    /// This tree with the node at `path` replaced by raw bytes.
    #[must_use]
    pub fn with_raw(&self, path: &[usize], raw: Vec<u8>) -> Vec<u8> {
        let mut tree = self.clone();
        *tree.at_mut(path) = Self::Raw(raw);
        tree.encode()
    }

    /// Every form of this tree that the generator knows: one node written otherwise, or something around the whole.
    #[must_use]
    pub fn refused_forms(&self) -> Vec<Form> {
        let mut forms = around(&self.encode());
        for path in self.paths() {
            for (name, raw) in self.at(&path).other_forms() {
                forms.push(Form { name: format!("{name} at {path:?}"), bytes: self.with_raw(&path, raw) });
            }
        }
        forms
    }

    /// Ways to write this node that are not deterministic, or not of its type.
    fn other_forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let own = self.encode();
        let mut forms = vec![
            ("a tag in front", joined(vec![0xc1], [own.clone()])),
            ("undefined instead", vec![0xf7]),
            ("a lone break instead", vec![0xff]),
            ("a reserved head instead", vec![own[0] & 0xe0 | 28]),
        ];
        match self {
            Self::Uint(value) => {
                forms.extend(longer(0, *value).map(|raw| ("a longer integer", raw)));
                forms.push(("a float", joined(vec![0xfb], [float_bits(*value)])));
                forms.push(("a single float", vec![0xfa, 0x3f, 0x80, 0, 0]));
                forms.push(("a half float", vec![0xf9, 0x3c, 0]));
                forms.push(("a truth value for an integer", vec![0xf5]));
                forms.push(("text for an integer", Self::Text(value.to_string().into_bytes()).encode()));
                forms.push(("a bignum", joined(vec![0xc2], [Self::Bytes(value.to_be_bytes().to_vec()).encode()])));
                forms.push(("the negative of it", head(1, *value)));
            }
            Self::Negative(value) => {
                forms.extend(longer(1, *value).map(|raw| ("a longer integer", raw)));
                forms.push(("an integer below 64 bits", head(1, u64::MAX)));
                forms.push(("a float", vec![0xfb, 0xc0, 0x20, 0, 0, 0, 0, 0, 0]));
            }
            Self::Bytes(bytes) => forms.extend(string_forms(2, bytes)),
            Self::Embedded(inner) => forms.extend(string_forms(2, &inner.encode())),
            Self::Text(bytes) => {
                forms.extend(string_forms(3, bytes));
                forms.push(("text that is not UTF-8", joined(head(3, 2), [vec![0xc3, 0x28]])));
            }
            Self::Array(items) => forms.extend(array_forms(items)),
            Self::Map(pairs) => forms.extend(map_forms(pairs)),
            Self::Tag(tag, inner) => {
                forms.extend(longer(6, *tag).map(|raw| ("a longer tag", joined(raw, [inner.encode()]))));
                forms.push(("another tag", joined(head(6, tag + 1), [inner.encode()])));
                forms.push(("no tag", inner.encode()));
                forms.push(("the tag twice", joined(head(6, *tag), [own.clone()])));
            }
            Self::Simple(value) => {
                forms.push(("a longer simple value", vec![0xf8, *value]));
                forms.push(("another simple value", vec![0xf3]));
                forms.push(("an integer for a simple value", head(0, u64::from(*value) & 1)));
            }
            Self::Raw(_) => {}
        }
        forms
    }
}

fn joined(mut head: Vec<u8>, parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    parts.into_iter().for_each(|part| head.extend(part));
    head
}

fn encode_pair((key, value): &(Token, Token)) -> Vec<u8> {
    joined(key.encode(), [value.encode()])
}

fn longer(major: u8, value: u64) -> impl Iterator<Item = Vec<u8>> {
    let shortest = head(major, value).len() - 1;
    [1, 2, 4, 8].into_iter().filter(move |width| *width > shortest).map(move |width| head_of_width(major, value, width))
}

/// Bits of the double nearest to a number, without floats in the test: exact for what formats hold up to 2^53.
fn float_bits(value: u64) -> Vec<u8> {
    if value == 0 {
        return vec![0; 8];
    }
    let exponent = u64::from(63 - value.leading_zeros());
    let fraction = if exponent <= 52 {
        (value << (52 - exponent)) & ((1 << 52) - 1)
    } else {
        (value >> (exponent - 52)) & ((1 << 52) - 1)
    };
    ((1023 + exponent) << 52 | fraction).to_be_bytes().to_vec()
}

fn string_forms(major: u8, bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let own = joined(head(major, bytes.len() as u64), [bytes.to_vec()]);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let chunk = |part: &[u8]| joined(head(major, part.len() as u64), [part.to_vec()]);
    let mut forms: Vec<_> =
        longer(major, bytes.len() as u64).map(|raw| ("a longer length", joined(raw, [bytes.to_vec()]))).collect();
    let open = vec![major << 5 | 31];
    forms.push(("one indefinite chunk", joined(open.clone(), [own.clone(), vec![0xff]])));
    forms.push(("two indefinite chunks", joined(open.clone(), [chunk(first), chunk(second), vec![0xff]])));
    forms.push(("an indefinite string without end", joined(open, [own.clone()])));
    forms.push(("2^60 bytes claimed", joined(head(major, 1 << 60), [bytes.to_vec()])));
    forms.push(("the other kind of string", joined(head(5 - major, bytes.len() as u64), [bytes.to_vec()])));
    forms.push(("an array of the string", joined(head(4, 1), [own])));
    forms
}

fn array_forms(items: &[Token]) -> Vec<(&'static str, Vec<u8>)> {
    let count = items.len() as u64;
    let body: Vec<Vec<u8>> = items.iter().map(Token::encode).collect();
    let mut forms: Vec<_> = longer(4, count).map(|raw| ("a longer count", joined(raw, body.clone()))).collect();
    forms.push(("an indefinite array", joined(joined(vec![0x9f], body.clone()), [vec![0xff]])));
    forms.push(("an indefinite array without end", joined(vec![0x9f], body.clone())));
    forms.push(("one undefined item more", joined(joined(head(4, count + 1), body.clone()), [vec![0xf7]])));
    forms.push(("a count above the items", joined(head(4, count + 1), body.clone())));
    forms.push(("2^60 items claimed", joined(head(4, 1 << 60), body.clone())));
    forms.push(("a map for an array", joined(head(5, count), body)));
    forms
}

fn map_forms(pairs: &[(Token, Token)]) -> Vec<(&'static str, Vec<u8>)> {
    let count = pairs.len() as u64;
    let body: Vec<Vec<u8>> = pairs.iter().map(encode_pair).collect();
    let mut forms: Vec<_> = longer(5, count).map(|raw| ("a longer count", joined(raw, body.clone()))).collect();
    forms.push(("an indefinite map", joined(joined(vec![0xbf], body.clone()), [vec![0xff]])));
    forms.push(("a count above the pairs", joined(head(5, count + 1), body.clone())));
    forms.push(("2^60 pairs claimed", joined(head(5, 1 << 60), body.clone())));
    forms.push(("an array for a map", joined(head(4, count), body.clone())));
    forms.push(("an unknown label", joined(joined(head(5, count + 1), body.clone()), [vec![0x18, 0x63, 0x00]])));
    forms.push(("a text label", joined(joined(head(5, count + 1), body.clone()), [vec![0x61, 0x61, 0x00]])));
    for label in (0..24).filter(|label| pairs.iter().all(|(key, _)| *key != Token::Uint(*label))) {
        let place = pairs.iter().take_while(|(key, _)| matches!(key, Token::Uint(n) if *n < label)).count();
        let mut with_null = body.clone();
        with_null.insert(place, joined(head(0, label), [vec![0xf6]]));
        forms.push(("null for an absent label", joined(head(5, count + 1), with_null)));
    }
    for first in 0..body.len().saturating_sub(1) {
        let mut swapped = body.clone();
        swapped.swap(first, first + 1);
        forms.push(("two labels out of order", joined(head(5, count), swapped)));
    }
    for doubled in 0..body.len() {
        let mut twice = body.clone();
        twice.insert(doubled, body[doubled].clone());
        forms.push(("a doubled label", joined(head(5, count + 1), twice)));
    }
    forms
}

/// Forms made around a whole encoding.
fn around(own: &[u8]) -> Vec<Form> {
    let form = |name: &str, bytes: Vec<u8>| Form { name: name.to_owned(), bytes };
    let mut forms = vec![
        form("nothing", Vec::new()),
        form("a byte after it", [own, &[0]].concat()),
        form("itself after it", [own, own].concat()),
        form("the tag of CBOR files in front", [&[0xd9, 0xd9, 0xf7], own].concat()),
        form("inside an array", [&[0x81], own].concat()),
        form("inside a byte string", joined(head(2, own.len() as u64), [own.to_vec()])),
        form("in hex", own.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()),
    ];
    let steps = 24.min(own.len());
    forms.extend((0..steps).map(|step| form("cut off", own[..own.len() * step / steps].to_vec())));
    forms
}
