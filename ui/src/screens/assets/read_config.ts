/** A JSON object that somebody typed; what is wrong with it, in words. */

export function readConfig(text: string, what: string): { value: Record<string, unknown>; error: string | undefined } {
  if (!text.trim()) return { value: {}, error: undefined };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value: value as Record<string, unknown>, error: undefined };
    return { value: {}, error: `The ${what} has to be an object, in braces.` };
  } catch (error) {
    return { value: {}, error: `The ${what} is no JSON: ${error instanceof Error ? error.message : ""}` };
  }
}
