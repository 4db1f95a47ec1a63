// What the documents of the repository link to. Read for the site and for tests/docs.

/** The text with its code replaced by spaces, so that nothing in it is taken for a link or a heading. */
export function withoutCode(text) {
  const blank = (code) => code.replace(/[^\n]/g, " ");
  return text.replace(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1[ ]*$/gm, blank).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, blank);
}

/** Every link and picture: its target and where the target begins and ends in the text. */
export function links(text) {
  return [...withoutCode(text).matchAll(/\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/dg)].map((match) => {
    const [from, to] = match.indices[1];
    return { target: text.slice(from, to), from, to };
  });
}

/** The anchors of a document's headings, as the usual forges make them. */
export function anchors(text) {
  const seen = new Map();
  const plain = withoutCode(text).split("\n");
  return text.split("\n").flatMap((line, at) => {
    const heading = /^#{1,6}\s+\S/.test(plain[at]) ? /^#{1,6}\s+(.*?)\s*#*$/.exec(line) : undefined;
    if (!heading) return [];
    const slug = anchor(heading[1].replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return [count === 0 ? slug : `${slug}-${count}`];
  });
}

/** The anchor of one heading. */
export function anchor(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** A link that leaves the repository. */
export const isExternal = (target) => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target);
