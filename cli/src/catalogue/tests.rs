//! Both languages say the same things, and everything that is asked for is there.

use std::collections::BTreeSet;

use clap::CommandFactory;
use fluent_bundle::FluentResource;

use super::*;
use crate::args::Cli;

/// Ids and attributes of a catalogue, with the values their sentences name.
fn keys(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut id = String::new();
    for line in source.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            id = line.split(" =").next().unwrap_or_default().to_owned();
            assert!(found.insert(id.clone()), "{id} stands twice");
        } else if let Some(attribute) = line.strip_prefix("    .") {
            found.insert(format!("{id}.{}", attribute.split(" =").next().unwrap_or_default()));
        }
        for part in line.split("{ $").skip(1) {
            found.insert(format!("{id} names {}", part.split(' ').next().unwrap_or_default()));
        }
    }
    found
}

#[test]
fn both_catalogues_are_well_formed_and_have_the_same_keys_and_values() {
    for source in [ZH_CN, EN] {
        assert!(FluentResource::try_new(source.to_owned()).is_ok());
    }
    let (chinese, english) = (keys(ZH_CN), keys(EN));
    assert_eq!(chinese.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "only in Chinese");
    assert_eq!(english.difference(&chinese).collect::<Vec<_>>(), Vec::<&String>::new(), "only in English");
}

/// The text of every source file of this program.
fn sources(directory: &std::path::Path, found: &mut String) {
    for entry in std::fs::read_dir(directory).expect("sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push_str(&std::fs::read_to_string(&path).expect("source"));
        }
    }
}

/// The literals that directly follow `head`.
fn literals_after<'a>(text: &'a str, head: &str) -> impl Iterator<Item = &'a str> {
    let starts: Vec<usize> = text.match_indices(head).map(|(at, _)| at + head.len()).collect();
    starts
        .into_iter()
        .filter_map(|start| text[start..].trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()))
}

#[test]
fn every_key_that_is_used_exists_and_every_key_is_used() {
    let mut text = String::new();
    sources(&std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("src"), &mut text);
    let known: BTreeSet<String> = keys(EN).into_iter().filter(|key| !key.contains(' ') && !key.contains('.')).collect();
    for head in [".say(", ".words.with(", "words.with("] {
        for key in literals_after(&text, head).filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase())) {
            assert!(known.contains(key), "{key} is not in the catalogue");
        }
    }
    // Help and errors have tests of their own below.
    let heads = ["help-yinxin", "arg-", "error-", "value-"];
    let computed = |key: &str| heads.iter().chain(&CODES).any(|head| key.starts_with(head));
    let unused: Vec<&String> =
        known.iter().filter(|key| !computed(key) && !text.contains(&format!("\"{key}\""))).collect();
    assert_eq!(unused, Vec::<&String>::new(), "said nowhere");
}

/// Words for codes: most codes are data, and only those that stand in the sample or in the formats have a word here.
const CODES: [&str; 8] = ["attribute-", "place-of-", "title-", "role-", "purpose-", "variant-", "act-", "change-"];

#[test]
fn the_codes_of_the_formats_have_their_words() {
    use ledger::record::{ACTS_WITH_GROUNDS, PersonKind, Purpose};
    let known = keys(EN);
    let purposes = Purpose::ALL.iter().map(|purpose| format!("purpose-{}", purpose.word()));
    let persons = PersonKind::ALL.iter().map(|person| format!("variant-{}", person.word()));
    let acts = ACTS_WITH_GROUNDS.iter().map(|act| format!("act-{act}"));
    for key in purposes.chain(persons).chain(acts) {
        assert!(known.contains(&key), "{key} is not in the catalogue");
    }
}

#[test]
fn counts_choose_between_singular_and_plural() {
    let words = Words::new(Lang::En);
    for (key, count, said) in [
        ("span-minutes", "0", "less than a minute"),
        ("span-minutes", "1", "one minute"),
        ("span-minutes", "2", "2 minutes"),
        ("list-complete", "1", "One certificate; none was left out."),
        ("entries-complete", "12345", "12345 entries; none was left out."),
    ] {
        assert_eq!(words.with(key, &[("count", count)]), said);
    }
    // What only looks like a number stays as it was given.
    assert!(words.with("place-of-key", &[("id", "000123")]).contains("000123"));
}

#[test]
fn a_line_that_does_not_parse_is_explained() {
    for (lang, line, parts) in [
        (Lang::En, "yinxin network init --dir d --departments 9", vec!["Allowed: 4 to 7"]),
        (
            Lang::ZhCn,
            "yinxin network init --dir d --departments 9",
            vec!["4 至 7", "用法: yinxin network init --dir <目录>"],
        ),
        (Lang::ZhCn, "yinxin network init --dir d --departments x", vec!["须为整数"]),
        (Lang::ZhCn, "yinxin certificate show 00 11", vec!["多了一个词：11", "<记录号>"]),
        (Lang::En, "yinxin certificate issue 00 --key a/b extra more", vec!["One word too many: more"]),
        (Lang::En, "yinxin certificate annul --key a/b", vec!["<RECORD>"]),
        (Lang::En, "yinxin certificat", vec!["certificate"]),
        (Lang::En, "yinxin certificate list", vec!["--key", "certificate list [OFFICE] --key <KEY>"]),
        (Lang::ZhCn, "yinxin proposal show 00", vec!["--key", "<提案> --key <密钥>"]),
        (Lang::ZhCn, "yinxin evidence list x", vec!["evidence list --key <密钥>"]),
    ] {
        let words = Words::new(lang);
        let error = crate::args::command(&words).try_get_matches_from(line.split(' ')).expect_err(line);
        let arguments: Vec<std::ffi::OsString> = line.split(' ').map(Into::into).collect();
        let usage = crate::args::usage(&arguments, &words);
        let said = explain_usage(&error, &usage, &words).unwrap_or_else(|| panic!("{line}: {error}"));
        for part in parts {
            assert!(said.contains(part), "{line}: {part} is not in {said}");
        }
    }
}

#[test]
fn every_error_has_its_sentence_and_its_advice() {
    let (_, source) = include_str!("../error/words.rs").split_once("fn slug(").expect("a function of the words");
    let (source, _) = source.split_once("\n    }\n").expect("its end");
    let (_, nodes) = include_str!("../error/nodes.rs").split_once("fn slug(").expect("a function of the words");
    let (nodes, _) = nodes.split_once("\n    }\n").expect("its end");
    let slugs: BTreeSet<&str> = literals_after(source, " => ").chain(literals_after(nodes, " => ")).collect();
    let known = keys(EN);
    for slug in &slugs {
        for key in [format!("error-{slug}"), format!("error-{slug}.next")] {
            assert!(known.contains(&key), "{key} is not in the catalogue");
        }
    }
    let spare: Vec<&String> = known
        .iter()
        .filter(|key| !key.contains(' ') && !key.contains('.'))
        .filter(|key| key.strip_prefix("error-").is_some_and(|slug| slug != "mark" && !slugs.contains(slug)))
        .collect();
    assert_eq!(spare, Vec::<&String>::new(), "no error of this name");
}

/// The help keys that the command tree asks for, with those of which one of two is enough.
fn tree(command: &clap::Command, key: &str, asked: &mut Vec<Vec<String>>) {
    asked.push(vec![key.to_owned()]);
    for arg in command.get_arguments() {
        let id = arg.get_id();
        // `1-3` says itself what it may be.
        let names = arg
            .get_value_names()
            .filter(|_| arg.get_action().takes_values())
            .into_iter()
            .flatten()
            .map(ToString::to_string);
        asked.extend(names.filter(|name| name != "1-3").map(|name| vec![format!("value-{name}")]));
        asked.push(vec![format!("{key}--{id}"), format!("arg-{id}")]);
    }
    for sub in command.get_subcommands() {
        tree(sub, &format!("{key}-{}", sub.get_name()), asked);
    }
}

#[test]
fn every_command_and_argument_is_explained_and_nothing_else_is() {
    let mut asked = Vec::new();
    tree(&Cli::command(), "help-yinxin", &mut asked);
    let known: BTreeSet<String> = keys(EN).into_iter().filter(|key| !key.contains(' ') && !key.contains('.')).collect();
    let mut used: BTreeSet<&str> = ["arg-help", "arg-version"].into();
    for choices in &asked {
        let found = choices.iter().find(|key| known.contains(*key));
        used.insert(found.unwrap_or_else(|| panic!("{choices:?} is not in the catalogue")));
    }
    let spare: Vec<_> = known
        .iter()
        .filter(|key| (key.starts_with("help-yinxin") || key.starts_with("arg-")) && !used.contains(key.as_str()))
        .collect();
    assert_eq!(spare, Vec::<&String>::new(), "explains nothing");
}

#[test]
fn the_help_of_every_command_speaks_one_language() {
    fn each(command: &mut clap::Command, check: &mut impl FnMut(&str)) {
        check(&command.render_long_help().to_string());
        for sub in command.get_subcommands_mut() {
            each(sub, check);
        }
    }
    for lang in [Lang::ZhCn, Lang::En] {
        let words = Words::new(lang);
        let mut command = crate::args::command(&words);
        command.build();
        each(&mut command, &mut |text| {
            for word in ["arg-", "help-", "heading-", "[default", "[env", "[possible"] {
                assert!(!text.contains(word), "{word} in {text}");
            }
            for word in ["Usage:", "OPTIONS", "<FILE>", "<RECORD>", "<KEY>"] {
                assert!(lang == Lang::En || !text.contains(word), "{word} in {text}");
            }
            assert_eq!(text.contains("Usage:"), lang == Lang::En, "{text}");
        });
    }
}

#[test]
fn the_long_help_of_the_program_lists_its_exit_codes() {
    use crate::exit::Exit as E;
    let all = [E::Done, E::OtherContent, E::Usage, E::CannotTell, E::NotAuthorised, E::NotFound, E::Conflict];
    let all = all.into_iter().chain([E::Network, E::NotInForce, E::Forged, E::Internal]);
    let readme = include_str!("../../../README.md");
    let codes: Vec<String> = all.map(|exit| exit.code().to_string()).collect();
    for lang in [Lang::ZhCn, Lang::En] {
        let words = Words::new(lang);
        let text = crate::args::command(&words).render_long_help().to_string();
        let (_, listed) = text.split_once(&words.say("heading-exits")).expect("a heading");
        let found: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(found, codes, "{text}");
    }
    let rows = readme.lines().filter(|line| codes.iter().any(|code| line.starts_with(&format!("| {code} |"))));
    assert_eq!(rows.count(), codes.len(), "the README lists the same");
}

#[test]
fn language_is_taken_from_the_line_then_the_environment() {
    let line = |words: &[&str]| words.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    let chinese = |name: &str| (name == "LANG").then(|| "zh_CN.UTF-8".to_owned());
    assert_eq!(Lang::choose(&line(&["yinxin"]), chinese), Lang::ZhCn);
    assert_eq!(Lang::choose(&line(&["yinxin"]), |_| None), Lang::En);
    assert_eq!(Lang::choose(&line(&["yinxin", "--lang", "en"]), chinese), Lang::En);
    assert_eq!(Lang::choose(&line(&["yinxin", "key", "--lang=zh-CN"]), |_| None), Lang::ZhCn);
    assert_eq!(Lang::choose(&line(&["yinxin", "--lang"]), chinese), Lang::ZhCn);
}
