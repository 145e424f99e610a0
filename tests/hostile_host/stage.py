"""Where attacks are played: one broker, one enclave, two people; each attack brings its host. After an attack the stage looks at
what came of it: the words at the clients, the uses in the broker's database, and every byte that the host saw."""
import json, os, pathlib, re, sqlite3, subprocess, sys, traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import *  # noqa: F403
from cli_test import EXIT_OF, stump_model
import search
from host import *  # noqa: F403

HEAD = ("##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP\n")
ANSWER_SIZE = 65536 + 1138  # of a score: u16 kem, X-Wing's enc (1,120 bytes), the padded plaintext, a tag


def genome(path, genotype, seed):
    """150 KB, three chunks and more, each line with a marker of its own; `genotype` at the model's first site decides the score."""
    import random
    numbers = random.Random(seed)
    lines = [f"1\t100\tMARK{numbers.getrandbits(96):024x}\tA\tG\t50\tPASS\t.\tGT\t{genotype}\n"]
    for i in range(1, 1900):
        lines.append(f"1\t{100 + 100 * i}\tMARK{numbers.getrandbits(96):024x}\tA\tG\t50\tPASS\tM={numbers.getrandbits(64):016x}\tGT\t{numbers.choice(['0/0', '0/1', '1/1'])}\n")
    path.write_text(HEAD + "".join(lines))
    return path


class Stage(Bed):  # noqa: F405
    way = ["--whole"]  # how its clients send a file, where they could send a slice: attacks on uploads need long ones

    def __init__(self, **kwargs):
        self.made = self.made_folder()
        super().__init__(model=stump_model(self.made), **kwargs)

    @staticmethod
    def made_folder():
        return pathlib.Path(tempfile.mkdtemp(prefix="glovebox-stage-"))  # noqa: F405

    def __enter__(self):
        super().__enter__()
        self.files = {"a": genome(self.folder / "a.vcf", "0/0", 1), "b": genome(self.folder / "b.vcf", "1/1", 2)}
        for name in self.files:
            self.run("glovebox", "keygen", "-o", f"{name}.key", check=0)
        text = re.sub(r"(?m)^url = .*\n", "", self.policy.read_text())  # the broker's keys come through the host
        self.policy.write_text(text)
        # Lines that both files have, and what every VCF begins with, are no secret.
        self.needles = search.Needles(**{n: b"".join(re.findall(rb"MARK[0-9a-f]{24}", p.read_bytes())) for n, p in self.files.items()})
        assert all(self.needles.find(p.read_bytes()[3000:3100]) for p in self.files.values()), "the search finds nothing: it cannot be trusted"
        self.enclaves = {"enclave"}
        self.truth = {}
        for name in self.files:
            host, done = self.play(Host, name)  # noqa: F405
            self.truth[name] = done[0].json["scores"][0]["rows"]
            self.upload_size = len(host.uploads()[0].body)
            assert host.replies[-1] == (SCORE, "ok", ANSWER_SIZE), host.replies  # noqa: F405
        assert self.truth["a"] != self.truth["b"]
        return self

    def close(self):
        super().close()
        shutil.rmtree(self.made, ignore_errors=True)  # noqa: F405

    def start_host(self, *_, **__):
        """None: each attack brings its own."""

    def clone(self, name="clone", state="nsm", models=None, configuration=None):
        """A second enclave on this machine; as it is, the same program with the same input."""
        if name in self.enclaves:
            return name
        sock = self.folder / f"{name}.sock"
        p = self.start("glovebox-devnsm", "run", "--state", self.folder / state, "--", program("glovebox-enclave"), "--nsm-fd", "3",  # noqa: F405
                       "--listen", f"unix:{sock}", "--proxy", f"unix:{self.folder}/enclave.proxy", "--models", models or self.models,
                       "--configuration", configuration or self.configuration_file(), log=name)
        wait_for(lambda: sock.exists() or p.poll() is not None, 20, f"{name} listens")  # noqa: F405
        assert p.poll() is None, self.log(name)
        self.enclaves.add(name)
        return name

    def uses(self):
        """How many uses the broker counts, over all keys, straight from its database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/broker/broker.sqlite?mode=ro", uri=True)) as base:
            return base.execute('select count(*) from "use"').fetchone()[0]

    def client(self, host, name, options, bundle=True):
        """Starts a person's client; its file and its key have that name ("a2": a's, once more). Without a bundle it sends what it
        cannot judge."""
        command = [program("glovebox"), "score", str(self.files[name[0]]), "--server", host.url, "--policy", str(host.policy_file), "--json",  # noqa: F405
                   *(["--bundle", str(self.model), *self.way] if bundle else []), "--key", str(self.folder / f"{name[0]}.key"), "--absent", "missing",
                   *sum({"--retries": "0", "--timeout": "60", **options}.items(), ())]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)

    def play(self, attack, *people):
        """Plays an attack with its people and returns its host and what their clients ended with."""
        host = attack(self)
        host.policy_file = self.policy
        if attack.policy is not Host.policy:  # noqa: F405
            host.policy_file = self.folder / "changed.toml"
            host.policy_file.write_text(host.policy(self.policy.read_text()))
        done = []
        try:
            people = people or attack.people
            if attack.in_turn:
                for name in people:
                    done.append(self.finish(self.client(host, name, attack.options)))
            else:
                done = [self.finish(c) for c in [self.client(host, name, attack.options) for name in people]]
            host.after(*done)
        finally:
            host.close()
        if host.failed:
            raise host.failed
        return host, done

    @staticmethod
    def finish(client):
        out, err = client.communicate(timeout=150)
        return Finished(client.returncode, out.decode(), err.decode())  # noqa: F405

    def check(self, attack):
        """Plays it; raises AssertionError where it won anything."""
        before = self.uses()
        host, done = self.play(attack)
        words = [d.json["code"] for d in done]
        for name, one in zip(attack.people, done):
            said = one.json
            assert said["code"] in attack.meets, f"meets {attack.meets}, got {one}"
            assert one.code == EXIT_OF.get(said["code"], 0), one
            assert said["sent"] == (attack.sent if said["code"] != "ok" else "sealed"), one
            if said["code"] == "ok":
                assert said["scores"][0]["rows"] == self.truth[name[0]], f"a wrong result: {one}"
        assert attack.every <= set(words), (attack.every, words)
        assert self.uses() - before == attack.uses, f"the broker counts {self.uses() - before}, not {attack.uses}; {words}"
        # not a byte more knowledge: no plaintext anywhere, every upload of one size, every answer of one size or none
        for side, data in host.seen.items():
            found = self.needles.find(bytes(data))
            assert found is None, f"plaintext from {side}: {found}"
        assert len(host.uploads()) == attack.sends, f"{len(host.uploads())} uploads, not {attack.sends}"
        assert all(len(c.body) == self.upload_size for c in host.uploads()), [len(c.body) for c in host.uploads()]
        assert {size for kind, _, size in host.replies if kind == SCORE} <= {0, ANSWER_SIZE}, host.replies  # noqa: F405
        return words


def attacks_of(module):
    """The attacks that a module defines: Host's subclasses that say what they are; with GLOVEBOX_ATTACK those of that name."""
    chosen = os.environ.get("GLOVEBOX_ATTACK", "")
    return [a for a in vars(module).values() if isinstance(a, type) and issubclass(a, Host) and a.__module__ == module.__name__ and a.__doc__ and chosen in a.__name__]  # noqa: F405


def play_all(stage, attacks):
    """All of them, and then what failed: one that wins must not hide the next."""
    failed = []
    for attack in attacks:
        try:
            words = stage.check(attack)
            print(f"    {attack.__name__}: {', '.join(words)}", flush=True)
        except Exception:  # noqa: BLE001
            failed.append(f"{attack.__name__} ({attack.__doc__})\n{traceback.format_exc()}")
            print(f"    {attack.__name__}: FAILED", flush=True)
    assert not failed, "\n".join(failed)
