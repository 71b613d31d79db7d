export { addressCheck, addressFields, type AddressForm, type AddressSettings, Tls } from "./AddressSettings.ts"
export {
  type Bind,
  type Dialect,
  type Digests,
  type Operand,
  type Operator,
  operators,
  type PageParts,
  quoteWith,
  type Rank,
  type Statement,
} from "./Dialect.ts"
export { type Recipe, recipeOf, recipes, recipeUrl } from "./hosts.ts"
export { isWorker } from "./Runtime.ts"
export { isHyperdrive, makeAddress, noticesOf, type ServerAddress } from "./ServerAddress.ts"
export { type Connection, type Held, makeSession, type Refused, type Session, type SessionOptions } from "./Session.ts"
export { connectHint, noTlsHint, tlsHint } from "./tlsHints.ts"
export { makeStatements, type Statements } from "./Statements.ts"
export { structureOf, type StructurePart, toStructure } from "./Structure.ts"
export { type Taken, Taker } from "./Taker.ts"
export { type Answer, type Catalog, makeSqlSource, type Question, type SqlSourceOptions } from "./SqlSource.ts"
