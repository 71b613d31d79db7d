import { expect, it } from "vitest"
import { mayConcern, readStatement } from "../src/internal/log/statements.ts"

it.each([
  ["BEGIN", "begin"],
  ["COMMIT", "commit"],
  ["ROLLBACK", "rollback"],
  ["ROLLBACK TO `s`", "undo"],
  ["SAVEPOINT `s`", "nothing"],
  ["XA START X'61',X'',1", "xa"],
  ["TRUNCATE t", "truncate"],
  ["truncate table `a`.`b` ;", "truncate"],
  ["TRUNCATE /* it */ TABLE t", "definition"],
  ["/*!40000 ALTER TABLE `t` DISABLE KEYS */", "definition"],
  ["-- a word\nDROP TABLE t", "definition"],
  ["# a word\nDROP TABLE t", "definition"],
  ["/* CREATE VIEW */ RENAME TABLE t TO u", "definition"],
  ["CREATE OR REPLACE TABLE t (id int)", "definition"],
  ["CREATE TABLE view (id int)", "definition"],
  ["REPAIR TABLE t", "definition"],
  ["DROP DATABASE d", "definition"],
  ["CREATE TABLE IF NOT EXISTS t (id int)", "nothing"],
  ["CREATE UNIQUE INDEX i ON t (a)", "nothing"],
  ["GRANT SELECT ON t TO u", "nothing"],
  ["ANALYZE TABLE t", "nothing"],
  ["ANALYZE UPDATE t SET a = 1", "unknown"],
  ["CREATE DEFINER=`root`@`%` SQL SECURITY DEFINER VIEW v AS SELECT 1", "nothing"],
  ["CREATE ALGORITHM=UNDEFINED DEFINER=`a``b`@`%` VIEW v AS SELECT 1", "definition"],
  ["CREATE /*!50017 DEFINER=`root`@`%`*/ TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "nothing"],
  ["DROP TEMPORARY TABLE IF EXISTS `t`", "nothing"],
  ["DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `t`", "nothing"],
  ["SET PASSWORD FOR 'a'@'b' = 'c'", "nothing"],
  ["SET STATEMENT max_statement_time = 1 FOR UPDATE t SET a = 1", "unknown"],
  ["UPDATE v SET a = 1", "unknown"],
  ["CALL p()", "unknown"],
  ["WITH x AS (SELECT 1) DELETE FROM t", "unknown"],
  ["", "unknown"],
])("reads %s as %s", (text, kind) => {
  expect(readStatement(text).kind).toBe(kind)
})

const orders = { schema: "shop", name: "orders" }

it.each([
  ["shop", "ALTER TABLE orders ADD c int", true],
  ["shop", "ALTER TABLE `ORDERS` ADD c int", true],
  ["other", "ALTER TABLE orders ADD c int", false],
  ["other", "ALTER TABLE shop . orders ADD c int", true],
  ["other", "ALTER TABLE `shop`.`orders` ADD c int", true],
  ["shop", "ALTER TABLE other.orders ADD c int", false],
  ["shop", "ALTER TABLE orders_old ADD c int", false],
  ["shop", "ALTER TABLE `my orders` ADD c int", true],
  ["shop", "RENAME TABLE x TO y, z TO orders", true],
  ["other", "DROP TABLE a, b, `shop`.orders", true],
  ["other", "DROP TABLE other./*!50000 x, shop.*/orders", true],
  ["other", "DROP TABLE /*!50000orders*/", true],
  ["other", "DROP TABLE orders -- shop", true],
  ["other", "DROP DATABASE shop", true],
  ["other", "DROP SCHEMA IF EXISTS `SHOP`", true],
  ["shop", "DROP DATABASE other", false],
  ["other", 'DROP TABLE "shop"."orders"', true],
])("says of a definition in %s whether it may concern a table: %s", (database, text, expected) => {
  expect(mayConcern({ database, text }, orders)).toBe(expected)
})

it("takes any definition to concern a table whose name is no plain word", () => {
  const table = { schema: "shop", name: "größe" }
  expect(mayConcern({ database: "other", text: "DROP TABLE x" }, table)).toBe(true)
})
