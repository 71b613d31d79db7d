/** The text of an array of texts, as PostgreSQL reads it. */
export const arrayLiteral = (elements: ReadonlyArray<string>): string =>
  `{${elements.map((element) => `"${element.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`
