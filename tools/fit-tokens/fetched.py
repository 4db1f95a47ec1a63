"""Cuts what fetch.py fetched into chunks of 2.5 to 4 KB, each with a kind."""
import glob, gzip, hashlib, json, os, re
from collections import defaultdict

SMALLEST, LARGEST = 2_500, 4_000
KINDS = {"rs": "rust", "py": "py", "go": "go", "json": "json", "jsonc": "json", "md": "md", "markdown": "md", "man": "manual", "fortune": "manual"}
KINDS |= dict.fromkeys("ts tsx mts js mjs cjs jsx".split(), "ts")
KINDS |= dict.fromkeys("rst txt po html".split(), "text")
HAN, KANA, HANGUL = re.compile("[\u4e00-\u9fff]"), re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7a3]")
NUMBERS = re.compile(r"[-\d.,\[\]\s]")
OTHER_LETTERS = re.compile("[^\\W\\d_a-zA-Z]")


def pieces_of(text):
    """Chunks of a length of their own each, so that no length is special."""
    raw = text.replace("\r\n", "\n").encode("utf-8", "replace")
    at = 0
    while len(raw) - at >= SMALLEST:
        size = SMALLEST + int(hashlib.sha1(raw[at : at + 200]).hexdigest()[:6], 16) % (LARGEST - SMALLEST)
        end = min(at + size, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        yield raw[at:end].decode("utf-8")
        at = end


def kind_of(kind, text):
    """The kind of a chunk of a file of `kind`: Chinese by its characters, whatever the file is. None: nothing that is asked for."""
    han = len(HAN.findall(text))
    others = len(OTHER_LETTERS.findall(text))
    if kind == "manual" and others < 60:
        return None
    if han > 0.04 * len(text):
        return "zh" if len(KANA.findall(text)) < 30 and len(HANGUL.findall(text)) < 30 else "multi"
    if kind in ("md", "text", "manual") and others > 0.04 * len(text):
        return "multi"
    if kind == "ts" and len(text) > 160 * (text.count("\n") + 1):
        return "min"
    return {"text": "en", "manual": None}.get(kind, kind)


def chunks_of_package(path, per_file):
    """(kind, chunk) of a package, one of each file first."""
    small = defaultdict(list)
    rounds = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            name, text = json.loads(line)
            extension = name.rsplit(".", 1)[-1].lower()
            kind = KINDS.get(extension, "json" if "/." in name and extension.endswith("rc") else "code")
            if kind == "manual":
                text = re.sub(r'(?m)^\.\\".*\n', "", text)
            if len(text.encode("utf-8", "replace")) < SMALLEST:
                # Small files are joined, as a prompt joins them.
                small[kind].append(text)
                if sum(map(len, small[kind])) < SMALLEST:
                    continue
                text = "\n\n".join(small.pop(kind))
            pieces = list(pieces_of(text))
            for turn, piece in enumerate(pieces[:: max(1, len(pieces) // per_file)][:per_file]):
                rounds[turn].append((kind_of(kind, piece), piece))
    for turn in sorted(rounds):
        for kind, piece in sorted(rounds[turn], key=lambda one: hashlib.sha1(one[1][:300].encode()).digest()):
            if kind:
                yield kind, piece


def fetched(root, split, wanted, per_package):
    """(kind, package, chunk) of all packages of a split: at most `wanted[kind]` of a kind, taken from the packages in turn."""
    found = defaultdict(dict)
    seen = set()
    for path in sorted(glob.glob(f"{root}/{split}/*/*.jsonl.gz")):
        package = os.path.basename(path)[: -len(".jsonl.gz")]
        for kind, piece in chunks_of_package(path, max(3, per_package // 8)):
            chunks = found[kind].setdefault(package, [])
            # Maps and tables of numbers are met, but one is like the other.
            numbers = len(NUMBERS.findall(piece)) > 0.6 * len(piece)
            if kind == "json" and numbers and sum(len(NUMBERS.findall(one)) > 0.6 * len(one) for one in chunks) >= 4:
                continue
            mark = hashlib.sha1(piece[1000:1400].encode()).digest()
            if len(chunks) < per_package and mark not in seen:
                seen.add(mark)
                chunks.append(piece)
    for kind, packages in sorted(found.items()):
        names = sorted(packages, key=lambda name: hashlib.sha1(name.encode()).digest())
        turns = ((name, packages[name][turn]) for turn in range(per_package) for name in names if turn < len(packages[name]))
        for (name, piece), _ in zip(turns, range(wanted.get(kind, 0))):
            yield kind, name, piece
