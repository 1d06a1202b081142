//! A key in a place that has no use for it: the refusal says which, and what is needed there.

use super::*;

/// The rule that refuses a command, and what is said of it in one language.
fn said(desk: &Desk, lang: Lang, line: &str, more: &[&str]) -> (String, String) {
    let error = desk.run_in(lang, line, more).expect_err(line);
    let rule = error.rule().map_or(error.slug(), |(_, slug)| slug).to_owned();
    (rule, error.sentence(&Words::new(lang)))
}

/// Checks the rule that refuses and what its lines say and do not say in English; in Chinese each line says something.
fn check(desk: &Desk, line: &str, more: &[&str], rule: &str, parts: &[&str], not: &[&str]) {
    let (found, text) = said(desk, Lang::En, line, more);
    assert_eq!(found, rule, "{line}: {text}");
    assert!(parts.iter().all(|part| text.contains(part)), "{line}: {parts:?} are not all in {text}");
    assert!(!not.iter().any(|part| text.contains(part)), "{line}: one of {not:?} is in {text}");
    let (_, text) = said(desk, Lang::ZhCn, line, more);
    assert!(rule == "key-twice" || text.lines().count() > 1, "{line}: {text}");
    assert!(text.lines().all(|line| !line.is_ascii()), "{line}: {text}");
}

#[test]
fn a_freeze_counts_the_administrators_of_each_department() {
    let desk = Desk::new();
    let freeze = "key freeze notary/chen --reason";
    let grounds = std::fs::read_to_string(desk.path("home/network.toml")).expect("the plan");
    let ground = grounds.split("[grounds.freeze-key]").nth(1).and_then(|rest| rest.split_whitespace().next());
    let freeze = format!("{freeze} {}", ground.expect("a ground"));
    check(
        &desk,
        &format!("{freeze} --key court/admin-1 --with police/admin-1 --with police/admin-2"),
        &[],
        "threshold-missing",
        &[
            "(court): needs 2 administration keys; signed: court/admin-1; missing: 1",
            "police/admin-2; none is missing",
            "of two departments",
        ],
        &["head", "missing: 0", "second department"],
    );
    check(
        &desk,
        &format!("{freeze} --key court/admin-1 --with court/admin-2"),
        &[],
        "second-signer-missing",
        &[
            "of two departments",
            "signed: court/admin-1, court/admin-2; none is missing",
            "The second department is missing",
            "(court), whichever",
        ],
        &["head", "missing: 0"],
    );
    check(
        &desk,
        &format!("{freeze} --key court/admin-1 --with police/sun"),
        &[],
        "wrong-purpose",
        &["police/sun (--with)", "officer's key", "an administration key of"],
        &["court/admin-1"],
    );
    let both = "--key court/admin-1 --with court/admin-2 --with police/admin-1 --with police/admin-2";
    desk.done(&format!("{freeze} {both}"), &[]);
    let help = crate::args::command(&Words::new(Lang::En));
    let freeze = help.find_subcommand("key").and_then(|key| key.find_subcommand("freeze")).expect("a command");
    assert!(freeze.clone().render_usage().to_string().contains("<KEY>"));
}

#[test]
fn a_key_of_the_wrong_purpose_is_named_with_what_is_needed_in_its_place() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, _) = desk.issued("one", &person);
    let annul = format!("certificate annul {id} --reason wrong-fact --key");
    let paper = desk.write("matter.txt", "application");
    let second = "the key of another officer of";
    for (line, rule, parts) in [
        (format!("{annul} notary/chen --with notary/seal"), "wrong-purpose", ["notary/seal (--with)", second]),
        (format!("{annul} notary/chen --with court/zhou"), "other-department", ["court/zhou (--with)", second]),
        (format!("{annul} notary/seal --with notary/zhao"), "wrong-purpose", ["notary/seal (--key)", "who acts"]),
        (
            format!("{annul} notary/chen --with notary/zhao --with notary/seal"),
            "second-signer-missing",
            ["notary/seal (--with)", "leave it out"],
        ),
        (
            "key resume notary/zhao --key notary/admin-1 --with court/admin-1".to_owned(),
            "endorsement-unexpected",
            ["court/admin-1 (--with)", "an administration key of"],
        ),
        (
            "key resume notary/zhao --key notary/chen --with notary/admin-1".to_owned(),
            "wrong-purpose",
            ["notary/chen (--key)", "an administration key of"],
        ),
        (
            "key revoke notary/admin-3 --reason lost --key notary/admin-1 --with notary/admin-2".to_owned(),
            "wrong-purpose",
            ["set-administration", "itself"],
        ),
    ] {
        check(&desk, &line, &[], rule, &parts, &["notary/zhao (--", "head"]);
    }
    let draft = "certificate draft --item notarial.birth --key notary/chen --with notary/zhao";
    check(&desk, draft, &[&paper], "endorsement-unexpected", &["notary/zhao (--with)", "leave it out"], &[]);
    let id =
        desk.made(&format!("certificate draft --item notarial.birth --key notary/chen --subject {person}"), &[&paper]);
    desk.done(&format!("certificate approve {id} --key notary/zhao"), &[]);
    let (pdf, issue) =
        (desk.write("two.pdf", "%PDF-1.7 two %%EOF"), format!("certificate issue {id} --key notary/chen"));
    check(
        &desk,
        &format!("{issue} --with notary/zhao"),
        &[&pdf],
        "seal-missing",
        &["notary/zhao (--with)", "the seal key of", "Add --with notary/seal"],
        &["notary/chen (--key)"],
    );
}

#[test]
fn a_power_that_is_missing_is_told_with_the_roles_that_it_takes() {
    let desk = Desk::new();
    let (person, judgment) = (desk.person(), desk.write("judgment.txt", "judgment"));
    let open =
        format!("correction open --item correction.case --variant probation --subject {person} --key court/zhou");
    let case = desk.made(&open, &[&judgment]);
    for line in [
        format!("correction record {case} report {judgment} --key notary/chen"),
        format!("correction close {case} --reason expired --key notary/chen"),
    ] {
        let takes = ["takes one of these roles: corrections institution", "(notary) has: notary office"];
        check(&desk, &line, &[], "power-missing", &takes, &[]);
    }
}

#[test]
fn a_key_that_is_named_twice_is_found_before_anything_is_sent() {
    let desk = Desk::new();
    let height = || desk.chain.lock().expect("fine").height();
    let (before, line) = (height(), "key resume notary/zhao --key notary/admin-1 --with notary/admin-1");
    check(&desk, line, &[], "key-twice", &[], &[]);
    // The same key under another name is the same key.
    let ring = desk.path("home/keys/notary");
    for end in ["toml", "key.age"] {
        std::fs::copy(ring.join(format!("admin-1.{end}")), ring.join(format!("chief.{end}"))).expect("copied");
    }
    check(
        &desk,
        &line.replace("--with notary/admin-1", "--with notary/chief"),
        &[],
        "key-twice",
        &["notary/chief"],
        &[],
    );
    assert_eq!(height(), before);
}
