"""The table as a picture: for each row with a ratio, what was asked and what there is, on a logarithmic scale."""
import html, math

WIDTH, LEFT, RIGHT, STEP, TOP = 900, 330, 120, 22, 66
AS_ASKED, BELOW, NOT_ASKED = "#2b6cb0", "#c05621", "#a0aec0"


def factor(row):
    """How many times faster ours is, and was asked to be: rows that ask for `at most` are turned over."""
    turn = (lambda value: 1 / value) if row.sense == "at most" else (lambda value: value)
    return turn(row.got), turn(row.asked) if row.asked else None


def svg(rows, title):
    """Plain SVG; what is below what was asked differs in colour and in words, and every bar has its number."""
    shown = [row for row in rows if row.status == "measured" and row.got and row.sense in ("faster", "at most", "share")]
    values = [value for row in shown for value in factor(row) if value]
    low, high = math.floor(2 * math.log10(min([0.5, *values]))) / 2, math.ceil(2 * math.log10(max([10.0, *values]))) / 2
    x = lambda value: LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)  # noqa: E731
    body, y, last = [], TOP, None
    for row in shown:
        if row.what != last:
            y += 6
            body.append(f'<text x="12" y="{y + 14}" font-weight="bold">{html.escape(row.what)}</text>')
            y += STEP
        last = row.what
        value, asked = factor(row)
        start, end = sorted((x(1), x(value)))
        colour = {True: AS_ASKED, False: BELOW, None: NOT_ASKED}[row.holds]
        body.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{html.escape(row.peer)}</text>')
        body.append(f'<rect x="{start:.1f}" y="{y + 3}" width="{max(1.0, end - start):.1f}" height="{STEP - 8}" fill="{colour}"/>')
        if asked:
            body.append(f'<line x1="{x(asked):.1f}" x2="{x(asked):.1f}" y1="{y}" y2="{y + STEP - 2}" stroke="#000" stroke-width="2"/>')
        note = "" if row.holds is None or row.holds else f", {asked:.3g} asked"
        body.append(f'<text x="{max(x(1), end, x(asked or value)) + 5:.1f}" y="{y + 14}">{value:.3g}x{note}</text>')
        y += STEP
    height = y + 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="sans-serif" '
           'font-size="12">', f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text x="12" y="22" font-size="15">{html.escape(title)}</text>',
           '<text x="12" y="42" fill="#555">times faster than each peer, on a logarithmic scale; black marks are what was asked</text>']
    for value in [t * 10.0 ** k for k in range(-2, 4) for t in (1, 2, 5)]:
        if 10 ** low <= value <= 10 ** high:
            out.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{height - 8}" stroke="{"#555" if value == 1 else "#e2e2e2"}"/>')
            out.append(f'<text x="{x(value):.1f}" y="{TOP - 4}" text-anchor="middle" fill="#555">{value:g}</text>')
    return "\n".join([*out, *body, "</svg>"]) + "\n"
