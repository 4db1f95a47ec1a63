// The published schema of `--json`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv from "ajv";

/** Checks one line of output, and returns what is in it. */
export function reader(place) {
  const schema = JSON.parse(readFileSync(join(place, "schema/output-1.json"), "utf8"));
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  ajv.addSchema(schema, "output");
  return (stdout, command) => {
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 1, stdout);
    const output = JSON.parse(lines[0]);
    assert.equal(output.schema, 1);
    assert.equal(output.command, command);
    const name = output.error === undefined ? `${command[0].toUpperCase()}${command.slice(1)}Output` : "Failure";
    const validate = ajv.getSchema(`output#/definitions/${name}`);
    assert.ok(validate, `the schema knows ${name}`);
    assert.ok(validate(output), JSON.stringify(validate.errors));
    return output.result ?? output.error;
  };
}
