"""An enclave as the machine that it is meant to be: an image of `glovebox image build`, booted by QEMU's nitro-enclave
machine under software emulation. glovebox-test-parent plays the parent instance: vsock, heartbeat, and a signature under
the bed's test root in place of AWS's, since QEMU's security module signs nothing. Registers, device, boot and all that the
enclave says are QEMU's and the image's own.
"""
import re, secrets

from bed import *

KEPT = pathlib.Path(os.environ.get("CCACHE_DIR", "/nonexistent")).parent / "image"  # what ./run image and ./run e2e have made
FIRMWARE = [pathlib.Path(p) for p in ("/usr/share/qemu", "/usr/share/seabios")]
COMMAND_LINE = "reboot=k panic=30 pci=off nomodules console=ttyS0 random.trust_cpu=on quiet"


def newest(variable, pattern, *others):
    """What the variable names, or the newest one that was made and kept, or the others'."""
    named = os.environ.get(variable)
    found = [pathlib.Path(named)] if named else [*others, *sorted(KEPT.glob(pattern), key=os.path.getmtime)]
    return next((f for f in reversed(found) if f.exists()), None)


QEMU = newest("GLOVEBOX_QEMU", "qemu-*/qemu-nitro", SHARED / "tools/qemu-nitro")


def kernel():
    """The enclave's kernel: GLOVEBOX_KERNEL, or what ./run image has made and kept."""
    found = newest("GLOVEBOX_KERNEL", "kernel-*/bzImage", SOURCE / "build/image.kernel/bzImage")
    needs(found, "needs the enclave's kernel: ./run e2e --prepare makes it, GLOVEBOX_KERNEL=FILE names one")
    return found


def needs_qemu():
    needs(QEMU, "needs QEMU with the nitro-enclave machine: ./run e2e --prepare makes it, GLOVEBOX_QEMU=FILE names one")
    said = subprocess.run([QEMU, "--version"], capture_output=True, text=True)
    needs(said.returncode == 0, f"needs QEMU's libraries: {said.stderr.strip()}")
    needs(all(p.exists() for p in FIRMWARE), "needs Debian's packages seabios and qemu-system-data")


def enclave_program():
    """The program as an image holds it: without the names that a debugger wants."""
    built, stripped = program("glovebox-enclave"), BUILD / "bin/glovebox-enclave-stripped"
    if not stripped.exists() or stripped.stat().st_mtime < os.path.getmtime(built):
        subprocess.run(["strip", "--strip-all", "-o", stripped, built], check=True)
    return stripped


def build_image(at, *, models=(), init=None, command_line=COMMAND_LINE, configuration=None, sign=None):
    """An image; with what it measures as. `sign` is (key, certificate), both PEM files."""
    args = ["image", "build", "--kernel", kernel(), "--init", init or enclave_program(), "--command-line", command_line, "-o", at]
    for model in models:
        args += ["--model", model]
    if configuration:
        args += ["--configuration", configuration]
    cli(*args)
    if sign:
        cli("image", "sign", at, "--key", sign[0], "--certificate", sign[1], "-o", at)
    return measure(at)


def measure(image):
    said = cli("image", "measure", image)
    return {int(name[3:]): value for name, value in said.json.items() if name.startswith("pcr")}


def cli(*args, check=0):
    done = subprocess.run([program("glovebox"), "--json", *map(str, args)], capture_output=True, timeout=120)
    done = Finished(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert done.code == check, f"{args}: {done}"
    return done


class Machine:
    """One boot of an image, with its parent."""

    def __init__(self, bed, image, name="enclave", heartbeat="yes", flood=0, memory=512):
        needs_qemu()
        self.bed, self.name, base = bed, name, bed.folder / name
        self.kept = bed.folder / f"{name}-kept"
        shutil.rmtree(self.kept, ignore_errors=True)
        self.kept.mkdir()
        for log in (f"{name}-parent.log", f"{name}-console.log"):
            (bed.folder / log).unlink(missing_ok=True)
        self.parent = bed.start("glovebox-test-parent", "--base", base, "--root", bed.folder / "nsm", "--kept", self.kept, "--heartbeat", heartbeat,
                                "--flood", flood, log=f"{name}-parent")
        wait_for(lambda: "ready" in bed.log(f"{name}-parent"), 20, "the parent listens")
        self.started = time.monotonic()
        console = open(bed.folder / f"{name}-console.log", "wb")
        firmware = [x for p in FIRMWARE for x in ("-L", p)]
        # Without ioeventfd: with it, QEMU looks into the security module's queue once of its own accord at the start, and breaks the module if
        # the guest has just put a request there, and not yet the buffer for its answer ("Expected response buffer after request buffer").
        self.qemu = subprocess.Popen(
            list(map(str, [QEMU, *firmware, "-M", f"nitro-enclave,vsock=c,id=i-0123456789abcdef0-enc{secrets.token_hex(8)}", "-accel", "tcg,thread=multi", "-global", "virtio-mmio.ioeventfd=off",
                           "-cpu", "max", "-smp", 2, "-m", f"{memory}M", "-kernel", image, "-nographic", "-no-reboot",
                           "-chardev", f"socket,id=c,path={base}.vhost"])),
            stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        bed.processes.append(self.qemu)

    def console(self):
        return self.bed.log(f"{self.name}-console")

    def serves(self, seconds=90):
        try:
            wait_for(lambda: "serves vsock:5005" in self.console() or self.qemu.poll() is not None, seconds, "the enclave serves")
        except AssertionError as e:
            raise AssertionError(f"{e}; its console: {self.console()}") from None
        assert self.qemu.poll() is None, self.console()
        return self

    def ends(self, seconds=90):
        """Waits for the machine to switch itself off, and returns its console."""
        wait_for(lambda: self.qemu.poll() is not None, seconds, f"the machine stops; its console: {self.console()}")
        return self.console()

    def resident_kib(self):
        return int(re.search(r"(\d+) KiB resident", self.console())[1])

    def processor_seconds(self):
        """What QEMU has used so far; on a machine that is busy with others, a better figure than the clock's."""
        fields = pathlib.Path(f"/proc/{self.qemu.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def registers(self, number=1):
        """What the security module said: its document as it left the guest, before any signature."""
        said = cli("attest", "show", self.kept / f"signed-{number}").json["evidence"]["document"]["measurements"]
        return {int(name[3:]): value for name, value in said.items()}

    def stop(self):
        for p in (self.qemu, self.parent):
            stop(p)


class BootedBed(Bed):
    """A Bed whose enclave is a booted image. What is not given is built: the model in a measured ramdisk."""

    def __init__(self, image=None, measured=None, machine=None, hosts_models=(), **kwargs):
        needs_qemu()
        super().__init__(**kwargs)
        self.image, self.measured, self.machine_options, self.hosts_models = image, measured, machine or {}, hosts_models

    def start_enclave(self, name="enclave", **ignored):
        if self.image is None:
            self.image = self.folder / "image.eif"
            self.measured = build_image(self.image, models=sorted(self.models.iterdir()), configuration=self.configuration and self.configuration_file())
        self.machine = Machine(self, self.image, name, **self.machine_options).serves()

    def start_host(self, name="host", enclave="enclave", record=None, *more):
        return super().start_host(name, enclave, record, *more)

    def reference_values(self, binary_path=None):
        path = super().reference_values(binary_path)  # the test root, and the configuration's digest
        if self.measured:
            text = path.read_text()
            for index in (0, 1, 2):
                text, found = re.subn(rf'^pcr{index} = ".*"$', f'pcr{index} = "{self.measured[index]}"', text, flags=re.M)
                assert found == 1, text
            path.write_text(text)
        return path
