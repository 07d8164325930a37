from __future__ import annotations

import pytest

from tui_chat.core.text.question_language import other_language

OTHER = [
    ("fr", "Quelle est la capitale de la France ?"),
    ("fr", "Qui es-tu ?"),
    ("fr", "Bonjour"),
    ("fr", "Explique-moi la récursivité en une phrase."),
    ("fr", "Pourquoi le ciel est bleu"),
    ("fr", "C’est quoi, un atome ?"),
    ("es", "¿Cuál es la capital de España?"),
    ("es", "Hola, ¿cómo estás?"),
    ("es", "Escribe un poema sobre el mar"),
    ("de", "Was ist die Hauptstadt von Deutschland?"),
    ("de", "Wie geht's?"),
    ("de", "Erkläre mir bitte Rekursion."),
    ("de", "Warum ist der Himmel blau?"),
    ("de", "Schreibe eine Funktion in Python, die eine Liste sortiert"),
    ("it", "Perché il cielo è blu?"),
    ("it", "Ciao, come stai?"),
    ("pt", "Qual é a capital do Brasil? Você pode me explicar?"),
    ("nl", "Wat is de hoofdstad van Nederland en waarom?"),
    ("pl", "Dlaczego niebo jest niebieskie?"),
    ("tr", "Gökyüzü neden mavi? Bu nasıl bir şey?"),
    ("sv", "Varför är himlen blå och inte grön?"),
    ("vi", "Tại sao bầu trời có màu xanh?"),
    ("id", "Mengapa langit berwarna biru? Tolong jelaskan."),
    ("zh", "法国的首都是哪里？"),
    ("zh", "你好"),
    ("zh", "请用 Python 写一个排序函数"),
    ("zh", "為什麼天空是藍色的"),
    ("zh", "解释一下 git rebase 和 merge 的区别"),
    ("ja", "空はなぜ青いのですか？"),
    ("ja", "日本の首都はどこですか"),
    ("ko", "하늘은 왜 파란가요?"),
    ("ru", "Почему небо голубое?"),
    ("ar", "لماذا السماء زرقاء؟"),
    ("he", "למה השמיים כחולים?"),
    ("el", "Γιατί είναι μπλε ο ουρανός;"),
    ("th", "ทำไมท้องฟ้าถึงเป็นสีฟ้า"),
    ("hi", "आसमान नीला क्यों है?"),
]


@pytest.mark.parametrize(("code", "question"), OTHER)
def test_another_language_is_recognized(code: str, question: str) -> None:
    assert other_language(question) == code


ENGLISH = [
    "What is the capital of France, and why should I visit?",
    "How do I exit vim?",
    "hi",
    "Hello!",
    "hey there",
    "2 + 2",
    "",
    "?!",
    "Explain recursion in one sentence",
    "recursion",
    "Quick pasta recipe",
    "best restaurants Paris",
    "Des Moines weather",
    "Who wrote La La Land?",
    "Los Angeles in winter",
    "What does “Qui es-tu ?” mean?",
    'Translate "Wie geht es dir, mein Freund?" to English',
    "What does 你好 mean?",
    "Translate 'the cat is on the mat' to 中文",
    "How do you say thank you in Japanese (ありがとう)?",
    "Is the word über used in English?",
    "El Niño and La Niña: what is the difference?",
    "Name die-cast cars",
    "was it a cat I saw",
    "Write a haiku about the sea. 🌊",
    "x",
    "an en dash and an em dash",
    "je ne sais quoi, what does this mean?",
    "Describe the café at the end of the street",
    "Summarize: In 1789 the French Revolution began and it changed Europe.",
    "a" * 5_000,
]


@pytest.mark.parametrize("question", ENGLISH)
def test_english_and_doubtful_questions_are_not_reported(question: str) -> None:
    assert not other_language(question)


CODE = [
    "for i in range(10): print(i); de = la[i] + un[i]",
    "SELECT de, la FROM un WHERE es = 1 AND le = 2; -- comment = x",
    "```\nque est la una el los\n```",
    "`der die das ist` what is this?",
    "def hauptstadt(der, die, das): return {der: die, das: None}",
    '{"name": "le", "est": ["la", "un"], "qui": {"de": 1}}',
    "const la = (un, de) => { return un + de; };",
    "#include <iostream>\nint main() { std::cout << la << de; }",
    "```python\n# 这是注释\nprint('你好')\n```",
    "$ ls -la /de/un | grep -e '^la' > le.txt; echo $?",
    "git commit -m 'la' && git push --force-with-lease origin le/la_un",
    "Traceback (most recent call last):\n  File \"de.py\", line 3, in <module>\nKeyError: 'la'",
]


@pytest.mark.parametrize("question", CODE)
def test_code_has_no_language(question: str) -> None:
    assert not other_language(question)


def test_a_long_question_costs_little() -> None:
    assert other_language("пожалуйста " * 100_000) == "ru"
