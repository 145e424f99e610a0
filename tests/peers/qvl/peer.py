#!/usr/bin/env python3
"""Intel's Quote Verification Library behind one line of JSON in and one out for each case (tests/peers/qvl_test.py).

`peer.py FOLDER`: the folder has lib/libQuoteVerification.so and include/SgxEcdsaAttestation/QuoteVerification.h, as its own
build leaves them. A process of its own, so that a fault in the library is not one of the test. What is not the library's
part, finding certificates and lists by their names, is done here as its sample does it."""
import ctypes, datetime, json, pathlib, re, ssl, sys

STATES = {  # what it calls a status of Intel's documents
    "STATUS_OK": "UpToDate",
    "STATUS_TCB_SW_HARDENING_NEEDED": "SWHardeningNeeded",
    "STATUS_TCB_CONFIGURATION_NEEDED": "ConfigurationNeeded",
    "STATUS_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED": "ConfigurationAndSWHardeningNeeded",
    "STATUS_TCB_OUT_OF_DATE": "OutOfDate",
    "STATUS_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED": "OutOfDateConfigurationNeeded",
    "STATUS_TCB_TD_RELAUNCH_ADVISED": "TDRelaunchAdvised",
    "STATUS_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED": "TDRelaunchAdvisedConfigurationNeeded",
}


class Refused(Exception):
    pass


class Library:
    """The library with its statuses by name. Texts are C's; what is None is not given."""

    def __init__(self, folder):
        header = (folder / "include/SgxEcdsaAttestation/QuoteVerification.h").read_text()
        self.names = re.findall(r"\bSTATUS_\w+", header[header.index("typedef enum _status"):header.index("} Status;")])
        assert self.names[0] == "STATUS_OK" and len(set(self.names)) == len(self.names)
        self.raw = ctypes.CDLL(str(folder / "lib/libQuoteVerification.so"))

    def call(self, function, *arguments):
        given = [ctypes.c_char_p(a.encode()) if isinstance(a, str) else a for a in arguments]
        return self.names[getattr(self.raw, function)(*given)]

    def must(self, function, *arguments):
        status = self.call(function, *arguments)
        if status != "STATUS_OK":
            raise Refused(f"{function}: {status}")

    def certification(self, quote):
        """What stands in a quote about its platform: (type, bytes)."""
        size, kind = ctypes.c_uint32(), ctypes.c_uint16()
        self.must("sgxAttestationGetQECertificationDataSize", quote, len(quote), ctypes.byref(size))
        data = ctypes.create_string_buffer(max(size.value, 1))
        self.must("sgxAttestationGetQECertificationData", quote, len(quote), size, data, ctypes.byref(kind))
        return kind.value, data.raw[:size.value]


def item(data, at):
    """One item of DER: (begin of its value, end)."""
    size, begin = data[at + 1], at + 2
    if size & 0x80:
        begin += size & 0x7F
        size = int.from_bytes(data[at + 2:begin], "big")
    if begin + size > len(data):
        raise IndexError("cut")
    return begin, begin + size


def names(der, certificate):
    """(issuer, subject) of a certificate, (issuer, b"") of a list, as their bytes stand; none where it is not DER."""
    try:
        at = item(der, item(der, 0)[0])[0]
        parts = []
        while len(parts) < 6:
            end = item(der, at)[1]
            parts.append(der[at:end])
            at = end
        return (parts[3], parts[5]) if certificate else (parts[2], b"")
    except IndexError:
        return b"", b""


def chain_of(kind, data, asked, root):
    """Chains to try, each (texts, leaf): the quote's own where it has three, else one for each platform that there is."""
    text = data.split(b"\0")[0].decode("latin-1")
    mark = "-----END CERTIFICATE-----"
    own = [block + mark + "\n" for block in text.split(mark)[:-1]]
    if kind == 5 and len(own) >= 3:
        yield text, own[0]
        return
    pool = [bytes.fromhex(c) for c in asked.get("certificates", [])]
    if kind in (4, 5):
        try:
            pool = [ssl.PEM_cert_to_DER_cert(block[block.index("-----BEGIN"):]) for block in own] + pool
        except ValueError:
            yield text, text
            return
    leaves = [der for der in pool if b"Intel SGX PCK Certificate" in names(der, True)[1]]
    for leaf in leaves[:1] if kind in (4, 5) else leaves:
        between = [der for der in pool if names(der, True)[1] == names(leaf, True)[0]]
        texts = [ssl.DER_cert_to_PEM_cert(der) for der in (leaf, *between[:1], root)]
        yield "".join(texts), texts[0]


def answer(library, asked):
    quote, root = bytes.fromhex(asked["quote"]), bytes.fromhex(asked["root"])
    trusted = ssl.DER_cert_to_PEM_cert(root)
    at = ctypes.byref(ctypes.c_int64(int(datetime.datetime.fromisoformat(asked["at"]).timestamp())))
    lists = [bytes.fromhex(one) for one in asked.get("lists", [])]
    of = lambda issuer: next((one.hex() for one in lists if names(one, False)[0] == issuer), None)  # noqa: E731
    kind, data = library.certification(quote)
    last = Refused("no certificate of the platform")
    for chain, leaf in chain_of(kind, data, asked, root):
        try:
            by_leaf = of(names(ssl.PEM_cert_to_DER_cert(leaf[leaf.index("-----BEGIN"):].strip()), True)[0])
        except ValueError:
            by_leaf = None
        try:
            both = (ctypes.c_char_p * 3)(*(one and one.encode() for one in (of(names(root, True)[1]), by_leaf)), None)
            library.must("sgxAttestationVerifyPCKCertificate", chain, both, trusted, at)
            signers = ssl.DER_cert_to_PEM_cert(bytes.fromhex(asked["signer"])) + trusted if "signer" in asked else None
            for function, key in (("TCBInfo", "tcb"), ("EnclaveIdentity", "identity")):
                library.must("sgxAttestationVerify" + function, asked.get(key), signers, of(names(root, True)[1]), trusted, at)
            state = library.call("sgxAttestationVerifyQuote", quote, len(quote), leaf, by_leaf, asked["tcb"], asked["identity"])
            if STATES.get(state) not in asked["statuses"]:
                raise Refused(f"sgxAttestationVerifyQuote: {state}")
            return
        except Refused as why:
            last = why
    raise last


def main():
    library = Library(pathlib.Path(sys.argv[1]))
    for line in sys.stdin:
        asked = json.loads(line)
        said = {"name": asked["name"], "verdict": "accepted"}
        try:
            answer(library, asked)
        except Refused as why:
            said |= {"verdict": "refused", "why": str(why)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
