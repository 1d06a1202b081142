//! What a person gave on the command line that a suggested command needs as well, so that it can be pasted.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::args::global_options;

/// Options of the whole line and the key that signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    options: Vec<String>,
    key: Option<String>,
}

/// The one option of the whole line that a suggested command leaves out: how it prints is for who types it.
const LEFT_OUT: &str = "output";

impl Given {
    /// What a line gave; what came from the environment is there for the next command too.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut last = matches;
        while let Some((_, sub)) = last.subcommand() {
            last = sub;
        }
        let typed = |id: &str| {
            last.try_contains_id(id).is_ok_and(|known| known) && last.value_source(id) == Some(ValueSource::CommandLine)
        };
        let values = |id: &str| -> Vec<String> {
            let raw = last.get_raw(id).into_iter().flatten();
            raw.map(|value| value.to_string_lossy().into_owned()).collect()
        };
        let mut options = Vec::new();
        for option in global_options() {
            let id = option.get_id().as_str();
            let Some(name) = option.get_long().filter(|_| id != LEFT_OUT && typed(id)) else { continue };
            // Several passphrases are in the order of this command's keys, and the next command has others.
            let all = values(id);
            if id == "passphrase_files" && all.len() > 1 {
                continue;
            }
            options.extend(all.into_iter().flat_map(|value| [format!("--{name}"), value]));
        }
        let key = ["key", "read_key", "consortium_key"]
            .into_iter()
            .filter(|id| typed(id))
            .find_map(|id| values(id).into_iter().next());
        Self { options, key }
    }

    /// A command as it can be pasted into a shell.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let own = words.iter().map(|word| quoted(word));
        let options = self.options.iter().map(|word| quoted(word));
        std::iter::once("yinxin".to_owned()).chain(own).chain(options).collect::<Vec<_>>().join(" ")
    }

    /// The same without passphrases, for a command that opens no key.
    pub(crate) fn keyless(&self, words: &[&str]) -> String {
        let mut options = Vec::new();
        let mut all = self.options.iter();
        while let (Some(name), Some(value)) = (all.next(), all.next()) {
            if name != "--passphrase-file" {
                options.extend([name.clone(), value.clone()]);
            }
        }
        Self { options, key: None }.command(words)
    }

    /// The same, signed by the key that was named, if one was.
    pub(crate) fn signed(&self, words: &[&str]) -> String {
        match &self.key {
            Some(key) => self.command(&[words, &["--key", key]].concat()),
            None => self.command(words),
        }
    }
}

/// The command that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It can be pasted as it is.
    Whole(String),
    /// Some of its words only the person knows: they are named in the reader's language.
    Blanks(String),
}

impl Next {
    /// The command for a person.
    pub(crate) fn line(&self) -> &str {
        match self {
            Self::Whole(line) | Self::Blanks(line) => line,
        }
    }

    /// The command for a program, which runs only what is whole.
    pub(crate) fn whole(&self) -> Option<&str> {
        match self {
            Self::Whole(line) => Some(line),
            Self::Blanks(_) => None,
        }
    }
}

/// A word as a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_./:=@%+,-".contains(c);
    // zsh looks for a command behind a leading `=`.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn given(line: &str) -> Given {
        Given::of(&crate::args::Cli::command().try_get_matches_from(line.split(' ')).expect("a command line"))
    }

    #[test]
    fn a_suggested_command_carries_what_was_typed() {
        let line = "yinxin --home h certificate show 00 -o json --key court/zhou --node http://a:1,http://b:2";
        let given = given(line);
        assert_eq!(
            given.signed(&["transaction", "show", "07"]),
            "yinxin transaction show 07 --key court/zhou --home h --node http://a:1 --node http://b:2"
        );
        assert_eq!(given.command(&["key", "list"]), "yinxin key list --home h --node http://a:1 --node http://b:2");
    }

    #[test]
    fn passphrases_of_several_keys_are_left_to_the_command_that_has_them() {
        let line = "yinxin certificate show 00 --passphrase-file a";
        assert_eq!(given(line).command(&["key", "list"]), "yinxin key list --passphrase-file a");
        assert_eq!(given(&format!("{line} --passphrase-file b")).command(&["key", "list"]), "yinxin key list");
    }

    #[test]
    fn a_command_that_opens_no_key_gets_no_passphrase() {
        let given = given("yinxin --home h certificate show 00 --passphrase-file a --node http://a:1");
        let up = given.keyless(&["network", "up", "--dir", "d"]);
        assert_eq!(up, "yinxin network up --dir d --home h --node http://a:1");
    }

    #[test]
    fn a_suggested_command_is_words_of_a_shell() {
        let given = Given::default();
        assert_eq!(given.command(&["lookup", "(2026)粤禅证字第1号"]), "yinxin lookup '(2026)粤禅证字第1号'");
        assert_eq!(given.command(&["verify", "it's.pdf"]), "yinxin verify 'it'\\''s.pdf'");
    }
}
