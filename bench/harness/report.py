"""What was found, as a table on a terminal, as JSON, as Markdown."""
import dataclasses, json

HEAD = ["what", "here", "held against", "there", "asked", "got", "spread", "by cpu", ""]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def bound(row):
    if row.asked is None:
        return ""
    return {"faster": f">= {row.asked:g}x", "at most": f"<= {row.asked:g}x its time", "share": f">= {row.asked:g} of it",
            "below": f"< {row.asked:g} MiB"}[row.sense]


def got(row):
    if row.status != "measured" or row.got is None or row.sense == "below":
        return ""
    return number(row.got) + {"faster": "x", "at most": "x its time", "share": " of it"}[row.sense]


def mark(row):
    if row.status != "measured":
        return f"{row.status}: {row.why}"
    return {True: "as asked", False: "BELOW" if row.sense in ("faster", "share") else "ABOVE", None: ""}[row.holds]


def cells(row):
    spread = f"{number(row.low)} to {number(row.high)}" if row.low is not None else ""
    processor = number(row.processor) if row.processor is not None else ""
    return [row.what, row.here, row.peer, row.there, bound(row), got(row), spread, processor, mark(row)]


def table(rows):
    """For a terminal: rows with the same `what` name it once."""
    lines, last = [HEAD], None
    for row in rows:
        line = cells(row)
        if line[0] == last:
            line[0] = ""
        last = row.what
        lines.append(line)
    widths = [max(len(line[i]) for line in lines) for i in range(8)]
    lines.insert(1, ["-" * w for w in widths] + [""])
    return "\n".join("  ".join([*(c.rjust(w) if i in (1, 3, 5, 7) else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths))), line[8]]).rstrip()
                     for line in lines)


def markdown_table(rows):
    out = ["| what | here | held against | there | asked | got | quartiles | by cpu | |", "|---|---|---|---|---|---|---|---|---|"]
    out += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells(row)) + " |" for row in rows]
    return "\n".join(out)


def sentence(machine):
    """Where and under what."""
    return (f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {', '.join(machine['flags'])}; "
            + ", ".join(f"{name} {text}" for name, text in machine["versions"].items()))


def as_json(result, rows):
    return json.dumps({**result, "rows": [dataclasses.asdict(row) | {"holds": row.holds} for row in rows]}, indent=1) + "\n"


def as_markdown(result, rows):
    m = result["machine"]
    below = sum(row.holds is False for row in rows)
    return (f"# {result['date']}, {m['processor']}, {m['cores']} cores\n\n{sentence(m)}.\n\n"
            f"Commit {result['commit']}; {result['mode']}; {result['rounds']} rounds; load {m['load']:.1f} before, {result['load_after']:.1f} after; "
            f"{result['seconds']:.0f} s. {sum(row.holds is True for row in rows)} rows as asked, {below} not, "
            f"{sum(row.status != 'measured' for row in rows)} not measured.\n\n" + markdown_table(rows) + "\n")
