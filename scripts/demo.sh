#!/usr/bin/env bash
# The whole story on this machine: four departments, a person, a certificate, a corrections case, and a court that trusts
# none of them. Every command shown is the one that runs; with the variables shown at the start it can be copied.
# YINXIN_DEMO_LANG=zh-CN tells it in Chinese.
set -euo pipefail
source "$(dirname "$0")/env.sh"
language="${YINXIN_DEMO_LANG:-en}"
given="${1:-}"

# Says a sentence in the language of the demonstration: English first, Chinese second.
both() { if [ "$language" = en ]; then printf '%s' "$1"; else printf '%s' "$2"; fi; }
case "$language" in
  en | zh-CN) ;;
  *) printf '%s\n%s\n' "YINXIN_DEMO_LANG is en or zh-CN, not $language." "YINXIN_DEMO_LANG 须为 en 或 zh-CN，不能是 $language。" >&2; exit 2 ;;
esac
fail() { printf '%s\n' "$(both "$1" "$2")" >&2; exit "${3:-1}"; }

if [ -n "$given" ]; then
  [ -f "$given" ] || fail "There is no file $given. Name a PDF: make demo FILE=your.pdf" "没有文件 $given。请指定一个 PDF：make demo FILE=你的.pdf" 2
  [ "$(head -c 5 -- "$given")" = "%PDF-" ] || fail "$given is no PDF file. Name one: make demo FILE=your.pdf" "$given 不是 PDF 文件。请另外指定：make demo FILE=你的.pdf" 2
  given="$(realpath -e -- "$given")"
fi
cd "$root"
scripts/install.sh
scripts/build.sh

place="$(mktemp -d "${TMPDIR:-/tmp}/yinxin-demo.XXXXXX")"
mkdir -p "$place/court"
printf 'five words for a demonstration\n' > "$place/passphrase"
export NO_COLOR="${NO_COLOR-}" PATH="$bin:$PATH" YINXIN_HOME="$place/city" YINXIN_LANG="$language"
export YINXIN_PASSPHRASE_FILE="$place/passphrase"
last="$place/last"
number=0

step() { number=$((number + 1)); printf '\n%2d. %s\n' "$number" "$(both "$1" "$2")"; }
# A word as it must be typed.
word() { case "$1" in *[!A-Za-z0-9_./:=@%+,-]* | "") printf "'%s'" "${1//\'/\'\\\'\'}" ;; *) printf '%s' "$1" ;; esac; }
# Shows the command, runs it, shows what it says.
run() {
  local shown="" one
  for one in "$@"; do shown+=" $(word "$one")"; done
  printf '    $ yinxin%s\n' "$shown"
  command yinxin "$@" > "$last" 2>&1 || { local code=$?; show; return "$code"; }
  show
}
show() { sed "s|^|      |" "$last"; }
# As run, for a command that must end with this exit code.
expect() {
  local wanted="$1" code=0; shift
  run "$@" || code=$?
  printf '      %s %s\n' "$(both "exit code" "退出码")" "$code"
  [ "$code" = "$wanted" ] || fail "The exit code should have been $wanted." "退出码本应是 $wanted。"
}
record() { grep -oE '\b[0-9a-f]{32}\b' "$last" | head -1; }
ended() {
  local code=$?
  command yinxin network down --dir "$place/city" > /dev/null 2>&1 || true
  [ "$code" = 0 ] || printf '\n%s %s\n' "$(both "It stopped before its end; the nodes were stopped too. What there is lies in" "演示中途停止，节点也已停止。已有的文件在")" "$place" >&2
}
trap ended EXIT

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
# Copies a file with the lowest bit of its middle byte flipped.
with_one_byte_changed() {
  local size byte
  cp "$1" "$2"
  size="$(stat -c %s "$2")"
  byte="$(dd if="$2" bs=1 skip=$((size / 2)) count=1 2>/dev/null | od -An -tu1 | tr -d ' ')"
  printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$2" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
}
# The first ports that nobody listens on, so that a consortium that runs already is left alone.
free_ports() {
  local port
  for port in 27000 27100 27200 27300 27400; do
    if ! (: < "/dev/tcp/127.0.1.1/$((port + 2))") 2>/dev/null; then printf '%s' "$port"; return; fi
  done
  fail "All ports from 27000 on are taken: end the consortium that runs with yinxin network down --dir DIR." "27000 起的端口都被占用：请先用 yinxin network down --dir 目录 停止正在运行的联盟。"
}

printf '\n%s\n\n' "$(both "Commands can be copied once these are set:" "设置以下变量后，各条命令可以直接复制：")"
printf '    export PATH=%s:$PATH YINXIN_LANG=%s\n    export YINXIN_HOME=%s YINXIN_PASSPHRASE_FILE=%s\n' \
  "$(word "$bin")" "$language" "$(word "$YINXIN_HOME")" "$(word "$YINXIN_PASSPHRASE_FILE")"

step "A city founds its ledger. Four of its departments run a node: notary office 公证处, justice bureau 司法局, public security 公安, court 法院." \
     "一座城市创立账本。公证处、司法局、公安、法院四个部门各运行一个节点。"
port="$(free_ports)"
run network init --dir "$place/city" --base-port "$port" --work-factor 10
step "Four nodes start, each a process with its own database, keys and network identity." \
     "四个节点启动：各是一个进程，有自己的数据库、密钥和网络身份。"
run network up

step "Public security attests who a person is. Name and number stay with the holder; the ledger gets salted commitments. (The number is the sample of the standard GB 11643.)" \
     "公安认证一个人的身份。姓名和号码由本人保管，账本上只有加盐承诺。（号码是国家标准 GB 11643 的示例。）"
printf 'name = "王小明"\nid-number = "11010519491231002X"\n' > "$place/person.toml"
run identity register "$place/person.toml" --item identity.natural --key police/sun
person="$(record)"

step "A notary drafts a certificate about this person; the application file stays in the office." \
     "公证员为此人起草公证书；申请卷宗留在公证处。"
certificate="$given"
if [ -z "$certificate" ]; then
  certificate="$place/birth.pdf"
  sample_pdf > "$certificate"
fi
printf 'application of 王小明, counter 3\n' > "$place/application.txt"
run certificate draft "$place/application.txt" --item notarial.birth --subject "$person" --key notary/chen
first="$(record)"
step "The head of the office approves it. Approval gives the number; nobody approves their own draft." \
     "公证处负责人审批。编号在审批时产生；任何人不得审批自己起草的公证书。"
run certificate approve "$first" --key notary/zhao
step "The notary in charge issues it over the finished PDF, together with the office's seal key." \
     "承办公证员用公证处印章密钥对制成的 PDF 出证。"
run certificate issue "$first" "$certificate" --key notary/chen --with notary/seal --out "$place/court/birth.yinxin"
code="$(grep -oE '[0-9A-Z]{6}-[0-9A-Z]{6}-[0-9A-Z]{6}' "$last" | head -1)"
cp "$certificate" "$place/court/birth.pdf"
cp "$place/city/trust.yinxin-trust" "$place/court/city.yinxin-trust"

step "A second certificate is issued, and annulled by two officers. It does not disappear: it is shown as annulled." \
     "第二份公证书出具后由两人撤销。它不会消失，而是显示为已撤销。"
run certificate draft "$place/application.txt" --item notarial.birth --subject "$person" --key notary/chen
second="$(record)"
run certificate approve "$second" --key notary/zhao
run certificate issue "$second" "$certificate" --key notary/chen --with notary/seal --out "$place/court/second.yinxin"
run certificate annul "$second" --reason wrong-fact --key notary/lin --with notary/zhao
run certificate export "$second" --out "$place/court/annulled.yinxin"

step "A number that was never issued is looked up. The answer is a proof of absence, kept for the court." \
     "查询一个从未出具的编号。答复是不存在的证明，留给法院。"
year="$(TZ=Asia/Shanghai date +%Y)"
expect 5 lookup "($year)粤佛禅城证字第999999号" "$code" --out "$place/court/never-issued.yinxin"

step "Community corrections 社区矫正: the court opens a case; the ledger gets commitments, and nothing that links it to the certificate." \
     "社区矫正：法院立案。账本上只有承诺，没有任何东西把它和公证书联系起来。"
printf 'judgment of a demonstration\n' > "$place/judgment.txt"
run correction open "$place/judgment.txt" --item correction.case --variant probation --subject "$person" --key court/zhou
case="$(record)"
step "The justice bureau's institution records that the person reported." \
     "司法局的矫正机构记录此人已报到。"
printf 'reported in person, all well\n' > "$place/report.txt"
run correction record "$case" report "$place/report.txt" --key justice/wang
step "An entry by the notary office is refused: it has no power in this item. No power outside the list 清单之外无权力." \
     "公证处的记录被拒绝：它在此事项中没有权力。清单之外无权力。"
expect 4 correction record "$case" report "$place/report.txt" --key notary/chen
step "The police, a party of the case, gets its state proven, with all its entries and none left out." \
     "公安是案件的一方，得到案件状态的证明，全部记录都在，一条不少。"
run correction show "$case" --key police/he

step "Public security suspends the attestation. The next proof says so." \
     "公安暂停该身份认证。下一个证明就会反映出来。"
run identity suspend "$person" --reason reported-lost --key police/sun
run identity show "$person"

step "All four nodes are stopped. From here on the court has its own folder only: files, bundles, the trust file." \
     "四个节点全部停止。此后法院只有自己的文件夹：文件、核验包、信任文件。"
run network down
court="$place/court"
export YINXIN_HOME="$court"
trust="$court/city.yinxin-trust"
step "The court verifies the certificate, offline." "法院离线核验公证书。"
expect 0 verify "$court/birth.pdf" --bundle "$court/birth.yinxin" --trust "$trust"
step "One byte of the PDF is changed: the record is genuine, but the file is another one." \
     "PDF 改动一个字节：记录真实，但文件已不是那一份。"
with_one_byte_changed "$court/birth.pdf" "$court/changed.pdf"
expect 1 verify "$court/changed.pdf" --bundle "$court/birth.yinxin" --trust "$trust"
step "One byte of the bundle is changed: the proof itself is broken." "核验包改动一个字节：证明本身损坏。"
with_one_byte_changed "$court/birth.yinxin" "$court/changed.yinxin"
expect 9 verify "$court/birth.pdf" --bundle "$court/changed.yinxin" --trust "$trust"
step "The annulled certificate: authentic, and void from the start." "已撤销的公证书：真实，但自始无效。"
expect 8 verify "$court/birth.pdf" --bundle "$court/annulled.yinxin" --trust "$trust"
step "The number that was never issued: absent, and proven so." "从未出具的编号：不存在，且已得到证明。"
expect 5 verify "$court/never-issued.yinxin" --trust "$trust"

printf '\n%s\n\n' "$(both "Done: everything above was checked by the programs that you have now. What was started has been stopped. Three commands to try next:" "完成：以上每一步都由你现在拥有的程序核验过，启动的节点均已停止。接下来可以试三条命令：")"
try() { printf '  %s --lang %s --home %s %s\n' "$(word "$bin/yinxin")" "$language" "$place/city" "$*"; }
try "inspect $court/birth.yinxin"
try "network up"
try "certificate show $first"
printf '\n%s\n\n  %s --lang %s --home %s network down\n\n' "$(both "And to stop the nodes again:" "再停止节点：")" "$(word "$bin/yinxin")" "$language" "$place/city"
