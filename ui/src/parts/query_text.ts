/** The text of a query cut into its terms: at spaces, but not inside of quotes. */

export function splitTerms(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g) ?? [];
}

/** Terms as one text. */
export function joinTerms(terms: readonly string[]): string {
  return terms.join(" ");
}
