"""The table as a picture: for each row that something was asked of, what was asked and what there is, on a logarithmic scale."""
import html, math

WIDTH, LEFT, RIGHT, STEP, TOP = 980, 470, 70, 24, 64


def factor(row):
    """How many times faster ours is: rows that ask for `at most` are turned over."""
    if row.sense == "at most":
        return 1 / row.got, 1 / row.asked
    return row.got, row.asked


def svg(rows, title):
    """Plain SVG; colours that can be told apart, in print and on dark paper too, and a number beside every bar."""
    shown = [row for row in rows if row.status == "measured" and row.asked and row.got and row.sense in ("faster", "at most", "share")]
    most = max([10.0, *(max(factor(row)) for row in shown)])
    least = min([0.5, *(min(factor(row)) for row in shown)])
    low, high = math.floor(math.log10(least) * 2) / 2, math.ceil(math.log10(most) * 2) / 2
    x = lambda value: LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)  # noqa: E731
    height = TOP + STEP * len(shown) + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', f'<text x="12" y="22" font-size="15">{html.escape(title)}</text>',
           '<text x="12" y="42" fill="#555">times faster than its peer, logarithmic; | is what was asked</text>']
    ticks = [t * 10.0 ** k for k in range(-2, 4) for t in (1, 2, 5) if 10 ** low <= t * 10.0 ** k <= 10 ** high]
    for value in ticks:
        strong = math.isclose(value, 1)
        out.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP - 4}" y2="{height - 12}" stroke="{"#555" if strong else "#ddd"}"/>')
        out.append(f'<text x="{x(value):.1f}" y="{TOP - 8}" text-anchor="middle" fill="#555">{value:g}</text>')
    for i, row in enumerate(shown):
        y = TOP + STEP * i
        value, asked = factor(row)
        start, end = sorted((x(1), x(value)))
        colour = "#2b6cb0" if row.holds else "#c05621"
        label = f"{row.what} / {row.peer}"
        label = label if len(label) <= 76 else label[:75] + "\u2026"
        out.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end" font-size="11">{html.escape(label)}</text>')
        out.append(f'<rect x="{start:.1f}" y="{y + 4}" width="{max(1.0, end - start):.1f}" height="{STEP - 9}" fill="{colour}"/>')
        out.append(f'<line x1="{x(asked):.1f}" x2="{x(asked):.1f}" y1="{y + 1}" y2="{y + STEP - 2}" stroke="#000" stroke-width="2"/>')
        out.append(f'<text x="{max(end, x(asked)) + 5:.1f}" y="{y + 15}">{value:.3g}{"" if row.holds else " (below)"}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
