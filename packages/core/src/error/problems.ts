import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { nearestField } from "./suggest.ts"

/** Marks, inside a message, the keys that would have been known where an unknown one was found. */
const knownKeys = "\u0000known:"

const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey"
      ? `${knownKeys}${JSON.stringify(keysOf(issue.ast))}`
      : issue._tag === "MissingKey"
        ? "is missing"
        : SchemaIssue.defaultLeafHook(issue),
})

/** A path as a config document's reader writes it: `tables[1].cursor`. */
const formatPath = (root: string, path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    const name = String(part)
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === "" ? name : `${text}.${name}`
  }, root)

const explain = (path: ReadonlyArray<PropertyKey>, message: string): string => {
  if (!message.startsWith(knownKeys)) return message.replace(/^Expected/, "expected")
  const known = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Schema.String)))(
    message.slice(knownKeys.length),
  )
  const suggestion = nearestField(String(path.at(-1)), known)
  return `is not known here${suggestion === "" ? `; known are ${known.join(", ")}` : suggestion}`
}

/** Decodes, or lists every problem as `path: message`. No problem shows the value that was found: it may be a secret. */
export const decodeWithProblems = <A>(
  schema: Schema.ConstraintDecoder<A>,
  input: unknown,
  root: string,
): { readonly value: A } | { readonly problems: ReadonlyArray<string> } => {
  const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(input)
  if (Result.isSuccess(decoded)) return { value: decoded.success }
  const problems = format(decoded.failure.issue).issues.map((issue) => {
    const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
    return `${formatPath(root, path) || "document"}: ${explain(path, issue.message)}`
  })
  return { problems: [...new Set(problems)] }
}
