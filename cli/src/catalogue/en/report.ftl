## Verification
report-verdict = Verdict: { $verdict }
report-verdict-as-of = Verdict: { $verdict }. Status as of { $time } (Beijing), { $age } ago; what has happened since is not known.
report-later-height = The trust file knows of a later height ({ $known }) than that of this bundle ({ $height }): what has happened since is in a fresh bundle.
report-mended = The certificate has been MENDED { $count ->
    [one] once
   *[other] { $count } times
 }: its file and every paper of mending belong together.
report-proven = What is proven
report-file = The file as it was submitted
report-file-untold = The file as it was submitted; whether it is one of this record is NOT known
report-record = The record
report-checks = Checks
report-not-proven = Not proven by the ledger
report-check-itself = This check
span-days = { $count ->
    [one] one day
   *[other] { $count } days
 }
span-hours = { $count ->
    [one] one hour
   *[other] { $count } hours
 }
span-minutes = { $count ->
    [0] less than a minute
    [one] one minute
   *[other] { $count } minutes
 }
verdict-verified = verified
verdict-record-alone = the record is verified; NO FILE was compared with it
verdict-other-content = the record is authentic, and this is NOT the file that it certifies
verdict-checkpoint-needed = cannot tell: validators have changed since the founding, and the trust file has no checkpoint
verdict-out-of-reach = cannot tell: the trust file does not reach the validators of this proof
verdict-view-old = authentic; present status not known
verdict-clock-behind = authentic; present status not known, since this computer's clock is behind the ledger
verdict-no-file = { $verdict }; NO FILE was compared with it
verdict-no-secret-ended = cannot tell whether this is a file of the record in the bundle; that record is { $verdict }
verdict-other-then = the record is authentic, and at the time of this view, which is old, this was NOT a file that it certified; cannot tell whether it is one now
verdict-no-secret = the record is authentic; cannot tell whether this is its file
verdict-record-unreadable = cannot tell: the record is of a form that this program does not know
verdict-no-record = the proof is authentic, and it is about no single record: nothing was verified by it
verdict-code-unproven = the record is authentic; cannot tell whether the look-up code leads to it
verdict-newer-program = cannot tell: it says that a newer version of yinxin made it
verdict-file-beside-absence = cannot tell anything of this file: what is proven is that there is no { $what } on the ledger
verdict-absent = there is no { $what } on the ledger; the absence is proven
absent-number = certificate { $number } with the look-up code { $code }
absent-path = { $count ->
    [0] record at { $path }
    [one] record at { $path }, nor at one more path,
   *[other] record at { $path }, nor at { $count } more paths,
 }
verdict-closed = authentic, and the case is CLOSED
verdict-not-issued = authentic, and not issued
verdict-void = authentic, and VOID: approved and never issued
verdict-superseded = authentic, and REPLACED by another certificate
verdict-annulled = authentic, and ANNULLED: void from the start
verdict-suspended = authentic, and SUSPENDED
verdict-revoked = authentic, and REVOKED
verdict-expired = authentic, and EXPIRED
verdict-forged = the proof itself is BROKEN OR FORGED
verdict-other-chain = the proof is of ANOTHER LEDGER; for the one that is trusted here it proves nothing
advice-refresh = For the present status: { $command }
advice-refresh-bundle = For the present status, get a new bundle and verify with it: { $command }
bundle-newest = Of the bundles beside the file, the newest view of this record is used: { $bundle }.
bundle-beside = { $path } (height { $height }, { $record })
bundle-passed-broken = Passed over, because it does not verify; it is broken, forged or of another ledger: { $bundle }.
bundle-passed-untold = Passed over, because this trust file does not suffice to verify it or it is about no single record: { $bundle }. Named with --bundle, it is judged by itself.
bundle-passed-closed = Beside the file is a newer view of this record, which does not open the file: { $bundle }. What happened in between is in that one: verify it too.
advice-no-record = Ask whoever gave you the bundle for the one of your certificate, and compare its number.
advice-newer-program = Verify with the newest version of yinxin.
advice-trust = Get the trust file that a department you trust has now, in person or on paper, and name it with --trust; if it is the same as yours, ask the holder for a fresh bundle.
advice-clock = Set this computer's clock and verify again.
advice-full-bundle = Ask the holder for the full bundle; this one leaves out what it takes to tell.
advice-other-content = The SHA-256 below, under the file as it was submitted, is that of this file. The office gets the other one with sha256sum of the PDF that it issued. A copy that was saved again or printed and scanned is another file; a paper of mending is known to bundles made after the mending.
advice-forged = Do not rely on this bundle. It may also be incomplete: get it again. If the same comes out, keep it, and tell the office that it is said to come from.
advice-other-chain = Compare the ledger's name (`chain`) in the trust file with the one in the bundle: yinxin inspect shows it of either file.
proven-nothing = Nothing: the proof does not hold or cannot be judged.
proven-state = More than two thirds of the validators signed that the record stood like this on the ledger at { $time } (Beijing), height { $height }. What was anchored has not been changed since it was anchored.
proven-absence-number = More than two thirds of the validators signed that no certificate { $number } with the look-up code { $code } stood on the ledger at { $time } (Beijing), height { $height }.
proven-other = More than two thirds of the validators signed that values stood at the paths below at { $time } (Beijing), height { $height }. They are no single record.
proven-absence = More than two thirds of the validators signed that nothing stood there on the ledger at { $time } (Beijing), height { $height }.
place-document = This file is, byte for byte, the one that was anchored when the certificate was issued.
place-amendment = This file is, byte for byte, the paper of mending no. { $index }.
place-matter = This file is, byte for byte, the application file, not the certificate.
place-decision = This file is, byte for byte, the deciding document of the case.
place-entry = This file is, byte for byte, the content of entry no. { $index } of the case, which { $department } made.
place-closing = This file is, byte for byte, the paper that ended the case.
place-reason = This file is, byte for byte, the paper that gives the ground.
report-also = Also: { $said }
report-copied = One and the same commitment stands in several places: { $places }. Whoever wrote it down again need not have had what it opens to; which of them made it is not proven.
placed-document = the certificate
placed-amendment = the paper of mending no. { $index }
placed-matter = the application file
placed-decision = the deciding document
placed-entry = entry no. { $index } of { $department }
placed-closing = the paper that ended the case
placed-reason = a ground
placed-attribute = an attribute
placed-person = the person
check-bundle-form = the bundle is whole and in its one form
check-chain = it is of the ledger that is trusted
check-validators = its validators follow from the trust file
check-commit = signatures of more than two thirds of the validators' power
check-state = values and absences under the signed root
check-lists = lists are whole, or each item has its place
check-log = statements and headers are in the log
check-record = the record can be read
check-disclosures = what is opened belongs to the record
check-lookup = number and code lead to this record
check-file = the file is the one that was anchored
check-case-status = where the case stands
check-status = the record is in force
check-view-age = the view is not older than what is allowed (--max-age); it says nothing of what happened since
detail-days = { $count ->
    [one] at most one day
   *[other] at most { $count } days
 }
outcome-ok = ok
outcome-failed = failed
outcome-not-checked = not checked
unproven-holder = That whoever shows it is that person: that takes a signature by the holder's key over a question of your own.
unproven-content = Whether what the document says is true. The ledger shows that it has not been changed since it was anchored.
unproven-before = What happened before anchoring: who came to the counter, times that are claimed, papers that were shown.
unproven-paper = The paper itself: a print or a copy must be compared with the file.
unproven-elsewhere = Whether there is such a certificate outside this ledger: an older one, or one of an office that is no member.
unproven-since = What happened after the time the status is about.

## bench
bench-founding = Founding four departments and starting their nodes …
bench-preloading = { $records } records are in the state, { $rate } a second …
bench-copying = Bringing the filled store to the other nodes …
bench-floors = Measuring the floors: signature checks, synced writes, bare HTTP answers, the engine alone …
bench-load = Certificates at { $load }, pace { $pace } ms …
bench-flat-out = flat out
bench-reads = Proven reads of one node …
bench-sync = One node is away, and catches up …
bench-column-load = load
bench-column-pace = pace
bench-column-rate = committed
bench-column-p50 = p50 ms
bench-column-p95 = p95 ms
bench-column-p99 = p99 ms
bench-column-cpu = CPU µs
bench-column-written = bytes written
bench-column-keys = tree keys
bench-column-bound = of L
bench-line-floors = Floors: { $verify } signature checks a second and core, { $synced } synced writes a second, { $http } HTTP answers a second on one connection. L = cores × checks / nodes = { $bound }/s.
bench-line-engine = The engine with a no-op application, four nodes: { $rate } heights a second, half of them decided within { $time } ms; with no pace a statement took { $ratio } times as long to its proof.
bench-line-preload = Preload: { $records } records ({ $certificates } certificates, { $statements } statements in { $heights } blocks) made, imported and verified in { $imported } s, brought to the other nodes in { $copied } s; at most { $import } MiB at the importing node, { $writer } MiB here.
bench-line-key-cost = A tree key, executed and written: { $cost } µs of processor time at { $few } records, { $dearer } µs at { $records }: { $ratio } times as much.
bench-line-reads = Proven reads: { $rate }/s from one node, each verified.
bench-line-proofs = State proofs: { $size } bytes (median; largest { $largest }) of { $keys } keys, 1.5 × 32 × log2 of which is { $bound }; a whole bundle is verified in { $time } ms.
bench-line-sync = A node that was away missed { $missed } heights. The first came { $connected } ms after its process was started, the other { $heights } at { $rate }/s, { $ratio } times the { $live }/s at which they were made.
bench-line-rest = Memory: { $memory } MiB at the largest node after the load. First block at every node { $first } ms after the first process was started.
