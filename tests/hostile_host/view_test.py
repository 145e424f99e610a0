#!/usr/bin/env python3
"""What the host sees is what the budget says: 200 genomes of one kind and one size class, which differ in variants, burden,
coverage and faults, look alike in the size, number and order of everything that passes. Times are bench/pace.py's to compare."""
import os, random, sys

from stage import *

BYTES = (70_000, 120_000)  # of a file: all in the size class 2^17
GENOMES = 200


def made(number):
    """A genome that nobody has: (text, whether it is in order). Everything that may differ differs."""
    r = random.Random(number)
    size = r.randint(*BYTES)
    burden, missing, step = r.random(), r.random() * 0.5, r.choice([1, 30, 900])
    lines, position, have = [], 0, len(HEAD)
    while have < size:
        position += r.randint(1, step)
        call = "./." if r.random() < missing else "/".join("1" if r.random() < burden else "0" for _ in "ab")
        line = f"1\t{position}\t{'.' if r.random() < 0.5 else f'rs{r.getrandbits(30)}'}\tA\tG\t{r.randint(1, 99)}\tPASS\t{'.' if r.random() < 0.7 else 'X=' + 'x' * r.randint(1, 300)}\tGT\t{call}\n"
        lines.append(line)
        have += len(line)
    at = r.randrange(len(lines))
    fault = number % 4 == 0 and r.choice(["order", "genotype", "columns", "build", "nul"])
    if fault:
        fields = lines[at].rstrip("\n").split("\t")
        lines[at] = "\t".join({"order": ["1", "1", *fields[2:]], "genotype": [*fields[:-1], "0/7"], "columns": fields[:-1],
                               "build": ["1", "249999999", *fields[2:]], "nul": ["1\0", *fields[1:]]}[fault]) + "\n"
        if fault == "order" and at == 0:
            lines.append("1\t1\t.\tA\tG\t.\t.\t.\tGT\t0/0\n")
    return HEAD + "".join(lines), not fault


class StepByStep(Host):
    """Sends the rest of an upload when the key has been released: what comes first is then no matter of who is faster."""
    def write(self, s, data):
        super().write(s, data)
        if data[:1] == bytes([DATA]):
            wait_until(lambda: any(v[:2] == ("from broker", "/v1/release") for v in self.view))


def test_two_hundred_genomes_look_alike():
    with Stage() as stage:
        host = StepByStep(stage)
        host.policy_file = stage.policy
        views, words, results = {}, {}, set()
        for number in range(GENOMES):
            text, good = made(number)
            stage.files["g"] = stage.folder / "g.vcf"
            stage.files["g"].write_text(text)
            (stage.folder / "g.key").write_bytes((stage.folder / "a.key").read_bytes())
            (stage.folder / "g.key").chmod(0o600)
            host.view.clear()
            done = stage.finish(stage.client(host, "g", {"--build": "GRCh37"}, bundle=False))  # the enclave alone judges the file
            said = done.json["code"]
            words[said] = words.get(said, 0) + 1
            assert said != "ok" or good, (number, done)
            if said == "ok":
                results.add(str(done.json["scores"][0]["rows"]))
            views.setdefault(str(host.view), []).append(number)
        host.close()
        print(f"    {words}", flush=True)
        assert len(words) >= 4 and words["ok"] >= GENOMES // 2 and len(results) >= 2, f"they do not differ: {words}"
        assert len(views) == 1, "\n".join(f"{numbers}: {view}" for view, numbers in views.items())
        assert "POST /v1/score" in next(iter(views)) and "/v1/release" in next(iter(views))


def test_what_is_a_size_class_larger_does_not_look_alike():
    """The same comparison finds a difference where there is one."""
    with Stage() as stage:
        views = set()
        for rows in (1900, 3800):
            text = stage.files["a"].read_text()
            stage.files["a"].write_text(text if rows == 1900 else text + "".join(f"1\t{400000 + i}\t.\tA\tG\t.\t.\t.\tGT\t0/0\n" for i in range(9000)))
            host, done = stage.play(StepByStep, "a")
            assert done[0].json["code"] == "ok"
            views.add(str(host.view))
        assert len(views) == 2


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
