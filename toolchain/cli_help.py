#!/usr/bin/env python3
"""cli_help.py man|bash|zsh|fish PROGRAM [VERSION DATE]: the man page or the completions of a program, from its own --help.

The help of the program and of each of its subcommands is the only source: what it does not say, is not completed.
"""
import pathlib
import re
import subprocess
import sys


class Command:
    def __init__(self, program, words, about=""):
        self.words, self.about = words, about
        text = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout
        self.options, self.positionals, self.commands, self.footer = [], [], [], ""
        self.usage = ""
        section, head, children = None, [], []
        for line in text.splitlines():
            title = re.match(r"^([A-Za-z][A-Za-z ]*):\s*(.*)$", line)
            if title and title.group(1).lower() in ("usage", "options", "positionals", "subcommands", "commands"):
                section = title.group(1).lower()
                if section == "usage":
                    self.usage = title.group(2)
                continue
            if section and line and not line[0].isspace():
                section = "footer"
            if section in (None, "usage"):
                head.append(line) if section is None else None
                continue
            if section == "footer":
                self.footer += line + "\n"
                continue
            entry = re.match(r"^  (\S.*?)(?:\s{2,}(.*))?$", line)
            continued = re.match(r"^\s{8,}(\S.*)$", line)
            into = {"options": self.options, "positionals": self.positionals}.get(section, children)
            if continued and into:
                into[-1][1] = (into[-1][1] + " " + continued.group(1)).strip()
            elif entry:
                into.append([entry.group(1), entry.group(2) or ""])
        self.about = " ".join(" ".join(head).split()) or self.about
        if len(words) < 3:
            self.commands = [Command(program, words + [name.split()[0]], text) for name, text in children]

    def flags(self):
        """(names, takes a value, text) of each option."""
        for spec, text in self.options:
            names = re.findall(r"(?:^|[, ])(--?[A-Za-z0-9][\w-]*)", spec)
            rest = re.sub(r"(^|[, ])--?[A-Za-z0-9][\w-]*", "", spec).strip(" ,")
            yield names, bool(rest), re.sub(r"^(REQUIRED|\.\.\.)\s*", "", text)

    def walk(self):
        yield self
        for command in self.commands:
            yield from command.walk()


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def man(root, name, version, date, template):
    out = []
    for command in root.walk():
        if command.words:
            out.append(f".SS {roff(' '.join([name, *command.words]))}")
        out.append(roff(command.about) + ("." if command.about and not command.about.endswith(".") else ""))
        for spec, text in command.positionals + command.options:
            if not command.words or not spec.startswith("-h"):
                out += [".TP", f"\\fB{roff(spec)}\\fR", roff(text) or "\\&"]
        out.append(".PP")
    commands, footer = "\n".join(out), roff(root.footer.strip())
    values = {"NAME": name, "VERSION": version, "DATE": date, "ABOUT": roff(root.about.rstrip(".")), "COMMANDS": commands,
              "FOOTER": ".nf\n" + footer + "\n.fi" if footer else ""}
    return re.sub(r"@([A-Z]+)@", lambda m: values[m.group(1)], template)


def bash(root, name):
    cases = []
    for command in root.walk():
        words = [c.words[-1] for c in command.commands] + [n for names, _, _ in command.flags() for n in names]
        cases.append(f'    "{" ".join(command.words)}") words="{" ".join(words)}"{"" if command.commands else " files=1"} ;;')
    known = "|".join(f'"{" ".join(c.words)}"' for c in root.walk() if c.words)
    return f"""# bash completion for {name}
_{name}() {{
  local word path="" try words="" files=""
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    try="${{path:+$path }}$word"
    case $try in {known}) path=$try ;; esac
  done
  case $path in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
  [ -z "$files" ] || COMPREPLY+=($(compgen -f -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o filenames -F _{name} {name}
"""


def quoted(text):
    return text.replace("'", "'\\''").replace("[", "(").replace("]", ")").replace(":", "\\:")


def zsh(root, name):
    out = [f"#compdef {name}", f"_{name}() {{", '  local path="" word try', "  local -a commands",
           '  for word in "${(@)words[2,CURRENT-1]}"; do', '    try="${path:+$path }$word"', "    case $try in"]
    known = "|".join("'" + " ".join(c.words) + "'" for c in root.walk() if c.words)
    out += [f"      {known}) path=$try ;;", "    esac", "  done", "  case $path in"]
    for command in root.walk():
        out.append(f"    '{' '.join(command.words)}')")
        if command.commands:
            out.append("      commands=(" + " ".join(f"'{c.words[-1]}:{quoted(c.about)}'" for c in command.commands) + ")")
            out.append("      _describe command commands")
        flags = [f"'{n}:{quoted(text)}'" for names, _, text in command.flags() for n in names]
        out += ["      commands=(" + " ".join(flags) + ")", "      _describe -o option commands", "      _files ;;"]
    return "\n".join(out + ["  esac", "}", f'_{name} "$@"', ""])


def fish(root, name):
    out = [f"# fish completion for {name}"]
    escape = lambda text: text.replace("\\", "\\\\").replace("'", "\\'")
    for command in root.walk():
        if command.words:
            seen = "; and ".join(f"__fish_seen_subcommand_from {w}" for w in command.words)
            inner = " ".join(c.words[-1] for c in command.commands)
            when = f"-n '{seen}" + (f"; and not __fish_seen_subcommand_from {inner}'" if inner else "'")
        else:
            when = "-n __fish_use_subcommand"
        for inner in command.commands:
            out.append(f"complete -c {name} {when} -f -a {inner.words[-1]} -d '{escape(inner.about)}'")
        for names, value, text in command.flags():
            spelled = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in names)
            out.append(f"complete -c {name} {when} {spelled}{' -r' if value else ''} -d '{escape(text)}'")
    return "\n".join(out) + "\n"


def main():
    form, program = sys.argv[1], sys.argv[2]
    name = pathlib.Path(program).name
    root = Command(program, [])
    if form == "man":
        template = pathlib.Path(__file__).resolve().parent.parent / "docs/man" / f"{name}.1.in"
        print(man(root, name, sys.argv[3], sys.argv[4], template.read_text()), end="")
    else:
        print({"bash": bash, "zsh": zsh, "fish": fish}[form](root, name), end="")


main()
