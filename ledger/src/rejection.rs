//! Rejections: a statement that breaks a rule. Deterministic for a given state, with a stable numeric code; the answer
//! to a submission, never on the chain.

/// Language of a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

/// What a client should do about a rejection; decides exit codes and HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionClass {
    /// The statement itself is not as it must be.
    Malformed,
    /// The signer may not do this.
    NotAuthorised,
    /// The record it is about does not exist.
    NotFound,
    /// The record is in another state than the action needs.
    Conflict,
}

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident = $code:literal $class:ident $slug:literal $zh:literal $en:literal,)*) => {
        /// Why a statement is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rejection {
            $($(#[$doc])* $name = $code,)*
        }

        impl Rejection {
            /// Every rejection, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code; never used for anything else later.
            #[must_use]
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// The stable word.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// What a client should make of it.
            #[must_use]
            pub const fn class(self) -> RejectionClass {
                match self { $(Self::$name => RejectionClass::$class,)* }
            }

            /// One plain sentence, and what to do next.
            #[must_use]
            pub const fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::Chinese) => $zh, (Self::$name, Language::English) => $en,)*
                }
            }
        }
    };
}

rejections! {
    /// `aud` is not this chain.
    OtherChain = 100 Malformed "other-chain"
        "这份声明是给另一条链的。请用本链的信任文件重新签署。"
        "This statement is for another chain. Sign it again with this chain's trust file.",
    /// `exp` is not after the block time.
    Expired = 101 Malformed "expired"
        "这份声明已经过期。请重新签署后提交。"
        "This statement has expired. Sign it again and submit it.",
    /// `exp` is more than an hour after the block time.
    ExpiryTooFar = 102 Malformed "expiry-too-far"
        "声明的有效期超过一小时。请检查本机时钟，并以较短的有效期重新签署。"
        "The statement's expiry is more than one hour ahead. Check this computer's clock and sign again with a shorter one.",
    /// The id is in the log.
    Replayed = 103 Conflict "replayed"
        "这份声明已经上链，不会重复执行。可查询它的结果。"
        "This statement is on the ledger already and is not carried out twice. Look up its outcome.",
    /// `sub` is not the record of the action.
    WrongSubject = 104 Malformed "wrong-subject"
        "声明的 sub 与其内容所指的记录不一致。"
        "The statement's sub does not name the record that its action is about.",
    /// A list, word or number inside the action is out of its range.
    OutOfRange = 105 Malformed "out-of-range"
        "声明中有一项超出允许范围。请对照格式说明检查。"
        "A value in the statement is outside its allowed range. Compare it with the format's description.",
    /// No block has room for it under the parameters in force; while a block is put together, this one has not.
    BlockFull = 106 Conflict "block-full"
        "这份声明超过一个区块按现行参数所能容纳的大小，无法上链。请拆成几份重新签署。"
        "The statement is larger than a whole block may be under the present parameters. Split it up and sign again.",

    /// `kid` is not registered.
    KeyUnknown = 200 NotAuthorised "key-unknown"
        "签名密钥没有在账本上登记。请由本部门管理密钥先行登记。"
        "The signing key is not registered on the ledger. Have your department's administration register it first.",
    /// The key belongs to another department than `iss`.
    KeyOfOtherDepartment = 201 NotAuthorised "key-of-other-department"
        "签名密钥不属于声明的部门。"
        "The signing key belongs to another department than the statement names.",
    /// The key is suspended.
    KeySuspended = 202 NotAuthorised "key-suspended"
        "签名密钥已停用。请联系本部门管理员。"
        "The signing key is suspended. Ask your department's administrators.",
    /// The key is revoked.
    KeyRevoked = 203 NotAuthorised "key-revoked"
        "签名密钥已被吊销，不能再用。"
        "The signing key is revoked and can no longer be used.",
    /// The key is frozen by two departments.
    KeyFrozen = 204 NotAuthorised "key-frozen"
        "签名密钥已被冻结，72 小时后自动解除。"
        "The signing key is frozen; the freeze ends by itself after 72 hours.",
    /// The key's validity has not begun.
    KeyNotYetValid = 205 NotAuthorised "key-not-yet-valid"
        "签名密钥尚未生效。"
        "The signing key is not valid yet.",
    /// The key's validity is over.
    KeyExpired = 206 NotAuthorised "key-expired"
        "签名密钥已过有效期。请登记新的密钥。"
        "The signing key's validity is over. Register a new key.",
    /// A key of this purpose may not sign this action.
    WrongPurpose = 207 NotAuthorised "wrong-purpose"
        "这种用途的密钥不能签署此类声明。"
        "A key of this purpose may not sign this kind of statement.",
    /// A signature does not verify.
    BadSignature = 208 Malformed "bad-signature"
        "签名验证失败：内容被改动，或不是用该密钥签署的。"
        "The signature does not verify: the content was changed, or another key signed it.",
    /// The department is retired or unknown.
    DepartmentInactive = 209 NotAuthorised "department-inactive"
        "该部门不是本联盟的在册成员。"
        "This department is not an active member of the consortium.",
    /// Fewer administration keys signed than the department's threshold.
    ThresholdMissing = 210 NotAuthorised "threshold-missing"
        "管理密钥签名数不足。请让本部门另一位管理员会签。"
        "Too few administration keys signed. Have another administrator of your department endorse the statement.",
    /// An endorsement is by a key that this action has no use for.
    EndorsementUnexpected = 211 NotAuthorised "endorsement-unexpected"
        "有一个会签与此类声明无关。"
        "An endorsement does not belong to this kind of statement.",
    /// The second signature that the action needs is missing.
    SecondSignerMissing = 212 NotAuthorised "second-signer-missing"
        "此项操作需要第二个人会签。"
        "This needs the signature of a second person.",
    /// Signer and second signer are the same person.
    SamePerson = 213 NotAuthorised "same-person"
        "两个签名须出自不同的人。"
        "The two signatures must be by different persons.",
    /// The officer does not hold the title that the action needs.
    TitleMissing = 214 NotAuthorised "title-missing"
        "签署人不具备所需的身份（公证员、负责人或其指定的公证员）。"
        "The signer does not hold the title that this needs (notary, head, or notary designated by the head).",
    /// Only the notary in charge may do this.
    NotInCharge = 215 NotAuthorised "not-in-charge"
        "只有本证的承办公证员可以这样做。"
        "Only the notary in charge of this certificate may do this.",
    /// The record belongs to another department.
    OtherDepartment = 216 NotAuthorised "other-department"
        "该记录属于另一个部门，只有该部门可以这样做。"
        "The record belongs to another department; only that department may do this.",
    /// The department does not exercise the item, or its roles lack the power.
    PowerMissing = 217 NotAuthorised "power-missing"
        "清单之外无权力：本部门在目录中没有此项权力。"
        "No power outside the list: the catalogue gives your department no power to do this.",
    /// The office's seal key did not endorse.
    SealMissing = 218 NotAuthorised "seal-missing"
        "出具公证书须由本公证处印章密钥会签。"
        "Issuing needs the endorsement of the office's seal key.",

    /// Freezing or stopping would leave a department with fewer administration keys than its threshold.
    LastKeys = 219 Conflict "last-keys"
        "停用后该部门的管理密钥将不足以行使职权。请以治理提案更换其管理密钥。"
        "This would leave that department too few administration keys. Replace them by a governance proposal.",

    /// The key was frozen less than 72 hours ago, or registered while its department's keys were.
    FreezeRests = 220 Conflict "freeze-rests"
        "每次冻结之后有 72 小时的间隔期，期间不能再次冻结该密钥。该部门在被冻结期间或间隔期内登记的新密钥，登记后 72 小时内也不能冻结。"
        "Each freeze is followed by 72 hours in which the key is not frozen again. A key that its department registers during a freeze by others or its rest cannot be frozen for its first 72 hours.",

    /// The item is not in the catalogue.
    ItemUnknown = 300 NotFound "item-unknown"
        "目录中没有这个事项。"
        "The catalogue has no such item.",
    /// The item is of another kind than the action.
    ItemOfOtherKind = 301 Malformed "item-of-other-kind"
        "该事项属于另一类业务。"
        "The item belongs to another kind of business.",
    /// The item's version is not the newest.
    ItemVersionOld = 302 Conflict "item-version-old"
        "该事项已有新版本。请按新版本办理。"
        "The item has a newer version. Use that one.",
    /// The item is withdrawn.
    ItemWithdrawn = 303 Conflict "item-withdrawn"
        "该事项已从目录中取消。"
        "The item has been withdrawn from the catalogue.",
    /// A record with this id exists.
    AlreadyExists = 304 Conflict "already-exists"
        "该编号的记录已经存在。"
        "A record with this id exists already.",
    /// The record does not exist.
    RecordUnknown = 305 NotFound "record-unknown"
        "账本上没有这条记录。"
        "The ledger has no such record.",
    /// The record's status does not allow the action.
    WrongStatus = 306 Conflict "wrong-status"
        "该记录当前的状态不允许这样做。请先查看其状态。"
        "The record's present status does not allow this. Look at it first.",

    /// The year is not the year of the block's date in Beijing.
    WrongYear = 400 Conflict "wrong-year"
        "年份与当前日期（北京时间）不符。公证书编号的年份就是签发的年份。"
        "The year is not that of today's date in Beijing. A certificate number carries the year of its approval.",
    /// The expected serial was assigned before.
    NumberTaken = 401 Conflict "number-taken"
        "这个编号已被使用。编号连续、不重复。"
        "This number has been used. Numbers are continuous and never repeated.",
    /// The expected serial would leave a gap.
    NumberGap = 402 Conflict "number-gap"
        "这个编号会留下空号。请使用下一个编号。"
        "This number would leave a gap. Use the next one.",
    /// The office has no number word for the class.
    NumberWordUnknown = 403 NotFound "number-word-unknown"
        "本公证处没有登记这一类编号的用字。"
        "The office has no number word registered for this class.",
    /// Not issued in time; the number is void.
    IssueTooLate = 404 Conflict "issue-too-late"
        "已超过出具期限，该编号作废。请重新办理。"
        "The time for issuing is over and the number is void. Start again.",
    /// The look-up hash is in use. No longer given: a look-up stands under its certificate's own number.
    LookupTaken = 405 Conflict "lookup-taken"
        "查询码已被占用。请重新生成。"
        "The look-up code is in use. Make another one.",
    /// A subject's attestation does not exist or is not in force.
    SubjectNotInForce = 406 Conflict "subject-not-in-force"
        "当事人的身份认证不存在，或者已暂停、注销、过期。"
        "The subject's identity attestation does not exist or is suspended, revoked or expired.",
    /// The other certificate of a replacement does not fit.
    WrongReplacement = 407 Conflict "wrong-replacement"
        "用来替换的公证书不符：须由同一公证处就同一事项出具、已出具且未替换过别的公证书。"
        "The replacing certificate does not fit: it must be issued, by the same office, under the same item, and replace no other.",

    /// The certificate's subjects are not named again, or others are.
    SubjectsNotNamed = 408 Malformed "subjects-not-named"
        "须重新写明本证全部当事人的身份认证编号，以便账本核对其是否仍然有效。"
        "Name the identity attestations of all subjects of this certificate again, so that the ledger checks that they are in force.",
    /// The words of certificate numbers are another office's or class's.
    NumberWordTaken = 409 Conflict "number-word-taken"
        "编号用字已登记给另一公证处或另一类别。每种用字只能登记一次。"
        "These number words were given to another office or class. Words are given once.",
    /// A certificate needs more subjects than it has.
    SubjectsTooFew = 410 Malformed "subjects-too-few"
        "该事项的公证书须写明当事人。请填写其身份认证编号。"
        "A certificate of this item is about somebody. Name the identity attestations of its subjects.",

    /// The reason is none of the act's grounds.
    GroundUnknown = 411 NotFound "ground-unknown"
        "这个事由不在该操作的事由清单中。清单在账本的 grounds/<操作> 之下，创建时由 network.toml 的 [grounds] 给出，以治理提案 set-grounds 变更。"
        "This reason is none of the act's grounds. The list stands on the ledger under grounds/<act>: founded from [grounds] in network.toml, changed by a set-grounds proposal.",

    /// Words of certificate numbers are dropped or changed.
    NumberWordFixed = 412 Conflict "number-word-fixed"
        "编号用字一经登记，不能删除或更改：已出具的公证书上印有这些用字。需要新的用字时，请登记一个新的类别。"
        "Words of certificate numbers that are registered stay: papers bear them. For new words register a new class.",

    /// The holder's key did not sign for its possession.
    PossessionUnproven = 500 Malformed "possession-unproven"
        "新密钥没有证明由其持有人掌握。"
        "The new key does not prove that its owner holds it.",
    /// Validity ends too soon or too late.
    ValidityOutOfRange = 501 Malformed "validity-out-of-range"
        "有效期不在允许范围内。"
        "The validity is outside its allowed range.",
    /// The corrections variant is not one of the item's.
    VariantUnknown = 502 NotFound "variant-unknown"
        "该事项没有这个类别。"
        "The item has no such variant.",
    /// The act is not one of the item's.
    ActUnknown = 503 NotFound "act-unknown"
        "该事项没有这种记录或事由。"
        "The item knows no such kind of entry or ground.",
    /// A time that is claimed lies in the future.
    ClaimedTimeAhead = 504 Malformed "claimed-time-ahead"
        "所称时间在将来。"
        "The claimed time lies in the future.",

    /// The proposal's votes are over.
    ProposalClosed = 600 Conflict "proposal-closed"
        "该提案已结束表决。"
        "Voting on this proposal is over.",
    /// The department has voted.
    AlreadyVoted = 601 Conflict "already-voted"
        "本部门已就该提案投过同样的票。"
        "Your department has voted so on this proposal already.",
    /// A parameter is outside its safe range.
    ParameterUnsafe = 602 Malformed "parameter-unsafe"
        "参数超出安全范围。"
        "A parameter is outside its safe range.",
    /// The change of validators is not allowed.
    ValidatorChangeUnsafe = 603 Malformed "validator-change-unsafe"
        "验证节点的变更不合规则：每次变更不超过三分之一的权重，且须等前一次变更生效。"
        "The change of validators is not allowed: at most a third of the power at once, and only after an earlier change took effect.",
    /// The ready statement names a header that is not near the head.
    NotNearHead = 604 Conflict "not-near-head"
        "新节点报告的区块不在链头附近。请等节点同步后再试。"
        "The joining node's block is not near the head. Let the node catch up and try again.",
    /// The change is not complete in itself.
    ChangeInvalid = 605 Malformed "change-invalid"
        "提案内容不完整或自相矛盾。"
        "The proposal's change is incomplete or contradicts itself.",
    /// A validator's power is not 1.
    VotesUnequal = 606 Malformed "votes-unequal"
        "一个部门一票：验证节点的权重只能为 1。"
        "One department, one vote: the power of a validator is 1.",
    /// What the change replaces is no longer what its proposer saw.
    ProposalStale = 607 Conflict "proposal-stale"
        "提案所要替换的内容在提出之后已经变更，该提案不能再表决。请依据现状重新提出。"
        "What this change replaces has changed since it was proposed; it can no longer be voted on. Propose it anew on what stands now.",
    /// The vote is for something else than what stands under the proposal's id.
    ProposalOther = 608 Conflict "proposal-other"
        "账本上这个提案号下的提案，不是签名人所看到的那一份。请重新查看提案后再投票。"
        "What the ledger holds under this proposal's id is not what the signer has read. Look at the proposal again before you vote.",
    /// The department has as many open proposals as it may.
    ProposalsTooMany = 609 Conflict "proposals-too-many"
        "本部门同时开放表决的提案不能超过 16 个。请等其中之一通过、被否决、过时或者到期。"
        "A department has at most 16 proposals open for votes. Wait until one of yours has passed, is rejected, stale or expired.",
}

impl core::fmt::Display for Rejection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.code(), self.slug())
    }
}

impl std::error::Error for Rejection {}
