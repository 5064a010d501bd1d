/** Whether a title has the signs of a text in their order, as the server's search has it. */
export function fits(title: string, text: string): boolean {
  const within = title.toLowerCase();
  let from = 0;
  for (const sign of text.toLowerCase().replaceAll(/\s/g, "")) {
    const at = within.indexOf(sign, from);
    if (at < 0) return false;
    from = at + sign.length;
  }
  return true;
}
