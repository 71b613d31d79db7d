export {
  type Bind,
  type Dialect,
  type Operand,
  type Operator,
  operators,
  type PageParts,
  quoteWith,
  type Statement,
} from "./Dialect.ts"
export { makeStatements, type Statements } from "./Statements.ts"
