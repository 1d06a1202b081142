//! The command tree holds together, and what people type is understood.

use clap::{CommandFactory, Parser};

use super::*;

fn parsed(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_tree_holds_together() {
    Cli::command().debug_assert();
    for lang in [Lang::ZhCn, Lang::En] {
        command(&crate::catalogue::Words::new(lang)).debug_assert();
    }
}

#[test]
fn what_people_type_is_understood() {
    let id = "00112233445566778899aabbccddeeff";
    for line in [
        "yinxin network init --departments 4 --name demo --dir d --base-port 20000",
        "yinxin network up --dir d --department notary --department court",
        "yinxin network down --dir d -o json",
        "yinxin --home h key new notary/chen --title notary --purpose officer",
        "yinxin key register notary/chen --key notary/admin-1 --with notary/admin-2",
        &format!("yinxin certificate draft a.pdf --item notarial.birth --subject {id} --key notary/chen"),
        &format!("yinxin certificate issue {id} a.pdf --key notary/chen --with notary/seal --wait 5"),
        &format!("yinxin certificate annul {id} --reason wrong-fact --key notary/chen --with notary/head"),
        &format!("yinxin certificate show {id} --at 7 --node http://127.0.1.1:1 --node http://127.0.1.2:1"),
        "yinxin lookup (2026)粤佛禅城证字第1号 7K2QM9-XWTA0R-J5NHCV",
        "yinxin verify a.pdf --bundle a.yinxin --trust t.yinxin-trust",
        &format!("yinxin vote {id} yes --key court/admin-1 --with court/admin-2"),
        "yinxin node start nodes/notary -- --verbose",
        "yinxin completion bash",
        "yinxin man --out d --lang en",
    ] {
        assert!(parsed(line).is_ok(), "{line}: {:?}", parsed(line).err());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for line in [
        "yinxin",
        "yinxin network init",
        "yinxin network init --dir d --departments 3",
        "yinxin network init --dir d --from f --name x",
        "yinxin vote x maybe --key a/b",
        "yinxin certificate annul x --reason wrong-fact",
    ] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

#[test]
fn json_is_understood_in_a_line_that_does_not_parse() {
    let chosen = |line: &str| Format::choose(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>());
    for line in ["yinxin nonsense -o json", "yinxin -ojson verify", "yinxin --output=json x", "yinxin --output json"] {
        assert_eq!(chosen(line), Format::Json, "{line}");
    }
    for line in ["yinxin nonsense", "yinxin -o human verify json", "yinxin verify -o"] {
        assert_eq!(chosen(line), Format::Human, "{line}");
    }
}

#[test]
fn help_may_be_asked_for_as_a_word() {
    let asked = |line: &str| {
        let words = with_help(line.split(' ').map(OsString::from).collect());
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked("yinxin help"), "yinxin --help");
    assert_eq!(asked("yinxin help verify"), "yinxin verify --help");
    assert_eq!(asked("yinxin --lang zh-CN help certificate issue"), "yinxin --lang zh-CN certificate issue --help");
    assert_eq!(asked("yinxin certificate help issue"), "yinxin certificate issue --help");
    // Where a command takes words of its own, `help` is one of them.
    assert_eq!(asked("yinxin verify help"), "yinxin verify help");
    assert_eq!(asked("yinxin --home help key list"), "yinxin --home help key list");
    assert_eq!(asked("yinxin -o json --home=h help verify"), "yinxin -o json --home=h verify --help");
}
