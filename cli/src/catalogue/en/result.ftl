## Results
network-founded = Founded { $chain } in { $dir }.
network-validators = { $count } departments run a node; of these up to { $faulty } may fail or lie without harm, and { $quorum } must agree.
network-genesis = Genesis hash: { $hash }
network-trust = Trust file: { $path }. Every department compares the genesis hash above with the one that its own copy shows as `genesis` (yinxin inspect FILE). If all are the same, hand the file to whoever shall verify.
next-step = Next: { $command }
network-weak-keys = These key files are cheap to guess (work factor { $factor }): good for trying things out, never for real records.
network-making-keys = Key files being made: { $count } …
network-up-one = { $department }: started, process { $pid }
network-up-already = { $department }: runs already, process { $pid }
network-ready = { $department }: ready at height { $height }
network-down-one = { $department }: ended
network-down-killed = { $department }: did not end in time and was ended by force
network-down-none = { $department }: was not running
network-column-department = department
network-column-process = process
network-column-state = state
network-column-height = height
network-column-address = address
node-backed-up = Copied { $chain } at height { $height }, { $files } files, to { $path }.
node-restored = The data is that of { $chain } at height { $height }.
node-guarded = This key signs nothing at or below height { $height }.
node-unguarded = There is no signer guard here: the node first follows its peers up to their height.
node-old-data = The old data lies in { $path }; remove it when the node runs well.
node-audited = Everything follows from { $blocks } blocks with { $statements } statements; { $rate } blocks a second.
doctor-good = good
doctor-weak = weak
doctor-bad = BAD
doctor-in-order = Everything is in order.
doctor-findings = Found: { $bad } bad, which keep the node from running or voting; { $weak } weak, with which it runs less well.
node-status = { $department }: { $state }, height { $height }
network-some-absent = Not ready: { $departments }. { $ready } of { $total } nodes are ready, more than two thirds: the ledger goes on.
network-no-quorum = Not ready: { $departments }. { $ready } of { $total } nodes are ready, and more than two thirds are needed: nothing is decided until then.
network-state-down = down
network-state-foreign = address taken by another program
network-state-ready = ready
network-state-starting = up, not ready
key-made = Made { $name }: { $id }
key-next-register = It counts once it is registered: { $command }
key-none = The key ring is empty.
key-none-of = There is no key of { $department } in the key ring; there are keys of { $departments }.
key-column-name = key
key-column-purpose = purpose
key-column-titles = titles
key-column-id = id
key-done-register = Registered { $id }.
key-done-suspend = Suspended { $id }.
key-done-resume = Resumed { $id }.
key-done-revoke = Revoked { $id }.
key-done-freeze = Frozen for 72 hours: { $id }.
committed = On the ledger, proven at height { $height }: { $transaction }

refused-by = { $sentence } (said by { $node }, without proof)
node-of-other-ledger = { $node } keeps another ledger, { $ledger }, than that of the trust file, and is passed over.
node-passed-over = { $node } gave a proof that does not hold here, and is passed over: { $reason }. Tell the department that runs it.

## Records
as-of-aged = As of { $time } (Beijing), height { $height }: { $age } ago.
not-current = NOT CURRENT: older than { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
 }; what has happened since is not known. Ask another node with --node.
not-current-clock = Whether this is CURRENT IS NOT KNOWN: this computer's clock is behind the ledger. Set it and ask again.
ground-by = { $ground }, given by { $department }
name-code = { $name } ({ $code })
as-of = As of { $time } (Beijing), height { $height }.
extra-code = Look-up code, to be printed beside the number: { $value }
extra-bundle = Bundle for the holder: { $value }
extra-secrets = What opens the attributes, for the holder alone: { $value }
extra-holder-key = New key of the holder in the key ring: { $value }
certificate-drafted = Drafted { $record }.
certificate-approved = Approved { $number }.
certificate-issued = Issued { $number }.
certificate-amended = Mended { $number }; it stays in force.
certificate-superseded = Replaced { $number }.
certificate-annulled = Annulled { $number }: void from the start.
certificate-voided = Voided { $number }; the number is not used again.
bundle-left-out = { $count ->
    [one] One disclosure of the older bundle opens nothing of the record as it stands now, and was left out.
   *[other] { $count } disclosures of the older bundle open nothing of the record as it stands now, and were left out.
 }
bundle-written = Wrote { $path }, { $size } bytes.
list-complete = { $count ->
    [0] No certificate; none was left out.
    [one] One certificate; none was left out.
   *[other] { $count } certificates; none was left out.
 }
entries-complete = { $count ->
    [0] No entry; none was left out.
    [one] One entry; none was left out.
   *[other] { $count } entries; none was left out.
 }
entries-partial = { $count ->
    [one] One entry is shown, not all of the case.
   *[other] { $count } entries are shown, not all of the case.
 }
identity-registered = Registered { $record }.
identity-suspended = Suspended { $record }.
identity-resumed = Resumed { $record }.
identity-revoked = Revoked { $record } for good.
attribute-missing = The file has no { $attribute }: nothing else tells persons of the same name apart. It is registered without, if you go on.
attribute-unknown = { $attribute } is a code that nobody else uses; those of such a person are { $codes }. If it is mistyped, it can only be revoked and registered anew.
attribute-odd = { $attribute } fits its check digit and still looks odd ({ $reason }): compare it with the paper once more.
case-opened = Opened case { $record }.
case-entered = Added entry { $count } to case { $record }.
case-closed = Closed case { $record } with { $count ->
    [one] one entry
   *[other] { $count } entries
 }.
transaction-logged = { $transaction } is on the ledger: entry { $index } of the log, proven at height { $height }.
transaction-says = { $department } says: { $action }, { $record }.
transaction-claimed = Made at { $time } (Beijing), as the signer claims.
ask-code = {"Look-up code: "}
lookup-in-force = Found and in force.
lookup-was-in-force = Found; it was in force at the time named here, and whether it still is, is not known.
lookup-not-in-force = Found, and not in force: { $status }.
lookup-absent = No certificate { $number } with this code is on the ledger; its absence is proven.
lookup-absent-next = Compare number and code with the paper. If they are the same, ask the office that is named on it.
proposal-change = Change: { $change }
proposal-by = Proposal { $record } by { $department } of { $time } (Beijing).
proposal-by-open = Proposal { $record } by { $department } of { $time } (Beijing), open for votes until { $until }.
proposal-opened = Opened proposal { $record }.
proposal-voted = Voted on proposal { $record }.
proposal-ready = The joining node counts as up for proposal { $record } for one hour.
validators-pending = Voted, in force from { $time } on:
proposal-needs = It needs the votes of { $needed } of { $count } departments.
proposal-standing = For it { $yes }, against it { $no }: { $status }.
proposal-hash = What votes on it name (--proposed): { $hash }
proposal-confirm = Is this what your department signs? Type yes to sign; anything else ends here.
proposal-status-expired = expired; votes count no more
proposal-status-stale = stale; something else was decided over it since, and votes are refused
proposal-status-open = open for votes
proposal-status-passed = passed, in effect
proposal-status-scheduled = passed, in force at the time that `yinxin validators` shows
proposal-status-rejected = can no longer pass
validators-now = Now: { $count ->
    [one] one validator
   *[other] { $count } validators
 }, of which up to { $faulty } may fail or lie and { $quorum } must agree.
validators-then = After the change: { $count ->
    [one] one validator
   *[other] { $count } validators
 }, of which up to { $faulty } may fail or lie and { $quorum } must agree.
inspect-is = { $format }, { $size } bytes:
inspect-not-verified = Shown as it is; nothing of it was verified.
format-statement = statement
format-bundle = bundle
format-trust = trust file
format-genesis = genesis document
format-secret = secret file
format-disclosure = disclosure
format-evidence = evidence that a validator signed twice
format-header = header
format-signed-header = signed header
format-block = block
word-yes = yes
word-no = no
person-natural = natural person
person-legal = legal person
status-draft = draft
status-approved = approved, not issued yet
status-issued = issued, in force
status-void = void, never issued
status-superseded = replaced by another certificate
status-annulled = annulled, void from the start
status-active = in force
status-suspended = suspended
status-revoked = revoked
status-expired = expired
status-open = open
status-closed = closed
label-number = Number
label-status = Status at that time
label-office = Office
label-item = Item
label-record = Record
label-drafted = Drafted
label-date = Date of the certificate
label-issued = Issued
label-subjects = Subjects
label-amended = Mended
label-supersedes = Replaces
label-superseded-by = Replaced by
label-ended = Ended
label-person = Person
label-department = Department
label-level = Assurance level
label-holder = Holder's key
label-attributes = Attributes
label-registered = Registered
label-valid-until = Valid until
label-changed = Last change
label-variant = Kind
label-minor = Minor
label-opened = Opened
label-entries = Entries
label-closed = Closed
label-anchored-name = File name at issue
label-absent = Proven absent
label-path = Proven
label-code = Look-up code
label-file-name = Name
label-file-size = Size in bytes
label-file-digest = SHA-256
label-checked = Time of the check
label-software = Software
label-chain = Ledger
label-trust = Trust file's checkpoint, height
label-bundle = Bundle
label-made = Bundle made, as its maker claims
column-number = number
column-status = status
column-date = date
column-item = item
column-record = record
column-place = no.
column-height = height
column-round = round
column-step = step
column-key = key
column-kind = kind
column-department = department
column-occurred = occurred, as claimed
column-anchored = anchored

## Evidence
evidence-guilty = Proven: the node of { $department } signed two contradicting messages of the step { $step } at height { $height }, round { $round }, with the key { $key }.
evidence-limits = It is proven that this key signed both. Why, and who at the department held it, is not.
evidence-by-history = The department is that of the set of validators that the trust file has for this height. Whether another set came and went there, whose changes the file was not shown, is not known.
evidence-by-newest = The department is that of the newest set of validators that the trust file knows; it does not know of a later one.
evidence-by-another = As far as the trust file knows, the key did not decide at this height. It was this department's in every set of validators that is known and has it.
evidence-unjudged = cannot be judged
evidence-why-not = Cannot be judged here: { $reason }.
evidence-count = Proofs that somebody signed twice, each verified: { $count }
evidence-of-one-node = Another node may have seen others. That nothing is listed proves nobody innocent.
step-prevote = prevote
step-precommit = precommit
step-proposal = proposal
