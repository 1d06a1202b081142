//! What an export says of its age is true of the bundle that it wrote.

use ledger::bundle::Bundle;
use serde_json::Value;

use super::written;
use crate::app::App;
use crate::args::{CertificateCommand, Command};
use crate::catalogue::{Lang, Words};
use crate::client::standin::{Manner, serve};
use crate::commands::tests::Desk;
use crate::exit::Exit;

/// A home beside the desk's own that has its trust file as it is now, and nothing else.
fn away(desk: &Desk) -> &'static str {
    let (home, trust) = ("away", "trust.yinxin-trust");
    std::fs::create_dir(desk.path(home)).expect("made");
    std::fs::copy(desk.path("home").join(trust), desk.path(home).join(trust)).expect("copied");
    home
}

/// An export by somebody who has a home and knows one node.
fn exported(desk: &Desk, at: (&str, &str), line: &str) -> (String, Value, Exit) {
    let cli = desk.parsed(at, line, &[]);
    let Command::Certificate(CertificateCommand::Export(args)) = cli.command else { panic!("{line}") };
    written(&App::new(cli.global, Words::new(Lang::En)), &args).expect("exported")
}

#[test]
fn an_export_is_of_the_head_of_its_bundle_and_bound_by_its_age() {
    let desk = Desk::new();
    // Made before anything was read: this home knows of no height yet.
    let away = away(&desk);
    let (id, _) = desk.issued("birth", &desk.person());
    let before = desk.chain.lock().expect("idle").height().0;
    desk.done(&format!("certificate annul {id} --reason wrong-fact --key notary/chen --with notary/zhao"), &[]);
    let late = serve(&desk.chain, Manner::Stuck(before));
    let out = desk.path("old.yinxin");
    let line = format!("certificate export {id} --out {}", out.display());
    let (text, value, exit) = exported(&desk, (away, &late), &line);
    let bundle = Bundle::decode(&std::fs::read(&out).expect("written")).expect("a bundle");
    assert_eq!((bundle.head.header.height.0, exit), (before, Exit::Done), "nobody here knows better");
    assert_eq!(value["as_of"]["height"], before);
    assert!(value["as_of"]["age_ms"].is_u64() && value["current"] == true);
    assert!(text.contains(&format!("height {before}")), "{text}");

    let line = format!("certificate export {id} --current-within 0 --out {}", desk.path("older.yinxin").display());
    let (_, value, exit) = exported(&desk, (away, &late), &line);
    assert_eq!((&value["current"], exit), (&false.into(), Exit::CannotTell), "written, and not called current");
    assert_eq!(desk.verify(&desk.path("older.yinxin")), Exit::Done, "in force as of its time");
}

#[test]
fn an_export_says_how_many_disclosures_of_the_older_bundle_open_nothing() {
    let desk = Desk::new();
    let away = away(&desk);
    let person = desk.person();
    let (id, own) = desk.issued("one", &person);
    let (_, others) = desk.issued("two", &person);
    let export = |from: &std::path::Path, out: &str| {
        let out = desk.path(out);
        let line = format!("certificate export {id} --from {} --out {}", from.display(), out.display());
        let (text, value, exit) = exported(&desk, (away, &desk.node), &line);
        let kept = Bundle::decode(&std::fs::read(&out).expect("written")).expect("a bundle").disclosures.len();
        assert_eq!(exit, Exit::Done);
        (text.contains("left out"), value["left_out"].as_u64(), kept)
    };
    // This home has no secrets: all comes from the older bundle, document and code.
    assert_eq!(export(&own, "fine.yinxin"), (false, Some(0), 2));
    assert_eq!(export(&others, "other.yinxin"), (true, Some(2), 0), "they are of another certificate");
}

#[test]
fn the_code_for_the_paper_is_said_though_the_bundle_could_not_be_written() {
    let desk = Desk::new();
    let id = desk.approved("birth", &desk.person());
    let mute = serve(&desk.chain, Manner::Mute);
    let (file, out) = (desk.path("birth.pdf").display().to_string(), desk.path("birth.yinxin").display().to_string());
    let line = format!("certificate issue {id} --key notary/chen --with notary/seal --out {out}");
    let cli = desk.parsed(("home", &mute), &line, &[&file]);
    let words = Words::new(Lang::ZhCn);
    let error = crate::commands::run(&App::new(cli.global, Words::new(Lang::ZhCn)), cli.command).expect_err("mute");
    assert_eq!(error.slug(), "unfinished", "{error:?}");
    let said = error.sentence(&words);

    let export = format!("certificate export {id} --out {out}");
    let (text, value, _) = exported(&desk, ("home", &desk.node), &export);
    let code = value["code"].as_str().expect("the code that is kept here");
    assert!(said.contains(code) && text.contains(code), "{code}: {said} {text}");
}
