#!/usr/bin/env python3
"""Collects the text that the token tables are fitted to: chunks of about 4 KB with a kind, a package and a split.

    collect.py OUT.jsonl FETCHED
    collect.py OUT.jsonl FETCHED last

Takes what fetch.py wrote to the folder FETCHED, and what a developer's machine has: the sources of installed crates and Python packages,
message catalogues, books. A package is wholly in one split, never by the chunk: sources.txt says which, and for the machine's own packages
a hash of the name without its version. `last` writes the packages that no choice was made with, and nothing else. The text is not committed.
"""
import difflib, gettext, glob, gzip, hashlib, html, json, os, re, sys
from collections import defaultdict
import compose
from fetched import fetched

ROOT = os.path.abspath(__file__).rsplit("/tools/", 1)[0]
HOME = os.path.expanduser("~")
CHUNK = 4096
# Chunks kept for each kind in (train, test, fresh), and at most so many of one package and kind.
WANTED = (330, 110, 60)
# ... times this: what is most varied, or scarce in the rest, gets more.
TIMES = {("multi", 0): 2.2, ("multi", 1): 2, ("multi", 2): 2, ("rare", 0): 0.9, ("zh", 0): 2, ("prose", 0): 2}
PER_PACKAGE = 40
SKIP = re.compile(r"licen[cs]e|copying|/\.git/|test-?data|/tests?/(fixtures|data)/|unicode.*tables?|confusables", re.I)
EXT_KIND = {
    "ts": "ts", "tsx": "ts", "js": "ts", "mjs": "ts", "mts": "ts", "rs": "rust", "go": "go", "py": "py", "md": "md", "rst": "en",
    "json": "json", "markdown": "md",
}
OOD = set("java kt swift cs rb php lua c h cc cpp hpp mm m scss less css vue sql sh pl pm tcl ml vim el xml toml yml yaml svg html gradle cmake".split())
# Kind `multi`: languages that many users write. Kind `rare`: others, with scripts of their own or seldom seen by a vocabulary.
LANGUAGES = "ja de fr es ru pl pt_BR pt it uk vi tr nl cs ko ar hi id sv th".split()
RARE = "ro el sr hu fi da he fa bn ta te ml kn gu mr ka hy km ne pa si mk bg ca eu lt kk".split()


def split_of(package):
    """0 = train, 1 = test, 2 = fresh: a fixed function of the package's name."""
    share = int(hashlib.sha256(("split:" + package).encode()).hexdigest()[:8], 16) % 100
    return 0 if share < 64 else 1 if share < 88 else 2


ENGLISH_BOOKS = "book nomicon reference rustc cargo edition-guide style-guide embedded-book clippy rustdoc unstable-book".split()


def kind_of(language):
    return "multi" if language in LANGUAGES else "rare" if language in RARE else None


def base_name(folder):
    return re.sub(r"[-_]v?\d+(\.\d+)*([-+.].*)?$", "", folder)


class Corpus:
    def __init__(self):
        self.pieces = defaultdict(list)
        self.seen = set()

    def add_text(self, kind, package, text, limit=6):
        """Cuts a text into chunks and keeps at most `limit`, spread over it."""
        text = text.replace("\r\n", "\n")
        chunks = cut(text)
        step = max(1, len(chunks) // limit)
        for chunk in chunks[::step][:limit]:
            # A chunk whose middle was already seen is a copy (vendored files, generated twins).
            mark = hashlib.sha1(chunk[1500:1900].encode("utf-8", "replace")).digest()
            if mark not in self.seen and len(chunk) > 200:
                self.seen.add(mark)
                self.pieces[(kind, package)].append(chunk)

    def chosen(self):
        """Round robin over the packages of a kind and split, so that no big package outweighs the rest."""
        by_kind = defaultdict(dict)
        for (kind, package), chunks in self.pieces.items():
            order = sorted(chunks, key=lambda c: hashlib.sha1(c[:300].encode("utf-8", "replace")).digest())
            by_kind[(kind, split_of(package.split("/")[0]))][package] = order[:PER_PACKAGE]
        for (kind, split), packages in sorted(by_kind.items()):
            wanted = WANTED[split] * TIMES.get((kind, split), 1)
            names = sorted(packages, key=lambda p: hashlib.sha1(p.encode()).digest())
            taken = 0
            for turn in range(PER_PACKAGE):
                for name in names:
                    if turn < len(packages[name]) and taken < wanted:
                        taken += 1
                        yield kind, name, split, packages[name][turn]


def cut(text):
    raw = text.encode("utf-8", "replace")
    out, at = [], 0
    while at < len(raw):
        end = min(at + CHUNK, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        if end - at > 1500 or at == 0:
            out.append(raw[at:end].decode("utf-8"))
        at = end
    return out


def read(path):
    try:
        if os.path.getsize(path) > 4_000_000:
            return ""
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rb") as file:
            return file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError, EOFError):
        return ""


def files_below(root):
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


def han_share(text):
    letters = [c for c in text[:6000] if ord(c) > 127]
    return sum("\u4e00" <= c <= "\u9fff" for c in letters) / max(1, len(text[:6000])), len(letters)


def is_minified(text):
    return len(text) > 3000 and len(text) / (text.count("\n") + 1) > 400


def plain_html(text):
    text = re.sub(r"(?is)<(script|style|head).*?</\1>", "", text)
    text = re.sub(r"(?s)<[^>]+>", "", text)
    return re.sub(r"\n\s*\n+", "\n\n", html.unescape(text))


def add_tree(corpus, package, root, most=60):
    """Sorts the files of a source package by kind; of very many files it takes some, spread over the package."""
    by_kind = defaultdict(list)
    for path in files_below(root):
        name = path.lower()
        ext = name.rsplit(".", 1)[-1]
        if SKIP.search(path[len(root):]) or name.endswith((".map", ".lock")) or "/dist/locale" in name:
            continue
        kind = EXT_KIND.get(ext) or ("ood/" + ext if ext in OOD else None)
        if kind:
            by_kind[kind].append(path)
    for kind, paths in by_kind.items():
        room = most if not kind.startswith("ood") else 24
        small = []
        for path in paths[:: max(1, len(paths) // (room * 2))]:
            text = read(path)
            real = kind.split("/")[0]
            if kind in ("ts", "ood/css", "ood/html") and is_minified(text):
                real = "min"
            if kind in ("en", "md"):
                share, letters = han_share(text)
                if share > 0.25:
                    kana = sum("\u3040" <= c <= "\u30ff" for c in text[:6000])
                    real = "zh" if kana < 60 else "multi"
                elif letters > 900:
                    real = "multi"
                elif sum(ord(c) > 0x2190 for c in text[:6000]) > 80:
                    real = "emoji"
            if len(text.encode("utf-8", "replace")) < 3000:
                # Small files are joined, as a prompt joins them.
                small.append(text)
                if sum(map(len, small)) > CHUNK:
                    corpus.add_text(real, package, "\n\n".join(small), 2)
                    small = []
            else:
                corpus.add_text(real, package, text, 12 if real in ("min", "zh") else 8 if real in ("en", "md") else 4)


def add_diffs(corpus, pairs):
    for package, old, new in pairs:
        for path in list(files_below(new))[:400]:
            if path.rsplit(".", 1)[-1] not in EXT_KIND:
                continue
            before, after = read(os.path.join(old, os.path.relpath(path, new))), read(path)
            if before and after and before != after and len(after) < 200_000:
                name = os.path.relpath(path, new)
                lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a/" + name, "b/" + name)
                text = f"diff --git a/{name} b/{name}\n" + "".join(lines)
                if len(text) > 1500:
                    corpus.add_text("diff", package, text, 2)


def add_catalogues(corpus, roots):
    for root in roots:
        for path in sorted(glob.glob(root + "/*/LC_MESSAGES/*.mo")):
            language, domain = path.split("/")[-3], os.path.basename(path)[:-3]
            domain = re.sub(r"[-_.\d]+$", "", domain)
            if domain.startswith("iso_"):
                domain = "iso-codes"
            kind = "zh" if language.startswith("zh") else kind_of(language)
            if not kind:
                continue
            try:
                with open(path, "rb") as file:
                    entries = gettext.GNUTranslations(file)._catalog
            except (OSError, UnicodeDecodeError, ValueError):
                continue
            lines = [v for k, v in entries.items() if k and isinstance(v, str)]
            corpus.add_text(kind, f"{domain}/{language}", "\n".join(lines), 8 if kind == "zh" else 2)


# Chunks taken of the fetched packages for each kind, (train, test, last), and of one package.
FETCHED = {
    "json": (1800, 1200, 700), "md": (1800, 1200, 700), "zh": (2600, 1000, 700), "ts": (1600, 1000, 700), "rust": (900, 900, 500),
    "code": (1500, 800, 500), "py": (500, 250, 150), "go": (350, 150, 80), "en": (400, 120, 0), "min": (400, 120, 0), "multi": (1400, 200, 0),
}
FETCHED_OF_PACKAGE = (60, 20, 12)


def fetched_chunks(root, name, split):
    wanted = {kind: row[split] for kind, row in FETCHED.items()}
    return [(kind, package, split, text) for kind, package, text in fetched(root, name, wanted, FETCHED_OF_PACKAGE[split])]


def write(out, chunks):
    counts, packages = defaultdict(lambda: [0, 0, 0]), defaultdict(set)
    lines = (line.split() for line in open(ROOT + "/tools/fit-tokens/sources.txt"))
    kept_away = {name.replace("/", "__") for split, _, name in lines if split == "last"}
    chunks = [chunk for chunk in chunks if chunk[2] == 2 or chunk[1].replace("/", "__") not in kept_away]
    with open(out, "w") as file:
        for kind, package, split, text in chunks:
            counts[kind][split] += 1
            packages[(kind, split)].add(package)
            file.write(json.dumps({"kind": kind, "package": package, "split": split, "text": text}) + "\n")
    for kind, row in sorted(counts.items()):
        print(f"{kind:8} chunks {row}  packages {[len(packages[(kind, s)]) for s in range(3)]}")


def main():
    out, fetched_root = sys.argv[1:3]
    if sys.argv[3:] == ["last"]:
        return write(out, fetched_chunks(fetched_root, "last", 2))
    corpus = Corpus()
    crates = sorted(glob.glob(HOME + "/.cargo/registry/src/*/*"))
    for folder in crates:
        add_tree(corpus, base_name(os.path.basename(folder)), folder)
    versions = defaultdict(list)
    for folder in crates:
        versions[base_name(os.path.basename(folder))].append(folder)
    pairs = [(name, v[i], v[i + 1]) for name, v in versions.items() for i in range(len(v) - 1)]
    libs = sorted(glob.glob(HOME + "/.pyenv/versions/3.*/lib/python3.*") + glob.glob("/usr/lib/python3/dist-packages/.."))
    for lib in libs[-3:]:
        for site in sorted(glob.glob(lib + "/site-packages/*/")) + sorted(glob.glob(lib + "/[a-z]*/")):
            name = os.path.basename(site.rstrip("/"))
            if name not in ("site-packages", "test", "__pycache__") and "." not in name:
                add_tree(corpus, name, site, 24)
    for old, new in list(zip(libs, libs[1:]))[-2:]:
        for site in sorted(glob.glob(new + "/[a-z]*/")):
            name = os.path.basename(site.rstrip("/"))
            if name not in ("site-packages", "dist-packages", "__pycache__") and os.path.isdir(old + "/" + name):
                pairs.append((name, old + "/" + name, site))
    add_diffs(corpus, pairs)
    add_catalogues(corpus, ["/usr/share/locale"])
    for page in glob.glob(HOME + "/.rustup/toolchains/1.*/share/doc/rust/html/rust-by-example/*/**/*.html", recursive=True):
        language = re.search(r"rust-by-example/(\w\w)/", page)
        if language:
            text = plain_html(read(page))
            # The translations are one package each.
            kind = "zh" if language[1] == "zh" else kind_of(language[1])
            if kind:
                corpus.add_text(kind, f"rust-by-example-{language[1]}", text, 3)
    for page in glob.glob(HOME + "/.rustup/toolchains/1.*/share/doc/rust/html/[a-z]*/**/*.html", recursive=True):
        book = re.search(r"/rust/html/([^/]+)/", page)[1]
        if book in ENGLISH_BOOKS and "print.html" not in page:
            corpus.add_text("en", "rust-" + book, plain_html(read(page)), 3)
    for folder in sorted(glob.glob(ROOT + "/**/node_modules/*", recursive=True) + glob.glob(ROOT + "/**/node_modules/@*/*", recursive=True)):
        name = folder.rsplit("node_modules/", 1)[1]
        for kind, pattern in (("json", "*.json"), ("md", "*.md")):
            texts = [text for path in sorted(glob.glob(f"{folder}/{pattern}"))[:4] if len(text := read(path)) > 800]
            if texts:
                corpus.add_text(kind, name, "\n\n".join(texts), 3)
    add_tree(corpus, "postgresql", "/usr/share/postgresql")
    add_tree(corpus, "perl", "/usr/share/perl")
    add_tree(corpus, "linux-headers", "/usr/include/linux")
    compose.add_generated(corpus, split_of)
    write(out, [*corpus.chosen(), *fetched_chunks(fetched_root, "train", 0), *fetched_chunks(fetched_root, "widths", 1)])


if __name__ == "__main__":
    main()
