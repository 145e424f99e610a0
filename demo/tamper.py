#!/usr/bin/env python3
"""A host that lies: passes everything on, but keeps each upload in a file and flips one bit of it before it goes further.

usage: tamper.py LISTEN_PORT HOST_PORT FILE
"""
import http.client, http.server, sys

listen, host, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Tamper(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", host, timeout=60)
        connection.request(self.command, self.path, body=body, headers={"Content-Type": "application/octet-stream"} if body else {})
        answer = connection.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type", "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.forward()

    def do_POST(self):
        stored = bytearray(self.rfile.read(int(self.headers["Content-Length"])))
        stored[len(stored) // 2] ^= 1  # in the middle of the sealed genome
        open(path, "wb").write(stored)
        self.forward(bytes(stored))

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", listen), Tamper).serve_forever()
