/** Characters that are shown of each side. */
const SHOWN = 200;

/** Where two recordings begin to differ, for a person. */
export function firstDifference(native, wasm) {
  const at = native.findIndex((line, index) => line !== wasm[index]);
  const line = at < 0 ? native.length : at;
  const [one, other] = [native[line] ?? "(its end)", wasm[line] ?? "(its end)"];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const from = Math.max(0, same - SHOWN / 2);
  return `line ${line + 1}, character ${same + 1}\n  native ${one.slice(from, from + SHOWN)}\n  wasm   ${other.slice(from, from + SHOWN)}`;
}
