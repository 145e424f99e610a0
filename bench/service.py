"""A real service under small requests, beside the cost of the cryptography that those requests cannot do without."""
import os, pathlib, statistics, subprocess, sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/e2e"))


def rows(line, ours, build, quick):
    os.environ["GLOVEBOX_BUILD"] = str(build)
    import bed as beds
    import load_test
    import usage
    found, _ = ours("request_bench")
    parts = [found[f"request_{where}"]["ns"] / 1e3 for where in ("in_the_enclave", "at_the_broker", "at_the_platform")]
    line("a request's cryptography: enclave, broker, platform", " + ".join(f"{p:,.0f}" for p in parts) + " us", "")
    try:
        with beds.Bed() as bed:
            measure(line, bed, load_test, usage, sum(parts), 100 if quick else 400)
    except beds.Skip as reason:
        line("small requests to a real service", str(reason), "")


def measure(line, bed, load_test, usage, cryptography, requests):
    """Service and clients on cores of their own, so that requests a second are requests a second for one core."""
    vcf = load_test.small_vcf(bed.folder)
    cores = sorted(os.sched_getaffinity(0))
    alone = len(cores) > 1
    if alone:
        for root in (bed.host.pid, bed.broker.pid, bed.enclave.pid):
            for pid in usage.children_of(root):
                for task in os.listdir(f"/proc/{pid}/task"):
                    os.sched_setaffinity(int(task), {cores[0]})
        os.sched_setaffinity(0, set(cores[1:]))
    try:
        load_test.load(bed, 4, 20, "--file", vcf)
        one = load_test.load(bed, 1, requests // 4, "--file", vcf)
        many = [load_test.load(bed, 8, requests, "--file", vcf) for _ in range(3)]
    finally:
        os.sched_setaffinity(0, set(cores))
    assert not one["errors"] and not any(m["errors"] for m in many), (one, many)
    rate = statistics.median(m["ok"] / m["elapsed"] for m in many)
    line("small requests, 8 clients, the service on " + ("one core" if alone else f"{len(cores)} core, shared with the clients"), rate,
         "requests/s", "their cryptography alone", 1e6 / cryptography)
    middle = sorted(many, key=lambda m: m["p50"])[1]
    line("their p50 and p99", f"{middle['p50'] * 1e3:,.0f} and {middle['p99'] * 1e3:,.0f} ms", "")
    line("one client alone: p50 and p99", f"{one['p50'] * 1e3:,.0f} and {one['p99'] * 1e3:,.0f} ms", "")


def full(build):
    """`./run bench load`: the load tests in their long form: 64 clients and 2,000 requests, 1 GB of text, the crowd."""
    environment = {**os.environ, "GLOVEBOX_BUILD": str(build), "GLOVEBOX_EXHAUSTIVE": "1"}
    codes = [subprocess.run([sys.executable, SOURCE / f"tests/e2e/{name}.py", build / f"{name}.json"], env=environment).returncode
             for name in ("load_test", "stream_test", "flood_test")]
    return max(codes)
