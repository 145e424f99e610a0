#!/usr/bin/env python3
"""seeds.py: writes the seeds of the targets index, picked, scan, slice and some of snp into fuzz/corpus.

Each is there for lines of its parser that no other one reaches (./run coverage); what they are made of is in the targets'
heads. Others lie beside them: what long runs found, and what tests write.
"""
import gzip
import pathlib
import struct
import zlib

CORPUS = pathlib.Path(__file__).parent / "corpus"


def write(target, name, data):
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    (CORPUS / target / name).write_bytes(data)


# VCF text. The panels of scan_fuzz.cpp and picked_fuzz.cpp ask at 100, 102 and 5000000 of chromosomes 1, 2 and X.
HEAD = ('##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=2,length=243199373>\n'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n')
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
INFO = "AC=1;AF=0.500;AN=2;BaseQRankSum=-1.242;DP=34;FS=3.469;MQ=60.00"


def head(samples=("S1",), more="", form="VCFv4.2"):
    return HEAD.replace("VCFv4.2", form) + more + "\t".join((COLUMNS, *samples)) + "\n"


def row(chrom, pos, ref="A", alt="G", qual="467.54", filt="PASS", info=INFO, form="GT:AD:DP:GQ:PL",
        call=("0/1:12,22:34:99:475,0,458",), name="rs1"):
    return "\t".join((chrom, str(pos), name, ref, alt, qual, filt, info, form, *call)) + "\n"


def bgzf(text, block=600, marker=True):
    text, out = text.encode() if isinstance(text, str) else text, b""
    for at in range(0, len(text), block):
        piece = text[at:at + block]
        z = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = z.compress(piece) + z.flush()
        out += (b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25) + body
                + struct.pack("<II", zlib.crc32(piece), len(piece)))
    return out + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000") * marker


def rows_of_every_form():
    """Rows that the loop passes by and rows that it does not, in each column."""
    out = [row("1", 5), row("1", 6), row("1", 6, info="."), row("1", 7, info=INFO * 3), row("1", 8, info=INFO * 6)]
    out += [row("1", 9 + i, **what) for i, what in enumerate((
        {"qual": "."}, {"qual": "50"}, {"qual": "5.50"}, {"qual": "1e5"}, {"filt": "LowQual"}, {"filt": "LowQual"},
        {"filt": "."}, {"alt": "."}, {"alt": "*"}, {"alt": "C,T"}, {"alt": "C,*"}, {"alt": "<X>"}, {"alt": "<DEL>"},
        {"alt": "C,<NON_REF>", "info": "DP=3;END=70"}, {"alt": "<*>", "info": "END=70;DP=3"}, {"ref": "ACGTN", "alt": "A"},
        {"ref": "R"}, {"info": "DP 3"}, {"info": "END=x", "alt": "."}, {"alt": "<NON_REF>", "info": "SVLEN=5"},
        {"form": "GT", "call": ("0/1",)}, {"form": "GT", "call": ("1",)}, {"form": "GT", "call": ("./.",)},
        {"form": "GT", "call": ("0|1",)}, {"form": "GT:GQ", "call": ("0/1:.",)}, {"form": "GT:GQ", "call": ("0/1:9.5",)},
        {"form": "GT:GQ", "call": ("0/1",)}, {"form": "GT:GQ", "call": ("0/1:",)}, {"form": "GT:DP:LEN", "call": ("0/0:3:9",)},
        {"form": "GT:DS:GP", "call": ("0/1:0.5:0,1,0",)}, {"form": "DP:GQ", "call": ("3:4",)}, {"call": ("0/1:12,22",)},
        {"form": "GT:" + "X" * 70, "call": ("0/1:2",)}, {"form": ":".join(["GT"] + [f"A{i}" for i in range(34)]), "call": ("0/1",)},
        {"name": "."}, {"name": "rs1;rs2"}, {"qual": "0"}, {"filt": "q10;s50"}, {"filt": "x" * 70}))]
    return out


CHROMOSOMES = "".join(row(c, p) for c in ("2", "X", "GL000192.1", "MT") for p in (5, 6, 7, 99, 105))
SITES = (row("1", 100, "G", "A") + row("1", 100, "G", "A,T") + row("1", 101, "GAT", "GA", info="DP=9") +
         row("1", 110) + row("2", 99) + row("2", 100, "C", "CTTT") + row("2", 101, "A", "C"))
GVCF = "".join((row("1", 1, "A", "<NON_REF>", ".", ".", "END=98", "GT:GQ", ("0/0:50",)),
                row("1", 99, "A", "<NON_REF>", ".", ".", "END=105", "GT:GQ", ("0/0:50",)),
                row("1", 106, "A", "C,<NON_REF>", form="GT:GQ", call=("0/1:50",)),
                row("1", 107, "A", "C,<NON_REF>", form="GT:GQ", call=("0/1:50",)),
                row("1", 108, "A", ".", ".", ".", "END=109", "GT:GQ", ("0/0:50",)),
                row("1", 110, "A", ".", ".", ".", "END=119", "GT:GQ", ("0/0:50",)),
                row("1", 120, "A", "<NON_REF>", ".", ".", "DP=3;END=119999", "GT:GQ", ("0/0:50",)),
                row("1", 120000, "A", "<NON_REF>", ".", ".", "DP=3", "GT:GQ", ("0/0:50",))))
WIDE = head([f"S{i}" for i in range(40)]) + "".join(
    row("1", 5 + 7 * i, form="GT:DP", call=["0/1:30"] * (39 + (i != 12)) + ["1/1:7"] * (i == 12)) for i in range(16))


def scan():
    """choice, size of a piece (of a block, where the target packs), then the file or its text."""
    gvcf, homref, gq, dp, ds, text, crew = (1 << i for i in range(7))

    def put(name, choice, body, piece=96):
        write("scan", name, bytes([choice, piece]) + (body.encode() if isinstance(body, str) else body))

    every = rows_of_every_form()
    put("every-form", homref, head() + "".join(every[:24]))
    put("every-form-2", gq, head() + every[0] + every[1] + "".join(every[24:]))
    put("each-behind-two", homref | text, head() + "".join(every[0] + every[1] + r for r in every[18:34]), 255)
    put("chromosomes", homref, head() + CHROMOSOMES)
    put("sites", homref, head() + SITES)
    put("sites-by-crew", homref | text | crew, head() + SITES, 250)
    put("gvcf-blocks", gvcf | text, head(more='##ALT=<ID=NON_REF,Description="x">\n', form="VCFv4.3") + GVCF, 255)
    put("gvcf-by-crew", gvcf | text | crew, head(more='##ALT=<ID=NON_REF,Description="x">\n') + GVCF, 90)
    put("wide", homref, WIDE)
    put("wide-by-crew", homref | text | crew, WIDE, 255)
    put("numbers", gq | dp, head() + "".join(row("1", 5 + i, form="GT:DP:GQ", call=(f"0/1:{a}:{b}",))
                                             for i, (a, b) in enumerate(((30, 9), (30, 99), (9, 30), (".", "."), ("", ""), ("1.5", 3)))))
    put("expected-dosages", ds, head() + "".join(row("1", p, "G", "A", form="GT:DS", call=(f"0/1:{d}",))
                                                 for p, d in ((5, 1), (6, 0.5), (100, 1.25), (101, 2))))
    put("crlf", homref, (head() + "".join(every[:12])).replace("\n", "\r\n"))
    put("no-line-end", homref, (head() + every[0] + every[1])[:-1])
    put("blank-line", homref, head() + every[0] + every[1] + "\n" + every[2])
    put("blank-line-by-crew", homref | text | crew, head() + every[0] * 9 + "\n" + every[2], 120)
    put("disorder-by-crew", text | crew, head() + row("1", 9) + row("1", 8) + row("1", 7), 120)
    put("too-few-columns", homref, head() + every[0] + every[1] + "1\t9\t.\tA\tG\n")
    put("beyond-the-end", homref, head() + every[0] + every[1] + row("1", 249250623))
    put("header-alone", homref | text, head())
    put("gzip", homref, gzip.compress((head() + "".join(every[:9])).encode(), mtime=0), 30)
    put("bgzf", homref, bgzf(head() + SITES, 500), 30)
    put("bgzf-large-pieces", homref, bgzf(head() + SITES, 500), 255)
    put("bgzf-by-crew", homref | crew, bgzf(head() + SITES + CHROMOSOMES, 90), 255)
    put("bgzf-then-gzip", homref, bgzf(head() + every[0], 300, False) + gzip.compress(every[1].encode(), mtime=0) + bgzf(b""), 90)
    put("bgzf-then-gzip-by-crew", homref | crew,
        bgzf(head() + every[0] * 9, 300, False) + gzip.compress(every[1].encode(), mtime=0) + bgzf(every[2] * 9, 90), 90)
    bad = bytearray(bgzf(head() + SITES, 300))
    bad[len(bad) // 2] ^= 1
    put("bgzf-damaged", homref, bytes(bad))
    put("bgzf-damaged-by-crew", homref | crew, bytes(bad))
    put("bgzf-no-marker", homref, bgzf(head() + SITES, 500, False))
    put("bgzf-cut", homref, bgzf(head() + SITES, 500)[:-40])
    put("bgzf-cut-in-head", homref, bgzf(head() + SITES, 500) + b"\x1f")
    put("bgzf-then-other", homref, bgzf(head() + SITES, 500) + b"more")
    put("bgzf-then-half-magic", homref, bgzf(head() + SITES, 500) + b"\x1f\x8c")
    put("bgzf-bomb", homref, bgzf(head() + "".join(every[0] * 64 for _ in range(400)), 65280)[:7900])
    put("bgzf-bomb-whole", homref, bgzf((head() + every[0]).encode() + b"1\t6" + b" " * (0x430000), 65280), 255)
    put("long-line", homref, gzip.compress((head() + every[0] + every[1] + row("1", 9, info="x" * 300000)).encode(), 9, mtime=0), 255)
    put("long-line-in-blocks", homref, bgzf(head() + every[0] + every[1] + row("1", 9, info="x" * 300000), 65280), 255)
    put("many-rows", homref, bgzf(head() + "".join(row("1", 5 + i) for i in range(90)) * 1 + "".join(
        row("2", 1000, info="x" * 16000) for _ in range(20)), 65280), 255)


def picked():
    """choice, block size, damaged place, then the file's text, or with is_file the file."""
    gvcf, homref, tbi, csi, is_file, damaged, dense = (1 << i for i in range(7))

    def put(name, choice, body, block=60, place=0):
        write("picked", name, bytes([choice, block, place]) + (body.encode() if isinstance(body, str) else body))

    def plain(chrom, positions, **more):
        return "".join(row(chrom, p, qual=".", info=".", form="GT", call=("0/1",), **more) for p in positions)

    around = [*range(1, 30), 60, 90, 100, 103, 200, *range(300, 4900, 300), 4990, 5000, 5010, 30000, 50000, 4999999, 5000000, 5100000]
    three = head() + "".join(plain(c, around, ref="G", alt="A") for c in ("1", "2", "X"))
    put("search", homref, three, 20)
    put("search-small-blocks", homref, three, 1)
    put("search-dense", homref | dense, three, 20)
    put("tbi", homref | tbi, three, 20)
    put("csi", homref | csi, three, 20)
    put("one-block", homref | csi, three, 255)
    for place in (12, 39, 46, 50, 54, 56, 62, 64, 70, 78, 80, 86, 88, 102, 104):  # names, numbers of bins, chunks
        put(f"tbi-damaged-{place}", homref | tbi | damaged, three, 20, place)
    for place in (8, 58, 62, 78, 86, 88):
        put(f"csi-damaged-{place}", homref | csi | damaged, three, 20, place)
    other = head() + plain("1", around) + plain("GL000192.1", range(1, 30)) + plain("MT", range(1, 20)) + plain("2", around)
    put("other-contigs", homref, other, 20)
    put("other-contigs-tbi", homref | tbi, other, 20)
    put("disorder", homref, head() + plain("1", [*range(1, 40), 20, *range(40, 60)]), 20)
    put("two-runs", homref, head() + plain("1", range(1, 40)) + plain("2", range(1, 40)) + plain("1", range(50, 90)), 20)
    put("short-run-between", homref, head() + plain("1", range(1, 40)) + plain("7", [5]) + plain("2", range(1, 40)), 20)
    put("long-ref", homref, head() + plain("1", [5, 6]) + plain("1", [7], ref="A" * 5000) + plain("1", range(8, 20)), 50)
    deletion = head() + plain("1", range(1, 20)) + row("1", 50, "A", "<DEL>", info="END=120") + plain("1", range(200, 230))
    put("deletion", homref, deletion, 20)
    put("deletion-tbi", homref | tbi, deletion, 20)
    blocks = head(more='##ALT=<ID=NON_REF,Description="x">\n') + GVCF
    put("gvcf", gvcf, blocks, 20)
    put("gvcf-tbi", gvcf | tbi, blocks, 20)
    put("gvcf-csi", gvcf | csi, blocks, 20)
    put("svlen", homref | tbi, head(more='##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="x">\n') + plain("1", range(9)), 20)
    put("len", homref, head(more='##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="x">\n') + plain("1", range(9)), 20)
    put("symbolic", homref, head(more='##ALT=<ID=DEL,Description="x">\n') + plain("1", range(9)), 20)
    put("row-by-len", homref | tbi, head() + row("1", 50, "A", "<NON_REF>", form="GT:LEN", call=("0/0:80",)) + plain("1", range(60, 90)), 20)
    put("row-by-svlen", homref, head() + row("1", 50, "A", "<DEL>", info="SVLEN=-80") + plain("1", range(60, 90)), 20)
    put("end-within-ref", homref, head() + row("1", 50, "ACGT", "A", info="END=51") + plain("1", range(60, 90)), 20)
    put("end-odd", homref, head() + row("1", 50, "ACGT", "A", info="END=x") + plain("1", range(60, 90)), 20)
    put("end-odd-block", homref, head() + row("1", 50, "A", ".", info="END=x") + plain("1", range(60, 90)), 20)
    put("no-row", homref, head() + plain("1", range(1, 40)) + "1\t41\n" + plain("1", range(42, 60)), 20)
    put("header-alone", homref | tbi, head(), 20)
    put("header-cut", homref, head()[:60], 20)
    put("nul-in-header", homref, head(more="##x=\0\n"), 20)
    put("nul-in-row", homref, head() + plain("1", range(1, 9)) + row("1", 100, "G", "A", info="\0"), 20)
    put("crlf", homref, three.replace("\n", "\r\n"), 40)
    put("long-line", homref | is_file, bgzf(head() + plain("1", range(1, 9)) + row("1", 100, "G", "A", info="x" * 17000)))
    packed = bgzf(three, 400)
    put("file", homref | is_file, packed)
    put("file-plain", homref | is_file, three[:400])
    put("file-no-marker", homref | is_file, packed[:-28])
    put("file-two-joined", homref | is_file, bgzf(head(), 400) + bgzf(plain("1", around), 300))
    for name, at in (("head", 12), ("block", 20), ("data", 700), ("crc", len(packed) - 36), ("size", len(packed) - 32)):
        bad = bytearray(packed)
        bad[at] ^= 0xff
        put(f"file-damaged-{name}", homref | is_file, bytes(bad))
    late = bytearray(packed)
    late[-30] ^= 1  # the length of the last block's text
    put("file-damaged-length", homref | is_file, bytes(late))


def index():
    """Each refusal of .tbi and .csi, and what bins may look like."""
    def about(names, *form):
        return struct.pack("<6I", *(form or (2, 1, 2, 0, 35, 0))) + struct.pack("<I", len(names)) + names

    def bins(form, *given):
        out = struct.pack("<I", len(given))
        for number, *chunks in given:
            out += struct.pack("<I", number) + (struct.pack("<Q", chunks[0][0] if chunks else 0) if form == "csi" else b"")
            out += struct.pack("<I", len(chunks)) + b"".join(struct.pack("<QQ", *c) for c in chunks)
        return out

    def tbi(names, *contigs, count=None, form=()):
        return b"TBI\1" + struct.pack("<I", len(contigs) if count is None else count) + about(names, *form) + b"".join(contigs)

    def csi(shift, depth, names, *contigs, count=None):
        text = about(names)
        return b"CSI\1" + struct.pack("<III", shift, depth, len(text)) + text + struct.pack("<I", len(contigs) if count is None else count) + b"".join(contigs)

    windows = struct.pack("<IQ", 1, 0x1000)
    one = bins("tbi", (0x1249, (0x1000, 0x2000))) + windows
    write("index", "other-magic", b"BAI\1" + bytes(8))
    write("index", "figures", tbi(b"1\0", bins("tbi", (37450, (1, 2), (3, 0)), (0x1249, (0x1000, 0x2000))) + windows) + bytes(8))
    write("index", "bin-beyond", tbi(b"1\0", bins("tbi", (40000, (1, 2))) + windows))
    write("index", "bin-twice", tbi(b"1\0", bins("tbi", (9, (1, 2)), (9, (2, 3))) + windows))
    write("index", "chunk-backwards", tbi(b"1\0", bins("tbi", (9, (5, 2))) + windows))
    write("index", "other-kind", tbi(b"1\0", one, form=(0, 1, 2, 0, 35, 0)))
    write("index", "names-few", tbi(b"1\0", one, one, count=2))
    write("index", "names-many", tbi(b"1\0" b"2\0" b"3\0", one, count=1))
    write("index", "name-empty", tbi(b"1\0\0", one, one))
    write("index", "name-twice", tbi(b"1\0" b"1\0", one, one))
    write("index", "contigs-many", tbi(b"1\0", one, count=1 << 30))
    write("index", "chunks-many", tbi(b"1\0", struct.pack("<III", 1, 9, 1 << 30)))
    write("index", "bins-of-nothing", tbi(b"1\0", bins("tbi", (9,)) + windows))
    write("index", "trailing", tbi(b"1\0", one) + bytes(9))
    write("index", "csi-deep", csi(14, 99, b"1\0", bins("csi")))
    write("index", "csi-rest", csi(14, 5, b"1\0" b"X\0", bins("csi", (4681, (16, 32)), (0, (32, 48)), (585, (1, 9))), bins("csi", (37450,)), ) + bytes(8))
    write("index", "csi-left-bins", csi(4, 2, b"1\0", bins("csi", (9, (16, 32)), (20, (32, 64)), (2, (64, 80)))))


def slices():
    """choice (which model, which kind), then 8 bytes for each of its features, or a whole slice."""
    def record(number, alleles=0, how=0, rest=0):
        return struct.pack("<IBBH", number & 0xffffffff, alleles, how, rest)

    def real(value, how=0x0f):
        return struct.pack("<fBBH", value, 0, how, 0)

    def put(name, choice, *records):
        write("slice", name, bytes([choice]) + b"".join(records))

    good = record(1000000, 2)
    for how in range(18):
        put(f"how-{how}", 2, record(1000000, 2, how), record(-1, 0, how), real(1.5, how), real(1, how))
    put("trees-fractions", 0, record(1234567, 2, 2), record(1, 1, 0), real(-1), real(2))
    put("trees-values-out", 2, good, good, real(2.75), real(3))
    put("trees-values-odd", 2, good, good, real(float("inf")), real(0.5))
    put("trees-reserved", 2, record(0, 2, 0, 1), good, real(-0.0), real(-0.0))
    put("trees-too-many", 2, record(2000001, 2), record(0, 3), real(1e-42), real(0))
    put("polygenic-hard", 3, *[good] * 4, record(-1, 0, 14))
    put("polygenic-unscored", 3, *[good] * 4, good)
    head = b"glovebox slice v1\n"

    def whole(label=head, kind=0, zero=0, count=4, model=1, records=None):
        body = [good, good, real(1), real(1)] if records is None else records
        return b"\0" + label + bytes([kind, zero]) + struct.pack("<I", count) + bytes([model]) + bytes(31) + b"".join(body)

    write("slice", "head-label", whole(label=b"glovebox slice v2\n"))
    write("slice", "head-kind", whole(kind=2))
    write("slice", "head-zero", whole(zero=1))
    write("slice", "head-count", whole(count=5))
    write("slice", "head-model", whole(model=3))
    write("slice", "head-cut", whole()[:40])
    write("slice", "records-cut", whole()[:-3])
    write("slice", "records-more", whole() + b"\0")


def snp():
    """Made from corpus/snp/report, a report of version 3: each field's refusals, and the three products."""
    report = (CORPUS / "snp/report").read_bytes()

    def put(name, *changes):
        out = bytearray(report)
        for at, data in changes:
            out[at:at + len(data)] = data
        write("snp", name, bytes(out))

    cpuid = 392
    for name, family, model in (("milan", 0x19, 1), ("genoa", 0x19, 0x11), ("genoa-a0", 0x19, 0xa1), ("turin", 0x1a, 2), ("older", 0x17, 1)):
        put(f"product-{name}", (0, b"\3"), (cpuid, bytes([family, model, 1])))
    put("version-9", (0, b"\x09"))
    put("policy-reserved", (8, b"\0\0\0"))
    put("algorithm-2", (52, b"\2"))
    put("flags-reserved", (72, b"\xff"))
    put("cpuid-of-version-2", (0, b"\2"))
    put("mitigations-of-version-3", (0x1f8, b"\1"))
    put("number-of-49-bytes", (0x2a0 + 48, b"\1"))
    write("snp", "zeros-behind", report + bytes(3))
    write("snp", "table-without-end", report + bytes([1] * 24))


for make in (scan, picked, index, slices, snp):
    make()
