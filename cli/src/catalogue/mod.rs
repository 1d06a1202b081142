//! The one catalogue of words: every sentence a person reads, in Chinese and in English.
//!
//! ```text
//! zh-CN/, en/   Fluent files with the same keys, compiled in: help, error, reason, result, report
//! lang.rs       which of them, from --lang and the environment
//! help.rs       puts the words into the command tree before it parses
//! usage.rs      what was wrong with a line that did not parse
//! ```

mod help;
mod lang;
#[cfg(test)]
mod tests;
mod usage;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

pub(crate) use help::localized;
pub(crate) use lang::Lang;
pub(crate) use usage::explain_usage;

/// Values that are counts of something.
const COUNTS: [&str; 7] = ["count", "minutes", "seconds", "faulty", "quorum", "yes", "size"];

/// A catalogue of one language from its files.
macro_rules! catalogue {
    ($lang:literal) => {
        concat!(
            include_str!(concat!($lang, "/help.ftl")),
            include_str!(concat!($lang, "/error.ftl")),
            include_str!(concat!($lang, "/reason.ftl")),
            include_str!(concat!($lang, "/result.ftl")),
            include_str!(concat!($lang, "/report.ftl")),
        )
    };
}

const ZH_CN: &str = catalogue!("zh-CN");
const EN: &str = catalogue!("en");

/// The words of one language.
pub(crate) struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Loads a language.
    pub(crate) fn new(lang: Lang) -> Self {
        let (source, tag) = match lang {
            Lang::ZhCn => (ZH_CN, "zh-CN"),
            Lang::En => (EN, "en"),
        };
        let tag: LanguageIdentifier = tag.parse().expect("a well-formed language tag");
        let resource = FluentResource::try_new(source.to_owned()).expect("a test reads both catalogues");
        let mut bundle = FluentBundle::new(vec![tag]);
        // Isolation marks are invisible characters: they would be copied along with ids and numbers.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("a test looks for doubled keys");
        Self { lang, bundle }
    }

    /// The language of these words.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// A sentence without values.
    pub(crate) fn say(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A sentence with values put in.
    ///
    /// A key that is missing shows as itself; a test finds those.
    pub(crate) fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.find(key, values).unwrap_or_else(|| key.to_owned())
    }

    /// A sentence, if the catalogue has it. `key.attribute` names an attribute of a message.
    pub(crate) fn find(&self, key: &str, values: &[(&str, &str)]) -> Option<String> {
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            match value.parse::<u64>() {
                // Counts choose between singular and plural; everything else is text, as it was given.
                Ok(count) if COUNTS.contains(name) => args.set((*name).to_owned(), count),
                _ => args.set((*name).to_owned(), (*value).to_owned()),
            }
        }
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned())
    }
}
