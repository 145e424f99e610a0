"""link_map.py: what a program was linked of, read from the map that GNU ld wrote beside it (-Wl,-Map)."""
import os
import pathlib
import re


def contributions(path):
    """(archive or object, member or "", bytes) of every piece that is in the program's memory. Discarded sections come before the
    memory map; sections that are not loaded (comments, debugging) have the address 0."""
    text = pathlib.Path(path).read_text(errors="replace")
    text = text[text.index("Linker script and memory map"):]
    piece = re.compile(r"^ [.\w][^\s]*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) ([^\s(]+)(?:\(([^)]+)\))?$", re.MULTILINE)
    for address, size, file, member in piece.findall(text):
        if int(address, 16) and int(size, 16):
            yield os.path.normpath(file), member, int(size, 16)


def owner_of(listing):
    """{path: package} of the tree's files (mkroot.sh writes the listing: PACKAGE PATH, without the first slash)."""
    lines = pathlib.Path(listing).read_text().splitlines()
    return {"/" + path: package for package, path in (line.split(" ", 1) for line in lines)}


def system_path(path):
    """As it is called under /usr: /lib is a link."""
    return re.sub(r"^/lib(64)?/", r"/usr/lib\1/", path)
