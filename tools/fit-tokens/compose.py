"""Text that no package ships: logs, agent prompts, opaque strings, emoji, API replies. Made from seeds, a format family counts as a package."""
import base64, hashlib, json, random, re, uuid, zlib

WORDS = """request session worker build cache token server index queue config module user file path branch commit error retry timeout
connection handler parser stream buffer event schema table record update delete create merge deploy image layer node cluster pod job
task stage step result status report metric limit price balance grant package version release client socket thread process memory disk
render layout panel button form input label theme color width height margin state store action reducer effect hook route page view""".split()
HOSTS = "api edge db cache web auth mail ci build queue search media".split()


def sentence(rng, low=4, high=14):
    words = [rng.choice(WORDS) for _ in range(rng.randint(low, high))]
    return " ".join(words).capitalize() + rng.choice([".", ".", "", "!", " ok"])


def ident(rng):
    parts = [rng.choice(WORDS) for _ in range(rng.randint(1, 3))]
    style = rng.randint(0, 3)
    if style == 0:
        return parts[0] + "".join(p.capitalize() for p in parts[1:])
    return ["_".join(parts), "-".join(parts), "".join(p.capitalize() for p in parts)][style - 1]


def opaque_bytes(rng, count):
    return bytes(rng.getrandbits(8) for _ in range(count))


def path(rng):
    return "/".join(ident(rng) for _ in range(rng.randint(2, 5))) + rng.choice([".ts", ".rs", ".py", ".go", ".json", ".log", ""])


def stamp(rng, style):
    y, mo, d, h, mi, s = 2024 + rng.randint(0, 3), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return [
        f"{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{rng.randint(0, 999):03}Z",
        f"{y}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02},{rng.randint(0, 999):03}",
        f"{months[mo - 1]} {d:2} {h:02}:{mi:02}:{s:02}",
        f"{d:02}/{months[mo - 1]}/{y}:{h:02}:{mi:02}:{s:02} +0000",
        f"[{h:02}:{mi:02}:{s:02}]",
        f"{1700000000 + rng.randint(0, 90000000)}.{rng.randint(0, 999999):06}",
    ][style % 6]


def log_line(rng, family):
    level = rng.choice(["INFO", "WARN", "ERROR", "DEBUG", "INFO", "INFO"])
    ip = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    t = stamp(rng, family)
    shape = family % 12
    if shape == 0:
        return f"{t} {level} [{ident(rng)}] {sentence(rng)} id={uuid.UUID(int=rng.getrandbits(128))} took={rng.randint(1, 9000)}ms"
    if shape == 1:
        return f"{t} {level} {ident(rng)}.{ident(rng)} - {sentence(rng)}"
    if shape == 2:
        return f"{t} {rng.choice(HOSTS)}{rng.randint(1, 40)} {ident(rng)}[{rng.randint(100, 40000)}]: {sentence(rng)} from {ip} port {rng.randint(1024, 65000)}"
    if shape == 3:
        return f'{ip} - - [{t}] "{rng.choice(["GET", "POST", "PUT"])} /{path(rng)}?page={rng.randint(1, 99)} HTTP/1.1" {rng.choice([200, 200, 304, 404, 500])} {rng.randint(100, 99999)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"'
    if shape == 4:
        return f"{t} {level.lower()}  {path(rng)}:{rng.randint(1, 900)}:{rng.randint(1, 80)} {sentence(rng, 3, 8)}"
    if shape == 5:
        return json.dumps({"ts": t, "level": level.lower(), "logger": ident(rng), "msg": sentence(rng), "trace_id": f"{rng.getrandbits(128):032x}", "n": rng.randint(0, 5000)})
    if shape == 6:
        return f"   Compiling {ident(rng)} v{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 20)} ({path(rng)})"
    if shape == 7:
        return f'  File "{path(rng)}", line {rng.randint(1, 2000)}, in {ident(rng)}\n    {ident(rng)} = self.{ident(rng)}({ident(rng)}, {ident(rng)}={rng.randint(0, 99)})'
    if shape == 8:
        return f"    at {ident(rng)}.{ident(rng)} ({path(rng)}:{rng.randint(1, 2000)}:{rng.randint(1, 90)})"
    if shape == 9:
        return f"level={level.lower()} ts={t} caller={ident(rng)}.go:{rng.randint(10, 900)} msg=\"{sentence(rng, 2, 7)}\" component={ident(rng)} duration={rng.random():.6f}s"
    if shape == 10:
        return f"test {ident(rng)}::{ident(rng)}::{ident(rng)} ... {rng.choice(['ok', 'ok', 'ok', 'FAILED', 'ignored'])}"
    return f"[{rng.random() * 900:12.6f}] {ident(rng)} {rng.randint(0, 9):04}:{rng.getrandbits(8):02x}:00.0: {sentence(rng, 2, 6)} 0x{rng.getrandbits(32):08x}-0x{rng.getrandbits(32):08x}"


def logs(rng, family):
    mix = [family, family + 5 * rng.randint(0, 1)]
    lines = []
    while sum(map(len, lines)) < 5000:
        lines.append(log_line(rng, rng.choice(mix)))
        if rng.random() < 0.15 and lines:
            lines.append(lines[-1])
    return "\n".join(lines)


def opaque(rng, family):
    parts = []
    shape = family % 8
    while sum(map(len, parts)) < 4600:
        n = rng.randint(20, 900)
        raw = opaque_bytes(rng, n)
        if rng.random() < 0.25:
            raw = zlib.compress((sentence(rng) * 9).encode())
        b64 = base64.b64encode(raw).decode()
        parts.append([
            b64, raw.hex(), base64.urlsafe_b64encode(raw).decode().rstrip("="), hashlib.sha256(raw).hexdigest(),
            str(uuid.UUID(int=rng.getrandbits(128))), "\n".join(b64[i:i + 76] for i in range(0, len(b64), 76)),
            " ".join(f"{b:02x}" for b in raw[:64]), "eyJ" + b64[:40] + "." + b64[40:300] + "." + base64.urlsafe_b64encode(raw[:32]).decode().rstrip("="),
        ][(shape + (rng.randint(0, 2) if family > 7 else 0)) % 8])
    return rng.choice(["\n", "\n", " ", "\n\n"]).join(parts)


def value(rng, depth):
    pick = rng.randint(0, 9)
    if depth > 0 and pick < 3:
        return {ident(rng): value(rng, depth - 1) for _ in range(rng.randint(1, 6))}
    if depth > 0 and pick < 4:
        return [value(rng, depth - 1) for _ in range(rng.randint(1, 5))]
    return [rng.randint(0, 10**rng.randint(1, 9)), round(rng.random() * 1000, rng.randint(1, 6)), rng.random() < 0.5, None, sentence(rng), ident(rng),
            str(uuid.UUID(int=rng.getrandbits(128))), stamp(rng, 0), f"https://{rng.choice(HOSTS)}.example.com/{path(rng)}", f"{rng.getrandbits(160):040x}"][rng.randint(0, 9)]


def reply(rng, family):
    shape = {ident(rng): None for _ in range(rng.randint(3, 8))}
    rows = []
    while len(json.dumps(rows)) < 4600:
        rows.append({key: value(rng, 1 + family % 3) for key in shape})
    indent = [None, 2, 4, 2][family % 4]
    return json.dumps(rows, indent=indent, ensure_ascii=False, separators=(",", ":") if family % 5 == 0 and not indent else None)


RULES = [
    "You are a coding agent inside an editor. You read files, propose changes and run commands, one step at a time.",
    "Answer in the language of the user. Keep replies short and say what you did, not what you could do.",
    "Use exactly one tool per message and wait for its result before the next step.",
    "Never invent file contents. When a file is long, read the part you need by line range.",
    "Paths are relative to the workspace root. Commands run in a shell without a terminal.",
    "Before you finish, run the tests that cover the change and quote their summary line.",
    "If the request is ambiguous, ask one question with two to four concrete options.",
    "请使用简体中文回答，代码与命令保持原文。修改文件前先阅读它，一次只调用一个工具。",
    "当任务完成时，用一句话总结结果，并列出改动的文件。不要重复用户已经知道的内容。",
]
TOOLS = ["read_file", "write_to_file", "apply_diff", "search_files", "list_files", "execute_command", "ask_followup_question", "attempt_completion", "update_todo_list"]


def agent(rng, bodies):
    """An agent's turn: rules, a tool with its parameters, a file with line numbers, a result."""
    parts = ["\n".join(rng.sample(RULES, rng.randint(2, 6)))] if rng.random() < 0.6 else []
    while sum(len(p.encode("utf-8", "replace")) for p in parts) < 4500:
        tool = rng.choice(TOOLS)
        body = rng.choice(bodies)
        start = rng.randint(0, max(0, len(body) - 1600))
        part = body[start:start + rng.randint(500, 1600)]
        shape = rng.randint(0, 5)
        if shape == 0:
            lines = part.split("\n")
            first = rng.randint(1, 700)
            parts.append(f"<file><path>{path(rng)}</path>\n<content lines=\"{first}-{first + len(lines)}\">\n" + "\n".join(f"{first + i} | {l}" for i, l in enumerate(lines)) + "\n</content></file>")
        elif shape == 1:
            parts.append(f"<{tool}>\n<path>{path(rng)}</path>\n<content>\n{part}\n</content>\n</{tool}>")
        elif shape == 2:
            parts.append(json.dumps({"role": "tool", "tool_call_id": f"call_{rng.getrandbits(96):024x}", "name": tool, "content": part}, ensure_ascii=False))
        elif shape == 3:
            parts.append(f"[{tool} for '{path(rng)}'] Result:\n\n{part}\n\n<environment_details>\n# Visible files\n{path(rng)}\n# Current time\n{stamp(rng, 0)}\n# Mode\ncode\n</environment_details>")
        elif shape == 4:
            parts.append(json.dumps({"type": "function", "function": {"name": tool, "description": " ".join(sentence(rng) for _ in range(3)), "parameters": {"type": "object", "properties": {ident(rng): {"type": "string", "description": sentence(rng)} for _ in range(3)}, "required": [ident(rng)]}}}, indent=rng.choice([None, 2])))
        else:
            parts.append(f"## {sentence(rng, 2, 5)}\n\n- [x] {sentence(rng)}\n- [ ] {sentence(rng)}\n\n```{rng.choice(['ts', 'rust', 'python', 'diff', ''])}\n{part}\n```")
    return "\n\n".join(parts)


EMOJI = [chr(c) for a, b in ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6C5), (0x1F900, 0x1F9FF)) for c in range(a, b + 1)]
COMMON = list("✅❌⚠️🚀🎉🔥✨💡📦🔧🐛📝🙏👍😀😂❤️🤔👀💯⭐") + ["👩‍💻", "👨‍👩‍👧", "🇨🇳", "🇩🇪", "🏳️‍🌈", "👍🏽", "✊🏿", "1️⃣"]


def emoji(rng, family, texts):
    parts = []
    while sum(len(p.encode()) for p in parts) < 4600:
        one = lambda: rng.choice(COMMON) if rng.random() < (0.8, 0.3, 0.6)[family % 3] else rng.choice(EMOJI)
        shape = family % 4
        if shape == 0:
            parts.append(f"- {one()} {sentence(rng)}")
        elif shape == 1:
            parts.append("".join(one() for _ in range(rng.randint(1, 12))) + " " + sentence(rng, 1, 5))
        elif shape == 2:
            line = rng.choice(texts).split("\n")
            parts.append(one() + " " + rng.choice(line)[:120] + one() * rng.randint(0, 3))
        else:
            parts.append(f"| {one()} | `:{ident(rng)}:` | {sentence(rng, 1, 6)} {one()} |")
    return "\n".join(parts)


def add_generated(corpus, split_of):
    """Agent prompts and emoji lines are built from texts of the same split, so that no text crosses it."""
    bodies = {0: [], 1: [], 2: []}
    texts = {0: [], 1: [], 2: []}
    for (kind, package), chunks in list(corpus.pieces.items()):
        split = split_of(package.split("/")[0])
        if kind in ("ts", "rust", "go", "py", "json", "en", "diff", "ood", "zh"):
            bodies[split].extend(chunks[:3])
        if kind in ("en", "zh", "multi"):
            texts[split].extend(chunks[:2])
    for family in range(90):
        split = split_of(f"generated-{family}")
        rng = random.Random(family * 7919 + 17)
        for kind, make, count in (
            ("log", lambda: logs(rng, family), 9), ("opaque", lambda: opaque(rng, family), 6),
            ("reply", lambda: reply(rng, family), 2), ("emoji", lambda: emoji(rng, family, texts[split]), 6),
            ("agent", lambda: agent(rng, bodies[split]), 9),
        ):
            for _ in range(count):
                corpus.add_text(kind, f"generated-{family}", make(), 1)
