"""The causes of rejected requests, by the words of endpoints; the first match counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui_chat.core.advice import Advice
from tui_chat.core.errors import (
    ContextTooLong,
    KeyRefused,
    ProviderError,
    RequestRejected,
    ServerFailed,
)
from tui_chat.core.labels import N_, _
from tui_chat.core.text.lazy_pattern import LazyPattern


@dataclass(frozen=True, slots=True)
class Cause:
    """A known cause: how endpoints describe it, and what it means for the user."""

    name: str
    pattern: LazyPattern
    summary: str
    """May contain `{endpoint}`."""
    advice: Advice | str
    error: type[ProviderError] = RequestRejected
    is_retryable: bool = False

    @property
    def hint(self) -> str:
        """The translated advice."""
        return self.advice.text if isinstance(self.advice, Advice) else _(self.advice)


def _words(pattern: str) -> LazyPattern:
    return LazyPattern(pattern, re.IGNORECASE | re.DOTALL)


_CAUSES: Final = (
    Cause(
        "data_policy",
        _words(
            r"data policy|settings/privacy|zero data retention|guardrail restrictions|"
            r"privacy settings|data[_ ]collection"
        ),
        N_("No provider of this model at {endpoint} fits the privacy settings of your account."),
        N_("Change the settings there, or choose another model."),
    ),
    Cause(
        "routing",
        _words(
            r"no (?:endpoints found that support|allowed providers)|no providers? available|"
            r"ignored providers|all providers have been ignored"
        ),
        N_("No provider of this model at {endpoint} accepts this request."),
        Advice.CHOOSE_MODEL,
    ),
    Cause(
        "verification",
        _words(
            r"organi[sz]ation must be verified|verify organi[sz]ation|verify your organi|"
            r"实名认证|"
            r"identity verification|complete (?:the )?verification"
        ),
        N_("{endpoint} requires a verified organization for this."),
        N_("Verify it there, or set stream = false (--no-stream) if only streaming requires it."),
    ),
    Cause(
        "region",
        _words(
            r"country, region|unsupported_country|(?:country|region|territory)s? (?:is |"
            r"are )?not "
            r"(?:supported|available|allowed)|not (?:available|supported|allowed|offered|"
            r"accessible)"
            r" (?:in|for|from) (?:your|this|the) (?:current )?(?:country|region|location|"
            r"territory)|"
            r"location is not supported|country not supported|access_denied.{0,20}region|"
            r"(?:所在|当前)?(?:地区|国家|区域)(?:.{0,6})?(?:不支持|不可用|限制)"
        ),
        N_("{endpoint} does not serve the region of this machine."),
        N_("Use an endpoint that serves it."),
    ),
    Cause(
        "filter",
        _words(
            r"content[_ ]?(?:management )?(?:policy|filter)|responsibleaipolicyviolation|"
            r"data_?inspection_?failed|inappropriate content|content exists risk|risk[_ ]control|"
            r"safety (?:system|filter|reasons?|policy|checks?)|moderation|\bflagged\b|"
            r"prohibited[_ ]content|sensitive ?(?:content|words?|information)|"
            r"usage polic(?:y|ies)|"
            r"contentfilter|unsafe (?:or|content)|invalid_prompt|guardrail|敏感|不安全|违规|"
            r"合规|安全审核"
        ),
        N_("The content filter of {endpoint} rejected the question."),
        N_("Rephrase the question."),
    ),
    Cause(
        "json_word",
        _words(r"must contain the word .{0,3}json"),
        N_("{endpoint} wants the word “json” in the question for this response format."),
        N_("Add the word JSON to the system prompt or the question."),
    ),
    Cause(
        "other_api",
        _words(
            r"v1/responses|responses api|not a chat model|use the responses|"
            r"/v1/completions endpoint|"
            r"not (?:supported|available) (?:in|on|with|by|"
            r"for) (?:the )?(?:v1/)?chat.?completions?|"
            r"(?:does not|doesn't|not) support (?:the )?(?:chat|generate|chat completions?|"
            r"completion_chat)"
            r"\b|operationnotsupported|only supports? (?:the )?(?:embed\w*|responses|"
            r"rerank\w*|audio|"
            r"image|transcription)|is an? (?:embed\w*|rerank\w*|speech|image) model|"
            r"chat template.{0,60}(?:not|no|must)|no chat template|without a chat template|"
            r"cannot be used for chat|\bembedding models?\b.{0,60}(?:not|chat)|"
            r"not (?:an? )?(?:llm|text generation model)|only compatible with|"
            r"not support http call"
        ),
        N_("This model does not answer chat requests at {endpoint}."),
        Advice.CHOOSE_MODEL,
    ),
    Cause(
        "stream_only",
        _words(
            r"only supports? (?:the )?stream|must be streamed|stream(?:ing)? (?:is|"
            r"mode is) required|"
            r"requires? (?:the )?stream(?:ing)?\b|enable the stream parameter|"
            r"stream must be (?:set to )?true|"
            r"non[-_ ]?stream\w* (?:\w+ ){0,3}not supported|"
            r"enable_thinking must be (?:set to )?false for non-streaming"
        ),
        N_("This model only streams its answers."),
        Advice.STREAM,
    ),
    Cause(
        "no_stream",
        _words(
            r"(?:does not|doesn't|not) support (?:the )?(?:\w+ )?stream|"
            r"stream(?:ing)?(?: mode)? (?:is )?"
            r"(?:not supported|unsupported|not allowed|not available)|"
            r"stream must be (?:set to )?false"
        ),
        N_("This model does not stream its answers."),
        Advice.DO_NOT_STREAM,
    ),
    Cause(
        "context",
        _words(
            r"context[ _-]?(?:length|window|size)|maximum context|context the overflows|"
            r"too many (?:input )?tokens|(?:exceed\w{0,3}|longer than|greater than|"
            r"larger than|fit in)"
            r"[ _].{0,60}(?:context|number of (?:input )?tokens|token limit|sequence length|"
            r"max_seq|"
            r"max_model_len|n_ctx|input length)|"
            r"(?:prompt|input|message|request|text)s? (?:is|are) too (?:long|large to process)|"
            r"prompt.{0,40}too long|too large for (?:model|gpt|the model)|"
            r"reduce the (?:length|prompt)|"
            r"range of input length|max_new_tokens. must be|(?:input|"
            r"prompt) (?:token )?(?:count|length).{0,60}"
            r"exceed|max_tokens must be at least 1, got -|tokens_limit_reached|"
            r"max size: \d+ tokens|"
            r"exceeds? max\w* .{0,20}tokens|string_above_max_length|maximum (?:input|prompt|"
            r"sequence) length|n_ctx|"
            r"kv cache (?:is )?full|"
            r"max_prompt_tokens|tokens? (?:count )?exceeds? (?:the )?(?:max|limit)|"
            r"request_too_large|"
            r"input_too_long|上下文|(?:输入|提示词?|内容|文本|prompt|tokens?).{0,12}(?:过长|"
            r"超长|超出|超过)"
        ),
        N_("The conversation is too long for this model's context."),
        Advice.MAKE_ROOM,
        ContextTooLong,
    ),
    Cause(
        "format",
        _words(
            r"schema in format|required for format|(?:parse|"
            r"compile) (?:the )?(?:json.?schema|grammar)|"
            r"json.?schema conversion failed"
        ),
        N_("{endpoint} rejected the response format."),
        N_("Ask for a simpler schema, or for an answer in text."),
    ),
    Cause(
        "not_loaded",
        _words(
            r"no models? (?:is |are |has been )?loaded|please load a model|"
            r"model (?:is )?not loaded|"
            r"model.{0,60}unloaded|lms load"
        ),
        N_("No model is loaded at {endpoint}."),
        N_("Load one in that server, then ask again."),
    ),
    Cause(
        "memory",
        _words(
            r"out[-_ ]?of[-_ ]?memory|insufficient (?:system resources|(?:gpu |system |"
            r"video )?memory)|"
            r"not enough (?:\w+ )?memory|requires more (?:system |gpu |video )?memory|"
            r"cuda error|cudamalloc|"
            r"failed to allocate|unable to allocate|(?:vram|显存|内存)(?:.{0,4})?(?:不足|"
            r"insufficient)|"
            r"bad_alloc|oom[- ]?killed|hiperror|metal.{0,40}insufficient memory"
        ),
        N_("{endpoint} ran out of memory for this model."),
        N_("Choose a smaller model or context there, or close other programs on that machine."),
        ServerFailed,
    ),
    Cause(
        "crashed",
        _words(
            r"runner (?:process )?(?:has )?(?:terminated|crashed|exited|no longer running)|"
            r"model (?:has )?crashed|enginecore encountered|engine ?dead|"
            r"background loop has (?:errored|stopped)|"
            r"failed to load model|unable to load model|error loading model|"
            r"llama-server.{0,40}exited|"
            r"model failed to load"
        ),
        N_("{endpoint} could not run this model."),
        N_("Its log names the cause. Restart that server, or choose another model."),
        ServerFailed,
    ),
    Cause(
        "loading",
        _words(
            r"loading model|model (?:\S{1,80} )?is (?:currently |"
            r"still )?(?:being )?(?:loading|loaded|starting|"
            r"warming|deploying|not ready)|still loading|warming[- ]?up|cold[- ]start|"
            r"modelnotready|"
            r"model_not_ready|server is (?:starting|loading)|not yet ready|模型(?:正在)?加载"
        ),
        N_("{endpoint} is still loading the model."),
        N_("Try again in a moment."),
        ServerFailed,
        is_retryable=True,
    ),
    Cause(
        "overloaded",
        _words(
            r"overload|(?:at|over|exceeded|insufficient|no) capacity|capacity (?:exceeded|"
            r"constraint)|"
            r"tier_capacity|server (?:is )?(?:too )?busy|too busy|high (?:demand|traffic|load)|"
            r"no (?:healthy|available) (?:upstream|deployment|instance|slot|replica)|"
            r"queue is full|"
            r"no slots? available|no deployments? available|系统繁忙|服务(?:器)?繁忙|"
            r"负载(?:已饱和|过高)|拥挤"
        ),
        N_("{endpoint} is overloaded."),
        Advice.ASK_AGAIN_LATER,
        ServerFailed,
        is_retryable=True,
    ),
    Cause(
        "key",
        _words(
            r"(?:invalid|incorrect|wrong|illegal|bad|malformed|expired|missing|unknown|"
            r"disabled|revoked|no)"
            r"[-_ ](?:\w{1,12}[-_ ])?(?:api|access|auth\w*|secret|virtual)[-_ ]?(?:key|token|"
            r"credentials?|header)|"
            r"api[-_ ]?key[-_ ](?:is |was |has |format is |"
            r"you provided )?(?:been )?(?:not[-_ ]valid|invalid|"
            r"incorrect|missing|expired|required|not[-_ ]found|disabled|revoked|suspended)|"
            r"(?:token|key) (?:is |has |was )?(?:been )?(?:invalid|incorrect|expired|revoked|"
            r"required)|"
            r"no connected db|authenticationerror|authentication[_ ](?:error|fail\w*|"
            r"parameter|token|required)|"
            r"not authenticated|unauthori[sz]ed|invalid authentication|login fail|"
            r"invalid username|"
            r"invalid bearer|no auth credentials|user not found|(?:invalid|"
            r"no) (?:credentials|cookie)|"
            r"incorrect api key|api key not valid|did(?:n't| not) provide an api key|"
            r"authorization header|身份(?:验证|认证)|(?:令牌|密钥|api ?key|"
            r"token)(?:.{0,6})?(?:无效|过期|错误|不正确|不存在)|"
            r"无效的(?:令牌|密钥|api)|认证失败|鉴权失败|未提供令牌"
        ),
        N_("{endpoint} refused the key."),
        "",
        KeyRefused,
    ),
    Cause(
        "model",
        _words(
            r"model.{0,80}(?:not[ _]found|does not exist|unknown|not exist|no such|"
            r"decommissioned|"
            r"deprecated|retired|discontinued|no longer (?:available|supported))|"
            r"(?:no such|unknown|unrecognized|unsupported|invalid) model|model_?not_?found|"
            r"not a valid model|model.{0,40}(?:not (?:available|supported)\b|is not enabled|"
            r"not been enabled)|"
            r"not found the model|invalid model name|no endpoints found|deployment.?not.?found|"
            r"deployment for this resource|"
            r"(?:access to|authorized to access|permission to use) (?:the |this |"
            r"requested )*model|"
            r"not[- ]supported model|invalidendpointormodel|no available (?:channel|model)|"
            r"no model named|"
            r"could not (?:find|resolve) (?:the )?model|pulling it first|"
            r"model.{0,60}not.{0,20}(?:accessible|in your plan)|"
            r"模型.{0,40}(?:不存在|未找到|不支持|已下线|不可用)|无可用(?:渠道|模型)|"
            r"无权(?:访问|使用).{0,12}模型"
        ),
        N_("{endpoint} does not have this model."),
        Advice.CHOOSE_MODEL,
    ),
)


def cause_of(text: str) -> Cause | None:
    """Return the cause that code and message of an error describe; None if it is unknown."""
    return next((cause for cause in _CAUSES if cause.pattern.search(text)), None)
