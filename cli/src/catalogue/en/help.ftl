# Every sentence that `yinxin` says in English. The same keys stand in zh-CN/.

## Headings and marks
heading-usage = Usage:
heading-options-short = OPTIONS
heading-commands = Commands
heading-command = COMMAND
heading-arguments = Arguments
heading-options = Options
heading-common = Options of every command
heading-examples = Examples:
heading-exits = Exit codes:
error-mark = {"✗ "}
pending-mark = {"… "}
next-mark = {"→ "}
help-join = {". "}
help-values = One of: { $values }
help-default = If left out: { $value }
help-environment = Environment: { $name }
ask-passphrase = Passphrase of the key { $key }:{" "}
ask-passphrase-first = Passphrase of the key { $key } (it is tried on { $others } too):{" "}
ask-passphrase-own = The key { $key } stays closed under it. Its own passphrase:{" "}
ask-new-passphrase = {"Passphrase for the new key or keys (8 characters or more): "}
ask-passphrase-again = {"The same again: "}

## Command lines that were not understood
usage-unknown-argument = There is no option { $argument } here.
usage-extra-word = One word too many: { $argument }. This command has its arguments already. A value with spaces or brackets in it goes between quotes; an option has its name before it, as --key KEY.
usage-unknown-command = There is no command { $argument }.
usage-missing-argument = Something is missing: { $argument }
usage-missing-value = { $argument } needs a value.
usage-invalid-value = { $value } does not fit { $argument }.
usage-conflict = { $argument } does not go together with the other options.
usage-missing-command = Say what to do: a command is missing.
usage-range = Allowed: { $low } to { $high }
usage-whole-number = A whole number is wanted.
usage-possible = Possible: { $values }
usage-suggested = Did you mean { $value }?
usage-next = Add --help to see how it goes.

## Values in lines of usage
value-ARGS = ARGS
value-CHOICE = yes|no
value-CODE = CODE
value-DAYS = DAYS
value-DEPARTMENT = DEPARTMENT
value-DIR = DIR
value-FILE = FILE
value-FORMAT = FORMAT
value-HEIGHT = HEIGHT
value-ID = ID
value-IDENTITY = IDENTITY
value-ITEM = ITEM
value-HASH = HASH
value-KEY = KEY
value-KIND = KIND
value-LANG = LANG
value-LOOKUP-CODE = CODE
value-MINUTES = MINUTES
value-N = N
value-NAME = NAME
value-NUMBER = NUMBER
value-OFFICE = OFFICE
value-PERSON = PERSON
value-PORT = PORT
value-PROPOSAL = PROPOSAL
value-PURPOSE = PURPOSE
value-RECORD = RECORD
value-RECORDS = RECORDS
value-SECONDS = SECONDS
value-SERIAL = SERIAL
value-SHELL = SHELL
value-TIME = TIME
value-TITLE = TITLE
value-UNIT = UNIT
value-URL = URL
value-YEAR = YEAR

## Help: commands
help-yinxin = Yinxin 印信: issue, look up and verify notarial records on a ledger that several departments keep together. What it prints has been checked on this machine first; no node is taken at its word.
    .example =
        {"  "}yinxin network init --dir demo && yinxin network up --dir demo
        {"  "}yinxin verify certificate.pdf --trust city.yinxin-trust
        {"  "}yinxin lookup "(2026)粤佛禅城证字第1号"
    .exits =
        {"   "}0  done, or verified
        {"   "}1  the record is authentic, the file is another one
        {"   "}2  wrong usage, a wrong value, a wrong file, or one that cannot be read or written
        {"   "}3  could not decide: no trust, view too old, statement pending; node doctor found something
        {"   "}4  not authorised
        {"   "}5  not found; the absence is proven
        {"   "}6  refused: in conflict with what is on the ledger or on this machine
        {"   "}7  no node could be reached, or not all that are needed are ready
        {"   "}8  authentic, and annulled, revoked, suspended or expired (of verify and lookup)
        {"   "}9  proof broken, forged or of another ledger; a node's data is damaged
        {"  "}70  a fault of this program or machine
help-yinxin-network = Found and run a consortium on this machine, to try it out or to rehearse
help-yinxin-network-init = Found a consortium: keys, genesis, trust file, and a home for each node
    .example =
        {"  "}yinxin network init --departments 4 --name chancheng --dir demo
help-yinxin-network-up = Start the nodes in the background and wait until they are ready
help-yinxin-network-down = End the nodes: politely first, then by force once the grace is over
help-yinxin-network-status = Ask each node how it is; ends with 0 if more than two thirds are ready
help-yinxin-key = Make keys, and manage their standing on the ledger
help-yinxin-key-new = Make a key in the key ring, under a passphrase
    .example =
        {"  "}yinxin key new notary/chen --title notary --unit first-office
help-yinxin-key-list = List the keys of the key ring; nothing secret is shown
help-yinxin-key-export = Print the public side of a key, to hand it to somebody
help-yinxin-key-register = Register a key on the ledger; administration keys of its department sign
help-yinxin-key-consent = Print a new administration key with its owner's consent: an entry of `keys` for the file of a set-administration change
help-yinxin-key-suspend = Suspend a key at once; a key may always suspend itself
help-yinxin-key-resume = Let a suspended key sign again
help-yinxin-key-revoke = End a key for good; what it signed before stays valid
help-yinxin-key-freeze = Stop any key for 72 hours; the administrations of two departments sign together, each by its own threshold
help-yinxin-certificate = Draft, approve, issue, mend, replace and annul notarial certificates
help-yinxin-certificate-draft = Draft a certificate, as the notary in charge
help-yinxin-certificate-approve = Approve a draft, which gives it its number and its date
help-yinxin-certificate-issue = Issue an approved certificate; the notary in charge and the office's seal sign together
    .example =
        {"  "}yinxin certificate issue RECORD birth.pdf --key notary/chen --with notary/seal
help-yinxin-certificate-amend = Mend an issued certificate 补正; it stays in force
help-yinxin-certificate-supersede = Replace an issued certificate by another that has been issued
help-yinxin-certificate-annul = Annul an issued certificate 撤销: it is void from the start, and stays visible as annulled
help-yinxin-certificate-void = Give up an approved certificate 作废; its number is never used again
help-yinxin-certificate-show = Show a certificate as it is proven to stand
help-yinxin-certificate-list = List all certificates of an office, proven complete
help-yinxin-certificate-export = Write a bundle that anybody can verify without a network
help-yinxin-identity = Register identity attestations and change their standing
help-yinxin-identity-register = Register an attestation; the attributes stay with the holder, the ledger gets commitments
help-yinxin-identity-suspend = Hold an attestation up
help-yinxin-identity-resume = Let a suspended attestation count again
help-yinxin-identity-revoke = End an attestation for good
help-yinxin-identity-show = Show an attestation as it is proven to stand
help-yinxin-correction = Keep cases of community corrections 社区矫正
help-yinxin-correction-open = Open a case on the ground of a decision
help-yinxin-correction-record = Add an entry to a case; its content stays off the ledger
help-yinxin-correction-close = Close a case
help-yinxin-correction-show = Show a case and its entries to one of its parties
help-yinxin-lookup = Find a certificate by the number and the code printed on it
help-yinxin-verify = Check a file against its bundle and your trust file, without a network
    .example =
        {"  "}yinxin verify birth.pdf --bundle birth.yinxin --trust city.yinxin-trust
help-yinxin-inspect = Show what a bundle, trust file, genesis or statement holds; this verifies nothing
help-yinxin-evidence = Prove that a department's node signed two contradicting messages of one round
    .example =
        {"  "}yinxin evidence verify case.yinxin-evidence --trust city.yinxin-trust
help-yinxin-evidence-list = List what a node has seen, each proof verified here
help-yinxin-evidence-export = Write one proof to a small file that anybody can verify without a node
help-yinxin-evidence-verify = Check such a file against your trust file, without a network; names the department
help-yinxin-propose = Open a governance proposal
    .example =
        {"  "}yinxin parameters > change.toml      # the present values; edit them
        {"  "}yinxin propose change.toml --key court/admin-1 --with court/admin-2
        {"  "}# docs/changes.md of the sources shows a whole file of each kind of change
help-yinxin-proposal = Look at governance proposals
help-yinxin-proposal-show = Show a proposal as it is proven to stand, with every value of its change
help-yinxin-vote = Vote on a governance proposal for your department
help-yinxin-ready = Say, under its consensus key, that the node of a joining validator is up; ask that node with --node
help-yinxin-validators = Print the validators in force, as the file of a set-validators change to be edited
help-yinxin-parameters = Print the parameters in force, as the file of a set-parameters change to be edited
help-yinxin-transaction = Follow transactions
help-yinxin-transaction-show = Say where a transaction stands
help-yinxin-node = Run and care for a department's node (the program yinxin-node beside this one)
help-yinxin-node-start = Run a node in this terminal until it is told to end
help-yinxin-node-status = Ask a running node how it is
help-yinxin-node-validator = Print the node's entry of a set-validators change: its department and public consensus key
help-yinxin-node-backup = Copy a node's data; the signer guard is left out on purpose
help-yinxin-node-restore = Put a copy in place of a node's data
help-yinxin-node-fsck = Derive every root again from the blocks and compare
help-yinxin-node-doctor = Look for what could keep a node from running well
help-yinxin-completion = Print the completion script of a shell
help-yinxin-man = Write manual pages

## Help: arguments that many commands share
arg-help = Show this help
arg-version = Show the version
arg-output = How to print the result
arg-lang = Language of everything that is said
arg-home = Directory of keys, trust file and settings; left out: ~/.yinxin
arg-nodes = Address of a node, as http://127.0.1.1:27002; repeat it, the first that answers is used
arg-trust = Trust file that answers are checked against; left out: the one in the home directory
arg-passphrase_files = File whose first line is the passphrase: one file for all keys, or repeated, one for each in the order of the command: the key that it is about (as in `key register`), --key, each --with, --holder or the new key
arg-key = Key that signs, as department/name of the key ring
arg-with = Who signs along: a second officer, the seal or further administration keys, as the act needs; may be repeated
arg-wait = How many seconds to wait until it is on the ledger; 0 does not wait
arg-reason = Code of the ground; without it the grounds in force are listed with their words, and so when the ledger refuses the code itself
arg-reason_file = File with the reasons in words; only a salted commitment to it goes to the ledger
arg-record = The record: 32 hex digits, printed when it was made
arg-dir = Directory of the consortium; left out: the home directory
arg-departments = Only this department; may be repeated
arg-work_factor = How dear it is to guess the passphrase, as a power of two; below 15 only to try things out
arg-node_home = Home directory of the node
arg-valid_days = Days from now on
arg-item = Code of the catalogue item, as notarial.birth: behind [[item]] in network.toml
arg-file = The file
arg-at = As it stood at this height
arg-current_within = Minutes within which an answer counts as current; an older one is shown and ends with exit code 3
arg-read_key = Key that signs the request, where the record is not public
arg-with_subjects = Name the subjects' attestations in the bundle: whoever gets it learns their ids
arg-name = Key, as department/name of the key ring

## Help: arguments of one command
help-yinxin-network-init--departments = How many departments of the sample run a node, 4 to 7
help-yinxin-network-init--name = Name of the consortium, the first part of its chain id: 1 to 24 lower-case letters, digits and hyphens
help-yinxin-network-init--dir = Directory to found it in; it must be empty or not exist yet
help-yinxin-network-init--base_port = First of the five ports that each node listens on, on a loopback address of its own
help-yinxin-network-init--from = A network.toml of your own in place of the sample
help-yinxin-network-up--wait = How many seconds to wait until the nodes are ready
help-yinxin-network-down--grace = How many seconds a node may take to end by itself
help-yinxin-node-backup--to = Directory to make for the copy
help-yinxin-node-restore--from = Directory of the copy
help-yinxin-node-restore--replace = Set the data that is there aside, instead of refusing
help-yinxin-node-restore--above = The node never signs at or below this height again: give the height that other members show now, when the signer guard is from an old disk too
help-yinxin-node-start--pass = Passed on to yinxin-node as it is
help-yinxin-key-new--purpose = What the key is for; a key has exactly one purpose
help-yinxin-key-new--unit = Unit inside the department
help-yinxin-key-new--officer = Pseudonym of the officer, when the person holds a key already; left out: a new one
help-yinxin-key-new--titles = What the officer is, as notary, head or designated; may be repeated
help-yinxin-key-list--department = Only the keys of this department
help-yinxin-key-suspend--record = Key, as department/name of the key ring or as its id of 64 hex digits
help-yinxin-key-resume--record = Key, as department/name of the key ring or as its id of 64 hex digits
help-yinxin-key-revoke--record = Key, as department/name of the key ring or as its id of 64 hex digits
help-yinxin-key-freeze--record = Key, as department/name of the key ring or as its id of 64 hex digits
help-yinxin-propose--change = TOML file with the change: one of [put-department], [retire-department], [set-administration], [put-item], [set-grounds], [set-parameters], [[set-validators]] with its fields
help-yinxin-proposal-show--proposal = The proposal: 32 hex digits
help-yinxin-vote--proposal = The proposal: 32 hex digits
help-yinxin-vote--choice = For or against
help-yinxin-vote--proposed = Hash of what you vote on, as proposal show prints it; on a terminal you are asked instead
help-yinxin-ready--proposal = The proposal that adds the validator: 32 hex digits
help-yinxin-ready--proposed = Hash of the proposal, as proposal show prints it; on a terminal you are asked instead
help-yinxin-ready--node_home = Home directory of the joining node, where its consensus key lies
help-yinxin-key-consent--name = New administration key, as department/name of the key ring
help-yinxin-certificate-draft--matter = The application file; only a salted commitment to it goes to the ledger
help-yinxin-certificate-draft--subjects = Identity attestation of somebody the certificate is about; may be repeated
help-yinxin-certificate-approve--serial = The serial that the office expects; with any other one the approval is refused
help-yinxin-certificate-approve--year = Year of the number; left out: that of today in Beijing
help-yinxin-certificate-issue--file = The finished file, byte for byte as it is handed out
help-yinxin-certificate-issue--subjects = Identity attestation of a subject, as drafted; left out: those kept here since the draft
help-yinxin-certificate-issue--out = Where to write the bundle; left out: beside the file
help-yinxin-certificate-amend--file = The paper that mends the certificate
help-yinxin-certificate-supersede--by = The record that replaces it
help-yinxin-certificate-issue--with = The office's seal key, which signs along
help-yinxin-certificate-amend--with = A second officer of the office, who signs along; one of the two is the head or designated by the head
help-yinxin-certificate-supersede--with = A second officer of the office, who signs along; one of the two is the head or designated by the head
help-yinxin-certificate-annul--with = A second officer of the office, who signs along; one of the two is the head or designated by the head
help-yinxin-key-register--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-key-resume--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-key-revoke--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-propose--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-vote--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-ready--with = Further administration key of the department, which signs along; repeat it up to the threshold
help-yinxin-key-suspend--with = Further administration key of the department, which signs along; repeat it up to the threshold. None where a key suspends itself
help-yinxin-key-freeze--with = Further administration key that signs along, of the same department or of one other, for each up to its own threshold; may be repeated
help-yinxin-certificate-list--office = Short name of the notary office; left out: that of the key's department, else the only one there is
help-yinxin-certificate-list--read_key = Key of any department of the consortium, which signs the request: lists are not public
help-yinxin-evidence-list--consortium_key = Key of any department of the consortium, which signs the request: evidence is not public
help-yinxin-evidence-export--consortium_key = Key of any department of the consortium, which signs the request: evidence is not public
help-yinxin-proposal-show--read_key = Key of any department of the consortium, which signs the request: proposals are not public
help-yinxin-correction-show--read_key = Key of a department that is a party of the case, which signs the request; always needed
help-yinxin-transaction-show--read_key = Key that signs the request: needed for statements about cases and governance, which are not public
help-yinxin-certificate-export--out = Where to write the bundle
help-yinxin-certificate-export--status = Only record, proof, header and commit certificate: small enough for a QR code
help-yinxin-certificate-export--from = An older bundle whose opened commitments are taken over, where the secrets are not kept here
help-yinxin-identity-register--attributes = TOML file of attributes, one `code = "value"` a line
help-yinxin-identity-register--person = Whom it is about
help-yinxin-identity-register--holder = The holder's key in the key ring, which signs to show that it is the holder's; left out: a new one is made
help-yinxin-identity-register--level = Assurance level
help-yinxin-identity-register--out = Where to write the opened attributes, for the holder; left out: into the home directory
help-yinxin-correction-open--decision = The deciding document; only a salted commitment to it goes to the ledger
help-yinxin-correction-open--variant = Kind of correction, from the variants of the item
help-yinxin-correction-open--subject = Identity attestation of the person
help-yinxin-correction-open--minor = The person is a minor; this is never cleared by age
help-yinxin-correction-record--kind = Kind of entry, from the powers of the item; a wrong one shows the list
help-yinxin-correction-record--content = The content of the entry; only a salted commitment to it goes to the ledger
help-yinxin-correction-record--occurred_at = When it happened, as 2026-11-22T09:30+08:00; left out: now
help-yinxin-lookup--number = The number as printed, as (2026)粤佛禅城证字第1号
help-yinxin-lookup--code = The code printed beside the number; asked for when left out
help-yinxin-lookup--out = Where to write the answer with its proof, to be verified offline later
help-yinxin-verify--bundle = Its bundle; left out: the file of the same name that ends in .yinxin
help-yinxin-verify--max_age = Days after which the view counts as too old to speak of the present
help-yinxin-evidence-list--from = From this height on
help-yinxin-evidence-export--height = Height at which it happened, from the list
help-yinxin-evidence-export--number = Which of that height, as the list numbers them
help-yinxin-evidence-export--out = Where to write the proof; the usual ending is .yinxin-evidence
help-yinxin-inspect--file = Bundle, trust file, genesis, statement or disclosure
help-yinxin-inspect--reveal = Show salts, codes and values that are masked otherwise
help-yinxin-transaction-show--transaction = Id of the transaction: 64 hex digits
help-yinxin-completion--shell = The shell
help-yinxin-man--out = Directory to write them to
help-yinxin-bench = Measure a consortium of four nodes on this machine, beside the floors that nothing can beat; run nothing else meanwhile
help-yinxin-bench--seconds = Seconds of each load
help-yinxin-bench--preload = How many records to fill the state with before the loads: a record is one key of the state, and a certificate brings three, its person's attestation, itself and its look-up; a node verifies every signature of them
