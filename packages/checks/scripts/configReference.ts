/** A JSON Schema, as far as the document's has it. */
export interface Described {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: ReadonlyArray<unknown>
  readonly enum?: ReadonlyArray<unknown>
  readonly $ref?: string
  readonly anyOf?: ReadonlyArray<Described>
  readonly allOf?: ReadonlyArray<Described>
  readonly items?: Described
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: Described | boolean
  readonly required?: ReadonlyArray<string>
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly $defs?: Readonly<Record<string, Described>>
}

/** A part of the document that has fields: where it stands, and what it is. */
export interface Part {
  readonly path: string
  readonly schema: Described
}

/** Writes the tables of a reference out of a schema. */
export interface Reference {
  /** The parts with several fields below a schema, the schema itself first. */
  readonly parts: (path: string, schema: Described) => ReadonlyArray<Part>
  /** A table of the fields of a part. */
  readonly table: (part: Part) => string
}

/** The reference of the parts of a whole document's schema. */
export const makeReference = (root: Described): Reference => {
  /** A schema with what its reference and its further conditions say. */
  const whole = (schema: Described): Described => {
    const { $ref, allOf = [], ...own } = schema
    const meant = $ref === undefined ? {} : whole(root.$defs?.[$ref.replace("#/$defs/", "")] ?? {})
    return Object.assign({}, meant, own, ...allOf.map(whole))
  }

  /** The alternatives of a schema: it alone where it has none. */
  const choices = (schema: Described): ReadonlyArray<Described> => whole(schema).anyOf?.map(whole) ?? [whole(schema)]

  /** The fields of objects of which each is an alternative. */
  const fieldsOf = (schema: Described): ReadonlyMap<string, ReadonlyArray<Described>> => {
    const fields = new Map<string, Array<Described>>()
    for (const { properties = {} } of choices(schema)) {
      for (const [name, field] of Object.entries(properties)) {
        fields.set(name, [...(fields.get(name) ?? []), whole(field)])
      }
    }
    return fields
  }

  /** Not so a secret, and what a union holds with a single field, which are told where they stand. */
  const isPart = (schema: Described): boolean => {
    const all = choices(schema)
    const least = all.length > 1 || all.some(({ properties = {} }) => "secret" in properties) ? 1 : 0
    return all.some(({ properties = {} }) => Object.keys(properties).length > least)
  }

  /** Where the fields of a field would stand, and what they belong to. */
  const below = (path: string, field: Described): Part => {
    const { items, additionalProperties } = whole(field)
    if (items !== undefined) return { path: `${path}[]`, schema: items }
    return typeof additionalProperties === "object"
      ? { path: `${path}.NAME`, schema: additionalProperties }
      : { path, schema: field }
  }

  const parts = (path: string, schema: Described): ReadonlyArray<Part> => [
    { path, schema },
    ...[...fieldsOf(schema)].flatMap(([name, fields]) =>
      fields.slice(0, 1).flatMap((field) => {
        const part = below(path === "" ? name : `${path}.${name}`, field)
        return isPart(part.schema) ? parts(part.path, part.schema) : []
      }),
    ),
  ]

  const number = ({ minimum, maximum, exclusiveMinimum }: Described): string => {
    if (exclusiveMinimum !== undefined) return `, above ${exclusiveMinimum}`
    const from = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? ` from ${minimum}` : ""
    const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : ""
    return from === "" && to === "" ? "" : `,${from}${to}`
  }

  const typeOf = (schema: Described): string => {
    const all = choices(schema)
    if (all.length > 1) return [...new Set(all.map(typeOf))].join(" or ")
    const [one = {}] = all
    const { type, enum: values, properties = {}, items, additionalProperties } = one
    if (values !== undefined) return values.map((value) => code(value)).join(", ")
    if (type === "string") return one.examples?.includes("30 seconds") === true ? "duration" : "text"
    if (type === "integer") return `whole number${number(one)}`
    if (type === "number") return `number${number(one)}`
    if (type === "boolean") return "`true`, `false`"
    if (items !== undefined) return isPart(items) ? "list, see below" : `list of ${typeOf(items)}`
    if (typeof additionalProperties === "object") {
      return isPart(additionalProperties) ? "by name, see below" : `by name: ${typeOf(additionalProperties)}`
    }
    if (isPart(one)) return "object, see below"
    const [[name = "", field = {}] = []] = Object.entries(properties)
    return name === "secret" ? "secret" : `\`{ "${name}": … }\`, ${typeOf(field)}`
  }

  const table = ({ schema }: Part): string => {
    const all = choices(schema)
    const rows = [...fieldsOf(schema)].map(([name, fields]) => {
      const isRequired = all.every(({ required = [] }) => required.includes(name))
      const types = [...new Set(fields.map(typeOf))].join("; or ")
      const [{ default: value, examples: [example] = [], description = "" } = {}] = fields
      const without = isRequired ? "**required**" : value === undefined ? "" : code(value)
      const shown = example === undefined || example === "30 seconds" ? "" : ` ${code(example)}, for instance.`
      return [`\`${name}\``, types, without, `${description}${shown}`]
    })
    return [["field", "type", "without it", ""], ["-", "-", "-", "-"], ...rows].map(cells).join("\n")
  }

  return { parts, table }
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``

const cells = (row: ReadonlyArray<string>): string =>
  `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
