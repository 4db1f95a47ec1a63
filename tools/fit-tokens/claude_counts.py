#!/usr/bin/env python3
"""Counts of the two Claude vocabularies for every chunk, by `ctok` (PyPI, MIT): an unofficial reconstruction, not verified here.

    claude_counts.py CORPUS.jsonl COUNTS.tsv

Needs Python 3.12 or newer with ctok 1.3.0. Appends a line `sha1 <tab> v3 <tab> v4.7` for each chunk that COUNTS.tsv lacks, so that it
can be stopped and started again. The frame of a message (7 tokens in v3, 11 in v4.7) is taken off: the tables count content.
"""
import hashlib, json, os, sys
from ctok import token_count


def main():
    corpus, counts = sys.argv[1:3]
    known = set()
    if os.path.exists(counts):
        with open(counts) as file:
            known = {line.split("\t", 1)[0] for line in file}
    frames = [token_count("a", version) - 1 for version in ("3.0", "4.7")]
    with open(corpus) as lines, open(counts, "a") as out:
        for line in lines:
            text = json.loads(line)["text"]
            mark = hashlib.sha1(text.encode()).hexdigest()
            if mark not in known:
                known.add(mark)
                old, new = (token_count(text, version) - frame for version, frame in zip(("3.0", "4.7"), frames))
                out.write(f"{mark}\t{old}\t{new}\n")
                out.flush()


if __name__ == "__main__":
    main()
