"""A wire-tap: a relay between two stream sockets that keeps every byte and can hold the stream still, or change it."""
import contextlib, pathlib, socket, threading


def listener(address):
    if isinstance(address, (str, pathlib.Path)):
        pathlib.Path(address).unlink(missing_ok=True)
        s = socket.socket(socket.AF_UNIX)
        s.bind(str(address))
    else:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
    s.listen(64)
    return s


def connect(address):
    s = socket.socket(socket.AF_UNIX if isinstance(address, (str, pathlib.Path)) else socket.AF_INET)
    s.connect(str(address) if isinstance(address, (str, pathlib.Path)) else address)
    return s


class Relay:
    """Listens at `near` and connects each caller to `far`. `seen` has all bytes, [0] towards far, [1] back."""

    def __init__(self, near, far, hold_at=None, change=None):
        self.far, self.hold_at, self.change = far, hold_at, change
        self.seen = [bytearray(), bytearray()]
        self.calls = []  # one [bytes towards far, bytes back, list of reads back] for each connection
        self.released = threading.Event()
        self.held = threading.Event()
        self.lock = threading.Lock()
        self.listener = listener(near)
        self.port = self.listener.getsockname()[1] if not isinstance(near, (str, pathlib.Path)) else None
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = connect(self.far)
            except OSError:
                return
            self.sockets += [near, far]
            call = [0, 0, []]
            with self.lock:
                self.calls.append(call)
            for direction, (a, b) in enumerate(((near, far), (far, near))):
                threading.Thread(target=self._pump, args=(direction, a, b, call), daemon=True).start()

    def _pump(self, direction, a, b, call):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                if direction == 0 and self.hold_at is not None and not self.released.is_set() and call[0] + len(data) > self.hold_at:
                    self.held.set()
                    self.released.wait(120)
                if self.change:
                    data = self.change(direction, call[direction], data)
                with self.lock:
                    self.seen[direction] += data
                    call[direction] += len(data)
                    if direction == 1:
                        call[2].append(len(data))
                b.sendall(data)
        with contextlib.suppress(OSError):
            b.shutdown(socket.SHUT_WR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.close()
        for s in self.sockets:
            with contextlib.suppress(OSError):
                s.close()
