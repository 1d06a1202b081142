//! The one error of the API: a problem (RFC 9457) with a stable code and a sentence in the reader's language.
//!
//! What a client is told and what is logged are apart: a fault of this machine is logged here, once, and told as
//! `internal`. Nothing that a client sent is repeated to it, so no personal data can come back in an error.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ledger::codec::{CodecError, ValueRule};
use ledger::error::Fault;
use ledger::rejection::{Language, Rejection, RejectionClass};
use serde::Serialize;
use utoipa::ToSchema;

use super::accept;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:ident $slug:literal $zh:literal $en:literal,)*) => {
        /// What went wrong, the rules' own refusals apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Problem {
            $($(#[$doc])* $name = $code,)*
        }

        impl Problem {
            /// Every problem.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The stable code, from 1000 on: the numbers below are the ledger's rejections.
            #[must_use]
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// The stable word.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
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

problems! {
    /// A part of the address or a parameter has the wrong form.
    BadRequest = 1000 BAD_REQUEST "bad-request"
        "请求的地址或参数格式不对。请对照接口说明检查。"
        "A part of the address or a parameter has the wrong form. Compare it with the description of the interface.",
    /// No such address.
    NoSuchAddress = 1001 NOT_FOUND "no-such-address"
        "没有这个地址。"
        "There is no such address.",
    /// The address knows other methods.
    MethodNotAllowed = 1002 METHOD_NOT_ALLOWED "method-not-allowed"
        "这个地址不支持这种方法。"
        "This address does not take this method.",
    /// The body is too large.
    BodyTooLarge = 1003 PAYLOAD_TOO_LARGE "body-too-large"
        "内容过大：一份声明最多 64 KiB。"
        "The content is too large: a statement has at most 64 KiB.",
    /// The body is not a statement's media type.
    WrongMediaType = 1004 UNSUPPORTED_MEDIA_TYPE "wrong-media-type"
        "请以 application/cose 提交声明。"
        "Send a statement as application/cose.",
    /// The body is no statement.
    StatementUnreadable = 1005 BAD_REQUEST "statement-unreadable"
        "无法读取这份声明：它不是规范的编码。请用客户端重新签署。"
        "The statement cannot be read: it is not in the canonical encoding. Sign it again with the client.",
    /// The statement was not committed in its time.
    StatementExpired = 1006 GONE "statement-expired"
        "声明在有效期内没有进入区块，不会再执行。请重新签署后提交。"
        "The statement entered no block in its time and will not be carried out. Sign it again and submit it.",
    /// The reader has to say who asks.
    SignatureNeeded = 1100 UNAUTHORIZED "signature-needed"
        "这类记录只向联盟成员开放。请用本部门密钥签署请求（RFC 9421）。"
        "Records of this class are for members of the consortium. Sign the request with a key of your department (RFC 9421).",
    /// The request's signature has the wrong form or does not verify.
    SignatureInvalid = 1101 UNAUTHORIZED "signature-invalid"
        "请求的签名无效、已过期或不完整，或者签名密钥已停用、被冻结、已过有效期或未登记。请检查密钥和时钟后重试。"
        "The request's signature is invalid, out of date or incomplete, or its key is suspended, frozen, expired or not registered. Check key and clock and try again.",
    /// The nonce was used before.
    SignatureReplayed = 1102 UNAUTHORIZED "signature-replayed"
        "这个签名请求已经用过一次。请重新签署。"
        "This signed request was used before. Sign it anew.",
    /// The reader's department is not among those who may read this.
    NotAParty = 1103 FORBIDDEN "not-a-party"
        "本部门不是这类记录的当事部门，不能查阅。"
        "Your department is not a party to records of this class and may not read them.",
    /// The public listener serves public records only.
    NotPublic = 1104 FORBIDDEN "not-public"
        "公开接口只提供公开记录。"
        "The public interface serves public records only.",
    /// The request names another node than the one that was asked.
    WrongAuthority = 1105 MISDIRECTED_REQUEST "wrong-authority"
        "签名的请求写的是另一个节点的地址，本节点不予受理。请按本节点公布的地址签署，或请管理员在 node.toml 的 authorities 中列出该地址。"
        "The signed request names another node's address. Sign it for an address of this node; its administrator lists them under authorities in node.toml.",
    /// The height is above the tip.
    HeightAhead = 1200 NOT_FOUND "height-ahead"
        "这个高度还没有到。"
        "This height has not been reached yet.",
    /// The state of that height is no longer kept.
    StatePruned = 1201 GONE "state-pruned"
        "本节点不再保存该高度的状态。请向保存历史状态的节点查询，或使用当时取得的证明包。"
        "This node no longer keeps the state of that height. Ask a node that does, or use a bundle made at the time.",
    /// No block has been decided yet.
    NoBlockYet = 1202 SERVICE_UNAVAILABLE "no-block-yet"
        "还没有任何区块，无从证明。请稍后再试。"
        "No block has been decided yet, so nothing can be proven. Try again soon.",
    /// The answer would be larger than a bundle may be.
    AnswerTooLarge = 1203 BAD_REQUEST "answer-too-large"
        "一次查询的内容过多，超过证明包的上限（4 MiB）。请分几次查询。"
        "The answer would be larger than a bundle may be, 4 MiB. Ask for less at once.",
    /// The pool is full.
    PoolFull = 1300 SERVICE_UNAVAILABLE "pool-full"
        "本节点等待上链的声明已满。请稍后再试，声明没有丢失，只是没有收下。"
        "This node's queue of statements is full. Try again soon; the statement was not taken.",
    /// Too many statements of one key wait.
    KeyQuota = 1301 TOO_MANY_REQUESTS "key-quota"
        "同一密钥等待上链的声明太多。请稍后再试。"
        "Too many statements of one key are waiting. Try again soon.",
    /// Too many requests from one address.
    TooManyRequests = 1302 TOO_MANY_REQUESTS "too-many-requests"
        "请求过于频繁。请稍后再试。"
        "Too many requests. Try again soon.",
    /// More is being worked on than this node takes at once.
    Busy = 1303 SERVICE_UNAVAILABLE "busy"
        "本节点繁忙。请稍后再试。"
        "This node is busy. Try again soon.",
    /// It took too long.
    TooSlow = 1304 GATEWAY_TIMEOUT "too-slow"
        "处理超时。请稍后再试。"
        "This took too long. Try again soon.",
    /// Too many statements of one department wait.
    DepartmentQuota = 1305 TOO_MANY_REQUESTS "department-quota"
        "同一部门等待上链的声明太多。请稍后再试。"
        "Too many statements of one department are waiting. Try again soon.",
    /// This machine fails.
    Internal = 1400 INTERNAL_SERVER_ERROR "internal"
        "本节点出现故障，已记入日志。请联系本部门的节点管理员。"
        "This node has a fault, which it has logged. Tell your department's node administrator.",
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// A problem, with a technical detail that repeats nothing the client sent.
    Problem(Problem, Option<String>),
    /// Something sent that cannot be read, and why.
    Unreadable(Problem, CodecError),
    /// The rules refuse the statement.
    Rejected(Rejection),
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem, None)
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "a request could not be answered");
        Problem::Internal.into()
    }
}

impl ApiError {
    /// A parameter of the wrong form, with the rule that it breaks.
    pub(super) fn bad_request(error: CodecError) -> Self {
        Self::Unreadable(Problem::BadRequest, error)
    }

    /// A problem with a fixed detail.
    pub(super) fn with(problem: Problem, detail: &'static str) -> Self {
        Self::Problem(problem, Some(detail.to_owned()))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Problem(problem, _) | Self::Unreadable(problem, _) => problem.status(),
            Self::Rejected(rejection) => match rejection.class() {
                RejectionClass::Malformed => StatusCode::BAD_REQUEST,
                RejectionClass::NotAuthorised => StatusCode::FORBIDDEN,
                RejectionClass::NotFound => StatusCode::NOT_FOUND,
                RejectionClass::Conflict => StatusCode::CONFLICT,
            },
        }
    }

    fn document(&self, language: Language) -> ProblemDocument {
        let (code, slug, title) = match self {
            Self::Problem(problem, _) | Self::Unreadable(problem, _) => {
                (problem.code(), problem.slug(), problem.sentence(language))
            }
            Self::Rejected(rejection) => (rejection.code(), rejection.slug(), rejection.sentence(language)),
        };
        let (detail, rule) = match self {
            Self::Problem(_, detail) => (detail.clone(), None),
            Self::Unreadable(_, error) => (Some(error.to_string()), error.rule().map(ValueRule::word)),
            Self::Rejected(_) => (None, None),
        };
        ProblemDocument {
            kind: format!("urn:yinxin:problem:{slug}"),
            title: title.to_owned(),
            status: self.status().as_u16(),
            detail,
            code,
            slug: slug.to_owned(),
            rule,
        }
    }
}

/// A problem document (RFC 9457), as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:yinxin:problem:` and the slug.
    #[serde(rename = "type")]
    kind: String,
    /// A plain sentence in the language asked for.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What exactly does not fit, for programmers.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The stable code: below 1000 a rejection by the ledger's rules, above one of this interface.
    code: u16,
    /// The stable word for the code.
    slug: String,
    /// The stable word of the rule that a value breaks, where that is what does not fit, as `department` or `hash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
}

impl IntoResponse for ApiError {
    /// Leaves the words to a layer, which knows the reader's language.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts problems into words, also those of the layers below that know no words.
pub(super) async fn localise(request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let response = next.run(request).await;
    let error = response.extensions().get::<ApiError>().cloned().or_else(|| of_layer(&response));
    let Some(error) = error else { return response };
    let headers = response.headers().clone();
    let mut problem = (error.status(), Json(error.document(language))).into_response();
    for name in [header::LOCATION, header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = headers.get(&name) {
            problem.headers_mut().insert(name, value.clone());
        }
    }
    dress(&error, language, problem.headers_mut());
    problem
}

fn dress(error: &ApiError, language: Language, headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let tag = if language == Language::English { "en" } else { "zh-CN" };
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
    if error.status() == StatusCode::UNAUTHORIZED {
        let wanted = r#"yinxin=("@method" "@target-uri");created;expires;nonce;keyid;alg="ed25519";tag="yinxin-read""#;
        headers.insert("accept-signature", HeaderValue::from_static(wanted));
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Signature"));
    }
    let again = matches!(error, ApiError::Problem(problem, _) if problem.status() == StatusCode::SERVICE_UNAVAILABLE
        || problem.status() == StatusCode::TOO_MANY_REQUESTS);
    if again {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
    }
}

/// The problem behind an answer without words, given by a layer.
fn of_layer(response: &Response) -> Option<ApiError> {
    let worded = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind != "text/plain; charset=utf-8");
    if worded {
        return None;
    }
    let problem = match response.status() {
        StatusCode::NOT_FOUND => Problem::NoSuchAddress,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::WrongMediaType,
        StatusCode::TOO_MANY_REQUESTS => Problem::TooManyRequests,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Problem::TooSlow,
        StatusCode::SERVICE_UNAVAILABLE => Problem::Busy,
        status if status.is_client_error() => Problem::BadRequest,
        status if status.is_server_error() => Problem::Internal,
        _ => return None,
    };
    Some(problem.into())
}

/// The first of Chinese and English that the reader prefers; Chinese when it says neither.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let weight = |wanted: &str| {
        let primary = |tag: &str| tag.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case(wanted));
        accept::weight(headers, header::ACCEPT_LANGUAGE, primary)
    };
    if weight("en") > weight("zh") { Language::English } else { Language::Chinese }
}
