#!/usr/bin/env python3
"""Fetches the packages of sources.txt with the registries' own clients and keeps their text files, compressed.

    fetch.py FOLDER [SPLIT [REGISTRY]]

For each line `SPLIT REGISTRY NAME` it writes FOLDER/SPLIT/REGISTRY/NAME.jsonl.gz with one `[path, text]` a line; what is there already is
not fetched again. `npm` is `npm pack`, `wheel` is `pip download`, `deb` is `apt-get download`, `source` is `apt-get source` (the
repository as its authors released it, with its configuration; needs deb-src in the sources list). APT_GET names another apt-get.
Of very many files of one extension some are kept, spread over the package; archives are deleted once they are read.
"""
import glob, gzip, json, os, re, subprocess, sys, tarfile, tempfile, zipfile
from collections import defaultdict

EXTENSIONS = set(
    "json jsonc md markdown rst txt rs ts tsx mts js mjs cjs jsx vue svelte astro py go java kt swift cs rb php lua c h cc cpp hpp mm m scss less css sql "
    "sh ex exs cr vala pl tcl ml vim el xml toml yml yaml html gradle cmake po wxml qml".split()
)
DOTFILES = {".eslintrc", ".babelrc", ".prettierrc", ".stylelintrc", ".swcrc", ".nycrc", ".jshintrc", ".all-contributorsrc"}
SKIP = re.compile(r"(^|/)(node_modules|bower_components|third[-_]?party|\.git|\.yarn)/|licen[cs]e|copying|\.min\.|\.map$", re.I)
LARGEST_FILE, FILES_OF_EXTENSION, LARGEST_ARCHIVE = 1_500_000, 160, 130_000_000
APT_GET = os.environ.get("APT_GET", "apt-get").split()


def entries_of_tar(stream):
    with tarfile.open(fileobj=stream, mode="r|*") as tar:
        for member in tar:
            if member.isfile() and member.size <= LARGEST_FILE:
                yield member.name, lambda: tar.extractfile(member).read()


def entries_of(path):
    if path.endswith((".whl", ".zip")):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.file_size <= LARGEST_FILE:
                    yield member.filename, lambda: archive.read(member)
    elif path.endswith(".deb"):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE) as process:
            yield from entries_of_tar(process.stdout)
    elif os.path.isdir(path):
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                with open(f"{folder}/{name}", "rb") as file:
                    yield f"{folder}/{name}", file.read
    else:
        with open(path, "rb") as file:
            yield from entries_of_tar(file)


def text_files(path):
    """The text files of an archive by extension; groff manuals and fortunes count as `man` and `fortune`."""
    kept = defaultdict(list)
    for name, read in entries_of(path):
        base = os.path.basename(name)
        extension = base.rsplit(".", 1)[-1].lower() if "." in base[1:] else ""
        if base in DOTFILES:
            extension = "json"
        if re.search(r"/man/(.*/)?man\d/.*\.gz$", name):
            extension = "man"
        elif "/games/fortunes/" in name and not base.endswith((".dat", ".u8")):
            extension = "fortune"
        elif extension not in EXTENSIONS or SKIP.search(name):
            continue
        raw = read()
        try:
            text = (gzip.decompress(raw) if extension == "man" else raw).decode("utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if len(text) > 150 and "\0" not in text:
            kept[extension].append((name, text))
    return kept


def keep(archives, target):
    kept = defaultdict(list)
    for path in archives:
        if os.path.isdir(path) or os.path.getsize(path) <= LARGEST_ARCHIVE:
            for extension, files in text_files(path).items():
                kept[extension].extend(files)
    with gzip.open(target + ".part", "wt", encoding="utf-8", compresslevel=3) as out:
        for files in kept.values():
            for name, text in files[:: max(1, -(-len(files) // FILES_OF_EXTENSION))]:
                out.write(json.dumps([name, text], ensure_ascii=False) + "\n")
    os.replace(target + ".part", target)
    print(target, {extension: len(files) for extension, files in kept.items()}, flush=True)


def crates(command, names, folder):
    """Cargo fetches only what a project depends on: one is made for the names, with a cache that goes with it."""
    os.makedirs(f"{folder}/src")
    open(f"{folder}/src/lib.rs", "w").close()
    with open(f"{folder}/Cargo.toml", "w") as file:
        file.write('[package]\nname = "asking"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n')
        file.writelines(f'[dependencies.{name}]\nversion = "*"\ndefault-features = false\n' for name in names)
    environment = {**os.environ, "CARGO_HOME": f"{folder}/home"}
    subprocess.run([*command, f"{folder}/Cargo.toml", f"{folder}/vendor"], env=environment, capture_output=True, timeout=900)
    of = lambda name: [path for path in glob.glob(f"{folder}/vendor/{name}-*") if re.fullmatch(r"[\d.]+\S*", path.rsplit(f"/{name}-", 1)[1])]
    return {name: of(name)[-1:] for name in names}


def download(registry, names, folder):
    """The archives of some packages, by name. What a registry does not have is absent."""
    command = {
        "npm": ["npm", "pack", "--silent", "--json", "--ignore-scripts"],
        "wheel": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"],
        "deb": [*APT_GET, "download"],
        "source": [*APT_GET, "source", "--download-only"],
        "crate": ["cargo", "vendor", "--quiet", "--versioned-dirs", "--manifest-path"],
    }[registry]
    if registry == "crate":
        return crates(command, names, folder)
    run = subprocess.run([*command, *names], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=900)
    found = sorted(os.listdir(folder))
    archives = {name: [] for name in names}
    if registry == "npm":
        for packed in json.loads(run.stdout or b"[]") if run.returncode == 0 else []:
            file = packed["filename"].replace("@", "").replace("/", "-")
            archives[packed["name"]] = [f"{folder}/{file}"] if file in found else []
    elif registry == "wheel":
        for name in names:
            plain = re.sub(r"[-_.]+", "-", name).lower()
            archives[name] = [f"{folder}/{file}" for file in found if re.sub(r"[-_.]+", "-", file.split("-")[0]).lower() == plain]
    else:
        for name in names:
            mine = [f"{folder}/{file}" for file in found if file.startswith(name + "_") and (file.endswith(".deb") or ".tar." in file)]
            # Of a source package the parts that its authors released, not what Debian adds.
            archives[name] = [file for file in mine if re.search(r"\.orig.*\.tar\.\w+$|\.deb$", file)] or [
                file for file in mine if not file.endswith(".debian.tar.xz")]
    return archives


def main():
    root, wanted = sys.argv[1], sys.argv[2:]
    listed = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sources.txt")
    missing = defaultdict(list)
    for split, registry, name in (line.split() for line in open(listed) if line.strip()):
        target = f"{root}/{split}/{registry}/{name.replace('/', '__')}.jsonl.gz"
        if not os.path.exists(target) and wanted == [split, registry][: len(wanted)]:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            missing[(registry, split)].append((name, target))
    for (registry, _), packages in missing.items():
        # A few at once, since the clients take longer to start than to fetch.
        batches = [packages[start : start + 8] for start in range(0, len(packages), 8)]
        while batches:
            batch = batches.pop(0)
            with tempfile.TemporaryDirectory(dir=root) as folder:
                archives = download(registry, [name for name, _ in batch], folder)
                if len(batch) > 1 and not any(archives.values()):
                    # One that is not there fails the others of its batch.
                    batches[:0] = [[package] for package in batch]
                    continue
                for name, target in batch:
                    try:
                        keep(archives[name], target) if archives[name] else print(f"{registry} {name}: not there", flush=True)
                    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
                        print(f"{registry} {name}: left out ({error})", flush=True)


if __name__ == "__main__":
    main()
