/**
 * What of tables, columns and types decides which values a replica holds, beside names: the parts of a describing statement
 * that tell it. Expressions and definitions are digests of their trees, which know tables, columns and functions by ids, so
 * that a renaming is no change.
 */

/** The types that the system brings have lower ids, and never change. */
const firstOwn = 16384

/**
 * `facts`: of each type that a wanted column has and the system has not, what it is made of, however deep: base and modifier
 * of a domain, labels of an enum, attributes of a composite. `definitions`: of each view what it and the views beneath it
 * select, and the generated columns beneath it.
 */
export const shapes = `parts AS (
      SELECT DISTINCT a.atttypid AS root, a.atttypid AS oid
      FROM pg_attribute a
      WHERE a.attrelid IN (SELECT oid FROM wanted) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.atttypid >= ${firstOwn}
      UNION
      SELECT p.root, u.oid
      FROM parts p JOIN pg_type t ON t.oid = p.oid CROSS JOIN LATERAL (
        SELECT t.typbasetype AS oid
        UNION ALL SELECT t.typelem
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
        UNION ALL SELECT a.atttypid FROM pg_attribute a
          WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      ) u
      WHERE u.oid >= ${firstOwn}
    ), facts AS (
      SELECT p.root, md5(string_agg(json_build_array(t.oid::text, t.typbasetype::text, t.typtypmod, (
          SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid
        ), (
          SELECT json_agg(json_build_array(a.attnum, a.atttypid::text, a.atttypmod) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ))::text, ',' ORDER BY t.oid)) AS digest
      FROM parts p JOIN pg_type t ON t.oid = p.oid
      GROUP BY p.root
    ), beneath AS (
      SELECT oid AS root, oid, relkind FROM wanted WHERE relkind IN ('v', 'm')
      UNION
      SELECT b.root, c.oid, c.relkind
      FROM beneath b
      JOIN pg_rewrite r ON r.ev_class = b.oid AND r.rulename = '_RETURN'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class c ON c.oid = d.refobjid
    ), definitions AS (
      SELECT s.root, md5(string_agg(s.digest, ',' ORDER BY s.digest)) AS digest
      FROM (
        SELECT b.root, md5(r.ev_action::text) AS digest
        FROM beneath b JOIN pg_rewrite r ON r.ev_class = b.oid AND r.rulename = '_RETURN'
        UNION ALL
        SELECT b.root, md5(g.adbin::text)
        FROM beneath b
        JOIN pg_attribute a ON a.attrelid = b.oid AND a.attgenerated <> ''
        JOIN pg_attrdef g ON g.adrelid = a.attrelid AND g.adnum = a.attnum
      ) s
      GROUP BY s.root
    )`

/** The shape of a column `a` with the expression `g` of a generated one and the facts `f` of its type. */
export const columnShape =
  "concat_ws(' ', a.attnum, a.attcollation, a.atttypid, coalesce(md5(g.adbin::text), '-'), f.digest)"

/** What makes a wanted table `w` this one: of a foreign table also what it stands for. */
export const identity = `(
        SELECT concat_ws(' ', b.oid, w.oid, (
            SELECT md5(concat_ws(' ', x.ftserver, x.ftoptions::text)) FROM pg_foreign_table x WHERE x.ftrelid = w.oid
          ), (SELECT n.digest FROM definitions n WHERE n.root = w.oid))
        FROM pg_database b WHERE b.datname = current_database()
      )`

/** Whether values of the type `t` are put in order by other operators than those that compare them in statements. */
export const isUnordered = `EXISTS (
            SELECT
            FROM pg_opclass o
            JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
            JOIN pg_amop p ON p.amopfamily = o.opcfamily AND p.amopstrategy = 5
              AND p.amoplefttype = t.oid AND p.amoprighttype = t.oid
            JOIN pg_operator q ON q.oid = p.amopopr AND q.oprname <> '>'
            WHERE o.opcintype = t.oid AND o.opcdefault)`
