//! Which language to speak.

use std::ffi::OsString;

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// 简体中文.
    #[value(name = "zh-CN", alias = "zh")]
    ZhCn,
    /// English.
    #[value(name = "en")]
    En,
}

impl Lang {
    /// The language tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language in which rejections of the ledger speak.
    pub(crate) const fn language(self) -> ledger::rejection::Language {
        match self {
            Self::ZhCn => ledger::rejection::Language::Chinese,
            Self::En => ledger::rejection::Language::English,
        }
    }

    /// Looks for `--lang` before anything is parsed, so that help and complaints come in it; else asks the environment.
    pub(crate) fn choose(arguments: &[OsString], environment: impl Fn(&str) -> Option<String>) -> Self {
        let mut words = arguments.iter().map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            let value = match word.strip_prefix("--lang") {
                Some("") => words.next().map(|next| next.into_owned()),
                Some(rest) => rest.strip_prefix('=').map(str::to_owned),
                None => None,
            };
            if let Some(lang) = value.as_deref().and_then(Self::of_tag) {
                return lang;
            }
        }
        ["YINXIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(environment)
            .find(|value| !value.is_empty())
            .and_then(|value| Self::of_tag(&value))
            .unwrap_or(Self::En)
    }

    /// `zh`, `zh_CN.UTF-8` and the like are Chinese, `en...` is English, anything else is not known.
    fn of_tag(tag: &str) -> Option<Self> {
        let head: String = tag.chars().take(2).collect::<String>().to_ascii_lowercase();
        match head.as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}
