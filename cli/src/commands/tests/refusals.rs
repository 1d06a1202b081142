//! A refusal names the values that it is about, in both languages.

use std::io::{Read, Write};

use super::between::{between, sent};
use super::*;
use crate::reason::why;

#[test]
fn a_refusal_says_which_value_it_is_about() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, bundle) = desk.issued("one", &person);
    let paper = desk.write("again.pdf", "%PDF-1.7 again %%EOF");
    let told = |lang: Lang, line: &str, more: &[&str]| match desk.run_in(lang, line, more) {
        Err(error) => error,
        Ok(exit) => panic!("{line}: {exit:?}"),
    };
    let (matter, code) = (desk.write("matter.txt", "application"), code(&bundle));
    let draft = |key: &str| format!("certificate draft --item notarial.birth --subject {person} --key {key}");
    let number = format!("({})粤佛禅城证字第1号", ledger::action::notarial::beijing_year(crate::app::now()));
    for (line, more, parts) in [
        (
            draft("police/sun"),
            vec![&matter],
            vec!["notary", "police/sun has no title", "may still take effect", ".secret"],
        ),
        (draft("notary/chen").replace(".birth", ".none"), vec![&matter], vec!["the catalogue item notarial.none"]),
        (format!("certificate approve {id} --key notary/zhao"), vec![], vec!["It is now: issued"]),
        (
            format!("certificate annul {id} --key notary/chen --with notary/zhao"),
            vec![],
            vec!["--reason", "wrong-fact"],
        ),
        (
            format!("certificate annul {id} --reason bad --key notary/chen --with notary/zhao"),
            vec![],
            vec!["Given was: bad", "wrong-fact", "not true"],
        ),
        (format!("certificate annul {id} --reason wrong-fact --key notary/chen"), vec![], vec!["--with"]),
        (
            "certificate list court --key notary/chen".to_owned(),
            vec![],
            vec!["Chancheng court (court)", "Chancheng notary office (notary)"],
        ),
        (format!("certificate show {number}"), vec![], vec!["32 hexadecimal digits", &number]),
        (
            format!("correction open --item correction.case --subject {person} --key court/zhou"),
            vec![&matter],
            vec!["--variant is missing", "probation", "parole"],
        ),
        ("network status --dir nowhere".to_owned(), vec![], vec!["nowhere"]),
        (format!("identity show {}", "00".repeat(16)), vec![], vec!["the identity attestation 0000"]),
    ] {
        let more: Vec<&str> = more.into_iter().map(String::as_str).collect();
        let error = told(Lang::En, &line, &more);
        let said = error.sentence(&Words::new(Lang::En));
        for part in parts {
            assert!(said.contains(part), "{line}: {part} is not in {said}");
        }
        let said = told(Lang::ZhCn, &line, &more).sentence(&Words::new(Lang::ZhCn));
        // Codes, names of keys and what was typed stand in no line of their own: each line says something in Chinese.
        assert!(said.lines().all(|line| !line.is_ascii()), "{said}");
    }
    let issue = format!("certificate issue {id} --key notary/chen --with notary/seal");
    let again = told(Lang::En, &issue, &[&paper]);
    let follow = again.command(&Given::default()).expect("a command");
    let export = format!("yinxin certificate export {id} --out ");
    assert!(follow.whole().is_some_and(|line| line.starts_with(&export)), "{follow:?}");
    assert!(again.sentence(&Words::new(Lang::En)).contains("It was issued on"), "{again:?}");
    desk.done("lookup", &[&number, &code]);
}

/// What is said of the files that were written before a statement was refused.
#[test]
fn files_of_a_refused_statement_are_spare_only_where_that_is_sure() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, _) = desk.issued("one", &person);
    let (matter, paper) = (desk.write("matter.txt", "application"), desk.write("mend.pdf", "%PDF-1.7 mended %%EOF"));
    // No state makes a signature good that reached the nodes broken; a title may be given, and a ground added.
    let breaks = |node: &str| {
        between(node, |asked| {
            if asked.starts_with(b"POST") {
                *asked.last_mut().expect("a signature") ^= 1;
            }
            None
        })
    };
    let untitled = "certificate draft --item notarial.birth --key police/sun";
    let amend = format!("certificate amend {id} --reason bad --key notary/chen --with notary/zhao");
    let one = desk.node.split(',').next().expect("an address").to_owned();
    let broken = desk.node.split(',').map(breaks).collect::<Vec<_>>().join(",");
    for (nodes, line, file, part) in [
        (&broken, untitled, &matter, "not needed and may be deleted"),
        (&broken, &*amend, &paper, "opens earlier statements of the record too: keep it"),
        (&desk.node, untitled, &matter, "yinxin transaction show"),
        (&one, untitled, &matter, "keep it, for the statement may take effect"),
        (&desk.node, &*amend, &paper, "keep it, for the statement may take effect"),
        (&one, &*amend, &paper, "keep it, for the statement may take effect"),
    ] {
        let words = Words::new(Lang::En);
        let cli = desk.parsed(("home", nodes), line, &[file]);
        let error = run(&App::new(cli.global, words), cli.command).expect_err(line);
        let words = Words::new(Lang::En);
        let advice = error.advice(&words, &Given::default()).unwrap_or_default();
        let text = error.sentence(&words);
        assert!(text.contains(part), "{line}: {text}");
        assert_eq!(advice.contains("Nothing was changed"), nodes != &one, "{line}: {advice}");
        assert_eq!(text.contains("may be deleted"), part.contains("deleted"), "{line}: {text}");
    }
}

/// One node of four keeps what it was sent and answers as the honest one does, which refuses by what holds now. Within the
/// statement's life that changes, and what was kept takes effect.
#[test]
fn files_of_a_statement_that_may_yet_take_effect_are_not_called_spare() {
    let desk = Desk::new();
    let (person, matter) = (desk.person(), desk.write("matter.txt", "application"));
    let honest = desk.node.split(',').next().expect("an address").to_owned();
    let kept: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let keeps = Arc::clone(&kept);
    let liar = between(&honest, move |asked| {
        if asked.starts_with(b"POST") {
            keeps.lock().expect("no panic").push(asked.to_vec());
        }
        None
    });
    desk.done(&format!("identity suspend {person} --reason reported-lost --key police/sun"), &[]);
    let draft = format!("certificate draft --item notarial.birth --subject {person} --key notary/chen");
    let nodes = format!("{liar},{honest}");
    for (lang, yet, spare) in
        [(Lang::En, "may still take effect", "not needed"), (Lang::ZhCn, "仍可能生效", "可以删除")]
    {
        let cli = desk.parsed(("home", &nodes), &draft, &[&matter]);
        let error = run(&App::new(cli.global, Words::new(lang)), cli.command).expect_err("refused");
        let words = Words::new(lang);
        let (said, advice) = (error.sentence(&words), error.advice(&words, &Given::default()).expect("advice"));
        assert!(error.is_believed() && said.contains("yinxin transaction show"), "{said}");
        assert!(said.contains(yet) && advice.contains(yet) && !said.contains(spare), "{said} {advice}");
    }
    desk.done(&format!("identity resume {person} --reason reviewed --key police/sun"), &[]);
    let statement = kept.lock().expect("no panic").pop().expect("it was kept");
    assert!(sent(&honest, &statement).starts_with(b"HTTP/1.1 200"), "it takes effect");
}

#[test]
fn advice_fits_what_was_refused() {
    let desk = Desk::new();
    let person = desk.person();
    let matter = desk.write("matter.txt", "application");
    let draft = format!("certificate draft --item notarial.birth --subject {person} --key notary/chen");
    let id = desk.made(&draft, &[&matter]);
    let paper = desk.write("paper.pdf", "%PDF-1.7 paper %%EOF");
    let told = |line: &str, more: &[&str]| desk.run(line, more).expect_err(line);
    let early = told(&format!("certificate issue {id} --key notary/chen --with notary/seal"), &[&paper]);
    let next = early.command(&Given::default()).expect("a command");
    assert_eq!(next.whole(), Some(&*format!("yinxin certificate approve {id} --key notary/zhao")));

    desk.done(&format!("identity suspend {person} --reason reported-lost --key police/sun"), &[]);
    let suspended = told(&draft, &[&matter]);
    let read = |status| CliError::Refused {
        status,
        slug: "not-permitted".to_owned(),
        code: 1003,
        detail: String::new(),
        nodes: Vec::new(),
        doubtful: true,
        reads: true,
        here: Vec::new(),
        follow: None,
    };
    let hidden = CliError::CannotTell { reason: why("reason-hidden").with("transaction", "07").with("height", 7) };
    for (lang, submit, attested, key) in [
        (Lang::En, "submit again", "the department that attested", "--key"),
        (Lang::ZhCn, "再提交", "身份认证的部门", "--key"),
    ] {
        let words = Words::new(lang);
        let advice = |error: &CliError| error.advice(&words, &Given::default()).expect("advice");
        assert!(advice(&suspended).contains(attested), "{suspended:?}");
        for error in [&read(403), &read(401), &hidden] {
            assert!(advice(error).contains(key) && !advice(error).contains("--trust"), "{error:?}");
        }
        for error in [&suspended, &read(403), &read(404), &read(429), &read(503), &hidden] {
            assert!(!advice(error).contains(submit), "{error:?}");
        }
        assert!(advice(&read(503)).contains("--node") && advice(&read(503)) == advice(&read(429)), "{lang:?}");
        let foreign = told("inspect", &[&paper]);
        assert!(advice(&foreign).contains("yinxin verify"), "{foreign:?}");
    }
}

#[test]
fn a_statement_on_its_way_is_no_failure_and_names_its_record() {
    let desk = Desk::new();
    let (person, matter) = (desk.person(), desk.write("matter.txt", "application"));
    let waits = serve(&desk.chain, Manner::Waits);
    let draft = format!("certificate draft --item notarial.birth --subject {person} --key notary/chen --wait 0");
    let before = desk.records();
    let cli = desk.parsed(("home", &waits), &draft, &[&matter]);
    let error = run(&App::new(cli.global, Words::new(Lang::ZhCn)), cli.command).expect_err("pending");
    let made = desk.records().into_iter().find(|record| !before.contains(record)).expect("kept");
    assert_eq!((error.slug(), error.exit(), error.mark()), ("pending", Exit::CannotTell, "pending-mark"));
    assert_eq!(error.record(), Some(&*made), "for a program");
    for lang in [Lang::En, Lang::ZhCn] {
        assert!(error.sentence(&Words::new(lang)).contains(&made));
    }
}

#[test]
fn a_person_is_named_once() {
    let desk = Desk::new();
    let (person, matter) = (desk.person(), desk.write("matter.txt", "application"));
    let line =
        format!("certificate draft --item notarial.birth --key notary/chen --subject {person} --subject {person}");
    let error = desk.run(&line, &[&matter]).expect_err("twice");
    let said = error.sentence(&Words::new(Lang::En));
    assert!(error.slug() == "value" && said.contains(&person) && said.contains("twice"), "{said}");
}

#[test]
fn an_address_that_does_not_speak_tls_is_told_as_that() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 16];
            let _ = stream.read(&mut head).and_then(|_| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        }
    });
    let desk = Desk::new();
    let cli = desk.parsed(("home", &format!("https://{address}")), "validators", &[]);
    let error = run(&App::new(cli.global, Words::new(Lang::En)), cli.command).expect_err("no TLS");
    let said = error.sentence(&Words::new(Lang::En));
    assert!(error.slug() == "unreachable" && said.contains("does not speak TLS"), "{said}");
}
