# `yinxin` 用中文说的每一句话。键与 en/ 相同。

## 标题与记号
heading-usage = 用法:
heading-options-short = 选项
heading-commands = 命令
heading-command = 命令
heading-arguments = 参数
heading-options = 选项
heading-common = 通用选项
heading-examples = 例如:
heading-exits = 退出码:
error-mark = {"✗ "}
pending-mark = {"… "}
next-mark = {"→ "}
help-join = {"。"}
help-values = 可选：{ $values }
help-default = 不写则为 { $value }
help-environment = 环境变量：{ $name }
ask-passphrase = 密钥 { $key } 的口令：
ask-passphrase-first = 密钥 { $key } 的口令（也会用它试开 { $others }）：
ask-passphrase-own = 该口令打不开密钥 { $key }。请输入它自己的口令：
ask-new-passphrase = {"新密钥的口令（至少 8 个字符）："}
ask-passphrase-again = {"再输一遍："}

## 没看懂的命令行
usage-unknown-argument = 这里没有 { $argument } 这个选项。
usage-extra-word = 多了一个词：{ $argument }。这个命令的参数已经齐了。值里如有空格或括号，请整个放在引号里；选项要先写名称，例如 --key 密钥。
usage-unknown-command = 没有 { $argument } 这个命令。
usage-missing-argument = 还缺：{ $argument }
usage-missing-value = { $argument } 后面要写一个值。
usage-invalid-value = { $argument } 不能是 { $value }。
usage-conflict = { $argument } 不能与其他选项同时使用。
usage-missing-command = 请写明要做什么：缺少命令。
usage-range = 允许的范围：{ $low } 至 { $high }
usage-whole-number = 须为整数。
usage-possible = 可选：{ $values }
usage-suggested = 是不是 { $value }？
usage-next = 加上 --help 可以看用法。

## 用法中的值
value-ARGS = 参数
value-CHOICE = yes|no
value-CODE = 代码
value-DAYS = 天数
value-DEPARTMENT = 部门
value-DIR = 目录
value-FILE = 文件
value-FORMAT = 格式
value-HEIGHT = 高度
value-ID = 编号
value-IDENTITY = 身份认证
value-ITEM = 事项
value-HASH = 哈希
value-KEY = 密钥
value-KIND = 种类
value-LANG = 语言
value-LOOKUP-CODE = 查询码
value-MINUTES = 分钟
value-N = 数
value-NAME = 名称
value-NUMBER = 公证书编号
value-OFFICE = 公证处
value-PERSON = 主体
value-PORT = 端口
value-PROPOSAL = 提案
value-PURPOSE = 用途
value-RECORD = 记录号
value-RECORDS = 记录数
value-SECONDS = 秒数
value-SERIAL = 序号
value-SHELL = 外壳
value-TIME = 时间
value-TITLE = 职务
value-UNIT = 单位
value-URL = 地址
value-YEAR = 年份

## 帮助：命令
help-yinxin = 印信：在多个部门共同保管的账本上出具、查询、核验公证记录。凡是显示的内容，都先在本机核验过，不轻信任何一个节点。
    .example =
        {"  "}yinxin network init --dir demo && yinxin network up --dir demo
        {"  "}yinxin verify 公证书.pdf --trust city.yinxin-trust
        {"  "}yinxin lookup "(2026)粤佛禅城证字第1号"
    .exits =
        {"   "}0  完成，或核验通过
        {"   "}1  记录属实，但文件是另一份
        {"   "}2  用法、数值或文件有误，或文件无法读写
        {"   "}3  无法判定：信任文件不足以判定、所示状况过旧，或声明尚未写入账本；node doctor 发现问题
        {"   "}4  无权办理
        {"   "}5  没有找到，其不存在已得到证明
        {"   "}6  被拒绝：与账本或本机已有内容冲突
        {"   "}7  联系不上节点，或应就绪的节点没有就绪
        {"   "}8  属实，但已撤销、注销、暂停或过期（verify 和 lookup）
        {"   "}9  证明本身损坏或系伪造，或属于另一个账本；节点数据已损坏
        {"  "}70  本程序或本机出错
help-yinxin-network = 在本机组建并运行一个联盟，供试用或演练
help-yinxin-network-init = 组建联盟：生成密钥、创世文件、信任文件和每个节点的目录
    .example =
        {"  "}yinxin network init --departments 4 --name chancheng --dir demo
help-yinxin-network-up = 在后台启动各节点，直到就绪
help-yinxin-network-down = 停止各节点：先请它自己退出，超时再强制结束
help-yinxin-network-status = 询问每个节点的状况；超过三分之二就绪时以 0 结束
help-yinxin-key = 生成密钥，管理密钥在账本上的状态
help-yinxin-key-new = 在钥匙串里生成一把密钥，用口令保护
    .example =
        {"  "}yinxin key new notary/chen --title notary --unit first-office
help-yinxin-key-list = 列出钥匙串里的密钥，不显示任何秘密
help-yinxin-key-export = 输出密钥的公开部分，可以交给别人
help-yinxin-key-register = 在账本上登记密钥，由本部门的管理密钥签名
help-yinxin-key-consent = 输出新的管理密钥及其持有人的同意签名：用于 set-administration 变更文件的 keys 一项
help-yinxin-key-suspend = 立即停用一把密钥；任何密钥都可以停用自己
help-yinxin-key-resume = 恢复已停用的密钥
help-yinxin-key-revoke = 永久吊销密钥；此前签过的内容仍然有效
help-yinxin-key-freeze = 冻结任意一把密钥 72 小时，须两个部门的管理密钥共同签名，各达到本部门的门限
help-yinxin-certificate = 起草、审批、出具、补正、替换、撤销公证书
help-yinxin-certificate-draft = 由承办公证员起草公证书
help-yinxin-certificate-approve = 审批草稿，同时确定编号和出具日期
help-yinxin-certificate-issue = 出具已审批的公证书，承办公证员与公证处印章共同签名
    .example =
        {"  "}yinxin certificate issue 记录号 出生公证.pdf --key notary/chen --with notary/seal
help-yinxin-certificate-amend = 补正已出具的公证书，原公证书继续有效
help-yinxin-certificate-supersede = 用另一份已出具的公证书替换原公证书
help-yinxin-certificate-annul = 撤销已出具的公证书：自始无效，账本上仍可看到已撤销
help-yinxin-certificate-void = 作废已审批而不再出具的公证书，编号不再使用
help-yinxin-certificate-show = 查看公证书经证明的状态
help-yinxin-certificate-list = 列出一个公证处的全部公证书，并证明没有遗漏
help-yinxin-certificate-export = 写出核验包，任何人不联网也能核验
help-yinxin-identity = 登记身份认证，管理其状态
help-yinxin-identity-register = 登记身份认证；内容由本人保存，账本上只有承诺值
help-yinxin-identity-suspend = 暂停身份认证
help-yinxin-identity-resume = 恢复已暂停的身份认证
help-yinxin-identity-revoke = 永久注销身份认证
help-yinxin-identity-show = 查看身份认证经证明的状态
help-yinxin-correction = 办理社区矫正案件
help-yinxin-correction-open = 依据决定文书立案
help-yinxin-correction-record = 为案件增加一条记录，内容不上账本
help-yinxin-correction-close = 结案
help-yinxin-correction-show = 向案件的参与部门显示案件和全部记录
help-yinxin-lookup = 凭公证书上的编号和查询码查询
help-yinxin-verify = 凭核验包和信任文件核验文件，不需要联网
    .example =
        {"  "}yinxin verify 出生公证.pdf --bundle 出生公证.yinxin --trust city.yinxin-trust
help-yinxin-inspect = 显示核验包、信任文件、创世文件或交易的内容；仅显示，不核验
help-yinxin-evidence = 证明某部门的节点在同一轮中签署了两份相互矛盾的消息（双重签名）
    .example =
        {"  "}yinxin evidence verify case.yinxin-evidence --trust city.yinxin-trust
help-yinxin-evidence-list = 列出一个节点见到的双重签名，每一项都在本机核验过
help-yinxin-evidence-export = 把一项证据写成小文件，任何人不联节点即可核验
help-yinxin-evidence-verify = 不联网，用信任文件核验证据文件，并指明是哪个部门
help-yinxin-propose = 提出治理提案
    .example =
        {"  "}yinxin parameters > change.toml      # 现行值，编辑后再提出
        {"  "}yinxin propose change.toml --key court/admin-1 --with court/admin-2
        {"  "}# 源码中的 docs/changes.md 列有每一种变更的完整文件
help-yinxin-proposal = 查看治理提案
help-yinxin-proposal-show = 查看提案经证明的现状及其变更的全部内容
help-yinxin-vote = 代表本部门对治理提案投票
help-yinxin-ready = 以共识密钥声明新加入的验证节点已就绪；请用 --node 指向该节点
help-yinxin-validators = 按 set-validators 变更文件的格式输出现任验证节点，供编辑
help-yinxin-parameters = 按 set-parameters 变更文件的格式输出现行参数，供编辑
help-yinxin-transaction = 跟踪交易
help-yinxin-transaction-show = 查看一笔交易到了哪一步
help-yinxin-node = 运行和维护本部门的节点（与本程序同目录的 yinxin-node）
help-yinxin-node-start = 在当前终端运行节点，直到要求它退出
help-yinxin-node-status = 询问正在运行的节点的状况
help-yinxin-node-validator = 输出该节点在 set-validators 变更中的一项：部门与共识公钥
help-yinxin-node-backup = 备份节点数据；签名守卫有意不在备份之内
help-yinxin-node-restore = 用备份替换节点数据
help-yinxin-node-fsck = 从区块重新推算每一个根并比对
help-yinxin-node-doctor = 检查可能妨碍节点正常运行的问题
help-yinxin-completion = 输出命令行补全脚本
help-yinxin-man = 写出手册页

## 帮助：多个命令共用的参数
arg-help = 显示帮助
arg-version = 显示版本
arg-output = 结果的输出格式
arg-lang = 使用的语言
arg-home = 存放密钥、信任文件和设置的目录；不写则为 ~/.yinxin
arg-nodes = 节点地址，例如 http://127.0.1.1:27002；可以写多个，使用第一个有应答的
arg-trust = 用来核验应答的信任文件；不写则用主目录里的
arg-passphrase_files = 第一行是口令的文件：只写一个则用于全部密钥；也可以写多个，每把密钥一个，顺序为：命令所针对的密钥（如 key register）、--key、各个 --with、--holder 或新密钥
arg-key = 签名的密钥，写作 部门/名称
arg-with = 共同签名的密钥：第二位人员、印章或其余管理密钥，视所办事项而定；可以写多个
arg-wait = 等待写入账本的秒数；0 表示不等待
arg-reason = 事由代码；不写时，会列出现行事由及其含义；账本因该代码本身而拒绝时也会列出
arg-reason_file = 写有理由的文件；账本上只有加盐的承诺值
arg-record = 记录号：32 位十六进制数，生成时显示
arg-dir = 联盟所在的目录；不写则为主目录
arg-departments = 只对这个部门；可以写多个
arg-work_factor = 猜测口令的代价，以 2 为底的指数；低于 15 只宜试用
arg-node_home = 节点的目录
arg-valid_days = 从现在起的有效天数
arg-item = 目录事项的代码，例如 notarial.birth，见 network.toml 的 [[item]]
arg-file = 文件
arg-current_within = 应答在多少分钟之内算作现状；更旧的仍会显示，退出码为 3
arg-at = 在这个高度时的状态
arg-read_key = 为请求签名的密钥，用于不公开的记录
arg-with_subjects = 在核验包里写明当事人的身份认证；拿到核验包的人会知道其记录号
arg-name = 密钥，写作 部门/名称

## 帮助：单个命令的参数
help-yinxin-network-init--departments = 示例中有几个部门运行节点，4 至 7
help-yinxin-network-init--name = 联盟的名称，即链标识的第一部分：1 至 24 个小写字母、数字和连字符
help-yinxin-network-init--dir = 组建所在的目录，须为空或尚不存在
help-yinxin-network-init--base_port = 每个节点使用五个端口，这是第一个；每个节点有自己的环回地址
help-yinxin-network-init--from = 使用自己编写的 network.toml，不用示例
help-yinxin-network-up--wait = 等待节点就绪的秒数
help-yinxin-network-down--grace = 等待节点自行退出的秒数
help-yinxin-node-backup--to = 备份写到哪个新目录
help-yinxin-node-restore--from = 备份所在的目录
help-yinxin-node-restore--replace = 把现有数据移到一旁，而不是拒绝
help-yinxin-node-restore--above = 节点不再为这个高度及以下签名；如果签名守卫也来自旧磁盘，请填其他成员现在的高度
help-yinxin-node-start--pass = 原样转交给 yinxin-node
help-yinxin-key-new--purpose = 密钥的用途；一把密钥只有一种用途
help-yinxin-key-new--unit = 部门内的单位
help-yinxin-key-new--officer = 人员代号，本人已有密钥时填写；不写则新编一个
help-yinxin-key-new--titles = 人员的职务，例如 notary（公证员）、head（负责人）、designated（受指派）；可以写多个
help-yinxin-key-list--department = 只列这个部门的密钥
help-yinxin-key-suspend--record = 密钥，写作 部门/名称，或 64 位十六进制的密钥标识
help-yinxin-key-resume--record = 密钥，写作 部门/名称，或 64 位十六进制的密钥标识
help-yinxin-key-revoke--record = 密钥，写作 部门/名称，或 64 位十六进制的密钥标识
help-yinxin-key-freeze--record = 密钥，写作 部门/名称，或 64 位十六进制的密钥标识
help-yinxin-propose--change = 写有变更内容的 TOML 文件：[put-department]、[retire-department]、[set-administration]、[put-item]、[set-grounds]、[set-parameters]、[[set-validators]] 之一及其各字段
help-yinxin-proposal-show--proposal = 提案号：32 位十六进制数
help-yinxin-vote--proposal = 提案号：32 位十六进制数
help-yinxin-vote--choice = 赞成或反对
help-yinxin-vote--proposed = 表决内容的哈希，见 proposal show；在终端上不写则会询问
help-yinxin-ready--proposal = 增加该验证节点的提案号：32 位十六进制数
help-yinxin-ready--proposed = 提案内容的哈希，见 proposal show；在终端上不写则会询问
help-yinxin-ready--node_home = 新加入节点的主目录，共识密钥在其中
help-yinxin-key-consent--name = 新的管理密钥，写作钥匙串里的 部门/名称
help-yinxin-certificate-draft--matter = 申请卷宗文件；账本上只有加盐的承诺值
help-yinxin-certificate-draft--subjects = 公证书所涉当事人的身份认证；可以写多个
help-yinxin-certificate-approve--serial = 公证处预期的序号；如果不是这一号，审批会被拒绝
help-yinxin-certificate-approve--year = 编号的年份；不写则为今天（北京时间）的年份
help-yinxin-certificate-issue--file = 定稿文件，须与交给当事人的逐字节相同
help-yinxin-certificate-issue--subjects = 当事人的身份认证，与起草时一致；不写则用起草时保存在本机的
help-yinxin-certificate-issue--out = 核验包写到哪里；不写则与文件放在一起
help-yinxin-certificate-amend--file = 补正公证书文件
help-yinxin-certificate-supersede--by = 用来替换的记录
help-yinxin-certificate-issue--with = 公证处的印章密钥，共同签名
help-yinxin-certificate-amend--with = 本公证处第二位人员的密钥，共同签名；两人之一须为负责人或其指定的公证员
help-yinxin-certificate-supersede--with = 本公证处第二位人员的密钥，共同签名；两人之一须为负责人或其指定的公证员
help-yinxin-certificate-annul--with = 本公证处第二位人员的密钥，共同签名；两人之一须为负责人或其指定的公证员
help-yinxin-key-register--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-key-resume--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-key-revoke--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-propose--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-vote--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-ready--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限
help-yinxin-key-suspend--with = 本部门其余的管理密钥，共同签名；可以写多个，直到达到门限。密钥停用自己时不写
help-yinxin-key-freeze--with = 共同签名的其余管理密钥，属于本部门或另外一个部门，各须达到其门限；可以写多个
help-yinxin-certificate-list--office = 公证处的代号；不写则为密钥所属的公证处，或唯一的公证处
help-yinxin-certificate-list--read_key = 本联盟任一部门的密钥，为请求签名：列表不公开
help-yinxin-evidence-list--consortium_key = 本联盟任一部门的密钥，为请求签名：证据不公开
help-yinxin-evidence-export--consortium_key = 本联盟任一部门的密钥，为请求签名：证据不公开
help-yinxin-proposal-show--read_key = 本联盟任一部门的密钥，为请求签名：提案不公开
help-yinxin-correction-show--read_key = 案件参与部门的密钥，为请求签名；必须写明
help-yinxin-transaction-show--read_key = 为请求签名的密钥：案件和治理的声明不公开，查看时须写明
help-yinxin-certificate-export--out = 核验包写到哪里
help-yinxin-certificate-export--status = 只含记录、证明、区块头和提交证书，小到可以放进二维码
help-yinxin-certificate-export--from = 较旧的核验包；本机没有保存秘密时，从中取用已披露的内容
help-yinxin-identity-register--attributes = 写有各项内容的 TOML 文件，每行一项 `代码 = "值"`
help-yinxin-identity-register--person = 自然人或法人
help-yinxin-identity-register--holder = 本人在钥匙串里的密钥，由它签名证明确为本人所有；不写则新生成一把
help-yinxin-identity-register--level = 认证等级
help-yinxin-identity-register--out = 交给本人的明文内容写到哪里；不写则写入主目录
help-yinxin-correction-open--decision = 决定文书；账本上只有加盐的承诺值
help-yinxin-correction-open--variant = 矫正类别，见事项的类别列表
help-yinxin-correction-open--subject = 社区矫正对象的身份认证
help-yinxin-correction-open--minor = 未成年人；立案后不因年满而消除
help-yinxin-correction-record--kind = 记录的种类，见事项的权限列表；写错时会列出
help-yinxin-correction-record--content = 记录的内容；账本上只有加盐的承诺值
help-yinxin-correction-record--occurred_at = 发生时间，例如 2026-11-22T09:30+08:00；不写则为现在
help-yinxin-lookup--number = 公证书上的编号，例如 (2026)粤佛禅城证字第1号
help-yinxin-lookup--code = 编号旁的查询码；不写则会询问
help-yinxin-lookup--out = 把查询结果连同证明写入此文件，日后可离线核验
help-yinxin-verify--bundle = 核验包；不写则用同名、以 .yinxin 结尾的文件
help-yinxin-verify--max_age = 超过这个天数的视图，不足以说明现状
help-yinxin-evidence-list--from = 从这个高度起
help-yinxin-evidence-export--height = 发生时的高度，见列表
help-yinxin-evidence-export--number = 该高度的第几项，见列表中的序号
help-yinxin-evidence-export--out = 证据写到哪里；通常以 .yinxin-evidence 结尾
help-yinxin-inspect--file = 核验包、信任文件、创世文件、交易或披露文件
help-yinxin-inspect--reveal = 连同平时隐去的盐值、查询码和内容一并显示
help-yinxin-transaction-show--transaction = 交易号：64 位十六进制数
help-yinxin-completion--shell = 命令行外壳
help-yinxin-man--out = 写到哪个目录
help-yinxin-bench = 在本机测量四个节点的联盟，并与任何结果都不可能突破的下限对照；测量期间请勿在本机运行其他程序
help-yinxin-bench--seconds = 每种负载的秒数
help-yinxin-bench--preload = 施加负载前先向状态写入多少条记录：一条记录是状态的一个键；一份公证书带来三条，即当事人的身份认证、公证书本身和查询项；其中每个签名都由节点核验
