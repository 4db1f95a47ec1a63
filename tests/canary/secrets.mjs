/** The secrets of a run, every form in which one could leak, and the search for them. */

/** A shorter part of a secret also occurs by chance. */
const PART_LENGTH = 20;

/** Only this run writes these texts, so whatever contains one took it from a secret. */
const claimsOf = (serial) => ({
  phone_number: `+86-555-${serial}-kanarienvogel`,
  email: `canary.${serial}.kanarienvogel@canary.example`,
  sid: `session-${serial}-kanarienvogel`,
});

/** A user's id in base64, with the name of its claim. */
const PIECES_WITH_ID = 4;

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token for a user, with claims that nothing shows and a signature that no server checks here. */
export function canaryToken(user, serial) {
  const claims = { universal_id: user, name: "Reader", exp: 4_000_000_000, iat: serial, ...claimsOf(serial) };
  const signature = Buffer.from(`${serial}-signature-kanarienvogel`.repeat(3)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${signature}`;
}

/** Base64 of a text inside a longer text: what its bytes give at each of the three places in a group of three. */
function base64Inside(text) {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString("base64");
    return whole.slice(before === 0 ? 0 : 4, Math.floor((before + Buffer.byteLength(text)) / 3) * 4);
  });
}

function formsOf(text) {
  const hex = Buffer.from(text).toString("hex");
  const base64 = base64Inside(text);
  const forms = [
    ["plain", text],
    ["reversed", [...text].reverse().join("")],
    ["url-encoded", encodeURIComponent(text)],
    ["url-encoded twice", encodeURIComponent(encodeURIComponent(text))],
    ["in a JSON text", JSON.stringify(text).slice(1, -1)],
    ["hex", hex],
    ["hex in capitals", hex.toUpperCase()],
    ...base64.map((form) => ["base64", form]),
    ...base64.map((form) => ["base64url", form.replaceAll("+", "-").replaceAll("/", "_")]),
  ];
  return forms.filter(([, form], at) => forms.findIndex(([, other]) => other === form) === at);
}

/** Pieces of a long secret, so that one that is cut is found too. */
function piecesOf(text) {
  const pieces = [];
  for (let at = 0; at + PART_LENGTH <= text.length; at += PART_LENGTH) pieces.push(text.slice(at, at + PART_LENGTH));
  return pieces;
}

export class Secrets {
  /** `{ name, form, text }` each. */
  #needles = [];

  #add(name, text) {
    for (const [form, needle] of formsOf(text)) this.#needles.push({ name, form, text: needle });
  }

  /** A token as a whole, the parts that hold its claims and its signature, and its claims. */
  addToken(name, token) {
    const [, claims, signature] = token.split(".");
    const { phone_number, email, sid } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    this.#add(name, token);
    // The first pieces hold what a client may show: who the user is.
    for (const piece of [...piecesOf(claims).slice(PIECES_WITH_ID), ...piecesOf(signature)])
      this.#needles.push({ name: `a part of ${name}`, form: "plain", text: piece });
    for (const claim of [phone_number, email, sid]) this.#add(`a claim of ${name}`, claim);
  }

  addText(name, text) {
    this.#add(name, text);
    for (const piece of piecesOf(text)) this.#needles.push({ name: `a part of ${name}`, form: "plain", text: piece });
  }

  /** The secrets in a text, each as a line; `shown` are names of those that may be there. */
  in(text, shown = []) {
    const found = this.#needles.filter(
      ({ name, text: needle }) => !shown.some((allowed) => name.endsWith(allowed)) && text.includes(needle),
    );
    return [...new Set(found.map(({ name, form }) => `${name} (${form})`))];
  }
}
