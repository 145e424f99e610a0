"""What is made once and kept: programs that are compiled, inputs that are generated. Each lies under a hash of what it is made
from, is made in a folder beside its own and moved into place whole, so that a killed run leaves nothing half made."""
import hashlib, os, pathlib, shutil, subprocess, sys, time

from harness.contest import Unavailable

BENCH = pathlib.Path(__file__).resolve().parents[1]
JOBS = os.cpu_count() or 1


def say(text):
    print(f"glovebox: bench: {text}", file=sys.stderr, flush=True)


def run(command, what, limit=900, **more):
    """Runs a command that must succeed; Unavailable with the last line that it said, otherwise."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, **more)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what} took longer than {limit} s") from None
    if done.returncode != 0:
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if "error" in line] or [""]
        raise Unavailable(f"{what}: {said[0][:120] or f'exit code {done.returncode}'}")
    return done.stdout


class Store:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.failed = {}

    def kept(self, what, ingredients, make):
        """The folder that make(folder) filled; `ingredients` are files, whose contents count, and words."""
        digest = hashlib.sha256(what.encode())
        for item in ingredients:
            digest.update(b"\0" + (item.read_bytes() if isinstance(item, pathlib.Path) else str(item).encode()))
        name = f"{what.split()[0]}-{digest.hexdigest()[:16]}"
        if name in self.failed:
            raise Unavailable(self.failed[name])
        done = self.folder / name
        if done.is_dir():
            os.utime(done)
            return done
        new = self.folder / f"{name}.{os.getpid()}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        start = time.monotonic()
        say(f"making {what}")
        try:
            make(new)
        except Unavailable as reason:
            shutil.rmtree(new, ignore_errors=True)
            self.failed[name] = str(reason)
            raise
        for old in self.folder.glob(f"{what.split()[0]}-????????????????"):  # of another version, unused for a week
            if time.time() - old.stat().st_mtime > 7 * 86400:
                shutil.rmtree(old, ignore_errors=True)
        new.rename(done)
        say(f"{what}: done, {time.monotonic() - start:.0f} s")
        return done

    def program(self, name, sources, flags=(), libraries=()):
        """A peer, or a generator, compiled here; CMake knows nothing of them."""
        files = [BENCH / source for source in sources]
        headers = sorted((BENCH / "peers").glob("*.h"))
        command = ["g++-14", "-std=c++23", "-O2", "-Wall", "-Wextra", "-I", BENCH / "peers", *flags]

        def make(folder):
            run([*command, *files, "-o", folder / name, *libraries], f"compiling {name}")
        return self.kept(name, [*files, *headers, *map(str, command), *libraries], make) / name
