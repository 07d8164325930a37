"""The symbols and names of LaTeX that can be written in Unicode, with their class."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """Class of a symbol; it decides about the space around it, as in TeX."""

    ORDINARY = auto()
    BINARY = auto()
    RELATION = auto()
    OPENING = auto()
    CLOSING = auto()
    PUNCTUATION = auto()
    FUNCTION = auto()
    LIMIT = auto()
    """A named function whose limits are written below it in a display."""
    SUM = auto()
    INTEGRAL = auto()


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_ORDINARY: Final = _pairs("""
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
    kappa κ varkappa ϰ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ
    varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω
    Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
    infty ∞ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ emptyset ∅ varnothing ∅ hbar ℏ ell ℓ
    Re ℜ Im ℑ aleph ℵ beth ℶ wp ℘ imath ı jmath ȷ prime ′ angle ∠ triangle △ square □ Box □
    blacksquare ■ Diamond ◇ diamondsuit ♢ heartsuit ♡ clubsuit ♣ spadesuit ♠ top ⊤ bot ⊥ neg ¬
    lnot ¬ degree ° dots … ldots … dotsc … cdots ⋯ dotsb ⋯ vdots ⋮ ddots ⋱ checkmark ✓ surd √
    complement ∁ mho ℧ eth ð measuredangle ∡ sharp ♯ flat ♭ natural ♮ pounds £ S § P ¶
    dagger † ddagger ‡ copyright © backslash \\ lbrace { rbrace } N ℕ R ℝ Z ℤ Q ℚ
""")
_BINARY: Final = _pairs("""
    pm ± mp ∓ times × div ÷ cdot · ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ ominus ⊖ otimes ⊗
    oslash ⊘ odot ⊙ cup ∪ cap ∩ uplus ⊎ sqcup ⊔ sqcap ⊓ vee ∨ lor ∨ wedge ∧ land ∧ setminus ∖
    smallsetminus ∖ wr ≀ amalg ⨿ ltimes ⋉ rtimes ⋊ diamond ⋄ triangleleft ◁ triangleright ▷
    boxplus ⊞ boxtimes ⊠
""")
_RELATIONS: Final = _pairs("""
    le ≤ leq ≤ ge ≥ geq ≥ leqslant ⩽ geqslant ⩾ ll ≪ gg ≫ ne ≠ neq ≠ equiv ≡ sim ∼ simeq ≃
    approx ≈ cong ≅ propto ∝ varpropto ∝ prec ≺ succ ≻ preceq ⪯ succeq ⪰ doteq ≐ asymp ≍
    in ∈ ni ∋ notin ∉
    subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ sqsubseteq ⊑ sqsupseteq ⊒
    mid ∣ nmid ∤ parallel ∥ nparallel ∦ perp ⊥ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ therefore ∴
    because ∵ triangleq ≜ coloneqq ≔ lesssim ≲ gtrsim ≳ nleq ≰ ngeq ≱ nsubseteq ⊈ ncong ≇
    to → rightarrow → gets ← leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐
    Leftrightarrow ⇔ implies ⟹ impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵
    Longrightarrow ⟹ Longleftarrow ⟸ longleftrightarrow ⟷ Longleftrightarrow ⟺ mapsto ↦
    longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ uparrow ↑ downarrow ↓ updownarrow ↕
    Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ rightharpoonup ⇀
    leftharpoonup ↼ rightleftharpoons ⇌ leadsto ⇝ rightsquigarrow ⇝ twoheadrightarrow ↠
    nrightarrow ↛ bowtie ⋈ frown ⌢ smile ⌣ colon :
""")
_SUMS: Final = _pairs("""
    sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀
    biguplus ⨄ bigsqcup ⨆ bigodot ⨀
""")
_INTEGRALS: Final = _pairs("int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯")
_OPENING: Final = _pairs("langle ⟨ lfloor ⌊ lceil ⌈ lbrack [ lvert | lVert ‖ lbrace {")
_CLOSING: Final = _pairs("rangle ⟩ rfloor ⌋ rceil ⌉ rbrack ] rvert | rVert ‖ rbrace }")
_FUNCTIONS: Final = _words("""
    sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln lg exp deg dim hom
    ker arg rank tr sgn
""")
_LIMITS: Final = _pairs("""
    lim lim limsup lim␠sup liminf lim␠inf max max min min sup sup inf inf det det gcd gcd Pr Pr
    argmax argmax argmin argmin
""")
COMMANDS: Final[dict[str, tuple[str, Kind]]] = {
    **{name: (text, Kind.ORDINARY) for name, text in _ORDINARY.items()},
    **{name: (text, Kind.BINARY) for name, text in _BINARY.items()},
    **{name: (text, Kind.RELATION) for name, text in _RELATIONS.items()},
    **{name: (text, Kind.SUM) for name, text in _SUMS.items()},
    **{name: (text, Kind.INTEGRAL) for name, text in _INTEGRALS.items()},
    **{name: (text, Kind.OPENING) for name, text in _OPENING.items()},
    **{name: (text, Kind.CLOSING) for name, text in _CLOSING.items()},
    **{name: (name, Kind.FUNCTION) for name in _FUNCTIONS},
    **{name: (text.replace("␠", " "), Kind.LIMIT) for name, text in _LIMITS.items()},
    "vert": ("|", Kind.ORDINARY),
    "Vert": ("‖", Kind.ORDINARY),
    "|": ("‖", Kind.ORDINARY),
    "{": ("{", Kind.OPENING),
    "}": ("}", Kind.CLOSING),
    "%": ("%", Kind.ORDINARY),
    "$": ("$", Kind.ORDINARY),
    "#": ("#", Kind.ORDINARY),
    "&": ("&", Kind.ORDINARY),
    "_": ("_", Kind.ORDINARY),
}
CHARACTERS: Final[dict[str, tuple[str, Kind]]] = {
    "+": ("+", Kind.BINARY),
    "-": ("−", Kind.BINARY),
    "*": ("∗", Kind.BINARY),
    **{sign: (sign, Kind.BINARY) for sign in "±×÷·∪∩∨∧⊕⊗∘"},
    **{sign: (sign, Kind.RELATION) for sign in "=<>:≤≥≠≈≡∈∉⊂⊆→⇒⇔←↔∼∝"},
    **{sign: (sign, Kind.PUNCTUATION) for sign in ",;"},
    **{sign: (sign, Kind.OPENING) for sign in "(["},
    **{sign: (sign, Kind.CLOSING) for sign in ")]!?"},
    **{sign: (sign, Kind.ORDINARY) for sign in "|/.@∞∂∇∑∫√°′…⋯"},
}
SPACES: Final[dict[str, int]] = {
    **dict.fromkeys((",", ":", ">", ";", " ", "~", "thinspace", "enspace", "space"), 1),
    "quad": 2,
    "qquad": 4,
    "!": 0,
}
ACCENTS: Final = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "acute": "\u0301",
    "grave": "\u0300",
    "breve": "\u0306",
    "check": "\u030c",
    "mathring": "\u030a",
    "overline": "\u0305",
    "underline": "\u0332",
}
LONG_ACCENTS: Final = frozenset(("overline", "underline"))
"""Accents that span several characters, each of which carries the mark."""
NEGATED: Final = _pairs("= ≠ ∈ ∉ ∋ ∌ ≡ ≢ ⊂ ⊄ ⊆ ⊈ ∼ ≁ ≈ ≉ ∃ ∄ < ≮ > ≯ ≤ ≰ ≥ ≱ ∣ ∤ ∥ ∦ ≅ ≇")
DELIMITERS: Final = {
    **{sign: sign for sign in "()[]|/"},
    ".": "",
    "\\{": "{",
    "\\}": "}",
    "\\|": "‖",
    "<": "⟨",
    ">": "⟩",
    **{f"\\{name}": text for name, text in (_OPENING | _CLOSING).items()},
    "\\vert": "|",
    "\\Vert": "‖",
    "\\backslash": "\\",
    "\\uparrow": "↑",
    "\\downarrow": "↓",
}
IGNORED: Final = _words("""
    displaystyle textstyle scriptstyle limits nolimits nonumber notag
    big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm
""")
"""Commands about sizes and positions, which text does not have."""
