"""Sealing, appraisal, small requests: what this version does beside the cryptography that it cannot do without."""
import json, os, pathlib, re, shutil, subprocess, sys

from harness.contest import Unavailable
from harness.store import BENCH, run

NITRO = BENCH.parents[1] / "shared/vectors/nitro/evervault-2022-10-13-prod.cbor"


class Micro:
    """A program of Google Benchmark; each round gives the seconds of one run of every benchmark in it."""

    def __init__(self, context, program, **environment):
        self.command = [str(context.program(program)), "--benchmark_format=json", f"--benchmark_min_time={0.1 if context.quick else 0.5}s"]
        self.environment, self.rates, self.failed = {**os.environ, **environment}, {}, {}

    def once(self):
        done = subprocess.run(self.command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=120)
        unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
        for b in json.loads(done.stdout)["benchmarks"]:
            if b.get("error_occurred"):
                self.failed[b["run_name"]] = b["error_message"]
            else:
                seconds = b["cpu_time"] * unit[b["time_unit"]]
                self.rates.setdefault(b["run_name"], []).append((seconds, b.get("bytes_per_second", 0)))


def openssl_speed(*arguments, pattern):
    if not shutil.which("openssl"):
        raise Unavailable("openssl is not installed")
    return float(re.search(pattern, run(["openssl", "speed", "-seconds", "1", *arguments], "openssl speed").decode(), re.M)[1])


def by_turns(context, micro, peer):
    theirs = []
    for k in range(context.rounds):
        context.progress(f"round {k + 1} of {context.rounds}")
        micro.once()
        theirs.append(peer())
    return theirs


def add(context, id, what, peer, ours, theirs, sense, asked, here, there):
    """Both are seconds of the same work, by round; `share` is theirs over ours."""
    from harness import stats
    found = stats.compare(ours, theirs)
    context.line(id, what, peer=peer, here=here(found.ours), there=there(found.theirs), sense=sense, asked=asked, got=found.ratio, low=found.low,
                 high=found.high, rounds=found.rounds, figures={"ours": ours, "theirs": theirs, "per": 1})


def sealing(context):
    micro = Micro(context, "envelope_bench")
    peer = by_turns(context, micro, lambda: 1 / (1e3 * openssl_speed("-evp", "aes-256-gcm", "-bytes", "16384",
                                                                    pattern=r"^AES-256-GCM\s+([\d.]+)k")))
    rate = lambda seconds: f"{1 / seconds / 1e6:,.0f} MB/s"  # noqa: E731: of one byte
    for id, name, what in (("seal", "seal_stream", "sealing a stream in pieces of 1 MiB"), ("open", "open_chunk", "opening its chunks of 64 KiB")):
        add(context, id, what, "openssl speed, AES-256-GCM, 16 KiB", [1 / r for _, r in micro.rates[name]], peer, "share", 0.9, rate, rate)


def appraisal(context):
    micro = Micro(context, "evidence_bench", GLOVEBOX_BENCH_NITRO=str(NITRO) if NITRO.exists() else "/nonexistent")
    peer = by_turns(context, micro, lambda: 1 / openssl_speed("ecdsap384", pattern=r"\(nistp384\).*\s([\d.]+)$"))
    time = lambda seconds: f"{seconds * 1e6:,.0f} us"  # noqa: E731
    bare = [s for s, _ in micro.rates["bare_verification"]]
    add(context, "verify", "verifying one P-384 signature", "openssl speed, ecdsap384", bare, peer, "share", None, time, time)
    of = lambda name: [s for s, _ in micro.rates[name]]  # noqa: E731
    one, four = bare, of("bare_snp_signatures")
    for id, name, what, peer, theirs in (
            ("appraise", "appraise_development", "appraising a development document", "its 3 bare signatures", [3 * s for s in one]),
            ("appraise-again", "appraise_development_again", "the same with its chain remembered", "the bare signature that is left", one),
            ("appraise-real", "appraise_real", "appraising a real Nitro document", "its 5 bare signatures", [5 * s for s in one]),
            ("appraise-real-again", "appraise_real_again", "the same with its chain remembered", "the bare signature that is left", one),
            ("appraise-snp", "appraise_snp_message", "appraising SEV-SNP with chain and list", "its 4 bare signatures", four),
            ("appraise-snp-again", "appraise_snp_again", "the same with its chain remembered", "the bare signature that is left",
             of("bare_snp_report")),
            ("appraise-tdx", "appraise_tdx_message", "appraising TDX with chain, lists and documents", "its 9 bare signatures", of("bare_tdx_signatures")),
            ("appraise-tdx-again", "appraise_tdx_again", "the same with all but the quote remembered", "the 2 bare signatures that are left",
             of("bare_tdx_quote"))):
        if name in micro.rates:
            # Of a first quote nothing is asked.
            add(context, id, what, peer, of(name), theirs, "share", None if id == "appraise-tdx" else 0.8, time, time)
        else:
            context.line(id, what, status="skipped", why=micro.failed.get(name, "did not run"))


def requests(context):
    """Service and clients on cores of their own, so that requests a second are requests a second for one core."""
    os.environ["GLOVEBOX_BUILD"] = str(context.build)
    sys.path.insert(0, str(BENCH.parent / "tests/e2e"))
    import bed as beds
    import load_test
    import usage
    micro = Micro(context, "request_bench")
    for _ in range(context.rounds):
        micro.once()
    middle = lambda name: sorted(s for s, _ in micro.rates[name])[context.rounds // 2]  # noqa: E731
    parts = [middle(f"request_{where}") for where in ("in_the_enclave", "at_the_broker", "at_the_platform")]
    alone = sum(parts)
    count = 100 if context.quick else 400
    try:
        bed = beds.Bed()
    except beds.Skip as reason:
        raise Unavailable(str(reason)) from None
    with bed:
        vcf = load_test.small_vcf(bed.folder)
        cores = sorted(os.sched_getaffinity(0))
        apart = len(cores) > 1
        if apart:
            for root in (bed.host.pid, bed.broker.pid, bed.enclave.pid):
                for pid in usage.children_of(root):
                    for task in os.listdir(f"/proc/{pid}/task"):
                        os.sched_setaffinity(int(task), {cores[0]})
            os.sched_setaffinity(0, set(cores[1:]))
        try:
            load_test.load(bed, 4, 20, "--file", vcf)
            one = load_test.load(bed, 1, count // 4, "--file", vcf)
            many = [load_test.load(bed, 8, count, "--file", vcf) for _ in range(3)]
        finally:
            os.sched_setaffinity(0, set(cores))
    if one["errors"] or any(m["errors"] for m in many):
        raise Unavailable("requests failed")
    add(context, "requests", "small requests, 8 clients, service on " + ("one core" if apart else "a core shared with them"),
        "their cryptography alone", [m["elapsed"] / m["ok"] for m in many], [alone] * len(many), "share", None, lambda s: f"{1 / s:,.0f}/s", lambda s: f"{1 / s:,.0f}/s")
    p = sorted(many, key=lambda m: m["p50"])[1]
    context.line("requests-cryptography", "their cryptography: enclave, broker, platform", here=" + ".join(f"{p * 1e6:,.0f}" for p in parts) + " us")
    context.line("requests-delay", "their p50 and p99", here=f"{p['p50'] * 1e3:,.0f}, {p['p99'] * 1e3:,.0f} ms")
    context.line("requests-one", "one client alone, p50 and p99", here=f"{one['p50'] * 1e3:,.0f}, {one['p99'] * 1e3:,.0f} ms")


def long_load(build):
    """`./run bench load`: the load tests in their long form: 64 clients and 2,000 requests, 1 GB of text, the crowd."""
    environment = {**os.environ, "GLOVEBOX_BUILD": str(build), "GLOVEBOX_EXHAUSTIVE": "1"}
    return max(subprocess.run([sys.executable, BENCH.parent / f"tests/e2e/{name}.py", pathlib.Path(build) / f"{name}.json"],
                              env=environment).returncode for name in ("load_test", "stream_test", "flood_test"))
