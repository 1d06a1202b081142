//! Keys of several people in one command.

use super::*;

#[test]
fn a_passphrase_file_is_for_all_keys_or_for_each() {
    let desk = Desk::new();
    let (own, all) = (desk.write("own", "battery staple"), desk.path("passphrase").display().to_string());
    std::fs::write(&all, "battery staple").expect("written");
    desk.done("key new notary/newcomer --title notary --work-factor 2", &[]);
    std::fs::write(&all, PASSPHRASE).expect("written");
    let register = "key register notary/newcomer --key notary/admin-1 --with notary/admin-2";
    assert_eq!(desk.refused(register, &[]), "passphrase-wrong");
    // The desk itself names the last one.
    assert_eq!(desk.refused(register, &["--passphrase-file", &own]), "passphrase-files");
    assert_eq!(desk.refused(register, &["--passphrase-file", &all, "--passphrase-file", &own]), "passphrase-wrong");
    desk.done(register, &["--passphrase-file", &own, "--passphrase-file", &all]);
}

#[test]
fn a_passphrase_file_that_begins_with_an_empty_line_is_told_as_that() {
    let desk = Desk::new();
    for text in ["", "\n", "\ncorrect horse\n"] {
        std::fs::write(desk.path("passphrase"), text).expect("written");
        for line in
            ["key suspend notary/chen --reason lost --key notary/chen", "key new notary/newcomer --title notary"]
        {
            let error = desk.run(line, &[]).expect_err("nothing to open it with");
            assert_eq!((error.slug(), error.exit()), ("passphrase-empty", Exit::Usage), "{text:?}");
        }
    }
}

#[test]
fn a_department_without_keys_is_not_an_empty_ring() {
    let desk = Desk::new();
    let none = |home: &str, lang| {
        let app = App::new(desk.parsed((home, &desk.node), "key list", &[]).global, Words::new(lang));
        crate::commands::key::none(&app, Some(&"nosuch".parse().expect("a slug"))).expect("readable")
    };
    let said = none("home", Lang::En);
    assert!(said.contains("no key of nosuch") && said.contains("court, justice, "), "{said}");
    assert!(none("home", Lang::ZhCn).contains("没有 nosuch 的密钥"));
    assert!(none("elsewhere", Lang::En).contains("is empty"));
    desk.done("key list nosuch", &[]);
}

#[test]
fn a_file_where_a_directory_is_to_be_is_told_as_that() {
    let desk = Desk::new();
    let file = desk.write("afile", "a file");
    for (line, more) in [("man --out", [file.as_str()]), ("network init --work-factor 2 --dir", [file.as_str()])] {
        let error = desk.run(line, &more).expect_err("a file");
        assert_eq!((error.slug(), error.exit()), ("not-a-directory", Exit::Usage), "{line}");
        assert!(error.sentence(&Words::new(Lang::ZhCn)).contains("应为目录"), "{line}");
    }
    assert_eq!(std::fs::read(&file).expect("there"), b"a file");
}

#[test]
fn a_prompt_names_its_keys() {
    let desk = Desk::new();
    let names: Vec<crate::keys::KeyName> =
        ["notary/chen", "notary/seal"].map(|name| name.parse().expect("a name")).into();
    for lang in [Lang::ZhCn, Lang::En] {
        let app = desk.app(lang);
        for (prompt, named) in [
            (crate::keys::Prompt::First(&names), &names[..]),
            (crate::keys::Prompt::First(&names[..1]), &names[..1]),
            (crate::keys::Prompt::Own(&names[1]), &names[1..]),
        ] {
            let said = app.prompt(&prompt);
            assert!(named.iter().all(|name| said.contains(&name.to_string())), "{said}");
        }
    }
}

/// What a refused command says, in one language.
fn said(desk: &Desk, lang: Lang, line: &str, more: &[&str]) -> String {
    let (words, error) = (Words::new(lang), desk.run_in(lang, line, more).expect_err(line));
    [error.sentence(&words), error.advice(&words, &Given::default()).unwrap_or_default()].join("\n")
}

#[test]
fn a_suspended_key_is_called_suspended_and_never_absent() {
    let desk = Desk::new();
    let paper = desk.write("matter.txt", "application");
    desk.done("key suspend notary/chen --reason lost --key notary/chen", &[]);
    let draft = "certificate draft --item notarial.birth --key notary/chen";
    let text = said(&desk, Lang::En, draft, &[&paper]);
    assert!(text.contains("key-suspended") && text.contains("suspended since"), "{text}");
    assert!(!text.contains("not registered"), "{text}");
    // The key that asks is the suspended one.
    for (lang, part) in
        [(Lang::En, "suspended, frozen, revoked, expired"), (Lang::ZhCn, "已停用、被冻结、被吊销、已过有效期")]
    {
        let text = said(&desk, lang, "certificate list notary --key notary/chen", &[]);
        assert!(text.contains("signature-invalid") && text.contains(part), "{text}");
    }
    // Only the key that is proven absent is to be registered.
    desk.done("key new notary/newcomer --title notary --work-factor 2", &[]);
    let text = said(&desk, Lang::En, "certificate draft --item notarial.birth --key notary/newcomer", &[&paper]);
    assert!(text.contains("not registered on the ledger") && text.contains("key register notary/newcomer"), "{text}");
}
