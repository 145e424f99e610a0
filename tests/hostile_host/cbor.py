"""As much CBOR as a host needs to take our documents apart and to put them together otherwise: no floats, no tags, no
indefinite lengths. A map is a dict, a byte string bytes, an array a list."""


def encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    raise TypeError(value)


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def decode(data):
    value, end = item(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the end")
    return value


def item(data, at):
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[info], at
    if info >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
        info, at = int.from_bytes(data[at:at + size], "big"), at + size
    if major == 0:
        return info, at
    if major == 1:
        return -1 - info, at
    if major in (2, 3):
        text = bytes(data[at:at + info])
        return (text if major == 2 else text.decode()), at + info
    values = []
    for _ in range(info * (2 if major == 5 else 1)):
        value, at = item(data, at)
        values.append(value)
    return (dict(zip(values[::2], values[1::2])) if major == 5 else values), at
