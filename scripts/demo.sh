#!/usr/bin/env bash
# The whole story on this machine: four departments, a person, a certificate, a corrections case, and a court that trusts
# none of them. Every command shown is the real one; copy it to try it yourself.
set -euo pipefail
source "$(dirname "$0")/env.sh"
given="${1:-}"
if [ -n "$given" ]; then
  given="$(realpath -e -- "$given")" || { echo "There is no file $1. Name a PDF: make demo FILE=your.pdf" >&2; exit 2; }
fi
cd "$root"
scripts/install.sh
scripts/build.sh

place="$(mktemp -d "${TMPDIR:-/tmp}/yinxin-demo.XXXXXX")"
mkdir -p "$place/court"
printf 'five words for a demonstration\n' > "$place/passphrase"
export YINXIN_HOME="$place/city" NO_COLOR="${NO_COLOR-}"
language="${YINXIN_DEMO_LANG:-en}"
last="$place/last"
number=0

step() { number=$((number + 1)); printf '\n%2d. %s\n' "$number" "$*"; }
yinxin() { "$bin/yinxin" --lang "$language" --passphrase-file "$place/passphrase" "$@"; }
# Shows the command, runs it, shows what it says.
run() {
  printf '    $ yinxin %s\n' "$*" | sed "s|$place/||g"
  yinxin "$@" > "$last" 2>&1 || { local code=$?; show; return "$code"; }
  show
}
show() { sed "s|$place/||g; s|^|      |" "$last"; }
# As run, for a command that must end with this exit code.
expect() {
  local wanted="$1" code=0; shift
  run "$@" || code=$?
  printf '      exit code %s\n' "$code"
  if [ "$code" != "$wanted" ]; then
    echo "The exit code should have been $wanted." >&2
    exit 1
  fi
}
record() { grep -oE '\b[0-9a-f]{32}\b' "$last" | head -1; }
stop() { yinxin network down --dir "$YINXIN_HOME" > /dev/null 2>&1 || true; }
trap 'stop' EXIT

# A small PDF, whose only page says what it is.
sample_pdf() {
  local text="BT /F1 20 Tf 60 700 Td (Birth certificate, a sample of the Yinxin demonstration) Tj ET"
  local parts=(
    "<< /Type /Catalog /Pages 2 0 R >>"
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    "<< /Length ${#text} >>
stream
$text
endstream"
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
  )
  local out="%PDF-1.4
" offsets=() index=1 part
  for part in "${parts[@]}"; do
    offsets+=("${#out}")
    out+="$index 0 obj
$part
endobj
"
    index=$((index + 1))
  done
  printf '%s' "$out"
  printf 'xref\n0 6\n0000000000 65535 f \n'
  printf '%010d 00000 n \n' "${offsets[@]}"
  printf 'trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' "${#out}"
}

step "A city founds its ledger: notary office 公证处, justice bureau 司法局, public security 公安, court 法院. Each gets keys of its own."
run network init --dir "$YINXIN_HOME" --work-factor 10
step "Four nodes start, each a process with its own database, keys and network identity."
run network up --dir "$YINXIN_HOME"

step "Public security attests who a person is. Name and number stay with the holder; the ledger gets salted commitments."
printf 'name = "王小明"\nid-number = "440699199001010014"\n' > "$place/person.toml"
run identity register "$place/person.toml" --item identity.natural --key police/sun
person="$(record)"

step "A notary drafts a certificate about this person; the application file stays in the office."
certificate="$given"
if [ -z "$certificate" ]; then
  certificate="$place/birth.pdf"
  sample_pdf > "$certificate"
fi
printf 'application of 王小明, counter 3\n' > "$place/application.txt"
run certificate draft "$place/application.txt" --item notarial.birth --subject "$person" --key notary/chen
first="$(record)"
step "The head of the office approves it. Approval gives the number; nobody approves their own draft."
run certificate approve "$first" --key notary/zhao
step "The notary in charge issues it over the finished PDF, together with the office's seal key."
run certificate issue "$first" "$certificate" --key notary/chen --with notary/seal --out "$place/court/birth.yinxin"
code="$(grep -oE '[0-9A-Z]{6}-[0-9A-Z]{6}-[0-9A-Z]{6}' "$last" | head -1)"
cp "$certificate" "$place/court/birth.pdf"
cp "$YINXIN_HOME/trust.yinxin-trust" "$place/court/city.yinxin-trust"

step "A second certificate is issued, and annulled by two officers. It does not disappear: it is shown as annulled."
run certificate draft "$place/application.txt" --item notarial.birth --subject "$person" --key notary/chen
second="$(record)"
run certificate approve "$second" --key notary/lin
run certificate issue "$second" "$certificate" --key notary/chen --with notary/seal --out "$place/court/second.yinxin"
run certificate annul "$second" --reason wrong-fact --key notary/lin --with notary/zhao
run certificate export "$second" --out "$place/court/annulled.yinxin"

step "A number that was never issued is looked up. The answer is a proof of absence, kept for the court."
year="$(TZ=Asia/Shanghai date +%Y)"
expect 5 lookup "($year)粤佛禅城证字第999999号" "$code" --out "$place/court/never-issued.yinxin"

step "Community corrections 社区矫正: the court opens a case; the ledger gets commitments, and nothing that links it to the certificate."
printf 'judgment of a demonstration\n' > "$place/judgment.txt"
run correction open "$place/judgment.txt" --item correction.case --variant probation --subject "$person" --key court/zhou
case="$(record)"
step "The justice bureau's institution records that the person reported."
printf 'reported in person, all well\n' > "$place/report.txt"
run correction record "$case" report "$place/report.txt" --key justice/wang
step "An entry by the notary office is refused: it has no power in this item. No power outside the list 清单之外无权力."
expect 4 correction record "$case" report "$place/report.txt" --key notary/chen
step "The police, a party of the case, gets its state proven, with all its entries and none left out."
run correction show "$case" --key police/he

step "Public security suspends the attestation. The next proof says so."
run identity suspend "$person" --reason reported-lost --key police/sun
run identity show "$person"

step "All four nodes are stopped. From here on the court has its own folder only: files, bundles, the trust file."
run network down --dir "$YINXIN_HOME"
export YINXIN_HOME="$place/court"
court="$place/court"
trust="$court/city.yinxin-trust"
step "The court verifies the certificate, offline."
expect 0 verify "$court/birth.pdf" --bundle "$court/birth.yinxin" --trust "$trust"
step "One character of the PDF is changed: the record is genuine, but the file is another one."
sed 's/sample/Sample/; t; $ s/$/ /' "$court/birth.pdf" > "$court/changed.pdf"
expect 1 verify "$court/changed.pdf" --bundle "$court/birth.yinxin" --trust "$trust"
step "One byte of the bundle is changed: the proof itself is broken."
size="$(stat -c %s "$court/birth.yinxin")"
cp "$court/birth.yinxin" "$court/changed.yinxin"
byte="$(dd if="$court/changed.yinxin" bs=1 skip=$((size / 2)) count=1 2>/dev/null | od -An -tu1 | tr -d ' ')"
printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$court/changed.yinxin" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
expect 9 verify "$court/birth.pdf" --bundle "$court/changed.yinxin" --trust "$trust"
step "The annulled certificate: authentic, and void from the start."
expect 8 verify "$court/birth.pdf" --bundle "$court/annulled.yinxin" --trust "$trust"
step "The number that was never issued: absent, and proven so."
expect 5 verify "$court/never-issued.yinxin" --trust "$trust"

trap - EXIT
printf '\nDone: everything above was checked by the programs that you have now. What was started has been stopped.\nThe files lie in %s. Three commands to try next:\n\n' "$place"
printf '  %s inspect %s/court/birth.yinxin\n' "$bin/yinxin" "$place"
printf '  %s network up --dir %s/city\n' "$bin/yinxin" "$place"
printf '  %s --home %s/city certificate show %s\n\n' "$bin/yinxin" "$place" "$first"
