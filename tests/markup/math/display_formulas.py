"""Display formulas beside their rows."""

from __future__ import annotations

from typing import Final

STACKED: Final = (
    (r"E = mc^2", ("E = mc²",)),
    (
        r"\frac{a}{b}",
        (
            "a",
            "─",
            "b",
        ),
    ),
    (
        r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
        (
            "          ________",
            "    −b ± √b² − 4ac",
            "x = ──────────────",
            "          2a",
        ),
    ),
    (
        r"\sum_{i=1}^{n} \frac{1}{i^2}",
        (
            " n  1",
            " ∑  ──",
            "i=1 i²",
        ),
    ),
    (
        r"\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}",
        (
            " ∞   −x²",
            "∫   e    dx = √π",
            " −∞",
        ),
    ),
    (r"\int_0^1 x\,dx", ("∫₀¹ x dx",)),
    (
        r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
        (
            "    sin x",
            "lim ───── = 1",
            "x→0   x",
        ),
    ),
    (
        r"\frac{\frac{a}{b}}{c}",
        (
            " a",
            " ─",
            " b",
            "───",
            " c",
        ),
    ),
    (
        r"\left(\frac{a}{b}\right)^{n}",
        (
            "⎛a⎞ⁿ",
            "⎜─⎟",
            "⎝b⎠",
        ),
    ),
    (
        r"\left[ \frac{1}{2}, \frac{3}{4} \right]",
        (
            "⎡1  3⎤",
            "⎢─, ─⎥",
            "⎣2  4⎦",
        ),
    ),
    (
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        (
            "⎛ a  b ⎞",
            "⎝ c  d ⎠",
        ),
    ),
    (
        r"\begin{bmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{bmatrix}",
        (
            "⎡ 1  0  0 ⎤",
            "⎢ 0  1  0 ⎥",
            "⎣ 0  0  1 ⎦",
        ),
    ),
    (
        r"\begin{vmatrix} a & b \\ c & d \end{vmatrix} = ad - bc",
        (
            "│ a  b │",
            "│ c  d │ = ad − bc",
        ),
    ),
    (
        r"A = \begin{bmatrix} \frac{1}{2} & 0 \\ 0 & 1 \end{bmatrix}",
        (
            "    ⎡ 1    ⎤",
            "    ⎢ ─  0 ⎥",
            "A = ⎢ 2    ⎥",
            "    ⎢      ⎥",
            "    ⎣ 0  1 ⎦",
        ),
    ),
    (
        r"\begin{cases} x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}",
        (
            "⎧ x   if x ≥ 0",
            "⎨",
            "⎩ −x  otherwise",
        ),
    ),
    (
        r"f(x) = \begin{cases} 0 & x < 0 \\ 1 & x = 0 \\ 2 & x > 0 \end{cases}",
        (
            "       ⎧ 0  x < 0",
            "f(x) = ⎨ 1  x = 0",
            "       ⎩ 2  x > 0",
        ),
    ),
    (
        r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
        (
            "a = b + c",
            "  = d",
        ),
    ),
    (
        r"\begin{align} x &= 1 & y &= 2 \\ z &= 3 & w &= 44 \end{align}",
        (
            "x = 1    y = 2",
            "z = 3    w = 44",
        ),
    ),
    (
        r"\begin{gathered} a = b \\ cc = dd + e \end{gathered}",
        (
            "   a = b",
            "cc = dd + e",
        ),
    ),
    (
        r"\sqrt{\frac{a}{b}}",
        (
            "  _",
            " │a",
            " │─",
            "√│b",
        ),
    ),
    (
        r"\sqrt[3]{x+1}",
        (
            "  _____",
            "³√x + 1",
        ),
    ),
    (
        r"\sqrt{1 + \sqrt{x}}",
        (
            " ______",
            "√1 + √x",
        ),
    ),
    (
        r"\boxed{x = 42}",
        (
            "┌────────┐",
            "│ x = 42 │",
            "└────────┘",
        ),
    ),
    (
        r"\binom{n}{k} = \frac{n!}{k!(n-k)!}",
        (
            "⎛n⎞       n!",
            "⎜ ⎟ = ──────────",
            "⎝k⎠   k!(n − k)!",
        ),
    ),
    (
        r"A \xrightarrow{f} B",
        (
            "  f",
            "A → B",
        ),
    ),
    (
        r"\underset{x}{\text{best}}",
        (
            "best",
            " x",
        ),
    ),
    (
        r"x_{i,j}^{2}",
        (
            " 2",
            "x",
            " i,j",
        ),
    ),
    (
        r"e^{-\frac{x^2}{2}}",
        (
            "   x²",
            " − ──",
            "   2",
            "e",
        ),
    ),
    (
        r"\frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{(x-\mu)^2}{2\sigma^2}}",
        (
            "         (x − μ)²",
            "       − ────────",
            "  1        2σ²",
            "───── e",
            " ____",
            "√2πσ²",
        ),
    ),
    (
        r"\begin{array}{lr} a & bbb \\ cc & d \end{array}",
        (
            "a   bbb",
            "cc    d",
        ),
    ),
    (
        r"\prod_{p} \frac{1}{1-p^{-s}}",
        (
            "     1",
            "∏ ───────",
            "p 1 − p⁻ˢ",
        ),
    ),
    (
        r"\frac{d}{dx}\left( \int_0^x f(u)\,du \right) = f(x)",
        (
            "d",
            "── (∫₀ˣ f(u) du) = f(x)",
            "dx",
        ),
    ),
    (
        r"\nabla \times \mathbf{E} = -\frac{\partial \mathbf{B}}{\partial t}",
        (
            "          ∂𝐁",
            "∇ × 𝐄 = − ──",
            "          ∂t",
        ),
    ),
    (
        r"\left\{ \frac{a}{b} \right\}",
        (
            "⎧a⎫",
            "⎨─⎬",
            "⎩b⎭",
        ),
    ),
    (
        r"\left. \frac{df}{dx} \right|_{x=0}",
        (
            "df│",
            "──│",
            "dx│ₓ₌₀",
        ),
    ),
    (
        r"\text{速度} = \frac{\text{距离}}{\text{时间}}",
        (
            "       距离",
            "速度 = ────",
            "       时间",
        ),
    ),
    (r"x = 1 \tag{2}", ("x = 1    (2)",)),
    (
        r"\begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}",
        (
            "⎛ cos θ  −sin θ ⎞",
            "⎝ sin θ  cos θ  ⎠",
        ),
    ),
    (r"\begin{equation} a = b \end{equation}", ("a = b",)),
    (
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1}",
        (
            "⎛ a  b ⎞⁻¹",
            "⎝ c  d ⎠",
        ),
    ),
    (
        r"\left(1 + \frac{1}{n}\right)^{n}",
        (
            "⎛    1⎞ⁿ",
            "⎜1 + ─⎟",
            "⎝    n⎠",
        ),
    ),
)
"""Display formulas and their rows."""

UNCHANGED: Final = (
    r"\begin{itemize} a \end{itemize}",
    r"\begin{array}{c|c} a & b \end{array}",
    r"\underbrace{a+b}_{c}",
)
