#!/usr/bin/env python3
"""Writes NNN-STATUS-why.http beside itself: the bytes of one connection, and the HTTP status that host and broker must give it (README.md)."""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


def get(target=b"/healthz", more=b"", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\nHost: h\r\n" + more + b"\r\n"


def post(more, body=b"", target=b"/v1/score"):
    return get(target, more, method=b"POST") + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
SECOND = b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"  # never to be heard
VECTORS = {
    "000-200-good": get(),
    "001-200-a-second-request-behind-it": get() + SECOND,
    "002-200-http-1.0": get(version=b"HTTP/1.0"),
    "010-400-two-lengths-that-differ": post(b"Content-Length: 5\r\nContent-Length: 50\r\n", b"abcde" + SECOND),
    "011-400-length-and-chunks": post(b"Content-Length: 4\r\n" + CHUNKED, b"0\r\n\r\n" + SECOND),
    "012-400-chunks-and-length": post(CHUNKED + b"Content-Length: 4\r\n", b"0\r\n\r\n" + SECOND),
    "013-400-length-negative": post(b"Content-Length: -5\r\n", b"abcde"),
    "014-400-length-with-a-sign": post(b"Content-Length: +5\r\n", b"abcde"),
    "015-400-length-in-base-16": post(b"Content-Length: 0x5\r\n", b"abcde"),
    "016-400-length-of-two-numbers": post(b"Content-Length: 5 5\r\n", b"abcde"),
    "017-400-length-a-list": post(b"Content-Length: 5, 6\r\n", b"abcde" + SECOND),
    "018-400-length-beyond-64-bits": post(b"Content-Length: 18446744073709551621\r\n", b"abcde"),
    "019-400-length-empty": post(b"Content-Length: \r\n", b"abcde"),
    "020-400-space-before-the-colon": post(b"Content-Length : 5\r\n", b"abcde" + SECOND),
    "021-400-folded-header": post(b"Content-Length:\r\n 5\r\n X: y\r\nTransfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n" + SECOND),
    "022-400-chunk-beyond-64-bits": post(CHUNKED, b"10000000000000005\r\nabcde\r\n0\r\n\r\n"),
    "023-400-chunk-negative": post(CHUNKED, b"-5\r\nabcde\r\n0\r\n\r\n"),
    "024-400-chunk-with-0x": post(CHUNKED, b"0x5\r\nabcde\r\n0\r\n\r\n"),
    "025-400-chunk-without-its-line-end": post(CHUNKED, b"5\r\nabcdefg\r\n0\r\n\r\n"),
    "026-400-chunk-coding-behind-another": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n" + SECOND),
    "027-400-chunk-size-not-hexadecimal": post(CHUNKED, b"G\r\nabcde\r\n0\r\n\r\n"),
    "028-400-chunks-in-http-1.0": post(CHUNKED, b"0\r\n\r\n" + SECOND).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "029-400-two-lengths-alike": post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"abcde"),
    "030-400-line-feeds-alone": get().replace(b"\r\n", b"\n"),
    "031-400-nul-in-a-header": get(more=b"X: a\0b\r\n"),
    "032-400-header-without-a-colon": get(more=b"X\r\n"),
    "033-400-header-without-a-name": get(more=b": y\r\n"),
    "034-400-space-before-a-name": get(more=b" X: y\r\n").replace(b"Host: h\r\n", b"", 1),
    "035-400-head-of-nine-thousand": get(more=b"X: " + b"y" * 9_000 + b"\r\n"),
    "036-400-five-thousand-headers": get(more=b"X: y\r\n" * 5_000),
    "037-400-target-of-nine-thousand": get(b"/" + b"x" * 9_000),
    "038-400-control-byte-in-the-target": get(b"/heal\x01thz"),
    "039-400-space-in-the-target": get(b"/heal thz"),
    "040-400-no-version": b"GET /healthz\r\n\r\n",
    "041-400-version-3": get(version=b"HTTP/3.0"),
    "042-400-version-of-another": get(version=b"HTCPCP/1.0"),
    "043-400-preface-of-http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "044-400-tls": bytes.fromhex("160301020001fc0303") + bytes(range(200)) + b"\r\n\r\n",
    "045-400-a-frame-of-ours": b"\x01\x00\x00\x00\x20" + bytes(32) + b"\r\n\r\n",
    "046-400-one-line-feed-alone": get(more=b"X: y\n"),
    "047-400-carriage-return-alone": get(more=b"X: y\rZ: w\r\n"),
    "048-400-folded-header-of-no-meaning": get(more=b"X: y\r\n z\r\n"),
    "049-400-two-hosts": get(more=b"Host: i\r\n"),
    "050-404-connect": get(b"h:443", method=b"CONNECT"),
    "051-405-post-to-healthz": post(b"Content-Length: 0\r\n", target=b"/healthz"),
    "052-405-lower-case-method": get(method=b"get"),
    "053-405-method-of-nobody": get(method=b"BREW"),
    "054-404-absolute-target": get(b"http://h/healthz"),
    "055-404-two-slashes": get(b"//healthz"),
    "056-404-dots": get(b"/v1/../healthz"),
    "057-404-escaped": get(b"/%68ealthz"),
    "058-404-longer": get(b"/healthz/"),
}

if __name__ == "__main__":
    for name, data in VECTORS.items():
        (HERE / f"{name}.http").write_bytes(data)
