"""A host that carries what it is given, as glovebox-host does, until a script tells it otherwise.

In front it speaks HTTP, behind it the frames of docs/spec/wire.md, and it is the enclave's way out to the broker. Each step
is a method of Host that an attack overrides; README.md shows how. It holds whole messages in memory: it is made for attacks,
not for load. What passes it is kept in `seen`, by where it came from.
"""
import contextlib, http.client, pathlib, socket, threading, time
from collections import defaultdict

import cbor

EVIDENCE, SCORE, INFO, DATA, END, REPLY, STATUS = 1, 2, 3, 4, 5, 16, 17
WORDS = ["ok", "busy", "too_large", "deadline", "failed"]
HTTP_STATUS = {"ok": 200, "busy": 503, "too_large": 413, "deadline": 504, "failed": 502}
PIECE = 65536  # of an upload, in one frame
SEALED_CHUNK = 65536 + 16


def frame(kind, payload=b"", size=None):
    """A frame; with `size`, one that lies about it."""
    return bytes([kind]) + (len(payload) if size is None else size).to_bytes(4, "big") + payload


def data_frames(envelope):
    return [(DATA, envelope[i:i + PIECE]) for i in range(0, len(envelope), PIECE)]


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the script waits for what does not come")
        time.sleep(0.005)


class Call:
    """One HTTP call of a client, read to its end; of an upload also its parts."""

    def __init__(self, method, target, body):
        self.method, self.target, self.body = method, target, body
        self.path = target.split("?")[0]
        size = int.from_bytes(body[:4], "big")
        self.request, self.envelope = body[4:4 + size], body[4 + size:]

    @property
    def nonce(self):
        return bytes.fromhex(self.target.split("nonce=")[1])

    # -- the envelope's parts --
    @property
    def header(self):
        return self.envelope[:13 + int.from_bytes(self.envelope[9:13], "big")]

    @property
    def chunks(self):
        body = self.envelope[len(self.header):]
        return [body[i:i + SEALED_CHUNK] for i in range(0, len(body), SEALED_CHUNK)]

    @property
    def stanza(self):
        """The fields of the first stanza: ["live", binding, kem, enc, ct, wrapped_key]."""
        return cbor.decode(self.header[13:])[2][0]

    def with_header(self, change):
        """The envelope after change([label, core, [stanza, ...], mac]) of its header's CBOR."""
        parts = cbor.decode(self.header[13:])
        change(parts)
        coded = cbor.encode(parts)
        return b"glovebox\n" + len(coded).to_bytes(4, "big") + coded + b"".join(self.chunks)

    @property
    def asked(self):
        """The request's payload: [label, request_id, core, model, parameters, kem, result_key, not_after, requester]."""
        return cbor.decode(cbor.decode(self.request)[2])


class Host:
    """The honest host. An attack is a subclass; what its client must meet is said by the fields below."""
    meets = {"ok"}  # the words its clients may end with; a right result is `ok`
    uses = 1  # how many uses the broker counts for it
    sent = "sealed"  # what the client says that it sent
    sends = 1  # uploads that the host may see
    every = frozenset()  # words that at least one of them must end with
    people = ("a",)  # whose clients come: "a" and "b" differ in key, policy and genome; "a2" is a once more
    in_turn = False  # one client after the other
    options = {}  # of the client; else no retries, and 60 seconds

    def __init__(self, stage):
        self.stage = stage
        self.folder = pathlib.Path(stage.folder)
        self.seen = defaultdict(bytearray)  # client, enclave, broker, way_out: all bytes from there
        self.calls, self.released, self.replies = [], [], []
        self.view = []  # (where, what, bytes) of each message, in order; `times`, when each came or went
        self.times = []
        self.lock = threading.RLock()
        self.ending = threading.Event()
        self.failed = None
        self.sockets = []
        self.front = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.front.getsockname()[1]}"
        self.out = self._unix_listener(self.folder / "enclave.proxy")
        threading.Thread(target=self._accept, args=(self.front, self._client), daemon=True).start()
        threading.Thread(target=self._accept, args=(self.out, self._way_out), daemon=True).start()

    # -- what an attack overrides, from the front to the back -----------------------------------------------------------
    def evidence(self, call):
        """(word, bytes) for GET /v1/evidence."""
        return self.enclave([(EVIDENCE, call.nonce)])

    def score(self, call):
        """(word, bytes) for POST /v1/score."""
        return self.enclave(self.frames(call))

    def frames(self, call):
        """The frames that an upload becomes: (type, payload), or bytes as they are."""
        return [(SCORE, call.request), *data_frames(self.envelope(call)), (END, b"")]

    def envelope(self, call):
        return call.envelope

    def keys(self, call):
        """(word, bytes) for GET /v1/broker/keys."""
        status, body = self.ask_broker("GET", "/v1/keys")
        return ("ok" if status == 200 else "failed"), body

    def http_reply(self, call, word, body):
        """The bytes of the HTTP answer."""
        if word != "ok":
            body = b'{"status":"%s"}' % word.encode()
        return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (HTTP_STATUS[word], len(body)) + body

    def write(self, s, data):
        """How bytes leave the host, to any side."""
        s.sendall(data)

    def lets_out(self, name):
        """Whether the enclave's way out to a name is open."""
        return name == "broker"

    def broker(self, path, body):
        """(status, body) for a call of the enclave to the broker."""
        return self.ask_broker("POST", path, body)

    def policy(self, text):
        """The client's policy, changed."""
        return text

    def after(self, *done):
        """What the host still does when its clients have left; done: what they ended with."""

    def note(self, where, what, size):
        with self.lock:
            self.view.append((where, what, size))
            self.times.append(time.perf_counter())

    # -- what it is made of -----------------------------------------------------------------------------------------------
    def enclave(self, frames, name="enclave", wait=60):
        """One call of an enclave: (word, reply). Anything that is not a whole reply is `failed`."""
        reply = bytearray()
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(wait)
        self.sockets.append(s)
        with contextlib.suppress(OSError, EOFError), s:
            s.connect(str(self.folder / f"{name}.sock"))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered and left
                for one in frames:
                    one = one if isinstance(one, bytes) else frame(*one)
                    self.note("to enclave", one[:1], len(one))
                    self.write(s, one)
            stream = s.makefile("rb")
            while True:
                head = self._exactly(stream, 5)
                payload = self._exactly(stream, int.from_bytes(head[1:], "big"))
                self.note("from enclave", head[:1], 5 + len(payload))
                if head[0] == STATUS:
                    self.replies.append((frames[0][0] if isinstance(frames[0], tuple) else 0, WORDS[payload[0]], len(reply)))
                    return WORDS[payload[0]], bytes(reply)
                reply += payload
        return "failed", b""

    def _exactly(self, stream, size):
        data = stream.read(size)
        self.seen["enclave"] += data
        if len(data) < size:
            raise EOFError
        return data

    def ask_broker(self, method, path, body=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.stage.broker_port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read()
        self.seen["broker"] += data
        self.note("from broker", path, len(data))
        return answer.status, data

    def together(self, call, count=2):
        """Waits until `count` uploads are here, and gives them in the order of their people's keys."""
        wait_until(lambda: len(self.uploads()) >= count)
        return sorted(self.uploads(), key=lambda c: c.asked[8])

    def uploads(self):
        return [c for c in self.calls if c.path == "/v1/score"]

    def close(self):
        self.ending.set()
        for s in (self.front, self.out, *self.sockets):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                s.close()

    @staticmethod
    def _unix_listener(path):
        path.unlink(missing_ok=True)
        s = socket.socket(socket.AF_UNIX)
        s.bind(str(path))
        s.listen(64)
        return s

    def _accept(self, listener, serve):
        with contextlib.suppress(OSError):
            while True:
                s, _ = listener.accept()
                self.sockets.append(s)
                threading.Thread(target=self._serve, args=(serve, s), daemon=True).start()

    def _serve(self, serve, s):
        try:
            with contextlib.suppress(OSError), s:
                serve(s)
        except Exception as error:  # noqa: BLE001: the script's own fault, shown by the test
            if not self.ending.is_set():
                self.failed = error

    def _client(self, s):
        stream = s.makefile("rb")
        method, target, body = self._request(stream, "client")
        call = Call(method, target, body)
        with self.lock:
            self.calls.append(call)
        routes = {"/v1/evidence": self.evidence, "/v1/score": self.score, "/v1/broker/keys": self.keys}
        word, data = routes[call.path](call)
        answer = self.http_reply(call, word, data)
        self.note("to client", word, len(answer))
        self.write(s, answer)
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass

    def _way_out(self, s):
        stream = s.makefile("rb")
        name = stream.read(stream.read(1)[0]).decode()
        if not self.lets_out(name):
            return self.write(s, b"\1")
        self.write(s, b"\0")
        _, path, body = self._request(stream, "way_out")
        with self.lock:
            self.released.append((path, body))
        self.write(s, self.broker_reply(*self.broker(path, body)))

    def broker_reply(self, status, body):
        return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body

    def _request(self, stream, side):
        """Method, target and body of one HTTP request."""
        lines, size = [], 0
        while (line := stream.readline(65536)).strip():
            lines.append(line)
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        if not lines:
            raise OSError("nothing was asked")
        body = stream.read(size)
        self.seen[side] += b"".join(lines) + b"\r\n" + body
        self.note(side, lines[0].split(b"?")[0], sum(map(len, lines)) + 2 + len(body))
        method, target, _ = lines[0].decode().split()
        return method, target, body
