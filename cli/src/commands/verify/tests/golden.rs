//! The golden bundles get the exit codes that stand beside them, now and with every later version.

use std::fs;
use std::path::PathBuf;

use ledger::bundle::Bundle;
use ledger::trust::TrustFile;
use serde_json::Value;

use super::super::conclusion::{Conclusion, Unknown};
use super::super::judge::judge;
use super::submitted;

fn golden() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../tests/vectors/golden")
}

fn read(name: &Value) -> Vec<u8> {
    fs::read(golden().join(name.as_str().expect("a file's name"))).expect("beside the expectations")
}

#[test]
fn golden_bundles_get_their_exit_codes() {
    let mut count = 0;
    for entry in fs::read_dir(golden()).expect("golden bundles").flatten() {
        if !entry.file_name().to_string_lossy().ends_with("-expected.json") {
            continue;
        }
        let checks: Vec<Value> =
            serde_json::from_slice(&fs::read(entry.path()).expect("readable")).expect("a list of checks");
        for check in checks {
            let (bytes, trust) = (read(&check["bundle"]), TrustFile::decode(&read(&check["trust"])).expect("trust"));
            let file = check["document"].is_string().then(|| submitted(&read(&check["document"])));
            let head = Bundle::decode(&bytes).expect("a bundle").head.header.time;
            let conclusion = judge(&bytes, &trust, file.as_ref(), head, u64::MAX).conclusion;
            assert_eq!(u64::from(conclusion.exit().code()), check["exit"], "{}: {conclusion:?}", check["bundle"]);
            count += 1;
        }
    }
    assert!(count > 15, "{count} checks");
}

#[test]
fn what_says_that_a_newer_program_made_it_is_not_called_forged() {
    let bytes = read(&"v1-issued.yinxin".into());
    let trust = TrustFile::decode(&read(&"v1-genesis.yinxin-trust".into())).expect("trust");
    let judged = |bytes: &[u8]| {
        let judgement = judge(bytes, &trust, None, ledger::types::TimeMs(0), u64::MAX);
        assert_eq!(judgement.checks.len(), 13, "every report has every check");
        judgement.conclusion
    };
    let newer = Conclusion::CannotTell(Unknown::NewerProgram);
    for version in [2, 23, 24] {
        let mut made = bytes.clone();
        made[2] = version;
        assert_eq!(judged(&made), newer, "version {version}");
        made.truncate(100);
        assert_eq!(judged(&made), newer, "another form, as newer versions have it");
    }
    let mut older = bytes.clone();
    older[2] = 0;
    assert_eq!(judged(&older), Conclusion::Forged);
    for change in
        [|bundle: &mut Bundle| bundle.head.header.version = 2, |bundle: &mut Bundle| bundle.head.header.protocol = 2]
    {
        let mut bundle = Bundle::decode(&bytes).expect("a bundle");
        change(&mut bundle);
        assert_eq!(judged(&bundle.encode()), newer);
    }
    let mut bundle = Bundle::decode(&bytes).expect("a bundle");
    bundle.head.header.protocol = 0;
    assert_eq!(judged(&bundle.encode()), Conclusion::Forged);
}
