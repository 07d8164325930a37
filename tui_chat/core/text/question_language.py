"""Tells whether a question is in another language than English. Offline, by script and stop words.

In doubt a text is English: only a clear case is reported. Code has no language.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Final

from tui_chat.core.text.lazy_pattern import LazyPattern

_LONGEST: Final = 2_000
"""Characters of a question that are looked at."""
_FENCED: Final = LazyPattern(r"(?:```|~~~).*?(?:```|~~~|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_QUOTED: Final = LazyPattern(r"“[^”\n]*”|\"[^\"\n]*\"|«[^»\n]*»|「[^」\n]*」|《[^》\n]*》")
_CODE_SIGNS: Final = LazyPattern(r"[{}<>=;$\\|_\[\]#@~^]|\(\)|->|::|//")
_CODE_LINE: Final = LazyPattern(
    r"^\s*(?:def \w+\(|class \w+[(:]|import \w|from \S+ import |function\b|(?:const|let|var) \w+ ="
    r"|#include|(?:\$ )?(?:git|npm|pip|uv|sudo|curl|docker|cargo) [a-z-]|SELECT\b|INSERT INTO\b)"
    r"| && | --[a-z]+[ =-]",
    re.MULTILINE,
)
_CODE_SHARE: Final = 0.06
"""From this share of signs on, a text is code."""
_WORD: Final = LazyPattern(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

_SCRIPTS: Final = (
    ("ja", "[\u3040-\u30ff]", 2),
    ("ko", "[\uac00-\ud7af\u1100-\u11ff]", 2),
    ("zh", "[\u3400-\u9fff\uf900-\ufaff]", 2),
    ("ru", "[\u0400-\u052f]", 5),
    ("ar", "[\u0600-\u06ff\u0750-\u077f]", 4),
    ("he", "[\u0590-\u05ff]", 4),
    ("el", "[\u0370-\u03ff\u1f00-\u1fff]", 5),
    ("th", "[\u0e00-\u0e7f]", 4),
    ("hi", "[\u0900-\u0dff]", 4),
    ("ka", "[\u0530-\u058f\u10a0-\u10ff]", 5),
)
"""Language, characters, and the characters of a usual word. Kana comes first: Japanese has Han
characters too."""
_SCRIPT_PATTERNS: Final = tuple((code, LazyPattern(chars), size) for code, chars, size in _SCRIPTS)

_ENGLISH_WORDS: Final = (
    "the a an is are was were be been do does did have has had i you he she it we they me my your"
    " his her its our their this that these those what who why how when where which whose can could"
    " will would should may might must shall and or but not no yes if then than of in on at to for"
    " from with by about into over as so please give tell write explain make list show find name"
    " translate mean means say there here some any all more most very just like use using between"
    " hello hi thanks thank ok"
)
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_STOP_WORDS: Final = {
    "fr": "le la les un une des du de et est sont que qui quoi quel quelle quels quelles où quand"
    " comment pourquoi combien je tu il elle nous vous ils elles ce cette ces mon ma mes ton ta tes"
    " son sa ses notre votre leur avec sans pour dans sur sous par pas ne ni mais ou donc car si"
    " être avoir fait faire peux peut pouvez suis es êtes au aux bonjour salut merci oui non"
    " c'est qu'est d'un d'une l'on j'ai quelqu'un est-ce écris explique donne dis moi",
    "es": "el la los las un una unos unas de del y es son que qué quién cuál cuáles dónde cuándo"
    " cómo por para con sin en sobre yo tú él ella nosotros ustedes ellos mi tu su nuestro este"
    " esta estos estas ese esa no sí pero o si hay ser estar está están tengo tiene puede puedes"
    " hola gracias buenos buenas días escribe explica dime dame me se al lo le más muy cuánto",
    "de": "der die das den dem des ein eine einen einem einer und ist sind war waren wer was wann"
    " wo wie warum wieso welche welcher welches ich du er sie es wir ihr mein meine dein deine sein"
    " seine unser nicht kein keine mit ohne für auf aus bei nach von zu im am zum zur über unter"
    " aber oder denn weil dass wenn kann kannst können hat haben hast bin bist mir mich dir dich"
    " bitte danke hallo guten tag ja nein schreibe erkläre erklär nenne gib geht's auch noch",
    "it": "il lo la i gli le un uno una di del della dei delle e è sono che chi cosa quale quali"
    " dove quando come perché quanto io tu lui lei noi voi loro mio mia tuo sua questo questa"
    " questi non ma o se con senza per su da nel nella al alla ci mi ti si più molto ciao grazie"
    " buongiorno scrivi spiega dimmi dammi puoi può essere avere ho hai ha qual cos'è dell' c'è",
    "pt": "o os as um uma uns umas de do da dos das e é são que quem qual quais onde quando como"
    " porquê quanto eu você ele ela nós eles meu minha seu sua este esta isso não mas ou se com"
    " sem para por em no na nos nas ao à mais muito olá oi obrigado obrigada bom dia escreva"
    " explique diga dê pode ser estar está tem tenho foi",
    "nl": "de het een en is zijn was wat wie waar wanneer waarom hoe welke ik jij je hij zij wij"
    " jullie mijn jouw niet geen met zonder voor op uit bij naar van te om maar of want omdat dat"
    " dit deze die kan kun kunt heeft hebben ben bent hallo bedankt graag schrijf leg ook nog",
    "pl": "i w z na do od po za o że się nie jest są był co kto gdzie kiedy jak dlaczego czy który"
    " która ja ty on ona my wy oni mój moja twój to ten ta te dla przez ale lub jeśli może mogę"
    " mam masz cześć dziękuję proszę napisz wyjaśnij podaj ile",
    "tr": "bir ve bu şu o ne kim nerede zaman nasıl neden niçin hangi ben sen biz siz onlar değil"
    " mi mı mu mü için ile ama veya çok var yok merhaba teşekkürler lütfen yaz açıkla nedir kaç",
    "sv": "och är en ett det den som på av för med till att jag du han hon vi ni inte vad vem var"
    " när hur varför vilken kan har hej tack skriv förklara om från eller men också",
    "vi": "là của và có không được một những các cho với này đó tôi bạn anh chị gì ai đâu khi nào"
    " thế sao như hãy viết giải thích xin chào cảm ơn tại",
    "id": "yang dan di ke dari untuk dengan ini itu apa siapa mana kapan bagaimana mengapa kenapa"
    " saya kamu anda dia kami kita mereka tidak bukan adalah ada bisa tolong tulis jelaskan halo"
    " terima kasih",
}
_FEW_WORDS: Final = 6


def other_language(question: str) -> str:
    """Return the code of a question's language, such as `fr`; empty for English, code or doubt."""
    text = _QUOTED.sub(" ", _FENCED.sub(" ", question[:_LONGEST]))
    if _is_code(text):
        return ""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    english = sum(word in _ENGLISH for word in words)
    for code, pattern, size in _SCRIPT_PATTERNS:
        other = len(pattern.findall(text)) / size
        if other >= 1 and other > english:
            return code
    return _latin_language(words, english)


@cache
def _stop_words() -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Return each language's code, its stop words, and those that no other language has."""
    languages = {code: frozenset(words.split()) for code, words in _STOP_WORDS.items()}
    count = Counter(word for words in languages.values() for word in words)
    return [
        (code, words, frozenset(word for word in words - _ENGLISH if count[word] == 1))
        for code, words in languages.items()
    ]


def _latin_language(words: list[str], english: int) -> str:
    best, best_score = "", 0
    for code, known, unique in _stop_words():
        # A word that other languages do not share counts twice.
        score = sum((word in known) + (word in unique) for word in words)
        if score > best_score:
            best, best_score = code, score
    is_certain = best_score >= 3 or (best_score == 2 and len(words) <= _FEW_WORDS)
    return best if is_certain and best_score > 2 * english else ""


def _is_code(text: str) -> bool:
    if _CODE_LINE.search(text):
        return True
    signs = len(_CODE_SIGNS.findall(text))
    return signs >= 3 and signs > _CODE_SHARE * len(text.strip())
