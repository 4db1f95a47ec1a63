// Another extension that has its credits from the library, as tests compose it.
import { createCredits } from "costrict-credit/vscode";

export const activate = (context, options) => createCredits(context, options);
