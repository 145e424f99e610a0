"""The machine that figures are of, and the versions of what ran on it."""
import os, pathlib, platform, re, subprocess


def first(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout or done.stderr).strip().split("\n")[0]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def flags():
    """The instruction sets that what is measured may use."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = set(re.search(r"^flags\s*:(.*)$", text, re.M)[1].split())
    return [f for f in ("sse4_2", "avx2", "bmi2", "avx512f", "avx512bw", "avx512vbmi", "aes", "vaes", "vpclmulqdq", "sha_ni", "gfni") if f in found]


def memory_gib():
    return round(int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / (1 << 20))


PACKAGES = ["bcftools", "libhts3t64", "libdeflate0", "plink2", "libxgboost0", "libonnxruntime1.21", "openssl", "gcc-14"]


def versions():
    """Of the peers, as far as they say."""
    said = {"bcftools": first(["bcftools", "--version"]), "plink2": first(["plink2", "--version"]), "openssl": first(["openssl", "version"]),
            "gcc": first(["g++-14", "--version"]), "kernel": platform.release()}
    out = {name: text for name, text in said.items() if text}
    for name, header, pattern in (("libdeflate", "libdeflate.h", r'LIBDEFLATE_VERSION_STRING\s+"([^"]+)"'),
                                  ("htslib", "htslib/hts.h", r"#define HTS_VERSION (\d+)"),
                                  ("onnxruntime", "onnxruntime/onnxruntime_c_api.h", r"#define ORT_API_VERSION (\d+)")):
        path = pathlib.Path("/usr/include") / header
        if path.exists() and (found := re.search(pattern, path.read_text(errors="replace"))):
            out[name] = found[1]
    version = pathlib.Path("/usr/include/xgboost/version_config.h")
    if version.exists():
        out["libxgboost"] = ".".join(re.search(rf"#define XGBOOST_VER_{part} (\d+)", version.read_text())[1] for part in ("MAJOR", "MINOR", "PATCH"))
    return out


def describe():
    return {"processor": processor(), "cores": len(os.sched_getaffinity(0)), "memory_gib": memory_gib(), "flags": flags(), "load": os.getloadavg()[0],
            "versions": versions()}


def slug(machine):
    """A short name for a file: amd-epyc-2-cores."""
    words = re.sub(r"\(.*?\)|[^a-z0-9]+", " ", machine["processor"].lower()).split()
    return "-".join([w for w in words if w not in ("processor", "cpu", "with", "core")][:4] + [str(machine["cores"]), "cores"])
