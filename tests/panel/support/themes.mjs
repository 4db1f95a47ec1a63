// The themes of a browser: light or dark, and more contrast.
export const THEMES = ["light", "dark", "hc-light", "hc-dark"];

/** What a browser with this theme reports to its pages. */
export const media = (theme) => ({
  colorScheme: theme.endsWith("dark") ? "dark" : "light",
  contrast: theme.startsWith("hc") ? "more" : "no-preference",
});
