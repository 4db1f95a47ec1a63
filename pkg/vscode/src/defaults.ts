/** The names that are used where an extension gives none. They depend on nothing, so that every module can import them. */

export const DEFAULT_PREFIX = "costrictCredit";
export const DEFAULT_TOOL_PREFIX = "costrict_credits";
