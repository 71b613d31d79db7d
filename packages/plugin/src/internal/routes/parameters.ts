import type { StarbaseContext } from "../../Starbase.ts"
import type { ParameterSchema, Route } from "./Route.ts"

/** What is wrong with a request's parameters, by what its route declares of them; undefined where nothing is. */
export const parameterProblem = (route: Route, { req }: StarbaseContext): string | undefined => {
  for (const { name, schema } of route.query ?? []) {
    const given = req.query(name)
    const wanted = given === undefined ? undefined : unmet(schema, given)
    if (wanted !== undefined) return `${name} must be ${wanted}, not ${JSON.stringify(given)}.`
  }
  return undefined
}

const unmet = (schema: ParameterSchema, given: string): string | undefined => {
  switch (schema.type) {
    case "string":
      return undefined
    case "boolean":
      return given === "true" || given === "false" ? undefined : "true or false"
    case "integer": {
      const { maximum, minimum } = schema
      const isWithin = /^\d{1,15}$/.test(given) && Number(given) >= minimum && Number(given) <= maximum
      return isWithin ? undefined : `a whole number from ${minimum} to ${maximum}`
    }
  }
}
