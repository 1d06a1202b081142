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
fn a_prompt_names_its_keys() {
    let desk = Desk::new();
    let names: Vec<crate::keys::KeyName> =
        ["notary/chen", "notary/seal"].map(|name| name.parse().expect("a name")).into();
    for lang in [Lang::ZhCn, Lang::En] {
        let app = App::new(desk.parsed(("home", &desk.node), "key list", &[]).global, Words::new(lang));
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
