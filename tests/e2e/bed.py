"""The test bed: broker, host and a development enclave on this machine, each a real program, and the client before them.

Nothing is faked but the hypervisor (glovebox-devnsm, under a test root of its own). A Bed owns one folder and kills what it
started. Tests are functions `test_*`; run_tests runs those of a module and writes googletest's JSON form, from which the
summary of `./run test` is made.
"""
import contextlib, http.client, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time, traceback

BUILD = pathlib.Path(os.environ.get("GLOVEBOX_BUILD", "build/release")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
SHARED = SOURCE.parent / "shared"
DATA = pathlib.Path(os.environ.get("GLOVEBOX_DATA", "/nonexistent"))
CHR22 = DATA / "VariantAnnotation/extdata/chr22.vcf.gz"
PEOPLE = ["HG00096", "HG00097", "HG00099", "HG00100", "HG00101"]


class Skip(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


def needs(condition, reason):
    if not condition:
        raise Skip(reason)


def program(name):
    path = BUILD / "bin" / name
    needs(path.exists(), f"needs {name}, which is not built")
    return str(path)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Finished:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def cbor_uint(major, value):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << (8 * size):
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def configuration(upload_max=5 << 30, inflated_max=64 << 30, requests_max=4, sessions_max=256, request_seconds=900, child_memory_max=1 << 30,
                  kem=0x647A, child_threads=0):
    """An enclave's configuration (docs/spec/wire.md), with other values than the default."""
    label = b"glovebox configuration v1"
    fields = (upload_max, inflated_max, requests_max, sessions_max, request_seconds, child_memory_max, kem, child_threads)
    return cbor_uint(4, 9) + cbor_uint(3, len(label)) + label + b"".join(cbor_uint(0, f) for f in fields)


class Bed:
    """One folder, one test root, one broker, and as many hosts and enclaves as a test starts."""

    def __init__(self, model=None, configuration=None, maximum_uses=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glovebox-e2e-"))
        self.processes = []
        self.configuration = configuration
        self.maximum_uses = maximum_uses
        self.models = self.folder / "models"
        self.models.mkdir()
        self.model = pathlib.Path(model) if model else demo_model()
        shutil.copy(self.model, self.models / self.model.name)

    def __enter__(self):
        try:
            self.init_broker()
            self.start_broker()
            self.start_enclave()
            self.start_host()
            self.write_policy()
        except BaseException:  # nothing that was started outlives a bed that could not be made
            self.close()
            raise
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        for p in reversed(self.processes):
            stop(p)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- the programs ------------------------------------------------------------------------------------------------
    def run(self, name, *args, timeout=300, check=None, **kwargs):
        done = subprocess.run([program(name), *map(str, args)], capture_output=True, timeout=timeout, cwd=self.folder, **kwargs)
        done = Finished(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        if check is not None:
            assert done.code == check, f"{name} {' '.join(map(str, args))}: wanted exit {check}, got {done}"
        return done

    def start(self, name, *args, log):
        output = open(self.folder / f"{log}.log", "ab")
        p = subprocess.Popen([program(name), *map(str, args)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                             cwd=self.folder, start_new_session=True)
        self.processes.append(p)
        return p

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def configuration_file(self):
        """The enclave's configuration: what a test gave, else the enclave's default."""
        if isinstance(self.configuration, bytes):
            (self.folder / "configuration.cbor").write_bytes(self.configuration)
            self.configuration = self.folder / "configuration.cbor"
        if self.configuration is None:
            self.configuration = self.folder / "configuration.cbor"
            done = subprocess.run([program("glovebox-enclave"), "--print-configuration"], capture_output=True, check=True)
            self.configuration.write_bytes(done.stdout)
        return self.configuration

    def init_broker(self):
        self.reference_values()  # makes the test root
        self.run("glovebox-broker", "init", "--folder", self.folder / "broker", "--development-root", self.folder / "nsm/root.crt", check=0)

    def start_broker(self):
        self.broker_port = getattr(self, "broker_port", None) or free_port()
        self.broker = self.start("glovebox-broker", "serve", "--folder", self.folder / "broker",
                                 "--listen", f"127.0.0.1:{self.broker_port}", log="broker")
        wait_for(lambda: answers(self.broker_port), 10, "the broker listens")

    def start_enclave(self, name="enclave", models=None, binary="glovebox-enclave", binary_path=None):
        sock = self.folder / f"{name}.sock"
        sock.unlink(missing_ok=True)
        args = ["run", "--state", self.folder / "nsm", "--", binary_path or program(binary), "--nsm-fd", "3",
                "--listen", f"unix:{sock}", "--proxy", f"unix:{self.folder}/{name}.proxy", "--models", models or self.models]
        args += ["--configuration", self.configuration_file()]
        p = self.start("glovebox-devnsm", *args, log=name)
        wait_for(lambda: sock.exists() or p.poll() is not None, 20, f"{name} listens")
        assert p.poll() is None, self.log(name)
        setattr(self, name.replace("-", "_"), p)
        return p

    def start_host(self, name="host", enclave="enclave", record=None, *more):
        port = free_port()
        args = ["--listen", f"127.0.0.1:{port}", "--enclave", f"unix:{self.folder}/{enclave}.sock",
                "--proxy", f"unix:{self.folder}/{enclave}.proxy", "--broker", f"http://127.0.0.1:{self.broker_port}", *more]
        if record:
            args += ["--record", record]
        p = self.start("glovebox-host", *args, log=name)
        wait_for(lambda: answers(port), 10, "the host listens")
        setattr(self, name, p)
        setattr(self, f"{name}_port", port)
        return port

    def reference_values(self, binary_path=None):
        path = self.folder / "reference-values.toml"
        args = ["reference-values", "--state", self.folder / "nsm", "--version", "0.1.0", "--configuration", self.configuration_file()]
        self.run("glovebox-devnsm", *args, "-o", path, binary_path or program("glovebox-enclave"), check=0)
        return path

    def write_policy(self, name="policy.toml", broker=True, binary_path=None):
        path = self.folder / name
        path.unlink(missing_ok=True)
        args = ["policy", "new", "--from", self.reference_values(binary_path), "-o", path]
        for model in sorted(self.models.iterdir()):
            args += ["--model", model]
        if broker:
            args += ["--broker", f"http://127.0.0.1:{self.broker_port}"]
        self.run("glovebox", *args, check=0)
        text = path.read_text().replace('output_forms = ["score"]', 'output_forms = ["score", "table"]')
        if self.maximum_uses:
            text += f"\nmaximum_uses = {self.maximum_uses}\n"
        path.write_text(text)
        self.policy = path
        return path

    # -- the client --------------------------------------------------------------------------------------------------
    @property
    def url(self):
        return f"http://127.0.0.1:{self.host_port}"

    def score(self, file, *args, url=None, policy=None, check=None, timeout=300, bundle=True, binary="glovebox"):
        command = ["score", file, "--server", url or self.url, "--policy", policy or self.policy, "--json"]
        if bundle:
            command += ["--bundle", self.model]
        return self.run(binary, *command, *args, check=check, timeout=timeout)

    def score_person(self, sample="HG00096", *args, **kwargs):
        needs(CHR22.exists(), "needs chr22.vcf.gz of the Debian package r-bioc-variantannotation")
        return self.score(CHR22, "--sample", sample, "--build", "GRCh37", "--input-kind", "wgs-vcf", "--absent", "missing",
                          *args, **kwargs)

    def metrics(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def stop(p):
    """Kills a process and all that it started: each was started in a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(p.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        p.wait(10)


_model = None


def demo_model():
    """The demo's model, trained once for a test run by the script of the demo."""
    global _model
    if _model is None:
        needs(CHR22.exists(), "needs chr22.vcf.gz of the Debian package r-bioc-variantannotation")
        out = BUILD / "demo-model"
        bundle = out / "genomic_risk_v1.glovebox"
        newest = max(map(os.path.getmtime, [program("glovebox"), SOURCE / "demo/train_genomic_risk.py"]))
        if not bundle.exists() or bundle.stat().st_mtime < newest:  # another program may pack another form
            subprocess.run([sys.executable, str(SOURCE / "demo/train_genomic_risk.py"), "--vcf", str(CHR22), "--out", str(out)],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run([program("glovebox"), "model", "pack", "--manifest", str(out / "manifest.toml"), "--features",
                            str(out / "features.tsv"), str(out / "model.ubj"), "-o", str(bundle)], check=True, stdout=subprocess.DEVNULL)
        _model = bundle
    return _model


def run_tests(module, out):
    tests = [(n, f) for n, f in sorted(vars(module).items()) if n.startswith("test_")]
    chosen = sys.argv[2:]
    cases, failed = [], 0
    for name, function in tests:
        if chosen and not any(c in name for c in chosen):
            continue
        case = {"name": name, "classname": "e2e", "status": "RUN", "result": "COMPLETED"}
        start = time.monotonic()
        try:
            function()
        except Skip as reason:
            case["result"] = "SKIPPED"
            case["skipped"] = [{"message": str(reason)}]
        except Exception:  # noqa: BLE001: whatever it is, the test failed
            failed += 1
            case["failures"] = [{"failure": traceback.format_exc()}]
            traceback.print_exc()
        case["time"] = f"{time.monotonic() - start:.2f}s"
        print(f"{case['result'] if 'failures' not in case else 'FAILED':10} {case['time']:>9}  {name}", flush=True)
        cases.append(case)
    pathlib.Path(out).write_text(json.dumps({"tests": len(cases), "failures": failed,
                                             "testsuites": [{"name": "e2e", "testsuite": cases}]}))
    return 1 if failed else 0
